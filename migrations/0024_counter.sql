CREATE TABLE `event_orders` (
	`event_id` text NOT NULL,
	`method` text NOT NULL,
	`state` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`order_id` text NOT NULL,
	`paid_at_ms` integer,
	`taken_by` text,
	`tickets` integer NOT NULL,
	`amount_minor` integer NOT NULL,
	`currency` text NOT NULL,
	PRIMARY KEY(`event_id`, `method`, `state`, `created_at_ms`, `order_id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `event_orders_paid` ON `event_orders` (`event_id`,`paid_at_ms`) WHERE "event_orders"."paid_at_ms" IS NOT NULL;--> statement-breakpoint
ALTER TABLE `orders` ADD `counter` text;--> statement-breakpoint
ALTER TABLE `orders` ADD `paid_at_ms` integer;--> statement-breakpoint
INSERT INTO `event_orders`
	SELECT `ticket_types`.`event_id`, coalesce(`orders`.`counter` ->> 'takenAs', `orders`.`counter` ->> 'method', 'online'), `orders`.`state`, `orders`.`created_at_ms`,
			`orders`.`id`, iif(`orders`.`state` = 'confirmed', coalesce(`orders`.`paid_at_ms`, `orders`.`created_at_ms`), NULL),
			coalesce(`orders`.`counter` ->> 'takenBy', `orders`.`counter` ->> 'soldBy'), SUM(`item`.`value` ->> 'quantity'),
			SUM((`item`.`value` ->> 'quantity') * (`item`.`value` ->> 'unitPriceMinor')), `orders`.`currency`
		FROM `orders` JOIN json_each(`orders`.`items`) AS `item`
		JOIN `ticket_types` ON `ticket_types`.`id` = `item`.`value` ->> 'ticketTypeId'
		GROUP BY `orders`.`id`, `ticket_types`.`event_id`;--> statement-breakpoint
CREATE TRIGGER `orders_are_of_events` AFTER INSERT ON `orders`
BEGIN
	INSERT INTO `event_orders`
		SELECT `event_id`, coalesce(NEW.`counter` ->> 'takenAs', NEW.`counter` ->> 'method', 'online'), NEW.`state`, NEW.`created_at_ms`,
			NEW.`id`, iif(NEW.`state` = 'confirmed', coalesce(NEW.`paid_at_ms`, NEW.`created_at_ms`), NULL),
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
			NEW.`id`, iif(NEW.`state` = 'confirmed', coalesce(NEW.`paid_at_ms`, NEW.`created_at_ms`), NULL),
			coalesce(NEW.`counter` ->> 'takenBy', NEW.`counter` ->> 'soldBy'), SUM(`item`.`value` ->> 'quantity'),
			SUM((`item`.`value` ->> 'quantity') * (`item`.`value` ->> 'unitPriceMinor')), NEW.`currency`
		FROM json_each(NEW.`items`) AS `item` JOIN `ticket_types` ON `ticket_types`.`id` = `item`.`value` ->> 'ticketTypeId'
		GROUP BY `event_id`;
END;
--> statement-breakpoint
CREATE TRIGGER `orders_of_events_go` AFTER DELETE ON `orders`
BEGIN
	DELETE FROM `event_orders` WHERE `event_id` IN (
		SELECT `event_id` FROM `ticket_types` WHERE `id` IN (SELECT `value` ->> 'ticketTypeId' FROM json_each(OLD.`items`))
	) AND `method` = coalesce(OLD.`counter` ->> 'takenAs', OLD.`counter` ->> 'method', 'online') AND `state` = OLD.`state`
		AND `created_at_ms` = OLD.`created_at_ms` AND `order_id` = OLD.`id`;
END;
