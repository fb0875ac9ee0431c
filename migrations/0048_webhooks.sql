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
-- What follows owes deliveries. A view with a trigger in place of its inserts is a procedure: a row that is inserted is a call.
--
-- `webhook_news`: something happened to an event. Each of its organiser's subscriptions to such news is owed a delivery, with the next
-- number. Not twice, as copies are written again and again: old news is known by its subject, and once its delivery is forgotten, by its age.
CREATE VIEW `webhook_news` AS SELECT '' AS `event_id`, '' AS `type`, '' AS `about`, '' AS `data`, 0 AS `at_ms` WHERE false;--> statement-breakpoint
CREATE TRIGGER `webhook_news_is_owed` INSTEAD OF INSERT ON `webhook_news`
BEGIN
	INSERT INTO `webhook_deliveries` (`webhook_id`, `number`, `type`, `subject`, `data`, `created_at_ms`, `due_since_ms`, `due_ms`)
		SELECT `webhooks`.`id`, `last_number` + 1, NEW.`type`, NEW.`type` || ':' || NEW.`about`, NEW.`data`, `now_ms`, `now_ms`, `now_ms`
		FROM `events` JOIN `webhooks` ON `account_id` = `organizer_id` JOIN `accounts` ON `accounts`.`id` = `organizer_id`
			CROSS JOIN (SELECT CAST(round(unixepoch('now', 'subsec') * 1000) AS INTEGER) AS `now_ms`)
		WHERE `events`.`id` = NEW.`event_id` AND `role` IN ('organizer', 'admin') AND instr(`types`, '"' || NEW.`type` || '"') > 0
			AND NEW.`at_ms` >= `webhooks`.`created_at_ms` AND NEW.`at_ms` > `now_ms` - 2592000000
			AND NOT EXISTS (SELECT 1 FROM `webhook_deliveries`
				WHERE `webhook_id` = `webhooks`.`id` AND `subject` = NEW.`type` || ':' || NEW.`about`);
END;--> statement-breakpoint
CREATE TRIGGER `webhook_deliveries_are_numbered` AFTER INSERT ON `webhook_deliveries`
BEGIN
	UPDATE `webhooks` SET `last_number` = NEW.`number` WHERE `id` = NEW.`webhook_id`;
END;--> statement-breakpoint
-- Of an order each event's organiser hears what is of that event. A copy may come late, and skip a state.
CREATE VIEW `webhook_order_news` AS SELECT '' AS `order_id` WHERE false;--> statement-breakpoint
CREATE TRIGGER `webhook_order_news_is_composed` INSTEAD OF INSERT ON `webhook_order_news`
BEGIN
	INSERT INTO `webhook_news`
		SELECT `event_id`, `news`.`type`, `orders`.`id` || ':' || `event_id`, json_object(
			'order_id', `orders`.`id`, 'event_id', `event_id`, 'state', `state`,
			'method', coalesce(`counter` ->> 'takenAs', `counter` ->> 'method', 'online'),
			'tickets', SUM(`item`.`value` ->> 'quantity'), 'total', json_object(
				'amount', SUM((`item`.`value` ->> 'quantity') * (`item`.`value` ->> 'unitPriceMinor')), 'currency', `orders`.`currency`),
			'created_at', strftime('%Y-%m-%dT%H:%M:%fZ', `created_at_ms` / 1000.0, 'unixepoch'), 'paid_at', strftime('%Y-%m-%dT%H:%M:%fZ', `paid_at_ms` / 1000.0, 'unixepoch')),
			CASE `news`.`type` WHEN 'order.confirmed' THEN coalesce(`paid_at_ms`, `created_at_ms`) WHEN 'order.cancelled' THEN `expires_at_ms`
				ELSE coalesce((SELECT MAX(`value` ->> 'sinceMs') FROM json_each(`refunds`)), `created_at_ms`) END
		FROM `orders` CROSS JOIN json_each(`items`) AS `item` JOIN `ticket_types` ON `ticket_types`.`id` = `item`.`value` ->> 'ticketTypeId'
			JOIN (SELECT 1 AS `place`, 'order.confirmed' AS `type` UNION ALL SELECT 2, 'order.refunded' UNION ALL SELECT 3, 'order.cancelled') AS `news`
				ON CASE `news`.`type` WHEN 'order.confirmed' THEN `state` IN ('confirmed', 'refunded') ELSE `news`.`type` = 'order.' || `state` END
		WHERE `orders`.`id` = NEW.`order_id` GROUP BY `news`.`place`, `event_id` ORDER BY `news`.`place`, `event_id`;
END;--> statement-breakpoint
CREATE TRIGGER `orders_are_news` AFTER INSERT ON `orders` WHEN NEW.`state` NOT IN ('held', 'expired') AND EXISTS (SELECT 1 FROM `webhooks`)
BEGIN
	INSERT INTO `webhook_order_news` VALUES (NEW.`id`);
END;--> statement-breakpoint
CREATE TRIGGER `orders_that_change_are_news` AFTER UPDATE OF `state` ON `orders`
WHEN NEW.`state` <> OLD.`state` AND NEW.`state` NOT IN ('held', 'expired') AND EXISTS (SELECT 1 FROM `webhooks`)
BEGIN
	INSERT INTO `webhook_order_news` VALUES (NEW.`id`);
END;--> statement-breakpoint
-- A reservation in an order is the order's news.
CREATE VIEW `webhook_reservation_news` AS SELECT '' AS `reservation_id` WHERE false;--> statement-breakpoint
CREATE TRIGGER `webhook_reservation_news_is_composed` INSTEAD OF INSERT ON `webhook_reservation_news`
BEGIN
	INSERT INTO `webhook_news`
		SELECT `event_id`, `news`.`type`, `reservations`.`id`, json_object(
			'reservation_id', `reservations`.`id`, 'event_id', `event_id`, 'state', `state`, 'ticket_type_id', `ticket_type_id`, 'tickets', `quantity`,
			'total', json_object('amount', `quantity` * `unit_price_minor`, 'currency', `reservations`.`currency`),
			'created_at', strftime('%Y-%m-%dT%H:%M:%fZ', `created_at_ms` / 1000.0, 'unixepoch'), 'paid_at', strftime('%Y-%m-%dT%H:%M:%fZ', `paid_at_ms` / 1000.0, 'unixepoch')),
			CASE `news`.`type` WHEN 'reservation.confirmed' THEN coalesce(`paid_at_ms`, `created_at_ms`)
				ELSE coalesce((SELECT MAX(`value` ->> 'sinceMs') FROM json_each(`refunds`)), `created_at_ms`) END
		FROM `reservations` JOIN `ticket_types` ON `ticket_types`.`id` = `ticket_type_id`
			JOIN (SELECT 1 AS `place`, 'reservation.confirmed' AS `type` UNION ALL SELECT 2, 'reservation.refunded') AS `news`
				ON `news`.`type` = 'reservation.confirmed' OR `state` = 'refunded'
		WHERE `reservations`.`id` = NEW.`reservation_id` ORDER BY `news`.`place`;
END;--> statement-breakpoint
CREATE TRIGGER `reservations_are_news` AFTER INSERT ON `reservations`
WHEN NEW.`state` IN ('confirmed', 'refunded') AND NEW.`order_id` IS NULL AND EXISTS (SELECT 1 FROM `webhooks`)
BEGIN
	INSERT INTO `webhook_reservation_news` VALUES (NEW.`id`);
END;--> statement-breakpoint
CREATE TRIGGER `reservations_that_change_are_news` AFTER UPDATE OF `state` ON `reservations`
WHEN NEW.`state` <> OLD.`state` AND NEW.`state` IN ('confirmed', 'refunded') AND NEW.`order_id` IS NULL AND EXISTS (SELECT 1 FROM `webhooks`)
BEGIN
	INSERT INTO `webhook_reservation_news` VALUES (NEW.`id`);
END;--> statement-breakpoint
-- Its rows are deleted and inserted again with each change of the sale's refunds.
CREATE TRIGGER `refunds_are_news` AFTER INSERT ON `event_refunds` WHEN EXISTS (SELECT 1 FROM `webhooks`)
BEGIN
	INSERT INTO `webhook_news`
		SELECT NEW.`event_id`, 'refund.succeeded', NEW.`sale_id` || ':' || NEW.`refund_id` || ':' || NEW.`event_id`, json_object(
			'refund_id', NEW.`refund_id`, 'order_id', (SELECT `id` FROM `orders` WHERE `id` = NEW.`sale_id`),
			'reservation_id', (SELECT `id` FROM `reservations` WHERE `id` = NEW.`sale_id`), 'event_id', NEW.`event_id`,
			'method', NEW.`method`, 'tickets', NEW.`tickets`, 'amount', json_object('amount', NEW.`amount_minor`, 'currency', NEW.`currency`),
			'succeeded_at', strftime('%Y-%m-%dT%H:%M:%fZ', NEW.`at_ms` / 1000.0, 'unixepoch')), NEW.`at_ms`;
END;--> statement-breakpoint
-- Each change by an organiser has an edition of its own.
CREATE VIEW `webhook_event_news` AS SELECT '' AS `event_id`, '' AS `type`, '' AS `about` WHERE false;--> statement-breakpoint
CREATE TRIGGER `webhook_event_news_is_composed` INSTEAD OF INSERT ON `webhook_event_news`
BEGIN
	INSERT INTO `webhook_news`
		SELECT `id`, NEW.`type`, NEW.`about`, json_object(
			'event_id', `id`, 'name', `name`, 'venue', `venue`, 'status', `status`,
			'starts_at', strftime('%Y-%m-%dT%H:%M:%fZ', `starts_at_ms` / 1000.0, 'unixepoch'), 'ends_at', strftime('%Y-%m-%dT%H:%M:%fZ', `ends_at_ms` / 1000.0, 'unixepoch'),
			'timezone', `timezone`), CAST(round(unixepoch('now', 'subsec') * 1000) AS INTEGER)
		FROM `events` WHERE `id` = NEW.`event_id`;
END;--> statement-breakpoint
CREATE TRIGGER `events_that_change_are_news` AFTER UPDATE OF `edition` ON `events`
WHEN NEW.`edition` <> OLD.`edition` AND NEW.`status` <> 'cancelled' AND EXISTS (SELECT 1 FROM `webhooks`)
BEGIN
	INSERT INTO `webhook_event_news` VALUES (NEW.`id`, 'event.changed', NEW.`id` || ':' || NEW.`edition`);
END;--> statement-breakpoint
CREATE TRIGGER `events_called_off_are_news` AFTER UPDATE OF `status` ON `events`
WHEN NEW.`status` = 'cancelled' AND OLD.`status` <> 'cancelled' AND EXISTS (SELECT 1 FROM `webhooks`)
BEGIN
	INSERT INTO `webhook_event_news` VALUES (NEW.`id`, 'event.cancelled', NEW.`id`);
END;--> statement-breakpoint
CREATE VIEW `webhook_dispute_news` AS SELECT '' AS `dispute_id`, '' AS `type`, '' AS `about`, 0 AS `at_ms` WHERE false;--> statement-breakpoint
CREATE TRIGGER `webhook_dispute_news_is_composed` INSTEAD OF INSERT ON `webhook_dispute_news`
BEGIN
	INSERT INTO `webhook_news`
		SELECT `event_id`, NEW.`type`, NEW.`about`, json_object(
			'dispute_id', `id`, 'event_id', `event_id`, 'order_id', (SELECT `id` FROM `orders` WHERE `id` = `bought_id`),
			'reservation_id', (SELECT `id` FROM `reservations` WHERE `id` = `bought_id`), 'payment_id', `payment_id`,
			'amount', json_object('amount', `amount_minor`, 'currency', `currency`), 'state', `state`, 'reason', `reason`,
			'opened_at', strftime('%Y-%m-%dT%H:%M:%fZ', `opened_at_ms` / 1000.0, 'unixepoch'), 'respond_by', strftime('%Y-%m-%dT%H:%M:%fZ', `respond_by_ms` / 1000.0, 'unixepoch')), NEW.`at_ms`
		FROM `disputes` WHERE `id` = NEW.`dispute_id`;
END;--> statement-breakpoint
CREATE TRIGGER `disputes_are_news` AFTER INSERT ON `disputes` WHEN EXISTS (SELECT 1 FROM `webhooks`)
BEGIN
	INSERT INTO `webhook_dispute_news` VALUES (NEW.`id`, 'dispute.opened', NEW.`id`, NEW.`opened_at_ms`);
	INSERT INTO `webhook_dispute_news`
		SELECT NEW.`id`, 'dispute.closed', NEW.`id` || ':' || NEW.`state`, NEW.`read_at_ms` WHERE NEW.`state` <> 'open';
END;--> statement-breakpoint
CREATE TRIGGER `disputes_that_close_are_news` AFTER UPDATE OF `state` ON `disputes`
WHEN NEW.`state` <> OLD.`state` AND NEW.`state` <> 'open' AND EXISTS (SELECT 1 FROM `webhooks`)
BEGIN
	INSERT INTO `webhook_dispute_news` VALUES (NEW.`id`, 'dispute.closed', NEW.`id` || ':' || NEW.`state`, NEW.`read_at_ms`);
END;
