-- What the door must know of an event. Those that are not over are announced once more, so that objects know when they start.
ALTER TABLE `events` ADD `doors_open_at_ms` integer;--> statement-breakpoint
ALTER TABLE `events` ADD `reentry` integer DEFAULT false NOT NULL;--> statement-breakpoint
UPDATE `events` SET `announced_version` = 0 WHERE `ends_at_ms` > unixepoch() * 1000;
