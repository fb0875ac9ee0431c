// The peer's worker, a process of its own: charges what was paid for, and confirms it. Set by the environment: PEER_POOL
// (connections to the database), and PGHOST, PGUSER, PGDATABASE.

import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { inTransaction } from "./orders.mjs";

const BATCH = 100;
const IDLE_MS = 10;

const PENDING = "SELECT id, order_id, amount_minor FROM payments WHERE state = 'pending' ORDER BY created_at LIMIT $1";

// As the sandbox records it: a second charge of a payment would be a second row.
const CHARGE = `
  INSERT INTO ledger (payment_id, amount_minor, created_at)
  SELECT id, amount, now() FROM unnest($1::text[], $2::integer[]) AS charge (id, amount) ON CONFLICT DO NOTHING`;

const LOCK = `
  SELECT id FROM ticket_types WHERE id IN (SELECT ticket_type_id FROM reservations WHERE order_id = $1)
  ORDER BY id FOR UPDATE`;

const CONFIRM = `
  WITH paid AS (UPDATE payments SET state = 'succeeded' WHERE id = $1 AND state = 'pending' RETURNING order_id),
  confirmed AS (UPDATE orders SET state = 'confirmed' FROM paid WHERE id = order_id RETURNING id),
  items AS (
    UPDATE reservations SET state = 'confirmed' FROM confirmed WHERE order_id = confirmed.id
    RETURNING ticket_type_id, quantity
  )
  UPDATE ticket_types SET held = held - total, sold = sold + total
  FROM (SELECT ticket_type_id, sum(quantity) AS total FROM items GROUP BY 1) AS of_each WHERE ticket_type_id = id`;

process.on("disconnect", () => process.exit(0));
const pool = new pg.Pool({ max: Number(process.env.PEER_POOL) });
process.send?.("ready");
for (;;) {
  const { rows } = await pool.query({ name: "pending", text: PENDING, values: [BATCH] });
  if (rows.length === 0) {
    await sleep(IDLE_MS);
    continue;
  }
  const charges = [rows.map(({ id }) => id), rows.map(({ amount_minor }) => amount_minor)];
  await pool.query({ name: "charge", text: CHARGE, values: charges });
  await Promise.all(rows.map(({ id, order_id }) => inTransaction(pool, (client) => confirm(client, id, order_id))));
}

async function confirm(client, paymentId, orderId) {
  await client.query({ name: "lock-order", text: LOCK, values: [orderId] });
  await client.query({ name: "confirm", text: CONFIRM, values: [paymentId] });
}
