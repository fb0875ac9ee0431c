ALTER TABLE `events` ADD `edition` text DEFAULT '0' NOT NULL;--> statement-breakpoint
ALTER TABLE `ticket_types` ADD `edition` text DEFAULT '0' NOT NULL;--> statement-breakpoint
-- A change that names no edition gets one all the same: by the release before this one, until it is replaced, or by hand.
CREATE TRIGGER `events_get_an_edition` AFTER UPDATE OF `organizer_id`, `name`, `description`, `venue`, `starts_at_ms`, `ends_at_ms`, `timezone`, `status` ON `events`
WHEN NEW.`edition` = OLD.`edition`
BEGIN
	UPDATE `events` SET `edition` = lower(hex(randomblob(8))) WHERE `id` = NEW.`id`;
END;
