CREATE TABLE `passes` (
	`reservation_id` text NOT NULL,
	`number` integer NOT NULL,
	`ticket_type_id` text NOT NULL,
	`generation` integer NOT NULL,
	`state` text NOT NULL,
	`holder_name` text,
	`holder_email` text,
	`email_key` text,
	`revoked_at_ms` integer,
	`admitted_at_ms` integer,
	`gate` text,
	`out_since_ms` integer,
	`version` integer NOT NULL,
	PRIMARY KEY(`reservation_id`, `number`)
);
--> statement-breakpoint
CREATE INDEX `passes_of_address` ON `passes` (`email_key`) WHERE "passes"."email_key" IS NOT NULL;