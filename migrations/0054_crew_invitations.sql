CREATE TABLE `crew_invitations` (
	`id` text PRIMARY KEY NOT NULL,
	`event_id` text NOT NULL,
	`email_key` text NOT NULL,
	`part` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`expires_at_ms` integer NOT NULL,
	`token_hash` text,
	`accepted_by` text,
	CONSTRAINT "crew_invitations_part" CHECK("crew_invitations"."part" IN ('manager', 'scanner'))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `crew_invitations_of_event` ON `crew_invitations` (`event_id`,`email_key`);--> statement-breakpoint
CREATE UNIQUE INDEX `crew_invitations_by_token` ON `crew_invitations` (`token_hash`) WHERE "crew_invitations"."token_hash" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `crew_invitations_by_email` ON `crew_invitations` (`email_key`);--> statement-breakpoint
CREATE INDEX `crew_invitations_accepted` ON `crew_invitations` (`accepted_by`) WHERE "crew_invitations"."accepted_by" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `crew_invitations_by_expiry` ON `crew_invitations` (`expires_at_ms`);