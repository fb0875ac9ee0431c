-- A sale ends with its event. Each event is announced once more, so that objects know its end and what became of it.
DROP INDEX `events_announcing`;--> statement-breakpoint
ALTER TABLE `events` ADD `announced_version` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `events_unannounced` ON `events` (`id`) WHERE "events"."announced_version" < "events"."status_version";--> statement-breakpoint
DROP TRIGGER `ticket_types_are_added`;--> statement-breakpoint
DROP TRIGGER `ticket_types_change`;--> statement-breakpoint
DELETE FROM `event_terms` WHERE `term` = '@available';--> statement-breakpoint
INSERT INTO `event_terms`
	SELECT '@available', `starts_at_ms`, `event_id`, iif(COUNT(*) = COUNT(`sales_start_ms`), MIN(`sales_start_ms`), NULL),
		MAX(MIN(IFNULL(`sales_end_ms`, `ends_at_ms`), `ends_at_ms`))
	FROM `ticket_types` JOIN `events` ON `events`.`id` = `event_id`
	WHERE `status` = 'published' AND `on_sale` = 1 AND `held` + `sold` < `capacity` GROUP BY `event_id`;--> statement-breakpoint
CREATE TRIGGER `ticket_types_are_added` AFTER INSERT ON `ticket_types`
WHEN NEW.`on_sale` = 1 AND NEW.`held` + NEW.`sold` < NEW.`capacity`
BEGIN
	DELETE FROM `event_terms` WHERE `event_id` = NEW.`event_id` AND `term` = '@available';
	INSERT INTO `event_terms`
		SELECT '@available', `starts_at_ms`, `event_id`, iif(COUNT(*) = COUNT(`sales_start_ms`), MIN(`sales_start_ms`), NULL),
			MAX(MIN(IFNULL(`sales_end_ms`, `ends_at_ms`), `ends_at_ms`))
		FROM `ticket_types` JOIN `events` ON `events`.`id` = `event_id`
		WHERE `event_id` = NEW.`event_id` AND `status` = 'published' AND `on_sale` = 1 AND `held` + `sold` < `capacity` GROUP BY `event_id`;
END;
--> statement-breakpoint
-- Where the last ticket goes or the first one comes back, or a window moves: most changes of the counters do neither.
CREATE TRIGGER `ticket_types_change` AFTER UPDATE OF `capacity`, `held`, `sold`, `on_sale`, `sales_start_ms`, `sales_end_ms` ON `ticket_types`
WHEN NEW.`sales_start_ms` IS NOT OLD.`sales_start_ms` OR NEW.`sales_end_ms` IS NOT OLD.`sales_end_ms`
	OR (NEW.`on_sale` = 1 AND NEW.`held` + NEW.`sold` < NEW.`capacity`) <> (OLD.`on_sale` = 1 AND OLD.`held` + OLD.`sold` < OLD.`capacity`)
BEGIN
	DELETE FROM `event_terms` WHERE `event_id` = NEW.`event_id` AND `term` = '@available';
	INSERT INTO `event_terms`
		SELECT '@available', `starts_at_ms`, `event_id`, iif(COUNT(*) = COUNT(`sales_start_ms`), MIN(`sales_start_ms`), NULL),
			MAX(MIN(IFNULL(`sales_end_ms`, `ends_at_ms`), `ends_at_ms`))
		FROM `ticket_types` JOIN `events` ON `events`.`id` = `event_id`
		WHERE `event_id` = NEW.`event_id` AND `status` = 'published' AND `on_sale` = 1 AND `held` + `sold` < `capacity` GROUP BY `event_id`;
END;
--> statement-breakpoint
CREATE TRIGGER `events_end_or_change_status` AFTER UPDATE OF `ends_at_ms`, `status` ON `events`
WHEN NEW.`ends_at_ms` <> OLD.`ends_at_ms` OR NEW.`status` <> OLD.`status`
BEGIN
	DELETE FROM `event_terms` WHERE `event_id` = NEW.`id` AND `term` = '@available';
	INSERT INTO `event_terms`
		SELECT '@available', `starts_at_ms`, `event_id`, iif(COUNT(*) = COUNT(`sales_start_ms`), MIN(`sales_start_ms`), NULL),
			MAX(MIN(IFNULL(`sales_end_ms`, `ends_at_ms`), `ends_at_ms`))
		FROM `ticket_types` JOIN `events` ON `events`.`id` = `event_id`
		WHERE `event_id` = NEW.`id` AND `status` = 'published' AND `on_sale` = 1 AND `held` + `sold` < `capacity` GROUP BY `event_id`;
END;
