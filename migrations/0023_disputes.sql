CREATE TABLE `disputes` (
	`id` text PRIMARY KEY NOT NULL,
	`provider_id` text NOT NULL,
	`event_id` text NOT NULL,
	`payment_id` text NOT NULL,
	`bought_id` text NOT NULL,
	`amount_minor` integer NOT NULL,
	`currency` text NOT NULL,
	`state` text NOT NULL,
	`reason` text NOT NULL,
	`opened_at_ms` integer NOT NULL,
	`respond_by_ms` integer,
	`read_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `disputes_of_provider` ON `disputes` (`provider_id`,`event_id`);--> statement-breakpoint
CREATE INDEX `disputes_of_event` ON `disputes` (`event_id`,`opened_at_ms`,`id`);--> statement-breakpoint
CREATE INDEX `disputes_by_opening` ON `disputes` (`opened_at_ms`);--> statement-breakpoint
CREATE INDEX `disputes_open` ON `disputes` (`read_at_ms`) WHERE "disputes"."state" = 'open';--> statement-breakpoint
CREATE INDEX `sandbox_ledger_disputed` ON `sandbox_ledger` (`created_at_ms`) WHERE "sandbox_ledger"."method" = 'pm_card_createDispute';