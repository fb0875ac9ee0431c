-- Of accounts with one address, the oldest takes it for signing in. The others keep their usernames.
ALTER TABLE `accounts` ADD `email_key` text;--> statement-breakpoint
UPDATE `accounts` SET `email_key` = lower(`email`)
FROM (SELECT `id` AS `of`, row_number() OVER (PARTITION BY lower(`email`) ORDER BY `created_at_ms`, `id`) AS `place` FROM `accounts`)
WHERE `accounts`.`id` = `of` AND `place` = 1;--> statement-breakpoint
CREATE UNIQUE INDEX `accounts_by_email` ON `accounts` (`email_key`);--> statement-breakpoint
-- For accounts that the version before adds until it is replaced. It accepts ASCII addresses only.
CREATE TRIGGER `accounts_have_an_address` AFTER INSERT ON `accounts` WHEN NEW.`email_key` IS NULL
BEGIN
	UPDATE `accounts` SET `email_key` = lower(NEW.`email`) WHERE `id` = NEW.`id`
		AND NOT EXISTS (SELECT 1 FROM `accounts` WHERE `email_key` = lower(NEW.`email`));
END;
