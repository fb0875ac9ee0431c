ALTER TABLE `events` ADD `refundable_until_ms` integer;--> statement-breakpoint
ALTER TABLE `orders` ADD `refunds` text;--> statement-breakpoint
ALTER TABLE `reservations` ADD `given_back` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `reservations` ADD `restocked` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `reservations` ADD `refunds` text;