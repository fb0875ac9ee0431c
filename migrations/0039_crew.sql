-- Who helps an event's organiser, and the names that are looked for at its door.
CREATE TABLE `crew` (
	`event_id` text NOT NULL,
	`account_id` text NOT NULL,
	`part` text NOT NULL,
	`since_ms` integer NOT NULL,
	PRIMARY KEY(`event_id`, `account_id`),
	CONSTRAINT "crew_part" CHECK("crew"."part" IN ('manager', 'scanner'))
);
--> statement-breakpoint
CREATE INDEX `crew_of_account` ON `crew` (`account_id`,`since_ms`,`event_id`);--> statement-breakpoint
CREATE INDEX `crew_managers` ON `crew` (`account_id`) WHERE "crew"."part" = 'manager';--> statement-breakpoint
CREATE INDEX `passes_named` ON `passes` (`ticket_type_id`,`holder_name`) WHERE "passes"."holder_name" IS NOT NULL;