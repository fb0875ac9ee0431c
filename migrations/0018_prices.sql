ALTER TABLE `reservations` ADD `price_id` text;--> statement-breakpoint
ALTER TABLE `reservations` ADD `price_name` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `reservations` ADD `code` text;--> statement-breakpoint
ALTER TABLE `ticket_types` ADD `prices` text;