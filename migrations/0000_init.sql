CREATE TABLE `accounts` (
	`id` text PRIMARY KEY NOT NULL,
	`username` text NOT NULL,
	`email` text NOT NULL,
	`password_hash` text NOT NULL,
	`role` text DEFAULT 'buyer' NOT NULL,
	`created_at_ms` integer NOT NULL,
	CONSTRAINT "accounts_role" CHECK("accounts"."role" IN ('buyer', 'organizer'))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `accounts_by_username` ON `accounts` ("username" COLLATE NOCASE);--> statement-breakpoint
CREATE TABLE `events` (
	`id` text PRIMARY KEY NOT NULL,
	`organizer_id` text NOT NULL,
	`name` text NOT NULL,
	`description` text NOT NULL,
	`venue` text NOT NULL,
	`starts_at_ms` integer NOT NULL,
	`ends_at_ms` integer NOT NULL,
	`timezone` text NOT NULL,
	`status` text NOT NULL,
	`status_version` integer NOT NULL,
	`announcing` integer NOT NULL,
	`created_at_ms` integer NOT NULL,
	FOREIGN KEY (`organizer_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "events_status" CHECK("events"."status" IN ('draft', 'published', 'cancelled'))
);
--> statement-breakpoint
CREATE INDEX `events_by_date` ON `events` (`starts_at_ms`,`id`);--> statement-breakpoint
CREATE INDEX `events_announcing` ON `events` (`id`) WHERE "events"."announcing" = 1;--> statement-breakpoint
CREATE TABLE `reservations` (
	`id` text PRIMARY KEY NOT NULL,
	`ticket_type_id` text NOT NULL,
	`account_id` text NOT NULL,
	`quantity` integer NOT NULL,
	`unit_price_minor` integer NOT NULL,
	`currency` text NOT NULL,
	`state` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`expires_at_ms` integer NOT NULL,
	`version` integer NOT NULL,
	`payment_state` text,
	`payment_failure_code` text,
	`payment_failure_message` text,
	`unsettled` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `reservations_of_account` ON `reservations` (`account_id`,`created_at_ms`,`id`);--> statement-breakpoint
CREATE INDEX `reservations_overdue` ON `reservations` (`expires_at_ms`) WHERE "reservations"."state" = 'held';--> statement-breakpoint
CREATE INDEX `reservations_unsettled` ON `reservations` (`ticket_type_id`) WHERE "reservations"."unsettled" = 1;--> statement-breakpoint
CREATE TABLE `revoked_sessions` (
	`id` text PRIMARY KEY NOT NULL,
	`expires_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `revoked_sessions_by_expiry` ON `revoked_sessions` (`expires_at_ms`);--> statement-breakpoint
CREATE TABLE `sandbox_calls` (
	`idempotency_key` text PRIMARY KEY NOT NULL,
	`calls` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `sandbox_ledger` (
	`idempotency_key` text NOT NULL,
	`kind` text NOT NULL,
	`reservation_id` text NOT NULL,
	`method` text NOT NULL,
	`amount_minor` integer NOT NULL,
	`currency` text NOT NULL,
	`decline_code` text,
	`created_at_ms` integer NOT NULL,
	`completes_at_ms` integer NOT NULL,
	PRIMARY KEY(`idempotency_key`, `kind`)
);
--> statement-breakpoint
CREATE INDEX `sandbox_ledger_by_reservation` ON `sandbox_ledger` (`reservation_id`);--> statement-breakpoint
CREATE TABLE `ticket_types` (
	`id` text PRIMARY KEY NOT NULL,
	`event_id` text NOT NULL,
	`position` integer NOT NULL,
	`name` text NOT NULL,
	`description` text NOT NULL,
	`capacity` integer NOT NULL,
	`held` integer NOT NULL,
	`sold` integer NOT NULL,
	`on_sale` integer NOT NULL,
	`price_minor` integer NOT NULL,
	`currency` text NOT NULL,
	`max_per_buyer` integer,
	`sales_start_ms` integer,
	`sales_end_ms` integer,
	`version` integer NOT NULL,
	FOREIGN KEY (`event_id`) REFERENCES `events`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `ticket_types_by_event` ON `ticket_types` (`event_id`,`position`,`id`);