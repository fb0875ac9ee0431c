-- What was paid for counts on its day, also once everything is given back.
DROP TRIGGER `orders_are_of_events`;--> statement-breakpoint
DROP TRIGGER `orders_of_events_change`;--> statement-breakpoint
CREATE TRIGGER `orders_are_of_events` AFTER INSERT ON `orders`
BEGIN
	INSERT INTO `event_orders`
		SELECT `event_id`, coalesce(NEW.`counter` ->> 'takenAs', NEW.`counter` ->> 'method', 'online'), NEW.`state`, NEW.`created_at_ms`,
			NEW.`id`, iif(NEW.`state` IN ('confirmed', 'refunded'), coalesce(NEW.`paid_at_ms`, NEW.`created_at_ms`), NULL),
			coalesce(NEW.`counter` ->> 'takenBy', NEW.`counter` ->> 'soldBy'), SUM(`item`.`value` ->> 'quantity'),
			SUM((`item`.`value` ->> 'quantity') * (`item`.`value` ->> 'unitPriceMinor')), NEW.`currency`
		FROM json_each(NEW.`items`) AS `item` JOIN `ticket_types` ON `ticket_types`.`id` = `item`.`value` ->> 'ticketTypeId'
		GROUP BY `event_id`;
END;
--> statement-breakpoint
-- Most writes of an order change neither.
CREATE TRIGGER `orders_of_events_change` AFTER UPDATE ON `orders`
WHEN NEW.`state` <> OLD.`state` OR NEW.`counter` IS NOT OLD.`counter` OR NEW.`paid_at_ms` IS NOT OLD.`paid_at_ms`
	OR NEW.`created_at_ms` <> OLD.`created_at_ms` OR NEW.`items` <> OLD.`items`
BEGIN
	DELETE FROM `event_orders` WHERE `event_id` IN (
		SELECT `event_id` FROM `ticket_types` WHERE `id` IN (SELECT `value` ->> 'ticketTypeId' FROM json_each(OLD.`items`))
	) AND `method` = coalesce(OLD.`counter` ->> 'takenAs', OLD.`counter` ->> 'method', 'online') AND `state` = OLD.`state`
		AND `created_at_ms` = OLD.`created_at_ms` AND `order_id` = OLD.`id`;
	INSERT INTO `event_orders`
		SELECT `event_id`, coalesce(NEW.`counter` ->> 'takenAs', NEW.`counter` ->> 'method', 'online'), NEW.`state`, NEW.`created_at_ms`,
			NEW.`id`, iif(NEW.`state` IN ('confirmed', 'refunded'), coalesce(NEW.`paid_at_ms`, NEW.`created_at_ms`), NULL),
			coalesce(NEW.`counter` ->> 'takenBy', NEW.`counter` ->> 'soldBy'), SUM(`item`.`value` ->> 'quantity'),
			SUM((`item`.`value` ->> 'quantity') * (`item`.`value` ->> 'unitPriceMinor')), NEW.`currency`
		FROM json_each(NEW.`items`) AS `item` JOIN `ticket_types` ON `ticket_types`.`id` = `item`.`value` ->> 'ticketTypeId'
		GROUP BY `event_id`;
END;
--> statement-breakpoint
UPDATE `event_orders` SET `paid_at_ms` = (
	SELECT coalesce(`orders`.`paid_at_ms`, `orders`.`created_at_ms`) FROM `orders` WHERE `orders`.`id` = `order_id`
) WHERE `state` = 'refunded';
