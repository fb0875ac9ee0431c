ALTER TABLE `orders` ADD `late_refunds` text;--> statement-breakpoint
ALTER TABLE `reservations` ADD `late_refunds` text;