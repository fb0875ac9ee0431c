CREATE TABLE `event_messages` (
	`id` text PRIMARY KEY NOT NULL,
	`event_id` text NOT NULL,
	`subject` text NOT NULL,
	`text` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`request_hash` text,
	`owed_since_ms` integer
);
--> statement-breakpoint
CREATE INDEX `event_messages_of_event` ON `event_messages` (`event_id`,`created_at_ms`,`id`);--> statement-breakpoint
DROP INDEX `mails_of_account`;--> statement-breakpoint
ALTER TABLE `mails` ADD `mailing_id` text;--> statement-breakpoint
CREATE INDEX `mails_of_address` ON `mails` (`address`,`created_at_ms`,`id`) WHERE "mails"."address" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `mails_of_mailing` ON `mails` (`mailing_id`,`state`,`since_ms`) WHERE "mails"."mailing_id" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `mails_of_account` ON `mails` (`account_id`,`created_at_ms`,`id`) WHERE "mails"."account_id" IS NOT NULL;--> statement-breakpoint
ALTER TABLE `mailings` ADD `kind` text DEFAULT 'change' NOT NULL;