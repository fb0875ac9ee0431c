// The object's tables. Append a migration for each change; never edit one that was released.

export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE ticket_type (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    id TEXT NOT NULL,
    capacity INTEGER NOT NULL,
    held INTEGER NOT NULL CHECK (held >= 0),
    sold INTEGER NOT NULL CHECK (sold >= 0),
    on_sale INTEGER NOT NULL,
    on_sale_version INTEGER NOT NULL,
    price_minor INTEGER NOT NULL,
    currency TEXT NOT NULL,
    max_per_buyer INTEGER,
    sales_start_ms INTEGER,
    sales_end_ms INTEGER,
    version INTEGER NOT NULL,
    projected_version INTEGER NOT NULL DEFAULT 0,
    CHECK (held + sold <= capacity)
  );
  CREATE TABLE reservations (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    unit_price_minor INTEGER NOT NULL,
    currency TEXT NOT NULL,
    state TEXT NOT NULL,
    release_as TEXT,
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    idempotency_key TEXT,
    version INTEGER NOT NULL,
    projected_version INTEGER NOT NULL DEFAULT 0
  ) WITHOUT ROWID;
  CREATE INDEX reservations_due ON reservations (expires_at_ms) WHERE state = 'held' AND release_as IS NULL;
  CREATE INDEX reservations_dirty ON reservations (id) WHERE projected_version < version;
  CREATE INDEX reservations_of_buyer ON reservations (account_id) WHERE state IN ('held', 'confirmed');
  CREATE UNIQUE INDEX reservations_by_key ON reservations (account_id, idempotency_key)
    WHERE idempotency_key IS NOT NULL;
  CREATE TABLE payments (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    reservation_id TEXT NOT NULL,
    key TEXT NOT NULL,
    method TEXT,
    state TEXT NOT NULL,
    failure_code TEXT,
    failure_message TEXT,
    dispatch_at_ms INTEGER,
    dispatches INTEGER NOT NULL DEFAULT 0,
    UNIQUE (reservation_id, key)
  );
  CREATE INDEX payments_to_dispatch ON payments (dispatch_at_ms) WHERE dispatch_at_ms IS NOT NULL;
  `,
  // Payments get the time of their state. One of before, or of an old version that is back for a
  // while, gets the age of its reservation.
  `
  ALTER TABLE payments ADD COLUMN since_ms INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE payments ADD COLUMN needs_person INTEGER NOT NULL DEFAULT 0;
  UPDATE payments SET since_ms = (SELECT created_at_ms FROM reservations WHERE id = reservation_id);
  CREATE TRIGGER payments_since AFTER INSERT ON payments WHEN new.since_ms = 0 BEGIN
    UPDATE payments SET since_ms = (SELECT created_at_ms FROM reservations WHERE id = new.reservation_id)
    WHERE seq = new.seq;
  END;
  CREATE INDEX payments_to_review ON payments (since_ms)
    WHERE state IN ('pending', 'refund_due') AND needs_person = 0;
  CREATE TABLE answers (
    account_id TEXT NOT NULL,
    key TEXT NOT NULL,
    request TEXT NOT NULL,
    result TEXT NOT NULL,
    answered_at_ms INTEGER NOT NULL,
    PRIMARY KEY (account_id, key)
  ) WITHOUT ROWID;
  CREATE INDEX answers_by_time ON answers (answered_at_ms);
  INSERT INTO answers SELECT account_id, idempotency_key, 'reserve ' || quantity,
    json_object('ok', json('true'), 'reservation', json_object('id', id,
      'ticketTypeId', (SELECT id FROM ticket_type), 'accountId', account_id, 'quantity', quantity,
      'unitPriceMinor', unit_price_minor, 'currency', currency, 'state', 'held', 'createdAtMs', created_at_ms,
      'expiresAtMs', expires_at_ms, 'payment', NULL)), created_at_ms
    FROM reservations WHERE idempotency_key IS NOT NULL;
  CREATE INDEX reservations_ended ON reservations (expires_at_ms) WHERE state IN ('cancelled', 'expired');
  `,
  // Segments the index of buyers. The next migration takes that back.
  `
  ALTER TABLE reservations ADD COLUMN era INTEGER NOT NULL DEFAULT 0;
  DROP INDEX reservations_of_buyer;
  CREATE INDEX reservations_of_buyer ON reservations (era, account_id) WHERE state IN ('held', 'confirmed');
  DROP INDEX reservations_by_key;
  CREATE TABLE eras (era INTEGER PRIMARY KEY, accounts BLOB NOT NULL);
  `,
  // Buyers are found by one index. What the version before needs stays, empty, so that it can come
  // back after a rollback: the column `era` and two tables.
  `
  DROP INDEX reservations_of_buyer;
  CREATE INDEX reservations_of_buyer ON reservations (account_id) WHERE state IN ('held', 'confirmed');
  DELETE FROM eras;
  CREATE TABLE idempotency_keys (
    account_id TEXT NOT NULL,
    key TEXT NOT NULL,
    request TEXT NOT NULL,
    reservation_id TEXT NOT NULL,
    used_at_ms INTEGER NOT NULL,
    PRIMARY KEY (account_id, key)
  ) WITHOUT ROWID;
  INSERT INTO idempotency_keys SELECT account_id, key, request, result ->> '$.reservation.id', answered_at_ms
    FROM answers WHERE result ->> '$.ok' = 1;
  CREATE INDEX idempotency_keys_by_use ON idempotency_keys (used_at_ms);
  DELETE FROM answers;
  `,
  // Sales end with their event, and with its being called off. Each event is announced once more.
  `
  ALTER TABLE ticket_type ADD COLUMN event_status TEXT NOT NULL DEFAULT 'draft';
  ALTER TABLE ticket_type ADD COLUMN event_ends_ms INTEGER;
  ALTER TABLE ticket_type ADD COLUMN event_version INTEGER NOT NULL DEFAULT 0;
  `,
  // Organisers change an edition of a ticket type, and texts reach D1 with its edition.
  `
  ALTER TABLE ticket_type ADD COLUMN edition TEXT NOT NULL DEFAULT '0';
  ALTER TABLE ticket_type ADD COLUMN new_texts TEXT NOT NULL DEFAULT '{}';
  `,
  // Prices, and codes that open them. `price_stock` has the counters of each, in the row that every
  // commit writes anyway. `prices_version`: the version of the ticket type that they belong to. A
  // version that does not know prices leaves it behind.
  `
  CREATE TABLE prices (
    id TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    price_minor INTEGER NOT NULL,
    capacity INTEGER,
    sales_start_ms INTEGER,
    sales_end_ms INTEGER,
    requires_code INTEGER NOT NULL,
    min_per_order INTEGER NOT NULL,
    max_per_order INTEGER,
    withdrawn INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE codes (
    seq INTEGER PRIMARY KEY,
    price_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    code TEXT NOT NULL,
    max_uses INTEGER,
    uses INTEGER NOT NULL DEFAULT 0 CHECK (uses >= 0),
    batch TEXT NOT NULL,
    UNIQUE (digest, price_id),
    CHECK (max_uses IS NULL OR uses <= max_uses)
  );
  CREATE INDEX codes_of_price ON codes (price_id);
  CREATE INDEX codes_of_batch ON codes (batch);
  ALTER TABLE reservations ADD COLUMN price_id TEXT;
  ALTER TABLE reservations ADD COLUMN price_name TEXT NOT NULL DEFAULT '';
  ALTER TABLE reservations ADD COLUMN code TEXT;
  ALTER TABLE ticket_type ADD COLUMN price_stock TEXT;
  ALTER TABLE ticket_type ADD COLUMN prices_version INTEGER NOT NULL DEFAULT 0;
  `,
  // Reservations that are part of an order.
  "ALTER TABLE reservations ADD COLUMN order_id TEXT",
  // What a payment waits for until its buyer has confirmed it at the bank, as JSON.
  "ALTER TABLE payments ADD COLUMN action TEXT",
  // The version of terms that the event requires, and the one that a buyer accepted.
  `
  ALTER TABLE ticket_type ADD COLUMN terms_version TEXT;
  ALTER TABLE reservations ADD COLUMN accepted_terms TEXT;
  `,
  // Refunds: what was given back of a reservation, all refunds of it as JSON, and when the message
  // of each is sent next. `ref` is a refund's id at the provider.
  `
  ALTER TABLE reservations ADD COLUMN given_back INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE reservations ADD COLUMN restocked INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE reservations ADD COLUMN refunds TEXT;
  ALTER TABLE ticket_type ADD COLUMN refundable_until_ms INTEGER;
  CREATE TABLE refund_messages (
    ref TEXT PRIMARY KEY,
    owner_id TEXT NOT NULL,
    dispatch_at_ms INTEGER,
    dispatches INTEGER NOT NULL DEFAULT 0,
    review_at_ms INTEGER
  ) WITHOUT ROWID;
  CREATE INDEX refund_messages_to_dispatch ON refund_messages (dispatch_at_ms) WHERE dispatch_at_ms IS NOT NULL;
  CREATE INDEX refund_messages_to_review ON refund_messages (review_at_ms) WHERE review_at_ms IS NOT NULL;
  `,
  // The ticket types whose sold tickets are refunded, because their event was called off.
  "ALTER TABLE ticket_type ADD COLUMN refunding TEXT",
  // What the door must know of the event: when it starts, from when passes are let in, and whether
  // who went out may come in again.
  `
  ALTER TABLE ticket_type ADD COLUMN event_starts_ms INTEGER;
  ALTER TABLE ticket_type ADD COLUMN doors_open_at_ms INTEGER;
  ALTER TABLE ticket_type ADD COLUMN reentry INTEGER NOT NULL DEFAULT 0;
  `,
  // The provider's own id of a charge that has succeeded.
  "ALTER TABLE payments ADD COLUMN reference TEXT",
  // Passes that something has happened to: the others need no row. `version` is the ticket type's
  // number of the change, so that the door reads on from one. What came of each request is kept
  // with its key.
  `
  CREATE TABLE passes (
    reservation_id TEXT NOT NULL,
    number INTEGER NOT NULL CHECK (number > 0),
    generation INTEGER NOT NULL,
    holder_name TEXT,
    holder_email TEXT,
    email_key TEXT,
    revoked_at_ms INTEGER,
    check_in_key TEXT,
    admitted_at_ms INTEGER,
    gate TEXT,
    out_since_ms INTEGER,
    version INTEGER NOT NULL,
    projected_version INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (reservation_id, number)
  ) WITHOUT ROWID;
  CREATE UNIQUE INDEX passes_by_version ON passes (version);
  CREATE INDEX passes_dirty ON passes (reservation_id, number) WHERE projected_version < version;
  CREATE INDEX passes_of_address ON passes (email_key) WHERE email_key IS NOT NULL;
  CREATE TABLE pass_requests (
    key TEXT PRIMARY KEY,
    request TEXT NOT NULL,
    answer TEXT NOT NULL,
    account_id TEXT NOT NULL,
    used_at_ms INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX pass_requests_by_use ON pass_requests (used_at_ms);
  CREATE INDEX reservations_given_back ON reservations (id) WHERE given_back > 0;
  `,
  // When and by which account a pass was last passed on: its new holder gets a mail about it.
  `
  ALTER TABLE passes ADD COLUMN passed_on_at_ms INTEGER;
  ALTER TABLE passes ADD COLUMN passed_on_by TEXT;
  `,
  // What late payments have charged is a refund like any other: its messages are in that table.
  `
  INSERT INTO refund_messages (ref, owner_id, dispatch_at_ms, dispatches, review_at_ms)
  SELECT id, reservation_id, dispatch_at_ms, dispatches, iif(needs_person, NULL, since_ms + 86400000)
  FROM payments WHERE state = 'refund_due' AND method IS NOT NULL;
  UPDATE payments SET dispatch_at_ms = NULL WHERE state = 'refund_due';
  `,
];
