CREATE TABLE `webhook_deliveries` (
	`webhook_id` text NOT NULL,
	`number` integer NOT NULL,
	`type` text NOT NULL,
	`subject` text NOT NULL,
	`data` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`state` text DEFAULT 'due' NOT NULL,
	`due_since_ms` integer NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL,
	`due_ms` integer,
	`last_status` integer,
	`last_error` text,
	`last_attempt_ms` integer,
	PRIMARY KEY(`webhook_id`, `number`)
);
--> statement-breakpoint
CREATE INDEX `webhook_deliveries_by_subject` ON `webhook_deliveries` (`webhook_id`,`subject`);--> statement-breakpoint
CREATE INDEX `webhook_deliveries_due` ON `webhook_deliveries` (`webhook_id`,`due_ms`,`number`) WHERE "webhook_deliveries"."due_ms" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `webhook_deliveries_overdue` ON `webhook_deliveries` (`due_ms`) WHERE "webhook_deliveries"."due_ms" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `webhook_deliveries_by_age` ON `webhook_deliveries` (`created_at_ms`);--> statement-breakpoint
CREATE TABLE `webhooks` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`url` text NOT NULL,
	`types` text NOT NULL,
	`state` text DEFAULT 'active' NOT NULL,
	`secret` text NOT NULL,
	`previous_secret` text,
	`previous_until_ms` integer,
	`created_at_ms` integer NOT NULL,
	`last_number` integer DEFAULT 0 NOT NULL,
	`failing_since_ms` integer,
	`lease_until_ms` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE INDEX `webhooks_of_account` ON `webhooks` (`account_id`,`created_at_ms`,`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `webhooks_by_url` ON `webhooks` (`account_id`,`url`);--> statement-breakpoint
-- What happens is inserted here. Each subscription to it is owed a delivery of it, with the next number. Not twice, as copies are
-- written again and again: old ones are recognised by their subject, and those whose delivery is forgotten by their age.
CREATE VIEW `webhook_news` AS SELECT '' AS `event_id`, '' AS `type`, '' AS `subject`, '' AS `data`, 0 AS `at_ms` WHERE false;--> statement-breakpoint
CREATE TRIGGER `webhook_news_is_owed` INSTEAD OF INSERT ON `webhook_news`
BEGIN
	INSERT INTO `webhook_deliveries` (`webhook_id`, `number`, `type`, `subject`, `data`, `created_at_ms`, `due_since_ms`, `due_ms`)
		SELECT `webhooks`.`id`, `last_number` + 1, NEW.`type`, NEW.`subject`, NEW.`data`, `now_ms`, `now_ms`, `now_ms`
		FROM `events` JOIN `webhooks` ON `account_id` = `organizer_id` JOIN `accounts` ON `accounts`.`id` = `organizer_id`
			CROSS JOIN (SELECT CAST(round(unixepoch('now', 'subsec') * 1000) AS INTEGER) AS `now_ms`)
		WHERE `events`.`id` = NEW.`event_id` AND `role` IN ('organizer', 'admin') AND instr(`types`, '"' || NEW.`type` || '"') > 0
			AND NEW.`at_ms` >= `webhooks`.`created_at_ms` AND NEW.`at_ms` > `now_ms` - 2592000000
			AND NOT EXISTS (SELECT 1 FROM `webhook_deliveries` WHERE `webhook_id` = `webhooks`.`id` AND `subject` = NEW.`subject`);
END;--> statement-breakpoint
CREATE TRIGGER `webhook_deliveries_are_numbered` AFTER INSERT ON `webhook_deliveries`
BEGIN
	UPDATE `webhooks` SET `last_number` = NEW.`number` WHERE `id` = NEW.`webhook_id`;
END;--> statement-breakpoint
-- An order says to each event's organiser what is of that event. A copy may come late, and skip a state.
CREATE TRIGGER `orders_are_news` AFTER INSERT ON `orders` WHEN NEW.`state` NOT IN ('held', 'expired') AND EXISTS (SELECT 1 FROM `webhooks`)
BEGIN
	INSERT INTO `webhook_news`
		SELECT `event_id`, 'order.confirmed', 'order.confirmed:' || NEW.`id` || ':' || `event_id`, json_object(
			'order_id', NEW.`id`, 'event_id', `event_id`, 'state', NEW.`state`,
			'method', coalesce(NEW.`counter` ->> 'takenAs', NEW.`counter` ->> 'method', 'online'),
			'tickets', SUM(`item`.`value` ->> 'quantity'), 'total', json_object(
				'amount', SUM((`item`.`value` ->> 'quantity') * (`item`.`value` ->> 'unitPriceMinor')), 'currency', NEW.`currency`),
			'created_at', strftime('%Y-%m-%dT%H:%M:%fZ', (NEW.`created_at_ms`) / 1000.0, 'unixepoch'), 'paid_at', strftime('%Y-%m-%dT%H:%M:%fZ', (NEW.`paid_at_ms`) / 1000.0, 'unixepoch')), coalesce(NEW.`paid_at_ms`, NEW.`created_at_ms`)
		FROM json_each(NEW.`items`) AS `item` JOIN `ticket_types` ON `ticket_types`.`id` = `item`.`value` ->> 'ticketTypeId'
		WHERE NEW.`state` IN ('confirmed', 'refunded') GROUP BY `event_id`;
	INSERT INTO `webhook_news`
		SELECT `event_id`, 'order.refunded', 'order.refunded:' || NEW.`id` || ':' || `event_id`, json_object(
			'order_id', NEW.`id`, 'event_id', `event_id`, 'state', NEW.`state`,
			'method', coalesce(NEW.`counter` ->> 'takenAs', NEW.`counter` ->> 'method', 'online'),
			'tickets', SUM(`item`.`value` ->> 'quantity'), 'total', json_object(
				'amount', SUM((`item`.`value` ->> 'quantity') * (`item`.`value` ->> 'unitPriceMinor')), 'currency', NEW.`currency`),
			'created_at', strftime('%Y-%m-%dT%H:%M:%fZ', (NEW.`created_at_ms`) / 1000.0, 'unixepoch'), 'paid_at', strftime('%Y-%m-%dT%H:%M:%fZ', (NEW.`paid_at_ms`) / 1000.0, 'unixepoch')), coalesce((SELECT MAX(`value` ->> 'sinceMs') FROM json_each(NEW.`refunds`)), NEW.`created_at_ms`)
		FROM json_each(NEW.`items`) AS `item` JOIN `ticket_types` ON `ticket_types`.`id` = `item`.`value` ->> 'ticketTypeId'
		WHERE NEW.`state` = 'refunded' GROUP BY `event_id`;
	INSERT INTO `webhook_news`
		SELECT `event_id`, 'order.cancelled', 'order.cancelled:' || NEW.`id` || ':' || `event_id`, json_object(
			'order_id', NEW.`id`, 'event_id', `event_id`, 'state', NEW.`state`,
			'method', coalesce(NEW.`counter` ->> 'takenAs', NEW.`counter` ->> 'method', 'online'),
			'tickets', SUM(`item`.`value` ->> 'quantity'), 'total', json_object(
				'amount', SUM((`item`.`value` ->> 'quantity') * (`item`.`value` ->> 'unitPriceMinor')), 'currency', NEW.`currency`),
			'created_at', strftime('%Y-%m-%dT%H:%M:%fZ', (NEW.`created_at_ms`) / 1000.0, 'unixepoch'), 'paid_at', strftime('%Y-%m-%dT%H:%M:%fZ', (NEW.`paid_at_ms`) / 1000.0, 'unixepoch')), NEW.`expires_at_ms`
		FROM json_each(NEW.`items`) AS `item` JOIN `ticket_types` ON `ticket_types`.`id` = `item`.`value` ->> 'ticketTypeId'
		WHERE NEW.`state` = 'cancelled' GROUP BY `event_id`;
END;--> statement-breakpoint
CREATE TRIGGER `orders_that_change_are_news` AFTER UPDATE OF `state` ON `orders`
WHEN NEW.`state` <> OLD.`state` AND NEW.`state` NOT IN ('held', 'expired') AND EXISTS (SELECT 1 FROM `webhooks`)
BEGIN
	INSERT INTO `webhook_news`
		SELECT `event_id`, 'order.confirmed', 'order.confirmed:' || NEW.`id` || ':' || `event_id`, json_object(
			'order_id', NEW.`id`, 'event_id', `event_id`, 'state', NEW.`state`,
			'method', coalesce(NEW.`counter` ->> 'takenAs', NEW.`counter` ->> 'method', 'online'),
			'tickets', SUM(`item`.`value` ->> 'quantity'), 'total', json_object(
				'amount', SUM((`item`.`value` ->> 'quantity') * (`item`.`value` ->> 'unitPriceMinor')), 'currency', NEW.`currency`),
			'created_at', strftime('%Y-%m-%dT%H:%M:%fZ', (NEW.`created_at_ms`) / 1000.0, 'unixepoch'), 'paid_at', strftime('%Y-%m-%dT%H:%M:%fZ', (NEW.`paid_at_ms`) / 1000.0, 'unixepoch')), coalesce(NEW.`paid_at_ms`, NEW.`created_at_ms`)
		FROM json_each(NEW.`items`) AS `item` JOIN `ticket_types` ON `ticket_types`.`id` = `item`.`value` ->> 'ticketTypeId'
		WHERE NEW.`state` IN ('confirmed', 'refunded') AND OLD.`state` NOT IN ('confirmed', 'refunded') GROUP BY `event_id`;
	INSERT INTO `webhook_news`
		SELECT `event_id`, 'order.refunded', 'order.refunded:' || NEW.`id` || ':' || `event_id`, json_object(
			'order_id', NEW.`id`, 'event_id', `event_id`, 'state', NEW.`state`,
			'method', coalesce(NEW.`counter` ->> 'takenAs', NEW.`counter` ->> 'method', 'online'),
			'tickets', SUM(`item`.`value` ->> 'quantity'), 'total', json_object(
				'amount', SUM((`item`.`value` ->> 'quantity') * (`item`.`value` ->> 'unitPriceMinor')), 'currency', NEW.`currency`),
			'created_at', strftime('%Y-%m-%dT%H:%M:%fZ', (NEW.`created_at_ms`) / 1000.0, 'unixepoch'), 'paid_at', strftime('%Y-%m-%dT%H:%M:%fZ', (NEW.`paid_at_ms`) / 1000.0, 'unixepoch')), coalesce((SELECT MAX(`value` ->> 'sinceMs') FROM json_each(NEW.`refunds`)), NEW.`created_at_ms`)
		FROM json_each(NEW.`items`) AS `item` JOIN `ticket_types` ON `ticket_types`.`id` = `item`.`value` ->> 'ticketTypeId'
		WHERE NEW.`state` = 'refunded' GROUP BY `event_id`;
	INSERT INTO `webhook_news`
		SELECT `event_id`, 'order.cancelled', 'order.cancelled:' || NEW.`id` || ':' || `event_id`, json_object(
			'order_id', NEW.`id`, 'event_id', `event_id`, 'state', NEW.`state`,
			'method', coalesce(NEW.`counter` ->> 'takenAs', NEW.`counter` ->> 'method', 'online'),
			'tickets', SUM(`item`.`value` ->> 'quantity'), 'total', json_object(
				'amount', SUM((`item`.`value` ->> 'quantity') * (`item`.`value` ->> 'unitPriceMinor')), 'currency', NEW.`currency`),
			'created_at', strftime('%Y-%m-%dT%H:%M:%fZ', (NEW.`created_at_ms`) / 1000.0, 'unixepoch'), 'paid_at', strftime('%Y-%m-%dT%H:%M:%fZ', (NEW.`paid_at_ms`) / 1000.0, 'unixepoch')), NEW.`expires_at_ms`
		FROM json_each(NEW.`items`) AS `item` JOIN `ticket_types` ON `ticket_types`.`id` = `item`.`value` ->> 'ticketTypeId'
		WHERE NEW.`state` = 'cancelled' GROUP BY `event_id`;
END;--> statement-breakpoint
-- A part of an order is the order's.
CREATE TRIGGER `reservations_are_news` AFTER INSERT ON `reservations`
WHEN NEW.`state` IN ('confirmed', 'refunded') AND NEW.`order_id` IS NULL AND EXISTS (SELECT 1 FROM `webhooks`)
BEGIN
	INSERT INTO `webhook_news`
		SELECT `event_id`, 'reservation.confirmed', 'reservation.confirmed:' || NEW.`id`, json_object(
			'reservation_id', NEW.`id`, 'event_id', `event_id`, 'state', NEW.`state`, 'ticket_type_id', NEW.`ticket_type_id`, 'tickets', NEW.`quantity`,
			'total', json_object('amount', NEW.`quantity` * NEW.`unit_price_minor`, 'currency', NEW.`currency`),
			'created_at', strftime('%Y-%m-%dT%H:%M:%fZ', (NEW.`created_at_ms`) / 1000.0, 'unixepoch'), 'paid_at', strftime('%Y-%m-%dT%H:%M:%fZ', (NEW.`paid_at_ms`) / 1000.0, 'unixepoch')), coalesce(NEW.`paid_at_ms`, NEW.`created_at_ms`)
		FROM `ticket_types` WHERE `id` = NEW.`ticket_type_id` AND NEW.`state` IN ('confirmed', 'refunded');
	INSERT INTO `webhook_news`
		SELECT `event_id`, 'reservation.refunded', 'reservation.refunded:' || NEW.`id`, json_object(
			'reservation_id', NEW.`id`, 'event_id', `event_id`, 'state', NEW.`state`, 'ticket_type_id', NEW.`ticket_type_id`, 'tickets', NEW.`quantity`,
			'total', json_object('amount', NEW.`quantity` * NEW.`unit_price_minor`, 'currency', NEW.`currency`),
			'created_at', strftime('%Y-%m-%dT%H:%M:%fZ', (NEW.`created_at_ms`) / 1000.0, 'unixepoch'), 'paid_at', strftime('%Y-%m-%dT%H:%M:%fZ', (NEW.`paid_at_ms`) / 1000.0, 'unixepoch')), coalesce((SELECT MAX(`value` ->> 'sinceMs') FROM json_each(NEW.`refunds`)), NEW.`created_at_ms`)
		FROM `ticket_types` WHERE `id` = NEW.`ticket_type_id` AND NEW.`state` = 'refunded';
END;--> statement-breakpoint
CREATE TRIGGER `reservations_that_change_are_news` AFTER UPDATE OF `state` ON `reservations`
WHEN NEW.`state` <> OLD.`state` AND NEW.`state` IN ('confirmed', 'refunded') AND NEW.`order_id` IS NULL AND EXISTS (SELECT 1 FROM `webhooks`)
BEGIN
	INSERT INTO `webhook_news`
		SELECT `event_id`, 'reservation.confirmed', 'reservation.confirmed:' || NEW.`id`, json_object(
			'reservation_id', NEW.`id`, 'event_id', `event_id`, 'state', NEW.`state`, 'ticket_type_id', NEW.`ticket_type_id`, 'tickets', NEW.`quantity`,
			'total', json_object('amount', NEW.`quantity` * NEW.`unit_price_minor`, 'currency', NEW.`currency`),
			'created_at', strftime('%Y-%m-%dT%H:%M:%fZ', (NEW.`created_at_ms`) / 1000.0, 'unixepoch'), 'paid_at', strftime('%Y-%m-%dT%H:%M:%fZ', (NEW.`paid_at_ms`) / 1000.0, 'unixepoch')), coalesce(NEW.`paid_at_ms`, NEW.`created_at_ms`)
		FROM `ticket_types` WHERE `id` = NEW.`ticket_type_id` AND NEW.`state` IN ('confirmed', 'refunded') AND OLD.`state` NOT IN ('confirmed', 'refunded');
	INSERT INTO `webhook_news`
		SELECT `event_id`, 'reservation.refunded', 'reservation.refunded:' || NEW.`id`, json_object(
			'reservation_id', NEW.`id`, 'event_id', `event_id`, 'state', NEW.`state`, 'ticket_type_id', NEW.`ticket_type_id`, 'tickets', NEW.`quantity`,
			'total', json_object('amount', NEW.`quantity` * NEW.`unit_price_minor`, 'currency', NEW.`currency`),
			'created_at', strftime('%Y-%m-%dT%H:%M:%fZ', (NEW.`created_at_ms`) / 1000.0, 'unixepoch'), 'paid_at', strftime('%Y-%m-%dT%H:%M:%fZ', (NEW.`paid_at_ms`) / 1000.0, 'unixepoch')), coalesce((SELECT MAX(`value` ->> 'sinceMs') FROM json_each(NEW.`refunds`)), NEW.`created_at_ms`)
		FROM `ticket_types` WHERE `id` = NEW.`ticket_type_id` AND NEW.`state` = 'refunded';
END;--> statement-breakpoint
-- Its rows are deleted and inserted again with each change of the sale's refunds.
CREATE TRIGGER `refunds_are_news` AFTER INSERT ON `event_refunds` WHEN EXISTS (SELECT 1 FROM `webhooks`)
BEGIN
	INSERT INTO `webhook_news`
		SELECT NEW.`event_id`, 'refund.succeeded', 'refund.succeeded:' || NEW.`sale_id` || ':' || NEW.`refund_id` || ':' || NEW.`event_id`, json_object(
			'refund_id', NEW.`refund_id`, 'order_id', (SELECT `id` FROM `orders` WHERE `id` = NEW.`sale_id`),
			'reservation_id', (SELECT `id` FROM `reservations` WHERE `id` = NEW.`sale_id`), 'event_id', NEW.`event_id`,
			'method', NEW.`method`, 'tickets', NEW.`tickets`, 'amount', json_object('amount', NEW.`amount_minor`, 'currency', NEW.`currency`),
			'succeeded_at', strftime('%Y-%m-%dT%H:%M:%fZ', (NEW.`at_ms`) / 1000.0, 'unixepoch')), NEW.`at_ms`;
END;--> statement-breakpoint
-- Each change by an organiser has an edition of its own.
CREATE TRIGGER `events_that_change_are_news` AFTER UPDATE OF `edition` ON `events` WHEN NEW.`edition` <> OLD.`edition` AND NEW.`status` <> 'cancelled' AND EXISTS (SELECT 1 FROM `webhooks`)
BEGIN
	INSERT INTO `webhook_news`
		SELECT NEW.`id`, 'event.changed', 'event.changed:' || NEW.`id` || ':' || NEW.`edition`, json_object(
			'event_id', NEW.`id`, 'name', NEW.`name`, 'venue', NEW.`venue`, 'status', NEW.`status`,
			'starts_at', strftime('%Y-%m-%dT%H:%M:%fZ', (NEW.`starts_at_ms`) / 1000.0, 'unixepoch'), 'ends_at', strftime('%Y-%m-%dT%H:%M:%fZ', (NEW.`ends_at_ms`) / 1000.0, 'unixepoch'), 'timezone', NEW.`timezone`), CAST(round(unixepoch('now', 'subsec') * 1000) AS INTEGER);
END;--> statement-breakpoint
CREATE TRIGGER `events_called_off_are_news` AFTER UPDATE OF `status` ON `events` WHEN NEW.`status` = 'cancelled' AND OLD.`status` <> 'cancelled' AND EXISTS (SELECT 1 FROM `webhooks`)
BEGIN
	INSERT INTO `webhook_news`
		SELECT NEW.`id`, 'event.cancelled', 'event.cancelled:' || NEW.`id`, json_object(
			'event_id', NEW.`id`, 'name', NEW.`name`, 'venue', NEW.`venue`, 'status', NEW.`status`,
			'starts_at', strftime('%Y-%m-%dT%H:%M:%fZ', (NEW.`starts_at_ms`) / 1000.0, 'unixepoch'), 'ends_at', strftime('%Y-%m-%dT%H:%M:%fZ', (NEW.`ends_at_ms`) / 1000.0, 'unixepoch'), 'timezone', NEW.`timezone`), CAST(round(unixepoch('now', 'subsec') * 1000) AS INTEGER);
END;--> statement-breakpoint
CREATE TRIGGER `disputes_are_news` AFTER INSERT ON `disputes` WHEN EXISTS (SELECT 1 FROM `webhooks`)
BEGIN
	INSERT INTO `webhook_news`
		SELECT NEW.`event_id`, 'dispute.opened', 'dispute.opened:' || NEW.`id`, json_object(
			'dispute_id', NEW.`id`, 'event_id', NEW.`event_id`, 'order_id', (SELECT `id` FROM `orders` WHERE `id` = NEW.`bought_id`),
			'reservation_id', (SELECT `id` FROM `reservations` WHERE `id` = NEW.`bought_id`), 'payment_id', NEW.`payment_id`,
			'amount', json_object('amount', NEW.`amount_minor`, 'currency', NEW.`currency`), 'state', NEW.`state`, 'reason', NEW.`reason`,
			'opened_at', strftime('%Y-%m-%dT%H:%M:%fZ', (NEW.`opened_at_ms`) / 1000.0, 'unixepoch'), 'respond_by', strftime('%Y-%m-%dT%H:%M:%fZ', (NEW.`respond_by_ms`) / 1000.0, 'unixepoch')), NEW.`opened_at_ms`;
	INSERT INTO `webhook_news`
		SELECT NEW.`event_id`, 'dispute.closed', 'dispute.closed:' || NEW.`id` || ':' || NEW.`state`, json_object(
			'dispute_id', NEW.`id`, 'event_id', NEW.`event_id`, 'order_id', (SELECT `id` FROM `orders` WHERE `id` = NEW.`bought_id`),
			'reservation_id', (SELECT `id` FROM `reservations` WHERE `id` = NEW.`bought_id`), 'payment_id', NEW.`payment_id`,
			'amount', json_object('amount', NEW.`amount_minor`, 'currency', NEW.`currency`), 'state', NEW.`state`, 'reason', NEW.`reason`,
			'opened_at', strftime('%Y-%m-%dT%H:%M:%fZ', (NEW.`opened_at_ms`) / 1000.0, 'unixepoch'), 'respond_by', strftime('%Y-%m-%dT%H:%M:%fZ', (NEW.`respond_by_ms`) / 1000.0, 'unixepoch')), NEW.`read_at_ms` WHERE NEW.`state` <> 'open';
END;--> statement-breakpoint
CREATE TRIGGER `disputes_that_close_are_news` AFTER UPDATE OF `state` ON `disputes`
WHEN NEW.`state` <> OLD.`state` AND NEW.`state` <> 'open' AND EXISTS (SELECT 1 FROM `webhooks`)
BEGIN
	INSERT INTO `webhook_news`
		SELECT NEW.`event_id`, 'dispute.closed', 'dispute.closed:' || NEW.`id` || ':' || NEW.`state`, json_object(
			'dispute_id', NEW.`id`, 'event_id', NEW.`event_id`, 'order_id', (SELECT `id` FROM `orders` WHERE `id` = NEW.`bought_id`),
			'reservation_id', (SELECT `id` FROM `reservations` WHERE `id` = NEW.`bought_id`), 'payment_id', NEW.`payment_id`,
			'amount', json_object('amount', NEW.`amount_minor`, 'currency', NEW.`currency`), 'state', NEW.`state`, 'reason', NEW.`reason`,
			'opened_at', strftime('%Y-%m-%dT%H:%M:%fZ', (NEW.`opened_at_ms`) / 1000.0, 'unixepoch'), 'respond_by', strftime('%Y-%m-%dT%H:%M:%fZ', (NEW.`respond_by_ms`) / 1000.0, 'unixepoch')), NEW.`read_at_ms`;
END;
