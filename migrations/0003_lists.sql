CREATE TABLE `event_terms` (
	`term` text NOT NULL,
	`starts_at_ms` integer NOT NULL,
	`event_id` text NOT NULL,
	`opens_ms` integer,
	`closes_ms` integer,
	PRIMARY KEY(`term`, `starts_at_ms`, `event_id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `event_terms_of_event` ON `event_terms` (`event_id`);--> statement-breakpoint
CREATE INDEX `event_terms_available` ON `event_terms` (`term`,`starts_at_ms`,`event_id`,`opens_ms`,`closes_ms`) WHERE "event_terms"."opens_ms" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `event_terms_closing` ON `event_terms` (`closes_ms`,`event_id`) WHERE "event_terms"."term" = '@' AND "event_terms"."closes_ms" IS NOT NULL;--> statement-breakpoint
DROP INDEX `events_by_date`;--> statement-breakpoint
ALTER TABLE `events` ADD `words_version` integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE `events` ADD `indexed_version` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `events_public` ON `events` (`starts_at_ms`,`id`) WHERE "events"."status" <> 'draft';--> statement-breakpoint
CREATE INDEX `events_unindexed` ON `events` (`id`) WHERE "events"."indexed_version" < "events"."words_version";--> statement-breakpoint
CREATE INDEX `reservations_of_account_by_state` ON `reservations` (`account_id`,`state`,`created_at_ms`,`id`);--> statement-breakpoint
-- Of the events that are there; their words are read by the cron sweep.
INSERT INTO `event_terms` SELECT '@', `starts_at_ms`, `id`, NULL, NULL FROM `events`;--> statement-breakpoint
INSERT INTO `event_terms` SELECT '@' || `organizer_id`, `starts_at_ms`, `id`, NULL, NULL FROM `events`;--> statement-breakpoint
UPDATE `event_terms` SET (`opens_ms`, `closes_ms`) = (
	SELECT iif(COUNT(*) = COUNT(`sales_start_ms`), MIN(`sales_start_ms`), 0), iif(COUNT(*) = COUNT(`sales_end_ms`), MAX(`sales_end_ms`), NULL)
	FROM `ticket_types` WHERE `event_id` = `event_terms`.`event_id` AND `on_sale` = 1 AND `held` + `sold` < `capacity`
);--> statement-breakpoint
CREATE TRIGGER `events_have_terms` AFTER INSERT ON `events`
BEGIN
	INSERT INTO `event_terms` VALUES ('@', NEW.`starts_at_ms`, NEW.`id`, NULL, NULL);
	INSERT INTO `event_terms` VALUES ('@' || NEW.`organizer_id`, NEW.`starts_at_ms`, NEW.`id`, NULL, NULL);
END;
--> statement-breakpoint
CREATE TRIGGER `events_move` AFTER UPDATE OF `starts_at_ms` ON `events`
WHEN NEW.`starts_at_ms` <> OLD.`starts_at_ms`
BEGIN
	UPDATE `event_terms` SET `starts_at_ms` = NEW.`starts_at_ms` WHERE `event_id` = NEW.`id`;
END;
--> statement-breakpoint
CREATE TRIGGER `ticket_types_become_available` AFTER INSERT ON `ticket_types`
WHEN NEW.`on_sale` = 1 AND NEW.`held` + NEW.`sold` < NEW.`capacity`
BEGIN
	UPDATE `event_terms` SET (`opens_ms`, `closes_ms`) = (
		SELECT iif(COUNT(*) = COUNT(`sales_start_ms`), MIN(`sales_start_ms`), 0), iif(COUNT(*) = COUNT(`sales_end_ms`), MAX(`sales_end_ms`), NULL)
		FROM `ticket_types` WHERE `event_id` = NEW.`event_id` AND `on_sale` = 1 AND `held` + `sold` < `capacity`
	) WHERE `event_id` = NEW.`event_id`;
END;
--> statement-breakpoint
-- Where the first ticket comes back, or a window moves: what each row of the event says, unless it says so already.
CREATE TRIGGER `ticket_types_change_availability` AFTER UPDATE OF `capacity`, `held`, `sold`, `on_sale`, `sales_start_ms`, `sales_end_ms` ON `ticket_types`
WHEN NEW.`sales_start_ms` IS NOT OLD.`sales_start_ms` OR NEW.`sales_end_ms` IS NOT OLD.`sales_end_ms`
	OR ((NEW.`on_sale` = 1 AND NEW.`held` + NEW.`sold` < NEW.`capacity`) AND NOT (OLD.`on_sale` = 1 AND OLD.`held` + OLD.`sold` < OLD.`capacity`))
BEGIN
	UPDATE `event_terms` SET (`opens_ms`, `closes_ms`) = (
		SELECT iif(COUNT(*) = COUNT(`sales_start_ms`), MIN(`sales_start_ms`), 0), iif(COUNT(*) = COUNT(`sales_end_ms`), MAX(`sales_end_ms`), NULL)
		FROM `ticket_types` WHERE `event_id` = NEW.`event_id` AND `on_sale` = 1 AND `held` + `sold` < `capacity`
	) WHERE `event_id` = NEW.`event_id` AND (`opens_ms`, `closes_ms`) IS NOT (
		SELECT iif(COUNT(*) = COUNT(`sales_start_ms`), MIN(`sales_start_ms`), 0), iif(COUNT(*) = COUNT(`sales_end_ms`), MAX(`sales_end_ms`), NULL)
		FROM `ticket_types` WHERE `event_id` = NEW.`event_id` AND `on_sale` = 1 AND `held` + `sold` < `capacity`
	);
END;
--> statement-breakpoint
-- Where the last ticket goes one row says so, and the sweep tells the others: at the end of a sale tickets come back and go
-- again many times a minute, and an event may have hundreds of rows.
CREATE TRIGGER `ticket_types_run_out` AFTER UPDATE OF `capacity`, `held`, `sold`, `on_sale` ON `ticket_types`
WHEN (OLD.`on_sale` = 1 AND OLD.`held` + OLD.`sold` < OLD.`capacity`) AND NOT (NEW.`on_sale` = 1 AND NEW.`held` + NEW.`sold` < NEW.`capacity`)
BEGIN
	UPDATE `event_terms` SET `closes_ms` = 0
	WHERE `term` = '@' AND `event_id` = NEW.`event_id` AND `starts_at_ms` = (SELECT `starts_at_ms` FROM `events` WHERE `id` = NEW.`event_id`)
		AND `opens_ms` IS NOT NULL AND NOT EXISTS (
			SELECT 1 FROM `ticket_types` WHERE `event_id` = NEW.`event_id` AND `on_sale` = 1 AND `held` + `sold` < `capacity`
		);
END;
