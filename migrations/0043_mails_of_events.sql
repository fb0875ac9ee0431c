CREATE TABLE `event_mails` (
	`event_id` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`mail_id` text NOT NULL,
	PRIMARY KEY(`event_id`, `created_at_ms`, `mail_id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `event_mails_by_mail` ON `event_mails` (`mail_id`);--> statement-breakpoint
DROP INDEX `mails_of_event`;--> statement-breakpoint
INSERT INTO `event_mails`
	SELECT `event_id`, `created_at_ms`, `id` FROM `mails` WHERE `event_id` IS NOT NULL
	UNION SELECT `ticket_types`.`event_id`, `mails`.`created_at_ms`, `mails`.`id`
		FROM `mails` JOIN `orders` ON `orders`.`id` = `mails`.`about` JOIN json_each(`orders`.`items`) AS `item`
		JOIN `ticket_types` ON `ticket_types`.`id` = `item`.`value` ->> 'ticketTypeId'
		WHERE `mails`.`kind` IN ('confirmed', 'payment_failed', 'refunded');--> statement-breakpoint
-- Only what is about a sale as a whole: other mails are about one event.
CREATE TRIGGER `mails_are_of_events` AFTER INSERT ON `mails`
BEGIN
	INSERT INTO `event_mails`
		SELECT NEW.`event_id`, NEW.`created_at_ms`, NEW.`id` WHERE NEW.`event_id` IS NOT NULL
		UNION SELECT `ticket_types`.`event_id`, NEW.`created_at_ms`, NEW.`id`
			FROM `orders` JOIN json_each(`orders`.`items`) AS `item`
			JOIN `ticket_types` ON `ticket_types`.`id` = `item`.`value` ->> 'ticketTypeId'
			WHERE `orders`.`id` = NEW.`about` AND NEW.`kind` IN ('confirmed', 'payment_failed', 'refunded');
END;
--> statement-breakpoint
CREATE TRIGGER `mails_of_events_go` AFTER DELETE ON `mails`
BEGIN
	DELETE FROM `event_mails` WHERE `mail_id` = OLD.`id`;
END;
