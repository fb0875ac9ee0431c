ALTER TABLE `reservations` ADD `unresolved_payment_id` text;--> statement-breakpoint
ALTER TABLE `reservations` ADD `unresolved_payment_state` text;--> statement-breakpoint
ALTER TABLE `reservations` ADD `unresolved_since_ms` integer;--> statement-breakpoint
CREATE INDEX `reservations_unresolved` ON `reservations` (`ticket_type_id`,`unresolved_since_ms`,`id`) WHERE "reservations"."unresolved_payment_id" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `events_by_organizer` ON `events` (`organizer_id`);