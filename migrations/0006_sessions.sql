DROP INDEX `refresh_tokens_of_session`;--> statement-breakpoint
CREATE INDEX `refresh_tokens_of_session` ON `refresh_tokens` (`session_id`,`created_at_ms`);--> statement-breakpoint
DROP INDEX `sessions_of_account`;--> statement-breakpoint
CREATE INDEX `sessions_of_account` ON `sessions` (`account_id`,`created_at_ms`,`id`);--> statement-breakpoint
CREATE INDEX `sessions_not_ended` ON `sessions` (`account_id`) WHERE "sessions"."ended_at_ms" IS NULL;--> statement-breakpoint
CREATE TABLE `old_revoked_sessions` AS SELECT * FROM `revoked_sessions`;--> statement-breakpoint
DROP TABLE `revoked_sessions`;--> statement-breakpoint
CREATE TABLE `revoked_sessions` (
	`position` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`expires_at_ms` integer NOT NULL
);
--> statement-breakpoint
INSERT INTO `revoked_sessions`("id", "expires_at_ms") SELECT "id", "expires_at_ms" FROM `old_revoked_sessions`;--> statement-breakpoint
DROP TABLE `old_revoked_sessions`;--> statement-breakpoint
CREATE UNIQUE INDEX `revoked_sessions_id_unique` ON `revoked_sessions` (`id`);--> statement-breakpoint
CREATE INDEX `revoked_sessions_by_expiry` ON `revoked_sessions` (`expires_at_ms`);
