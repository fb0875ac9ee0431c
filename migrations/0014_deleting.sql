-- Events and ticket types can be deleted, handed over, ordered and hidden, and an event has one currency.
CREATE TABLE `retiring_ticket_types` (
	`id` text PRIMARY KEY NOT NULL,
	`since_ms` integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE `events` ADD `withdrawn_since_ms` integer;--> statement-breakpoint
ALTER TABLE `events` ADD `currency` text;--> statement-breakpoint
CREATE INDEX `events_withdrawn` ON `events` (`id`) WHERE "events"."withdrawn_since_ms" IS NOT NULL;--> statement-breakpoint
ALTER TABLE `ticket_types` ADD `hidden` integer DEFAULT false NOT NULL;--> statement-breakpoint
UPDATE `events` SET `currency` = (
	SELECT iif(MIN(`currency`) = MAX(`currency`), MIN(`currency`), NULL) FROM `ticket_types` WHERE `event_id` = `events`.`id`
);--> statement-breakpoint
-- A request that made something may be repeated after that was deleted: it stays deleted.
CREATE TRIGGER `events_stay_deleted` BEFORE INSERT ON `events`
WHEN EXISTS (SELECT 1 FROM `audit_log` WHERE `event_id` = NEW.`id` AND `action` = 'event.delete')
BEGIN
	SELECT RAISE(IGNORE);
END;
--> statement-breakpoint
CREATE TRIGGER `ticket_types_stay_deleted` BEFORE INSERT ON `ticket_types`
WHEN NOT EXISTS (SELECT 1 FROM `events` WHERE `id` = NEW.`event_id`) OR EXISTS (
	SELECT 1 FROM `audit_log` WHERE `event_id` = NEW.`event_id` AND `object_id` = NEW.`id` AND `action` = 'ticket.delete'
)
BEGIN
	SELECT RAISE(IGNORE);
END;
--> statement-breakpoint
CREATE TRIGGER `ticket_types_share_a_currency` BEFORE INSERT ON `ticket_types`
WHEN EXISTS (
	SELECT 1 FROM `events` JOIN `ticket_types` AS `other` ON `other`.`event_id` = `events`.`id`
	WHERE `events`.`id` = NEW.`event_id` AND `other`.`id` <> NEW.`id`
		AND (`events`.`currency` <> NEW.`currency` OR (`events`.`currency` = NEW.`currency` AND `other`.`currency` <> NEW.`currency`))
)
BEGIN
	SELECT RAISE(IGNORE);
END;
--> statement-breakpoint
CREATE TRIGGER `ticket_types_set_the_currency` AFTER INSERT ON `ticket_types`
WHEN NOT EXISTS (SELECT 1 FROM `ticket_types` WHERE `event_id` = NEW.`event_id` AND `id` <> NEW.`id`)
BEGIN
	UPDATE `events` SET `currency` = NEW.`currency` WHERE `id` = NEW.`event_id`;
END;
--> statement-breakpoint
CREATE TRIGGER `events_are_deleted` AFTER DELETE ON `events`
BEGIN
	DELETE FROM `event_terms` WHERE `event_id` = OLD.`id`;
END;
--> statement-breakpoint
CREATE TRIGGER `events_are_handed_over` AFTER UPDATE OF `organizer_id` ON `events`
WHEN NEW.`organizer_id` <> OLD.`organizer_id`
BEGIN
	UPDATE `event_terms` SET `term` = '@' || NEW.`organizer_id` WHERE `event_id` = NEW.`id` AND `term` = '@' || OLD.`organizer_id`;
END;
--> statement-breakpoint
-- Hidden ticket types do not count as available.
DROP TRIGGER `ticket_types_are_added`;--> statement-breakpoint
DROP TRIGGER `ticket_types_change`;--> statement-breakpoint
DROP TRIGGER `events_end_or_change_status`;--> statement-breakpoint
CREATE TRIGGER `ticket_types_are_added` AFTER INSERT ON `ticket_types`
WHEN (NEW.`on_sale` = 1 AND NEW.`held` + NEW.`sold` < NEW.`capacity` AND NEW.`hidden` = 0)
BEGIN
	DELETE FROM `event_terms` WHERE `event_id` = NEW.`event_id` AND `term` = '@available';
	INSERT INTO `event_terms`
		SELECT '@available', `starts_at_ms`, `event_id`, iif(COUNT(*) = COUNT(`sales_start_ms`), MIN(`sales_start_ms`), NULL),
			MAX(MIN(IFNULL(`sales_end_ms`, `ends_at_ms`), `ends_at_ms`))
		FROM `ticket_types` JOIN `events` ON `events`.`id` = `event_id`
		WHERE `event_id` = NEW.`event_id` AND `status` = 'published' AND `on_sale` = 1 AND `held` + `sold` < `capacity` AND `hidden` = 0
		GROUP BY `event_id`;
END;
--> statement-breakpoint
CREATE TRIGGER `ticket_types_are_deleted` AFTER DELETE ON `ticket_types`
WHEN (OLD.`on_sale` = 1 AND OLD.`held` + OLD.`sold` < OLD.`capacity` AND OLD.`hidden` = 0)
BEGIN
	DELETE FROM `event_terms` WHERE `event_id` = OLD.`event_id` AND `term` = '@available';
	INSERT INTO `event_terms`
		SELECT '@available', `starts_at_ms`, `event_id`, iif(COUNT(*) = COUNT(`sales_start_ms`), MIN(`sales_start_ms`), NULL),
			MAX(MIN(IFNULL(`sales_end_ms`, `ends_at_ms`), `ends_at_ms`))
		FROM `ticket_types` JOIN `events` ON `events`.`id` = `event_id`
		WHERE `event_id` = OLD.`event_id` AND `status` = 'published' AND `on_sale` = 1 AND `held` + `sold` < `capacity` AND `hidden` = 0
		GROUP BY `event_id`;
END;
--> statement-breakpoint
-- Where the last ticket goes or the first one comes back, or a window moves: most changes of the counters do neither.
CREATE TRIGGER `ticket_types_change` AFTER UPDATE OF `capacity`, `held`, `sold`, `on_sale`, `sales_start_ms`, `sales_end_ms`, `hidden` ON `ticket_types`
WHEN NEW.`sales_start_ms` IS NOT OLD.`sales_start_ms` OR NEW.`sales_end_ms` IS NOT OLD.`sales_end_ms`
	OR (NEW.`on_sale` = 1 AND NEW.`held` + NEW.`sold` < NEW.`capacity` AND NEW.`hidden` = 0) <> (OLD.`on_sale` = 1 AND OLD.`held` + OLD.`sold` < OLD.`capacity` AND OLD.`hidden` = 0)
BEGIN
	DELETE FROM `event_terms` WHERE `event_id` = NEW.`event_id` AND `term` = '@available';
	INSERT INTO `event_terms`
		SELECT '@available', `starts_at_ms`, `event_id`, iif(COUNT(*) = COUNT(`sales_start_ms`), MIN(`sales_start_ms`), NULL),
			MAX(MIN(IFNULL(`sales_end_ms`, `ends_at_ms`), `ends_at_ms`))
		FROM `ticket_types` JOIN `events` ON `events`.`id` = `event_id`
		WHERE `event_id` = NEW.`event_id` AND `status` = 'published' AND `on_sale` = 1 AND `held` + `sold` < `capacity` AND `hidden` = 0
		GROUP BY `event_id`;
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
		WHERE `event_id` = NEW.`id` AND `status` = 'published' AND `on_sale` = 1 AND `held` + `sold` < `capacity` AND `hidden` = 0
		GROUP BY `event_id`;
END;
