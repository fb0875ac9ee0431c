DROP INDEX `events_unindexed`;--> statement-breakpoint
ALTER TABLE `events` ADD `tokens_version` integer DEFAULT 1 NOT NULL;--> statement-breakpoint
CREATE INDEX `events_by_length` ON `events` ((("ends_at_ms" - "starts_at_ms" > 86400000)
  + ("ends_at_ms" - "starts_at_ms" > 1382400000) + ("ends_at_ms" - "starts_at_ms" > 22118400000)),`starts_at_ms`,`id`,`ends_at_ms`);--> statement-breakpoint
CREATE INDEX `events_unindexed` ON `events` (`id`) WHERE ("indexed_version" < "words_version" OR "tokens_version" < 2);