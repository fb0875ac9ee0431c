CREATE INDEX `audit_log_of_sale` ON `audit_log` (`object_id`,`at_ms`) WHERE "audit_log"."object_type" IN ('order', 'reservation', 'payment');--> statement-breakpoint
CREATE INDEX `reservations_sold` ON `reservations` (`ticket_type_id`,`id`) WHERE "reservations"."state" IN ('confirmed', 'refunded');--> statement-breakpoint
CREATE INDEX `reservations_with_code` ON `reservations` (`ticket_type_id`,`code`) WHERE "reservations"."code" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `mails_about` ON `mails` (`about`);--> statement-breakpoint
-- A reservation that was made alone stands in the place of an order. The day's report has its own way to find those that are paid.
INSERT INTO `event_orders`
	SELECT `event_id`, 'online', `state`, `created_at_ms`, `reservations`.`id`, NULL, NULL, `quantity`, `quantity` * `unit_price_minor`, `reservations`.`currency`
	FROM `reservations` JOIN `ticket_types` ON `ticket_types`.`id` = `ticket_type_id` WHERE `order_id` IS NULL;--> statement-breakpoint
CREATE TRIGGER `reservations_are_of_events` AFTER INSERT ON `reservations` WHEN NEW.`order_id` IS NULL
BEGIN
	INSERT INTO `event_orders`
		SELECT `event_id`, 'online', NEW.`state`, NEW.`created_at_ms`, NEW.`id`, NULL, NULL, NEW.`quantity`, NEW.`quantity` * NEW.`unit_price_minor`, NEW.`currency`
		FROM `ticket_types` WHERE `id` = NEW.`ticket_type_id`;
END;--> statement-breakpoint
CREATE TRIGGER `reservations_of_events_change` AFTER UPDATE ON `reservations`
WHEN NEW.`state` <> OLD.`state` OR NEW.`created_at_ms` <> OLD.`created_at_ms` OR NEW.`order_id` IS NOT OLD.`order_id`
	OR NEW.`quantity` <> OLD.`quantity` OR NEW.`unit_price_minor` <> OLD.`unit_price_minor`
BEGIN
	DELETE FROM `event_orders` WHERE `event_id` IN (SELECT `event_id` FROM `ticket_types` WHERE `id` = OLD.`ticket_type_id`)
		AND `method` = 'online' AND `state` = OLD.`state` AND `created_at_ms` = OLD.`created_at_ms` AND `order_id` = OLD.`id`;
	INSERT INTO `event_orders`
		SELECT `event_id`, 'online', NEW.`state`, NEW.`created_at_ms`, NEW.`id`, NULL, NULL, NEW.`quantity`, NEW.`quantity` * NEW.`unit_price_minor`, NEW.`currency`
		FROM `ticket_types` WHERE `id` = NEW.`ticket_type_id` AND NEW.`order_id` IS NULL;
END;--> statement-breakpoint
CREATE TRIGGER `reservations_of_events_go` AFTER DELETE ON `reservations`
BEGIN
	DELETE FROM `event_orders` WHERE `event_id` IN (SELECT `event_id` FROM `ticket_types` WHERE `id` = OLD.`ticket_type_id`)
		AND `method` = 'online' AND `state` = OLD.`state` AND `created_at_ms` = OLD.`created_at_ms` AND `order_id` = OLD.`id`;
END;
