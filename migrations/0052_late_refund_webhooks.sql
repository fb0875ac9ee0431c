DROP TRIGGER `refunds_are_news`;--> statement-breakpoint
-- `late`: the money came too late and bought nothing, so that no sale is less for it.
CREATE TRIGGER `refunds_are_news` AFTER INSERT ON `event_refunds` WHEN EXISTS (SELECT 1 FROM `webhooks`)
BEGIN
	INSERT INTO `webhook_news`
		SELECT NEW.`event_id`, 'refund.succeeded', NEW.`sale_id` || ':' || NEW.`refund_id` || ':' || NEW.`event_id`, json_object(
			'refund_id', NEW.`refund_id`, 'order_id', (SELECT `id` FROM `orders` WHERE `id` = NEW.`sale_id`),
			'reservation_id', (SELECT `id` FROM `reservations` WHERE `id` = NEW.`sale_id`), 'event_id', NEW.`event_id`, 'late', json('false'),
			'method', NEW.`method`, 'tickets', NEW.`tickets`, 'amount', json_object('amount', NEW.`amount_minor`, 'currency', NEW.`currency`),
			'succeeded_at', strftime('%Y-%m-%dT%H:%M:%fZ', NEW.`at_ms` / 1000.0, 'unixepoch')), NEW.`at_ms`;
END;--> statement-breakpoint
-- Of a late payment's refund each event's organiser hears what would have been paid for that event.
CREATE VIEW `webhook_late_refund_news` AS SELECT '' AS `order_id`, '' AS `reservation_id`, '' AS `refunds`, '' AS `currency` WHERE false;--> statement-breakpoint
CREATE TRIGGER `webhook_late_refund_news_is_composed` INSTEAD OF INSERT ON `webhook_late_refund_news`
BEGIN
	INSERT INTO `webhook_news`
		SELECT `event_id`, 'refund.succeeded', coalesce(NEW.`order_id`, NEW.`reservation_id`) || ':' || (`refund`.`value` ->> 'id') || ':' || `event_id`, json_object(
			'refund_id', `refund`.`value` ->> 'id', 'order_id', NEW.`order_id`, 'reservation_id', NEW.`reservation_id`, 'event_id', `event_id`, 'late', json('true'),
			'method', 'online', 'tickets', 0, 'amount', json_object('amount', SUM(`share`.`value` ->> 'amountMinor'), 'currency', NEW.`currency`),
			'succeeded_at', strftime('%Y-%m-%dT%H:%M:%fZ', (`refund`.`value` ->> 'sinceMs') / 1000.0, 'unixepoch')), `refund`.`value` ->> 'sinceMs'
		FROM json_each(NEW.`refunds`) AS `refund` JOIN json_each(`refund`.`value` -> 'shares') AS `share`
		JOIN `ticket_types` ON `ticket_types`.`id` = substr(`share`.`value` ->> 'reservationId', 1, instr(`share`.`value` ->> 'reservationId', '-') - 1)
		WHERE `refund`.`value` ->> 'state' = 'succeeded'
		GROUP BY `refund`.`value` ->> 'id', `event_id`;
END;--> statement-breakpoint
CREATE TRIGGER `orders_late_refunds_are_news` AFTER INSERT ON `orders` WHEN NEW.`late_refunds` IS NOT NULL AND EXISTS (SELECT 1 FROM `webhooks`)
BEGIN
	INSERT INTO `webhook_late_refund_news` VALUES (NEW.`id`, NULL, NEW.`late_refunds`, NEW.`currency`);
END;--> statement-breakpoint
CREATE TRIGGER `orders_late_refunds_that_change_are_news` AFTER UPDATE OF `late_refunds` ON `orders`
WHEN NEW.`late_refunds` IS NOT OLD.`late_refunds` AND EXISTS (SELECT 1 FROM `webhooks`)
BEGIN
	INSERT INTO `webhook_late_refund_news` VALUES (NEW.`id`, NULL, NEW.`late_refunds`, NEW.`currency`);
END;--> statement-breakpoint
-- Those of an order's reservations are the order's.
CREATE TRIGGER `reservations_late_refunds_are_news` AFTER INSERT ON `reservations`
WHEN NEW.`late_refunds` IS NOT NULL AND NEW.`order_id` IS NULL AND EXISTS (SELECT 1 FROM `webhooks`)
BEGIN
	INSERT INTO `webhook_late_refund_news` VALUES (NULL, NEW.`id`, NEW.`late_refunds`, NEW.`currency`);
END;--> statement-breakpoint
CREATE TRIGGER `reservations_late_refunds_that_change_are_news` AFTER UPDATE OF `late_refunds` ON `reservations`
WHEN NEW.`late_refunds` IS NOT OLD.`late_refunds` AND NEW.`order_id` IS NULL AND EXISTS (SELECT 1 FROM `webhooks`)
BEGIN
	INSERT INTO `webhook_late_refund_news` VALUES (NULL, NEW.`id`, NEW.`late_refunds`, NEW.`currency`);
END;
