-- What links in mails carry, which addresses they have proven, and by which address a guest is found.
CREATE TABLE `link_tokens` (
	`hash` text PRIMARY KEY NOT NULL,
	`purpose` text NOT NULL,
	`account_id` text NOT NULL,
	`email_key` text NOT NULL,
	`expires_at_ms` integer NOT NULL,
	`used_at_ms` integer,
	`use_id` text
);
--> statement-breakpoint
CREATE INDEX `link_tokens_of_account` ON `link_tokens` (`account_id`);--> statement-breakpoint
CREATE INDEX `link_tokens_by_email` ON `link_tokens` (`email_key`);--> statement-breakpoint
CREATE INDEX `link_tokens_by_expiry` ON `link_tokens` (`expires_at_ms`);--> statement-breakpoint
ALTER TABLE `accounts` ADD `guest_email_key` text;--> statement-breakpoint
ALTER TABLE `accounts` ADD `verified_email_key` text;--> statement-breakpoint
ALTER TABLE `accounts` ADD `verified_at_ms` integer;--> statement-breakpoint
ALTER TABLE `accounts` ADD `pending_email` text;--> statement-breakpoint
CREATE INDEX `accounts_by_guest_email` ON `accounts` (`guest_email_key`) WHERE "accounts"."guest_email_key" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `accounts_by_verified_email` ON `accounts` (`verified_email_key`) WHERE "accounts"."verified_email_key" IS NOT NULL;--> statement-breakpoint
-- As `emailKeyOf` writes it where it is ASCII. Guests with another address can't be found by it.
UPDATE `accounts` SET `guest_email_key` = lower(`email`) WHERE `guest_due_ms` IS NOT NULL AND `email` NOT GLOB '*[^ -~]*';--> statement-breakpoint
-- For guests that the version before adds until it is replaced.
CREATE TRIGGER `guests_have_an_address` AFTER INSERT ON `accounts`
WHEN NEW.`guest_due_ms` IS NOT NULL AND NEW.`guest_email_key` IS NULL AND NEW.`email` NOT GLOB '*[^ -~]*'
BEGIN
	UPDATE `accounts` SET `guest_email_key` = lower(NEW.`email`) WHERE `id` = NEW.`id`;
END;
