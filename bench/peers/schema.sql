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

-- Indexed for what a buyer lists, and for what is to expire.
CREATE TABLE reservations (
  id text PRIMARY KEY,
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
