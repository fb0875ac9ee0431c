CREATE TABLE `sweep_progress` (
	`only` integer PRIMARY KEY NOT NULL,
	`compared_up_to` text NOT NULL
);
