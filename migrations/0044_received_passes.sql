DROP INDEX `passes_of_address`;--> statement-breakpoint
ALTER TABLE `passes` ADD `passed_on_at_ms` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `passes_of_address` ON `passes` (`email_key`,`passed_on_at_ms`,`reservation_id`,`number`) WHERE "passes"."email_key" IS NOT NULL;