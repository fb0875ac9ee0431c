CREATE TABLE `sales` (
	`ticket_type_id` text NOT NULL,
	`length_ms` integer NOT NULL,
	`at_ms` integer NOT NULL,
	`price_id` text NOT NULL,
	`method` text NOT NULL,
	`currency` text NOT NULL,
	`tickets` integer NOT NULL,
	`taken_minor` integer NOT NULL,
	`tickets_back` integer NOT NULL,
	`given_back_minor` integer NOT NULL,
	`refunding_minor` integer NOT NULL,
	PRIMARY KEY(`ticket_type_id`, `length_ms`, `at_ms`, `price_id`, `method`, `currency`)
) WITHOUT ROWID;--> statement-breakpoint
-- What is there already.
INSERT INTO `sales`
		SELECT `ticket`, `ms`, iif(`ms` = 0, 0, `at` - `at` % `ms`), `price`, `by`, `in`, SUM(`t`), SUM(`m`), SUM(`tb`), SUM(`gb`), SUM(`r`)
		FROM (
			SELECT `item`.`value` ->> 'ticketTypeId' AS `ticket`, coalesce(`orders`.`paid_at_ms`, `orders`.`created_at_ms`) AS `at`, coalesce(`item`.`value` ->> 'priceId', `item`.`value` ->> 'ticketTypeId') AS `price`, coalesce(`orders`.`counter` ->> 'takenAs', `orders`.`counter` ->> 'method', 'online') AS `by`, `orders`.`currency` AS `in`, (`item`.`value` ->> 'quantity') AS `t`, (`item`.`value` ->> 'quantity') * (`item`.`value` ->> 'unitPriceMinor') AS `m`, 0 AS `tb`, 0 AS `gb`, 0 AS `r`
			FROM `orders`, json_each(`orders`.`items`) AS `item` WHERE `orders`.`state` IN ('confirmed', 'refunded')
			UNION ALL SELECT `item`.`value` ->> 'ticketTypeId', `refund`.`value` ->> 'createdAtMs', coalesce(`item`.`value` ->> 'priceId', `item`.`value` ->> 'ticketTypeId'), coalesce(`orders`.`counter` ->> 'takenAs', `orders`.`counter` ->> 'method', 'online'), `orders`.`currency`, 0, 0, (`share`.`value` ->> 'quantity'), 0, 0
			FROM `orders`, json_each(`orders`.`refunds`) AS `refund` JOIN json_each(`refund`.`value` -> 'shares') AS `share`
			JOIN json_each(`orders`.`items`) AS `item` ON `item`.`value` ->> 'reservationId' = `share`.`value` ->> 'reservationId' WHERE `orders`.`state` IN ('confirmed', 'refunded')
			UNION ALL SELECT `item`.`value` ->> 'ticketTypeId', `refund`.`value` ->> 'sinceMs', coalesce(`item`.`value` ->> 'priceId', `item`.`value` ->> 'ticketTypeId'), coalesce(`orders`.`counter` ->> 'takenAs', `orders`.`counter` ->> 'method', 'online'), `orders`.`currency`, 0, 0, 0, iif(`refund`.`value` ->> 'state' = 'succeeded', (`share`.`value` ->> 'amountMinor'), 0), iif(`refund`.`value` ->> 'state' IN ('due', 'pending'), (`share`.`value` ->> 'amountMinor'), 0)
			FROM `orders`, json_each(`orders`.`refunds`) AS `refund` JOIN json_each(`refund`.`value` -> 'shares') AS `share`
			JOIN json_each(`orders`.`items`) AS `item` ON `item`.`value` ->> 'reservationId' = `share`.`value` ->> 'reservationId' WHERE `orders`.`state` IN ('confirmed', 'refunded')
		) CROSS JOIN (SELECT 0 AS `ms` UNION ALL SELECT 900000 UNION ALL SELECT 3600000) WHERE true
		GROUP BY 1, 2, 3, 4, 5, 6 HAVING SUM(`t`) <> 0 OR SUM(`m`) <> 0 OR SUM(`tb`) <> 0 OR SUM(`gb`) <> 0 OR SUM(`r`) <> 0
		ON CONFLICT DO UPDATE SET `tickets` = `tickets` + excluded.`tickets`, `taken_minor` = `taken_minor` + excluded.`taken_minor`,
			`tickets_back` = `tickets_back` + excluded.`tickets_back`, `given_back_minor` = `given_back_minor` + excluded.`given_back_minor`,
			`refunding_minor` = `refunding_minor` + excluded.`refunding_minor`;--> statement-breakpoint
INSERT INTO `sales`
		SELECT `ticket`, `ms`, iif(`ms` = 0, 0, `at` - `at` % `ms`), `price`, `by`, `in`, SUM(`t`), SUM(`m`), SUM(`tb`), SUM(`gb`), SUM(`r`)
		FROM (
			SELECT `reservations`.`ticket_type_id` AS `ticket`, coalesce(`reservations`.`paid_at_ms`, `reservations`.`created_at_ms`) AS `at`, coalesce(`reservations`.`price_id`, `reservations`.`ticket_type_id`) AS `price`, 'online' AS `by`, `reservations`.`currency` AS `in`, `reservations`.`quantity` AS `t`, `reservations`.`quantity` * `reservations`.`unit_price_minor` AS `m`, 0 AS `tb`, 0 AS `gb`, 0 AS `r`
			FROM `reservations` WHERE `reservations`.`state` IN ('confirmed', 'refunded') AND `reservations`.`order_id` IS NULL
			UNION ALL SELECT `reservations`.`ticket_type_id`, `refund`.`value` ->> 'createdAtMs', coalesce(`reservations`.`price_id`, `reservations`.`ticket_type_id`), 'online', `reservations`.`currency`, 0, 0, (SELECT coalesce(SUM(`value` ->> 'quantity'), 0) FROM json_each(`refund`.`value`, '$.items')), 0, 0
			FROM `reservations`, json_each(`reservations`.`refunds`) AS `refund` WHERE `reservations`.`state` IN ('confirmed', 'refunded') AND `reservations`.`order_id` IS NULL
			UNION ALL SELECT `reservations`.`ticket_type_id`, `refund`.`value` ->> 'sinceMs', coalesce(`reservations`.`price_id`, `reservations`.`ticket_type_id`), 'online', `reservations`.`currency`, 0, 0, 0, iif(`refund`.`value` ->> 'state' = 'succeeded', (`refund`.`value` ->> 'amountMinor'), 0), iif(`refund`.`value` ->> 'state' IN ('due', 'pending'), (`refund`.`value` ->> 'amountMinor'), 0)
			FROM `reservations`, json_each(`reservations`.`refunds`) AS `refund` WHERE `reservations`.`state` IN ('confirmed', 'refunded') AND `reservations`.`order_id` IS NULL
		) CROSS JOIN (SELECT 0 AS `ms` UNION ALL SELECT 900000 UNION ALL SELECT 3600000) WHERE true
		GROUP BY 1, 2, 3, 4, 5, 6 HAVING SUM(`t`) <> 0 OR SUM(`m`) <> 0 OR SUM(`tb`) <> 0 OR SUM(`gb`) <> 0 OR SUM(`r`) <> 0
		ON CONFLICT DO UPDATE SET `tickets` = `tickets` + excluded.`tickets`, `taken_minor` = `taken_minor` + excluded.`taken_minor`,
			`tickets_back` = `tickets_back` + excluded.`tickets_back`, `given_back_minor` = `given_back_minor` + excluded.`given_back_minor`,
			`refunding_minor` = `refunding_minor` + excluded.`refunding_minor`;--> statement-breakpoint
-- A change takes off what the row was counted as, and adds what it is now: what stays as it is writes nothing.
CREATE TRIGGER `orders_are_summed` AFTER INSERT ON `orders` WHEN NEW.`state` IN ('confirmed', 'refunded')
BEGIN
	INSERT INTO `sales`
		SELECT `ticket`, `ms`, iif(`ms` = 0, 0, `at` - `at` % `ms`), `price`, `by`, `in`, SUM(`t`), SUM(`m`), SUM(`tb`), SUM(`gb`), SUM(`r`)
		FROM (
			SELECT `item`.`value` ->> 'ticketTypeId' AS `ticket`, coalesce(NEW.`paid_at_ms`, NEW.`created_at_ms`) AS `at`, coalesce(`item`.`value` ->> 'priceId', `item`.`value` ->> 'ticketTypeId') AS `price`, coalesce(NEW.`counter` ->> 'takenAs', NEW.`counter` ->> 'method', 'online') AS `by`, NEW.`currency` AS `in`, (`item`.`value` ->> 'quantity') AS `t`, (`item`.`value` ->> 'quantity') * (`item`.`value` ->> 'unitPriceMinor') AS `m`, 0 AS `tb`, 0 AS `gb`, 0 AS `r`
			FROM json_each(NEW.`items`) AS `item` WHERE NEW.`state` IN ('confirmed', 'refunded')
			UNION ALL SELECT `item`.`value` ->> 'ticketTypeId', `refund`.`value` ->> 'createdAtMs', coalesce(`item`.`value` ->> 'priceId', `item`.`value` ->> 'ticketTypeId'), coalesce(NEW.`counter` ->> 'takenAs', NEW.`counter` ->> 'method', 'online'), NEW.`currency`, 0, 0, (`share`.`value` ->> 'quantity'), 0, 0
			FROM json_each(NEW.`refunds`) AS `refund` JOIN json_each(`refund`.`value` -> 'shares') AS `share`
			JOIN json_each(NEW.`items`) AS `item` ON `item`.`value` ->> 'reservationId' = `share`.`value` ->> 'reservationId' WHERE NEW.`state` IN ('confirmed', 'refunded')
			UNION ALL SELECT `item`.`value` ->> 'ticketTypeId', `refund`.`value` ->> 'sinceMs', coalesce(`item`.`value` ->> 'priceId', `item`.`value` ->> 'ticketTypeId'), coalesce(NEW.`counter` ->> 'takenAs', NEW.`counter` ->> 'method', 'online'), NEW.`currency`, 0, 0, 0, iif(`refund`.`value` ->> 'state' = 'succeeded', (`share`.`value` ->> 'amountMinor'), 0), iif(`refund`.`value` ->> 'state' IN ('due', 'pending'), (`share`.`value` ->> 'amountMinor'), 0)
			FROM json_each(NEW.`refunds`) AS `refund` JOIN json_each(`refund`.`value` -> 'shares') AS `share`
			JOIN json_each(NEW.`items`) AS `item` ON `item`.`value` ->> 'reservationId' = `share`.`value` ->> 'reservationId' WHERE NEW.`state` IN ('confirmed', 'refunded')
		) CROSS JOIN (SELECT 0 AS `ms` UNION ALL SELECT 900000 UNION ALL SELECT 3600000) WHERE true
		GROUP BY 1, 2, 3, 4, 5, 6 HAVING SUM(`t`) <> 0 OR SUM(`m`) <> 0 OR SUM(`tb`) <> 0 OR SUM(`gb`) <> 0 OR SUM(`r`) <> 0
		ON CONFLICT DO UPDATE SET `tickets` = `tickets` + excluded.`tickets`, `taken_minor` = `taken_minor` + excluded.`taken_minor`,
			`tickets_back` = `tickets_back` + excluded.`tickets_back`, `given_back_minor` = `given_back_minor` + excluded.`given_back_minor`,
			`refunding_minor` = `refunding_minor` + excluded.`refunding_minor`;
END;--> statement-breakpoint
CREATE TRIGGER `orders_sums_change` AFTER UPDATE ON `orders` WHEN (OLD.`state` IN ('confirmed', 'refunded') OR NEW.`state` IN ('confirmed', 'refunded'))
	AND (NEW.`state` IS NOT OLD.`state` OR NEW.`items` IS NOT OLD.`items` OR NEW.`refunds` IS NOT OLD.`refunds` OR NEW.`paid_at_ms` IS NOT OLD.`paid_at_ms` OR NEW.`created_at_ms` IS NOT OLD.`created_at_ms` OR NEW.`counter` IS NOT OLD.`counter` OR NEW.`currency` IS NOT OLD.`currency`)
BEGIN
	INSERT INTO `sales`
		SELECT `ticket`, `ms`, iif(`ms` = 0, 0, `at` - `at` % `ms`), `price`, `by`, `in`, SUM(`t`), SUM(`m`), SUM(`tb`), SUM(`gb`), SUM(`r`)
		FROM (
			SELECT `item`.`value` ->> 'ticketTypeId' AS `ticket`, coalesce(iif(`sign` < 0, OLD.`paid_at_ms`, NEW.`paid_at_ms`), iif(`sign` < 0, OLD.`created_at_ms`, NEW.`created_at_ms`)) AS `at`, coalesce(`item`.`value` ->> 'priceId', `item`.`value` ->> 'ticketTypeId') AS `price`, coalesce(iif(`sign` < 0, OLD.`counter`, NEW.`counter`) ->> 'takenAs', iif(`sign` < 0, OLD.`counter`, NEW.`counter`) ->> 'method', 'online') AS `by`, iif(`sign` < 0, OLD.`currency`, NEW.`currency`) AS `in`, `sign` * (`item`.`value` ->> 'quantity') AS `t`, `sign` * (`item`.`value` ->> 'quantity') * (`item`.`value` ->> 'unitPriceMinor') AS `m`, 0 AS `tb`, 0 AS `gb`, 0 AS `r`
			FROM (SELECT -1 AS `sign` UNION ALL SELECT 1), json_each(iif(`sign` < 0, OLD.`items`, NEW.`items`)) AS `item` WHERE iif(`sign` < 0, OLD.`state`, NEW.`state`) IN ('confirmed', 'refunded')
			UNION ALL SELECT `item`.`value` ->> 'ticketTypeId', `refund`.`value` ->> 'createdAtMs', coalesce(`item`.`value` ->> 'priceId', `item`.`value` ->> 'ticketTypeId'), coalesce(iif(`sign` < 0, OLD.`counter`, NEW.`counter`) ->> 'takenAs', iif(`sign` < 0, OLD.`counter`, NEW.`counter`) ->> 'method', 'online'), iif(`sign` < 0, OLD.`currency`, NEW.`currency`), 0, 0, `sign` * (`share`.`value` ->> 'quantity'), 0, 0
			FROM (SELECT -1 AS `sign` UNION ALL SELECT 1), json_each(iif(`sign` < 0, OLD.`refunds`, NEW.`refunds`)) AS `refund` JOIN json_each(`refund`.`value` -> 'shares') AS `share`
			JOIN json_each(iif(`sign` < 0, OLD.`items`, NEW.`items`)) AS `item` ON `item`.`value` ->> 'reservationId' = `share`.`value` ->> 'reservationId' WHERE iif(`sign` < 0, OLD.`state`, NEW.`state`) IN ('confirmed', 'refunded')
			UNION ALL SELECT `item`.`value` ->> 'ticketTypeId', `refund`.`value` ->> 'sinceMs', coalesce(`item`.`value` ->> 'priceId', `item`.`value` ->> 'ticketTypeId'), coalesce(iif(`sign` < 0, OLD.`counter`, NEW.`counter`) ->> 'takenAs', iif(`sign` < 0, OLD.`counter`, NEW.`counter`) ->> 'method', 'online'), iif(`sign` < 0, OLD.`currency`, NEW.`currency`), 0, 0, 0, iif(`refund`.`value` ->> 'state' = 'succeeded', `sign` * (`share`.`value` ->> 'amountMinor'), 0), iif(`refund`.`value` ->> 'state' IN ('due', 'pending'), `sign` * (`share`.`value` ->> 'amountMinor'), 0)
			FROM (SELECT -1 AS `sign` UNION ALL SELECT 1), json_each(iif(`sign` < 0, OLD.`refunds`, NEW.`refunds`)) AS `refund` JOIN json_each(`refund`.`value` -> 'shares') AS `share`
			JOIN json_each(iif(`sign` < 0, OLD.`items`, NEW.`items`)) AS `item` ON `item`.`value` ->> 'reservationId' = `share`.`value` ->> 'reservationId' WHERE iif(`sign` < 0, OLD.`state`, NEW.`state`) IN ('confirmed', 'refunded')
		) CROSS JOIN (SELECT 0 AS `ms` UNION ALL SELECT 900000 UNION ALL SELECT 3600000) WHERE true
		GROUP BY 1, 2, 3, 4, 5, 6 HAVING SUM(`t`) <> 0 OR SUM(`m`) <> 0 OR SUM(`tb`) <> 0 OR SUM(`gb`) <> 0 OR SUM(`r`) <> 0
		ON CONFLICT DO UPDATE SET `tickets` = `tickets` + excluded.`tickets`, `taken_minor` = `taken_minor` + excluded.`taken_minor`,
			`tickets_back` = `tickets_back` + excluded.`tickets_back`, `given_back_minor` = `given_back_minor` + excluded.`given_back_minor`,
			`refunding_minor` = `refunding_minor` + excluded.`refunding_minor`;
END;--> statement-breakpoint
CREATE TRIGGER `orders_sums_go` AFTER DELETE ON `orders` WHEN OLD.`state` IN ('confirmed', 'refunded')
BEGIN
	INSERT INTO `sales`
		SELECT `ticket`, `ms`, iif(`ms` = 0, 0, `at` - `at` % `ms`), `price`, `by`, `in`, SUM(`t`), SUM(`m`), SUM(`tb`), SUM(`gb`), SUM(`r`)
		FROM (
			SELECT `item`.`value` ->> 'ticketTypeId' AS `ticket`, coalesce(OLD.`paid_at_ms`, OLD.`created_at_ms`) AS `at`, coalesce(`item`.`value` ->> 'priceId', `item`.`value` ->> 'ticketTypeId') AS `price`, coalesce(OLD.`counter` ->> 'takenAs', OLD.`counter` ->> 'method', 'online') AS `by`, OLD.`currency` AS `in`, -1 * (`item`.`value` ->> 'quantity') AS `t`, -1 * (`item`.`value` ->> 'quantity') * (`item`.`value` ->> 'unitPriceMinor') AS `m`, 0 AS `tb`, 0 AS `gb`, 0 AS `r`
			FROM json_each(OLD.`items`) AS `item` WHERE OLD.`state` IN ('confirmed', 'refunded')
			UNION ALL SELECT `item`.`value` ->> 'ticketTypeId', `refund`.`value` ->> 'createdAtMs', coalesce(`item`.`value` ->> 'priceId', `item`.`value` ->> 'ticketTypeId'), coalesce(OLD.`counter` ->> 'takenAs', OLD.`counter` ->> 'method', 'online'), OLD.`currency`, 0, 0, -1 * (`share`.`value` ->> 'quantity'), 0, 0
			FROM json_each(OLD.`refunds`) AS `refund` JOIN json_each(`refund`.`value` -> 'shares') AS `share`
			JOIN json_each(OLD.`items`) AS `item` ON `item`.`value` ->> 'reservationId' = `share`.`value` ->> 'reservationId' WHERE OLD.`state` IN ('confirmed', 'refunded')
			UNION ALL SELECT `item`.`value` ->> 'ticketTypeId', `refund`.`value` ->> 'sinceMs', coalesce(`item`.`value` ->> 'priceId', `item`.`value` ->> 'ticketTypeId'), coalesce(OLD.`counter` ->> 'takenAs', OLD.`counter` ->> 'method', 'online'), OLD.`currency`, 0, 0, 0, iif(`refund`.`value` ->> 'state' = 'succeeded', -1 * (`share`.`value` ->> 'amountMinor'), 0), iif(`refund`.`value` ->> 'state' IN ('due', 'pending'), -1 * (`share`.`value` ->> 'amountMinor'), 0)
			FROM json_each(OLD.`refunds`) AS `refund` JOIN json_each(`refund`.`value` -> 'shares') AS `share`
			JOIN json_each(OLD.`items`) AS `item` ON `item`.`value` ->> 'reservationId' = `share`.`value` ->> 'reservationId' WHERE OLD.`state` IN ('confirmed', 'refunded')
		) CROSS JOIN (SELECT 0 AS `ms` UNION ALL SELECT 900000 UNION ALL SELECT 3600000) WHERE true
		GROUP BY 1, 2, 3, 4, 5, 6 HAVING SUM(`t`) <> 0 OR SUM(`m`) <> 0 OR SUM(`tb`) <> 0 OR SUM(`gb`) <> 0 OR SUM(`r`) <> 0
		ON CONFLICT DO UPDATE SET `tickets` = `tickets` + excluded.`tickets`, `taken_minor` = `taken_minor` + excluded.`taken_minor`,
			`tickets_back` = `tickets_back` + excluded.`tickets_back`, `given_back_minor` = `given_back_minor` + excluded.`given_back_minor`,
			`refunding_minor` = `refunding_minor` + excluded.`refunding_minor`;
END;--> statement-breakpoint
-- A part of an order is the order's.
CREATE TRIGGER `reservations_are_summed` AFTER INSERT ON `reservations` WHEN NEW.`state` IN ('confirmed', 'refunded') AND NEW.`order_id` IS NULL
BEGIN
	INSERT INTO `sales`
		SELECT `ticket`, `ms`, iif(`ms` = 0, 0, `at` - `at` % `ms`), `price`, `by`, `in`, SUM(`t`), SUM(`m`), SUM(`tb`), SUM(`gb`), SUM(`r`)
		FROM (
			SELECT NEW.`ticket_type_id` AS `ticket`, coalesce(NEW.`paid_at_ms`, NEW.`created_at_ms`) AS `at`, coalesce(NEW.`price_id`, NEW.`ticket_type_id`) AS `price`, 'online' AS `by`, NEW.`currency` AS `in`, NEW.`quantity` AS `t`, NEW.`quantity` * NEW.`unit_price_minor` AS `m`, 0 AS `tb`, 0 AS `gb`, 0 AS `r`
			 WHERE NEW.`state` IN ('confirmed', 'refunded') AND NEW.`order_id` IS NULL
			UNION ALL SELECT NEW.`ticket_type_id`, `refund`.`value` ->> 'createdAtMs', coalesce(NEW.`price_id`, NEW.`ticket_type_id`), 'online', NEW.`currency`, 0, 0, (SELECT coalesce(SUM(`value` ->> 'quantity'), 0) FROM json_each(`refund`.`value`, '$.items')), 0, 0
			FROM json_each(NEW.`refunds`) AS `refund` WHERE NEW.`state` IN ('confirmed', 'refunded') AND NEW.`order_id` IS NULL
			UNION ALL SELECT NEW.`ticket_type_id`, `refund`.`value` ->> 'sinceMs', coalesce(NEW.`price_id`, NEW.`ticket_type_id`), 'online', NEW.`currency`, 0, 0, 0, iif(`refund`.`value` ->> 'state' = 'succeeded', (`refund`.`value` ->> 'amountMinor'), 0), iif(`refund`.`value` ->> 'state' IN ('due', 'pending'), (`refund`.`value` ->> 'amountMinor'), 0)
			FROM json_each(NEW.`refunds`) AS `refund` WHERE NEW.`state` IN ('confirmed', 'refunded') AND NEW.`order_id` IS NULL
		) CROSS JOIN (SELECT 0 AS `ms` UNION ALL SELECT 900000 UNION ALL SELECT 3600000) WHERE true
		GROUP BY 1, 2, 3, 4, 5, 6 HAVING SUM(`t`) <> 0 OR SUM(`m`) <> 0 OR SUM(`tb`) <> 0 OR SUM(`gb`) <> 0 OR SUM(`r`) <> 0
		ON CONFLICT DO UPDATE SET `tickets` = `tickets` + excluded.`tickets`, `taken_minor` = `taken_minor` + excluded.`taken_minor`,
			`tickets_back` = `tickets_back` + excluded.`tickets_back`, `given_back_minor` = `given_back_minor` + excluded.`given_back_minor`,
			`refunding_minor` = `refunding_minor` + excluded.`refunding_minor`;
END;--> statement-breakpoint
CREATE TRIGGER `reservations_sums_change` AFTER UPDATE ON `reservations` WHEN (OLD.`state` IN ('confirmed', 'refunded') OR NEW.`state` IN ('confirmed', 'refunded'))
	AND (OLD.`order_id` IS NULL OR NEW.`order_id` IS NULL)
	AND (NEW.`state` IS NOT OLD.`state` OR NEW.`quantity` IS NOT OLD.`quantity` OR NEW.`unit_price_minor` IS NOT OLD.`unit_price_minor` OR NEW.`price_id` IS NOT OLD.`price_id` OR NEW.`refunds` IS NOT OLD.`refunds` OR NEW.`paid_at_ms` IS NOT OLD.`paid_at_ms` OR NEW.`created_at_ms` IS NOT OLD.`created_at_ms` OR NEW.`currency` IS NOT OLD.`currency` OR NEW.`order_id` IS NOT OLD.`order_id`)
BEGIN
	INSERT INTO `sales`
		SELECT `ticket`, `ms`, iif(`ms` = 0, 0, `at` - `at` % `ms`), `price`, `by`, `in`, SUM(`t`), SUM(`m`), SUM(`tb`), SUM(`gb`), SUM(`r`)
		FROM (
			SELECT iif(`sign` < 0, OLD.`ticket_type_id`, NEW.`ticket_type_id`) AS `ticket`, coalesce(iif(`sign` < 0, OLD.`paid_at_ms`, NEW.`paid_at_ms`), iif(`sign` < 0, OLD.`created_at_ms`, NEW.`created_at_ms`)) AS `at`, coalesce(iif(`sign` < 0, OLD.`price_id`, NEW.`price_id`), iif(`sign` < 0, OLD.`ticket_type_id`, NEW.`ticket_type_id`)) AS `price`, 'online' AS `by`, iif(`sign` < 0, OLD.`currency`, NEW.`currency`) AS `in`, `sign` * iif(`sign` < 0, OLD.`quantity`, NEW.`quantity`) AS `t`, `sign` * iif(`sign` < 0, OLD.`quantity`, NEW.`quantity`) * iif(`sign` < 0, OLD.`unit_price_minor`, NEW.`unit_price_minor`) AS `m`, 0 AS `tb`, 0 AS `gb`, 0 AS `r`
			FROM (SELECT -1 AS `sign` UNION ALL SELECT 1) WHERE iif(`sign` < 0, OLD.`state`, NEW.`state`) IN ('confirmed', 'refunded') AND iif(`sign` < 0, OLD.`order_id`, NEW.`order_id`) IS NULL
			UNION ALL SELECT iif(`sign` < 0, OLD.`ticket_type_id`, NEW.`ticket_type_id`), `refund`.`value` ->> 'createdAtMs', coalesce(iif(`sign` < 0, OLD.`price_id`, NEW.`price_id`), iif(`sign` < 0, OLD.`ticket_type_id`, NEW.`ticket_type_id`)), 'online', iif(`sign` < 0, OLD.`currency`, NEW.`currency`), 0, 0, `sign` * (SELECT coalesce(SUM(`value` ->> 'quantity'), 0) FROM json_each(`refund`.`value`, '$.items')), 0, 0
			FROM (SELECT -1 AS `sign` UNION ALL SELECT 1), json_each(iif(`sign` < 0, OLD.`refunds`, NEW.`refunds`)) AS `refund` WHERE iif(`sign` < 0, OLD.`state`, NEW.`state`) IN ('confirmed', 'refunded') AND iif(`sign` < 0, OLD.`order_id`, NEW.`order_id`) IS NULL
			UNION ALL SELECT iif(`sign` < 0, OLD.`ticket_type_id`, NEW.`ticket_type_id`), `refund`.`value` ->> 'sinceMs', coalesce(iif(`sign` < 0, OLD.`price_id`, NEW.`price_id`), iif(`sign` < 0, OLD.`ticket_type_id`, NEW.`ticket_type_id`)), 'online', iif(`sign` < 0, OLD.`currency`, NEW.`currency`), 0, 0, 0, iif(`refund`.`value` ->> 'state' = 'succeeded', `sign` * (`refund`.`value` ->> 'amountMinor'), 0), iif(`refund`.`value` ->> 'state' IN ('due', 'pending'), `sign` * (`refund`.`value` ->> 'amountMinor'), 0)
			FROM (SELECT -1 AS `sign` UNION ALL SELECT 1), json_each(iif(`sign` < 0, OLD.`refunds`, NEW.`refunds`)) AS `refund` WHERE iif(`sign` < 0, OLD.`state`, NEW.`state`) IN ('confirmed', 'refunded') AND iif(`sign` < 0, OLD.`order_id`, NEW.`order_id`) IS NULL
		) CROSS JOIN (SELECT 0 AS `ms` UNION ALL SELECT 900000 UNION ALL SELECT 3600000) WHERE true
		GROUP BY 1, 2, 3, 4, 5, 6 HAVING SUM(`t`) <> 0 OR SUM(`m`) <> 0 OR SUM(`tb`) <> 0 OR SUM(`gb`) <> 0 OR SUM(`r`) <> 0
		ON CONFLICT DO UPDATE SET `tickets` = `tickets` + excluded.`tickets`, `taken_minor` = `taken_minor` + excluded.`taken_minor`,
			`tickets_back` = `tickets_back` + excluded.`tickets_back`, `given_back_minor` = `given_back_minor` + excluded.`given_back_minor`,
			`refunding_minor` = `refunding_minor` + excluded.`refunding_minor`;
END;--> statement-breakpoint
CREATE TRIGGER `reservations_sums_go` AFTER DELETE ON `reservations` WHEN OLD.`state` IN ('confirmed', 'refunded') AND OLD.`order_id` IS NULL
BEGIN
	INSERT INTO `sales`
		SELECT `ticket`, `ms`, iif(`ms` = 0, 0, `at` - `at` % `ms`), `price`, `by`, `in`, SUM(`t`), SUM(`m`), SUM(`tb`), SUM(`gb`), SUM(`r`)
		FROM (
			SELECT OLD.`ticket_type_id` AS `ticket`, coalesce(OLD.`paid_at_ms`, OLD.`created_at_ms`) AS `at`, coalesce(OLD.`price_id`, OLD.`ticket_type_id`) AS `price`, 'online' AS `by`, OLD.`currency` AS `in`, -1 * OLD.`quantity` AS `t`, -1 * OLD.`quantity` * OLD.`unit_price_minor` AS `m`, 0 AS `tb`, 0 AS `gb`, 0 AS `r`
			 WHERE OLD.`state` IN ('confirmed', 'refunded') AND OLD.`order_id` IS NULL
			UNION ALL SELECT OLD.`ticket_type_id`, `refund`.`value` ->> 'createdAtMs', coalesce(OLD.`price_id`, OLD.`ticket_type_id`), 'online', OLD.`currency`, 0, 0, -1 * (SELECT coalesce(SUM(`value` ->> 'quantity'), 0) FROM json_each(`refund`.`value`, '$.items')), 0, 0
			FROM json_each(OLD.`refunds`) AS `refund` WHERE OLD.`state` IN ('confirmed', 'refunded') AND OLD.`order_id` IS NULL
			UNION ALL SELECT OLD.`ticket_type_id`, `refund`.`value` ->> 'sinceMs', coalesce(OLD.`price_id`, OLD.`ticket_type_id`), 'online', OLD.`currency`, 0, 0, 0, iif(`refund`.`value` ->> 'state' = 'succeeded', -1 * (`refund`.`value` ->> 'amountMinor'), 0), iif(`refund`.`value` ->> 'state' IN ('due', 'pending'), -1 * (`refund`.`value` ->> 'amountMinor'), 0)
			FROM json_each(OLD.`refunds`) AS `refund` WHERE OLD.`state` IN ('confirmed', 'refunded') AND OLD.`order_id` IS NULL
		) CROSS JOIN (SELECT 0 AS `ms` UNION ALL SELECT 900000 UNION ALL SELECT 3600000) WHERE true
		GROUP BY 1, 2, 3, 4, 5, 6 HAVING SUM(`t`) <> 0 OR SUM(`m`) <> 0 OR SUM(`tb`) <> 0 OR SUM(`gb`) <> 0 OR SUM(`r`) <> 0
		ON CONFLICT DO UPDATE SET `tickets` = `tickets` + excluded.`tickets`, `taken_minor` = `taken_minor` + excluded.`taken_minor`,
			`tickets_back` = `tickets_back` + excluded.`tickets_back`, `given_back_minor` = `given_back_minor` + excluded.`given_back_minor`,
			`refunding_minor` = `refunding_minor` + excluded.`refunding_minor`;
END;
