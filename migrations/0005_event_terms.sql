-- What can be bought is one row of an event, and no longer a part of each of its rows.
DROP TRIGGER `ticket_types_become_available`;--> statement-breakpoint
DROP TRIGGER `ticket_types_change_availability`;--> statement-breakpoint
DROP TRIGGER `ticket_types_run_out`;--> statement-breakpoint
DROP TRIGGER `events_have_terms`;--> statement-breakpoint
DROP INDEX `event_terms_available`;--> statement-breakpoint
DROP INDEX `event_terms_closing`;--> statement-breakpoint
DELETE FROM `event_terms` WHERE `term` = '@';--> statement-breakpoint
UPDATE `event_terms` SET `opens_ms` = NULL, `closes_ms` = NULL WHERE `opens_ms` IS NOT NULL OR `closes_ms` IS NOT NULL;--> statement-breakpoint
INSERT INTO `event_terms`
	SELECT '@available', `starts_at_ms`, `event_id`, iif(COUNT(*) = COUNT(`sales_start_ms`), MIN(`sales_start_ms`), NULL),
		iif(COUNT(*) = COUNT(`sales_end_ms`), MAX(`sales_end_ms`), NULL)
	FROM `ticket_types` JOIN `events` ON `events`.`id` = `event_id`
	WHERE `on_sale` = 1 AND `held` + `sold` < `capacity` GROUP BY `event_id`;--> statement-breakpoint
CREATE INDEX `event_terms_closing` ON `event_terms` (`closes_ms`) WHERE "event_terms"."closes_ms" IS NOT NULL;--> statement-breakpoint
ALTER TABLE `events` ADD `request_hash` text;--> statement-breakpoint
ALTER TABLE `ticket_types` ADD `request_hash` text;--> statement-breakpoint
CREATE TRIGGER `events_have_an_organizer` AFTER INSERT ON `events`
BEGIN
	INSERT INTO `event_terms` VALUES ('@' || NEW.`organizer_id`, NEW.`starts_at_ms`, NEW.`id`, NULL, NULL);
END;
--> statement-breakpoint
CREATE TRIGGER `ticket_types_are_added` AFTER INSERT ON `ticket_types`
WHEN NEW.`on_sale` = 1 AND NEW.`held` + NEW.`sold` < NEW.`capacity`
BEGIN
	DELETE FROM `event_terms` WHERE `event_id` = NEW.`event_id` AND `term` = '@available';
	INSERT INTO `event_terms`
		SELECT '@available', `starts_at_ms`, `event_id`, iif(COUNT(*) = COUNT(`sales_start_ms`), MIN(`sales_start_ms`), NULL),
			iif(COUNT(*) = COUNT(`sales_end_ms`), MAX(`sales_end_ms`), NULL)
		FROM `ticket_types` JOIN `events` ON `events`.`id` = `event_id`
		WHERE `event_id` = NEW.`event_id` AND `on_sale` = 1 AND `held` + `sold` < `capacity` GROUP BY `event_id`;
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
			iif(COUNT(*) = COUNT(`sales_end_ms`), MAX(`sales_end_ms`), NULL)
		FROM `ticket_types` JOIN `events` ON `events`.`id` = `event_id`
		WHERE `event_id` = NEW.`event_id` AND `on_sale` = 1 AND `held` + `sold` < `capacity` GROUP BY `event_id`;
END;
