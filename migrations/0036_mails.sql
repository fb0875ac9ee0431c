CREATE TABLE `mail_start` (
	`since_ms` integer PRIMARY KEY NOT NULL
);
--> statement-breakpoint
CREATE TABLE `mails` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`about` text NOT NULL,
	`account_id` text,
	`address` text,
	`event_id` text,
	`parameters` text NOT NULL,
	`state` text DEFAULT 'due' NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL,
	`due_ms` integer,
	`created_at_ms` integer NOT NULL,
	`since_ms` integer NOT NULL,
	`message_id` text,
	`error` text
);
--> statement-breakpoint
CREATE INDEX `mails_due` ON `mails` (`due_ms`) WHERE "mails"."due_ms" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `mails_by_age` ON `mails` (`created_at_ms`);--> statement-breakpoint
CREATE INDEX `mails_about` ON `mails` (`about`);--> statement-breakpoint
CREATE INDEX `mails_of_account` ON `mails` (`account_id`) WHERE "mails"."account_id" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `mails_of_event` ON `mails` (`event_id`,`created_at_ms`,`id`) WHERE "mails"."event_id" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `mails_by_message` ON `mails` (`message_id`) WHERE "mails"."message_id" IS NOT NULL;--> statement-breakpoint
ALTER TABLE `accounts` ADD `language` text DEFAULT 'en' NOT NULL;--> statement-breakpoint
INSERT INTO `mail_start` SELECT unixepoch() * 1000;
