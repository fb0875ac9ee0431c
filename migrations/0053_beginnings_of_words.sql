DROP INDEX `events_unindexed`;--> statement-breakpoint
CREATE INDEX `events_unindexed` ON `events` (`id`) WHERE ("indexed_version" < "words_version" OR "tokens_version" < 4);