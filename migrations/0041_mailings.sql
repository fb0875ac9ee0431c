CREATE TABLE `mailings` (
	`id` text PRIMARY KEY NOT NULL,
	`event_id` text NOT NULL,
	`after_id` text DEFAULT '' NOT NULL,
	`created_at_ms` integer NOT NULL,
	`name` text NOT NULL,
	`venue` text NOT NULL,
	`starts_at_ms` integer NOT NULL,
	`timezone` text NOT NULL,
	`status` text NOT NULL,
	`some_know_more` integer DEFAULT false NOT NULL
);
--> statement-breakpoint
CREATE INDEX `mailings_of_event` ON `mailings` (`event_id`);--> statement-breakpoint
CREATE INDEX `mailings_by_age` ON `mailings` (`created_at_ms`);