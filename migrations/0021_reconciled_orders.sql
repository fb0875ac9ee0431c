ALTER TABLE `orders` ADD `unresolved_payment_id` text;--> statement-breakpoint
ALTER TABLE `orders` ADD `unresolved_payment_state` text;--> statement-breakpoint
ALTER TABLE `orders` ADD `unresolved_since_ms` integer;--> statement-breakpoint
CREATE INDEX `orders_unresolved` ON `orders` (`unresolved_since_ms`,`id`) WHERE "orders"."unresolved_payment_id" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `orders_by_first_reservation` ON `orders` (items ->> '$[0].reservationId');--> statement-breakpoint
ALTER TABLE `sweep_progress` ADD `orders_compared_up_to` text DEFAULT '' NOT NULL;