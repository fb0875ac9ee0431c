-- The peer's tables. A ticket type's row changes with each sale: room in its page keeps it there (HOT updates).
CREATE TABLE ticket_types (
  id text PRIMARY KEY,
  capacity integer NOT NULL,
  held integer NOT NULL DEFAULT 0 CHECK (held >= 0),
  sold integer NOT NULL DEFAULT 0 CHECK (sold >= 0),
  price_minor integer NOT NULL,
  currency text NOT NULL,
  on_sale boolean NOT NULL DEFAULT true,
  sales_start timestamptz,
  sales_end timestamptz,
  CHECK (held + sold <= capacity)
) WITH (fillfactor = 20);

CREATE TABLE accounts (
  id text PRIMARY KEY
);

CREATE TABLE orders (
  id text PRIMARY KEY,
  account_id text NOT NULL REFERENCES accounts,
  total_minor integer NOT NULL,
  currency text NOT NULL,
  state text NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX orders_of_account ON orders (account_id, created_at DESC);
CREATE INDEX orders_due ON orders (expires_at) WHERE state = 'held';

-- Indexed for what a buyer lists, and for what is to expire. One that was made alone has no order.
CREATE TABLE reservations (
  id text PRIMARY KEY,
  order_id text REFERENCES orders,
  ticket_type_id text NOT NULL REFERENCES ticket_types,
  account_id text NOT NULL REFERENCES accounts,
  quantity integer NOT NULL CHECK (quantity > 0),
  unit_price_minor integer NOT NULL,
  currency text NOT NULL,
  state text NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX reservations_of_account ON reservations (account_id, created_at DESC);
CREATE INDEX reservations_due ON reservations (expires_at) WHERE state = 'held';
CREATE INDEX reservations_of_order ON reservations (order_id) WHERE order_id IS NOT NULL;

-- At most one of an order is pending or has succeeded.
CREATE TABLE payments (
  id text PRIMARY KEY,
  order_id text NOT NULL REFERENCES orders,
  method text NOT NULL,
  amount_minor integer NOT NULL,
  state text NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX payments_of_order ON payments (order_id) WHERE state IN ('pending', 'succeeded');
CREATE INDEX payments_pending ON payments (created_at) WHERE state = 'pending';

CREATE TABLE ledger (
  payment_id text PRIMARY KEY,
  amount_minor integer NOT NULL,
  created_at timestamptz NOT NULL
);
