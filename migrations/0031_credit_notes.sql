-- What has become of a refund makes its credit note due, or the reversal of that. The token is
-- another one each time, so that an attempt that read the copy before does not end it.
CREATE TRIGGER `reservations_given_back` AFTER UPDATE OF `refunds` ON `reservations`
WHEN new.refunds IS NOT old.refunds AND new.order_id IS NULL AND new.unit_price_minor > 0 BEGIN
  UPDATE receipts_due SET token = hex(randomblob(8)) WHERE sale_id = new.id;
  INSERT INTO receipts_due SELECT new.id, hex(randomblob(8))
    WHERE NOT EXISTS (SELECT 1 FROM receipts_due WHERE sale_id = new.id);
END;--> statement-breakpoint
CREATE TRIGGER `orders_given_back` AFTER UPDATE OF `refunds` ON `orders` WHEN new.refunds IS NOT old.refunds BEGIN
  UPDATE receipts_due SET token = hex(randomblob(8)) WHERE sale_id = new.id;
  INSERT INTO receipts_due SELECT new.id, hex(randomblob(8))
    WHERE NOT EXISTS (SELECT 1 FROM receipts_due WHERE sale_id = new.id);
END;--> statement-breakpoint
INSERT OR IGNORE INTO receipts_due SELECT id, '' FROM orders WHERE refunds IS NOT NULL;--> statement-breakpoint
INSERT OR IGNORE INTO receipts_due SELECT id, '' FROM reservations
  WHERE refunds IS NOT NULL AND order_id IS NULL AND unit_price_minor > 0;
