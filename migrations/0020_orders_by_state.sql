DROP INDEX `orders_of_account`;--> statement-breakpoint
DROP INDEX `orders_held`;--> statement-breakpoint
CREATE INDEX `orders_of_account_by_state` ON `orders` (`account_id`,`state`,`created_at_ms`,`id`);