CREATE TABLE `event_refunds` (
	`sale_id` text NOT NULL,
	`refund_id` text NOT NULL,
	`event_id` text NOT NULL,
	`at_ms` integer NOT NULL,
	`method` text NOT NULL,
	`given_by` text,
	`tickets` integer NOT NULL,
	`amount_minor` integer NOT NULL,
	`currency` text NOT NULL,
	PRIMARY KEY(`sale_id`, `refund_id`, `event_id`)
);
--> statement-breakpoint
CREATE INDEX `event_refunds_by_time` ON `event_refunds` (`event_id`,`at_ms`);--> statement-breakpoint
ALTER TABLE `reservations` ADD `paid_at_ms` integer;--> statement-breakpoint
CREATE INDEX `reservations_paid` ON `reservations` (`ticket_type_id`,`paid_at_ms`) WHERE "reservations"."paid_at_ms" IS NOT NULL;--> statement-breakpoint
-- A refund counts by its shares, which each event has some of. Those of an order's reservations are the order's.
CREATE TRIGGER `orders_refunds_are_of_events` AFTER INSERT ON `orders` WHEN NEW.`refunds` IS NOT NULL
BEGIN
	INSERT INTO `event_refunds`
		SELECT NEW.`id`, `refund`.`value` ->> 'id', `event_id`, `refund`.`value` ->> 'sinceMs', coalesce(NEW.`counter` ->> 'takenAs', NEW.`counter` ->> 'method', 'online'),
			iif(NEW.`counter` IS NULL, NULL, `refund`.`value` ->> 'by'), SUM(`share`.`value` ->> 'quantity'), SUM(`share`.`value` ->> 'amountMinor'), NEW.`currency`
		FROM json_each(NEW.`refunds`) AS `refund` JOIN json_each(`refund`.`value` -> 'shares') AS `share`
		JOIN `ticket_types` ON `ticket_types`.`id` = substr(`share`.`value` ->> 'reservationId', 1, instr(`share`.`value` ->> 'reservationId', '-') - 1)
		WHERE `refund`.`value` ->> 'state' = 'succeeded'
		GROUP BY `refund`.`value` ->> 'id', `event_id`;
END;--> statement-breakpoint
CREATE TRIGGER `orders_refunds_of_events_change` AFTER UPDATE OF `refunds` ON `orders` WHEN NEW.`refunds` IS NOT OLD.`refunds`
BEGIN
	DELETE FROM `event_refunds` WHERE `sale_id` = OLD.`id`;
	INSERT INTO `event_refunds`
		SELECT NEW.`id`, `refund`.`value` ->> 'id', `event_id`, `refund`.`value` ->> 'sinceMs', coalesce(NEW.`counter` ->> 'takenAs', NEW.`counter` ->> 'method', 'online'),
			iif(NEW.`counter` IS NULL, NULL, `refund`.`value` ->> 'by'), SUM(`share`.`value` ->> 'quantity'), SUM(`share`.`value` ->> 'amountMinor'), NEW.`currency`
		FROM json_each(NEW.`refunds`) AS `refund` JOIN json_each(`refund`.`value` -> 'shares') AS `share`
		JOIN `ticket_types` ON `ticket_types`.`id` = substr(`share`.`value` ->> 'reservationId', 1, instr(`share`.`value` ->> 'reservationId', '-') - 1)
		WHERE `refund`.`value` ->> 'state' = 'succeeded'
		GROUP BY `refund`.`value` ->> 'id', `event_id`;
END;--> statement-breakpoint
CREATE TRIGGER `orders_refunds_of_events_go` AFTER DELETE ON `orders` WHEN OLD.`refunds` IS NOT NULL
BEGIN
	DELETE FROM `event_refunds` WHERE `sale_id` = OLD.`id`;
END;--> statement-breakpoint
CREATE TRIGGER `reservations_refunds_are_of_events` AFTER INSERT ON `reservations` WHEN NEW.`refunds` IS NOT NULL AND NEW.`order_id` IS NULL
BEGIN
	INSERT INTO `event_refunds`
		SELECT NEW.`id`, `refund`.`value` ->> 'id', `event_id`, `refund`.`value` ->> 'sinceMs', 'online',
			NULL, SUM(`share`.`value` ->> 'quantity'), SUM(`share`.`value` ->> 'amountMinor'), NEW.`currency`
		FROM json_each(NEW.`refunds`) AS `refund` JOIN json_each(`refund`.`value` -> 'shares') AS `share`
		JOIN `ticket_types` ON `ticket_types`.`id` = substr(`share`.`value` ->> 'reservationId', 1, instr(`share`.`value` ->> 'reservationId', '-') - 1)
		WHERE `refund`.`value` ->> 'state' = 'succeeded'
		GROUP BY `refund`.`value` ->> 'id', `event_id`;
END;--> statement-breakpoint
CREATE TRIGGER `reservations_refunds_of_events_change` AFTER UPDATE OF `refunds` ON `reservations` WHEN NEW.`refunds` IS NOT OLD.`refunds` AND NEW.`order_id` IS NULL
BEGIN
	DELETE FROM `event_refunds` WHERE `sale_id` = OLD.`id`;
	INSERT INTO `event_refunds`
		SELECT NEW.`id`, `refund`.`value` ->> 'id', `event_id`, `refund`.`value` ->> 'sinceMs', 'online',
			NULL, SUM(`share`.`value` ->> 'quantity'), SUM(`share`.`value` ->> 'amountMinor'), NEW.`currency`
		FROM json_each(NEW.`refunds`) AS `refund` JOIN json_each(`refund`.`value` -> 'shares') AS `share`
		JOIN `ticket_types` ON `ticket_types`.`id` = substr(`share`.`value` ->> 'reservationId', 1, instr(`share`.`value` ->> 'reservationId', '-') - 1)
		WHERE `refund`.`value` ->> 'state' = 'succeeded'
		GROUP BY `refund`.`value` ->> 'id', `event_id`;
END;--> statement-breakpoint
CREATE TRIGGER `reservations_refunds_of_events_go` AFTER DELETE ON `reservations` WHEN OLD.`refunds` IS NOT NULL AND OLD.`order_id` IS NULL
BEGIN
	DELETE FROM `event_refunds` WHERE `sale_id` = OLD.`id`;
END;
