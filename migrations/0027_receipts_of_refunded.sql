-- A copy may come only after what was sold was given back.
DROP TRIGGER `reservations_paid_first`;--> statement-breakpoint
DROP TRIGGER `reservations_paid`;--> statement-breakpoint
DROP TRIGGER `orders_paid_first`;--> statement-breakpoint
DROP TRIGGER `orders_paid`;--> statement-breakpoint
CREATE TRIGGER `reservations_paid_first` AFTER INSERT ON `reservations`
WHEN new.state IN ('confirmed', 'refunded') AND new.order_id IS NULL AND new.unit_price_minor > 0 BEGIN
  INSERT INTO receipts_due SELECT new.id, '' WHERE NOT EXISTS (SELECT 1 FROM receipts_due WHERE sale_id = new.id);
END;--> statement-breakpoint
CREATE TRIGGER `reservations_paid` AFTER UPDATE OF `state` ON `reservations`
WHEN new.state IN ('confirmed', 'refunded') AND old.state NOT IN ('confirmed', 'refunded')
  AND new.order_id IS NULL AND new.unit_price_minor > 0 BEGIN
  INSERT INTO receipts_due SELECT new.id, '' WHERE NOT EXISTS (SELECT 1 FROM receipts_due WHERE sale_id = new.id);
END;--> statement-breakpoint
CREATE TRIGGER `orders_paid_first` AFTER INSERT ON `orders` WHEN new.state IN ('confirmed', 'refunded') BEGIN
  INSERT INTO receipts_due SELECT new.id, '' WHERE NOT EXISTS (SELECT 1 FROM receipts_due WHERE sale_id = new.id);
END;--> statement-breakpoint
CREATE TRIGGER `orders_paid` AFTER UPDATE OF `state` ON `orders`
WHEN new.state IN ('confirmed', 'refunded') AND old.state NOT IN ('confirmed', 'refunded') BEGIN
  INSERT INTO receipts_due SELECT new.id, '' WHERE NOT EXISTS (SELECT 1 FROM receipts_due WHERE sale_id = new.id);
END;
