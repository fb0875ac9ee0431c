CREATE TABLE `receipts` (
	`series` text NOT NULL,
	`number` integer NOT NULL,
	`sale_id` text NOT NULL,
	`source` text NOT NULL,
	`attempt` text NOT NULL,
	`issued_at_ms` integer NOT NULL,
	`receipt` text NOT NULL,
	PRIMARY KEY(`series`, `number`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `receipts_by_source` ON `receipts` (`source`,`series`);--> statement-breakpoint
CREATE INDEX `receipts_of_sale` ON `receipts` (`sale_id`);--> statement-breakpoint
CREATE TABLE `receipts_due` (
	`sale_id` text PRIMARY KEY NOT NULL,
	`token` text NOT NULL
);
--> statement-breakpoint
ALTER TABLE `events` ADD `seller` text;--> statement-breakpoint
ALTER TABLE `events` ADD `vat_rate` integer;--> statement-breakpoint
-- What is paid becomes due with its copy, whichever version of an object writes that.
CREATE TRIGGER `reservations_paid_first` AFTER INSERT ON `reservations`
WHEN new.state = 'confirmed' AND new.order_id IS NULL AND new.unit_price_minor > 0 BEGIN
  INSERT INTO receipts_due SELECT new.id, '' WHERE NOT EXISTS (SELECT 1 FROM receipts_due WHERE sale_id = new.id);
END;--> statement-breakpoint
CREATE TRIGGER `reservations_paid` AFTER UPDATE OF `state` ON `reservations`
WHEN new.state = 'confirmed' AND old.state <> 'confirmed' AND new.order_id IS NULL AND new.unit_price_minor > 0 BEGIN
  INSERT INTO receipts_due SELECT new.id, '' WHERE NOT EXISTS (SELECT 1 FROM receipts_due WHERE sale_id = new.id);
END;--> statement-breakpoint
CREATE TRIGGER `orders_paid_first` AFTER INSERT ON `orders` WHEN new.state = 'confirmed' BEGIN
  INSERT INTO receipts_due SELECT new.id, '' WHERE NOT EXISTS (SELECT 1 FROM receipts_due WHERE sale_id = new.id);
END;--> statement-breakpoint
CREATE TRIGGER `orders_paid` AFTER UPDATE OF `state` ON `orders`
WHEN new.state = 'confirmed' AND old.state <> 'confirmed' BEGIN
  INSERT INTO receipts_due SELECT new.id, '' WHERE NOT EXISTS (SELECT 1 FROM receipts_due WHERE sale_id = new.id);
END;--> statement-breakpoint
-- A receipt is kept as it was issued, or its number would be missing.
CREATE TRIGGER `receipts_kept_as_they_are` BEFORE UPDATE ON `receipts` BEGIN
  SELECT RAISE(ABORT, 'a receipt does not change');
END;--> statement-breakpoint
CREATE TRIGGER `receipts_kept` BEFORE DELETE ON `receipts` BEGIN
  SELECT RAISE(ABORT, 'a receipt is not deleted');
END;
