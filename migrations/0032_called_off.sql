ALTER TABLE `events` ADD `cancellation` text;--> statement-breakpoint
ALTER TABLE `events` ADD `refunding` integer DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX `events_refunding` ON `events` (`id`) WHERE "events"."refunding" = 1;