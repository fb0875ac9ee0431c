ALTER TABLE `audit_log` ADD `api_key_id` text;--> statement-breakpoint
DROP TRIGGER `audit_log_erases_addresses_only`;--> statement-breakpoint
CREATE TRIGGER `audit_log_erases_addresses_only` BEFORE UPDATE ON `audit_log`
WHEN NEW.`address` IS NOT NULL OR NEW.`rowid` IS NOT OLD.`rowid`
	OR (NEW.`id`, NEW.`at_ms`, NEW.`action`, NEW.`actor_id`, NEW.`object_type`, NEW.`object_id`, NEW.`event_id`, NEW.`details`, NEW.`api_key_id`)
	IS NOT (OLD.`id`, OLD.`at_ms`, OLD.`action`, OLD.`actor_id`, OLD.`object_type`, OLD.`object_id`, OLD.`event_id`, OLD.`details`, OLD.`api_key_id`)
BEGIN
	SELECT RAISE(ABORT, 'the audit log is append-only');
END;
