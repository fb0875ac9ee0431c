CREATE TABLE `terms_versions` (
	`id` text NOT NULL,
	`event_id` text NOT NULL,
	`version` text NOT NULL,
	`terms` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	PRIMARY KEY(`event_id`, `version`)
);
--> statement-breakpoint
ALTER TABLE `events` ADD `terms_version` text;--> statement-breakpoint
ALTER TABLE `reservations` ADD `accepted_terms` text;