CREATE TABLE `orders` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`items` text NOT NULL,
	`currency` text NOT NULL,
	`state` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`expires_at_ms` integer NOT NULL,
	`version` integer NOT NULL,
	`payment_state` text,
	`payment_failure_code` text,
	`payment_failure_message` text,
	`cancel_requested` integer NOT NULL,
	`unfinished` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `orders_of_account` ON `orders` (`account_id`,`created_at_ms`,`id`);--> statement-breakpoint
CREATE INDEX `orders_held` ON `orders` (`account_id`,`expires_at_ms`) WHERE "orders"."state" = 'held';--> statement-breakpoint
CREATE INDEX `orders_overdue` ON `orders` (`expires_at_ms`) WHERE "orders"."state" = 'held';--> statement-breakpoint
CREATE INDEX `orders_unfinished` ON `orders` (`id`) WHERE "orders"."unfinished" = 1;--> statement-breakpoint
ALTER TABLE `reservations` ADD `order_id` text;