// The tables of an order's object. Append a migration for each change; never edit a released one.

export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE orders (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    request TEXT NOT NULL,
    request_id TEXT NOT NULL,
    phase TEXT NOT NULL,
    cancel_requested INTEGER NOT NULL,
    currency TEXT,
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER,
    version INTEGER NOT NULL,
    projected_version INTEGER NOT NULL DEFAULT 0
  );
  CREATE TABLE items (
    position INTEGER PRIMARY KEY,
    reservation_id TEXT NOT NULL UNIQUE,
    ticket_type_id TEXT NOT NULL,
    price_id TEXT,
    code TEXT,
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    price_name TEXT NOT NULL,
    unit_price_minor INTEGER NOT NULL,
    phase TEXT NOT NULL,
    payment_id TEXT
  );
  CREATE TABLE leftovers (reservation_id TEXT PRIMARY KEY) WITHOUT ROWID;
  CREATE TABLE payments (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    key TEXT NOT NULL UNIQUE,
    method TEXT,
    state TEXT NOT NULL,
    failure_code TEXT,
    failure_message TEXT,
    since_ms INTEGER NOT NULL,
    needs_person INTEGER NOT NULL,
    dispatch_at_ms INTEGER,
    dispatches INTEGER NOT NULL DEFAULT 0
  );
  `,
  // What a payment waits for until its buyer has confirmed it at the bank, as JSON.
  "ALTER TABLE payments ADD COLUMN action TEXT",
  // `accepted_terms`: the version of the event's terms that the buyer accepted. `counter`: who sold
  // it to whom, as JSON.
  `
  ALTER TABLE items ADD COLUMN accepted_terms TEXT;
  ALTER TABLE orders ADD COLUMN counter TEXT;
  `,
  // Refunds: what was given back of each item, and how much of that its ticket type has
  // acknowledged; all refunds as JSON; and when the message of each is sent next. `ref` is a
  // refund's id at the provider.
  `
  ALTER TABLE items ADD COLUMN given_back INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE items ADD COLUMN restocked INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE items ADD COLUMN taken_back INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE orders ADD COLUMN refunds TEXT;
  CREATE TABLE refund_messages (
    ref TEXT PRIMARY KEY,
    owner_id TEXT NOT NULL,
    dispatch_at_ms INTEGER,
    dispatches INTEGER NOT NULL DEFAULT 0,
    review_at_ms INTEGER
  ) WITHOUT ROWID;
  `,
  // The provider's own id of a charge that has succeeded.
  "ALTER TABLE payments ADD COLUMN reference TEXT",
  // What late payments have charged is a refund like any other: its messages are in that table.
  `
  INSERT INTO refund_messages (ref, owner_id, dispatch_at_ms, dispatches, review_at_ms)
  SELECT payments.id, orders.id, dispatch_at_ms, dispatches, iif(needs_person, NULL, since_ms + 86400000)
  FROM payments, orders WHERE payments.state = 'refund_due';
  UPDATE payments SET dispatch_at_ms = NULL WHERE state = 'refund_due';
  `,
];
