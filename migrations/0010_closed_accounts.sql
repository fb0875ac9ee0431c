ALTER TABLE `accounts` ADD `closing_since_ms` integer;--> statement-breakpoint
CREATE INDEX `accounts_closing` ON `accounts` (`closing_since_ms`) WHERE "accounts"."closing_since_ms" IS NOT NULL;