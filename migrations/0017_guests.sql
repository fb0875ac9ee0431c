-- Guests have no password. They do not claim their address: it belongs to the account that registers with it.
ALTER TABLE `accounts` ADD `guest_due_ms` integer;--> statement-breakpoint
CREATE INDEX `accounts_guests` ON `accounts` (`guest_due_ms`) WHERE "accounts"."guest_due_ms" IS NOT NULL;--> statement-breakpoint
DROP TRIGGER `accounts_have_an_address`;--> statement-breakpoint
CREATE TRIGGER `accounts_have_an_address` AFTER INSERT ON `accounts` WHEN NEW.`email_key` IS NULL AND NEW.`guest_due_ms` IS NULL
BEGIN
	UPDATE `accounts` SET `email_key` = lower(NEW.`email`) WHERE `id` = NEW.`id`
		AND NOT EXISTS (SELECT 1 FROM `accounts` WHERE `email_key` = lower(NEW.`email`));
END;
