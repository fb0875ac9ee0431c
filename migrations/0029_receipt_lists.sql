CREATE TABLE `receipt_series` (
	`series` text PRIMARY KEY NOT NULL,
	`organizer_id` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `receipt_series_of_organizer` ON `receipt_series` (`organizer_id`,`series`);--> statement-breakpoint
CREATE INDEX `receipts_by_date` ON `receipts` (`series`,`issued_at_ms`,`number`);--> statement-breakpoint
-- Of the receipts that are there. Where an event was handed over since, nobody can tell any more.
INSERT INTO `receipt_series` SELECT `series`, `organizer_id` FROM `receipts`
JOIN `events` ON `events`.`id` = `receipts`.`receipt` ->> '$.lines[0].event.id'
WHERE `number` = 1 AND NOT EXISTS (
  SELECT 1 FROM `audit_log` WHERE `event_id` = `events`.`id` AND `action` = 'event.handover'
);
