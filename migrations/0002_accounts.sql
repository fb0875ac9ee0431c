CREATE TABLE `audit_log` (
	`id` text PRIMARY KEY NOT NULL,
	`at_ms` integer NOT NULL,
	`action` text NOT NULL,
	`actor_id` text,
	`object_type` text NOT NULL,
	`object_id` text,
	`event_id` text,
	`address` text,
	`details` text
);
--> statement-breakpoint
CREATE INDEX `audit_log_by_time` ON `audit_log` (`at_ms`,`id`);--> statement-breakpoint
CREATE INDEX `audit_log_of_event` ON `audit_log` (`event_id`,`at_ms`,`id`) WHERE "audit_log"."event_id" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `audit_log_of_actor` ON `audit_log` (`actor_id`,`at_ms`,`id`) WHERE "audit_log"."actor_id" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `audit_log_of_account` ON `audit_log` (`object_id`,`at_ms`,`id`) WHERE "audit_log"."object_type" = 'account';--> statement-breakpoint
CREATE INDEX `audit_log_with_address` ON `audit_log` (`at_ms`) WHERE "audit_log"."address" IS NOT NULL;--> statement-breakpoint
CREATE TABLE `refresh_tokens` (
	`hash` text PRIMARY KEY NOT NULL,
	`session_id` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`used_at_ms` integer,
	`successor_hash` text
);
--> statement-breakpoint
CREATE INDEX `refresh_tokens_of_session` ON `refresh_tokens` (`session_id`);--> statement-breakpoint
CREATE TABLE `sessions` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`expires_at_ms` integer NOT NULL,
	`ended_at_ms` integer
);
--> statement-breakpoint
CREATE INDEX `sessions_of_account` ON `sessions` (`account_id`);--> statement-breakpoint
CREATE INDEX `sessions_by_expiry` ON `sessions` (`expires_at_ms`);--> statement-breakpoint
-- Events refer to accounts: that holds again once the rows are back, under the same name. A table that is renamed
-- into place would leave it broken.
PRAGMA defer_foreign_keys = on;--> statement-breakpoint
CREATE TABLE `old_accounts` AS SELECT * FROM `accounts`;--> statement-breakpoint
DROP TABLE `accounts`;--> statement-breakpoint
CREATE TABLE `accounts` (
	`id` text PRIMARY KEY NOT NULL,
	`username` text NOT NULL,
	`email` text NOT NULL,
	`password_hash` text NOT NULL,
	`role` text DEFAULT 'buyer' NOT NULL,
	`created_at_ms` integer NOT NULL,
	CONSTRAINT "accounts_role" CHECK("accounts"."role" IN ('buyer', 'organizer', 'scanner', 'admin'))
);
--> statement-breakpoint
INSERT INTO `accounts`("id", "username", "email", "password_hash", "role", "created_at_ms") SELECT "id", "username", "email", "password_hash", "role", "created_at_ms" FROM `old_accounts`;--> statement-breakpoint
DROP TABLE `old_accounts`;--> statement-breakpoint
CREATE UNIQUE INDEX `accounts_by_username` ON `accounts` ("username" COLLATE NOCASE);--> statement-breakpoint
CREATE TRIGGER `audit_log_replaces_no_row` BEFORE INSERT ON `audit_log`
WHEN EXISTS (SELECT 1 FROM `audit_log` WHERE `id` = NEW.`id` OR `rowid` = NEW.`rowid`)
BEGIN
	SELECT RAISE(ABORT, 'the audit log is append-only');
END;
--> statement-breakpoint
CREATE TRIGGER `audit_log_keeps_its_rows` BEFORE DELETE ON `audit_log`
BEGIN
	SELECT RAISE(ABORT, 'the audit log is append-only');
END;
--> statement-breakpoint
CREATE TRIGGER `audit_log_erases_addresses_only` BEFORE UPDATE ON `audit_log`
WHEN NEW.`address` IS NOT NULL OR NEW.`rowid` IS NOT OLD.`rowid`
	OR (NEW.`id`, NEW.`at_ms`, NEW.`action`, NEW.`actor_id`, NEW.`object_type`, NEW.`object_id`, NEW.`event_id`, NEW.`details`)
	IS NOT (OLD.`id`, OLD.`at_ms`, OLD.`action`, OLD.`actor_id`, OLD.`object_type`, OLD.`object_id`, OLD.`event_id`, OLD.`details`)
BEGIN
	SELECT RAISE(ABORT, 'the audit log is append-only');
END;
