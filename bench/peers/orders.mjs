// The peer's orders: all items of one are taken in one transaction, which locks the rows of their ticket types in one
// order, so that no two wait for each other. They are paid for by the peer's worker.

import { randomBytes } from "node:crypto";

const LOCK = `
  SELECT id, price_minor, currency, capacity - held - sold AS available,
    on_sale AND (sales_start IS NULL OR sales_start <= now()) AND (sales_end IS NULL OR sales_end > now()) AS is_on_sale
  FROM ticket_types WHERE id = ANY($1) ORDER BY id FOR UPDATE`;

// One statement, so that the locks are held for as short as they can be.
const HOLD = `
  WITH wanted AS (SELECT * FROM unnest($4::text[], $5::text[], $6::integer[]) AS item (id, ticket, quantity)),
  taken AS (
    UPDATE ticket_types SET held = held + total
    FROM (SELECT ticket, sum(quantity) AS total FROM wanted GROUP BY ticket) AS of_each WHERE ticket = ticket_types.id
  ),
  made AS (
    INSERT INTO orders (id, account_id, total_minor, currency, state, created_at, expires_at)
    SELECT $1, $2, sum(quantity * price_minor), $3, 'held', now(), now() + interval '15 minutes'
    FROM wanted JOIN ticket_types ON ticket = ticket_types.id RETURNING total_minor, created_at, expires_at
  ),
  items AS (
    INSERT INTO reservations
      (id, order_id, ticket_type_id, account_id, quantity, unit_price_minor, currency, state, created_at, expires_at)
    SELECT wanted.id, $1, ticket, $2, quantity, price_minor, currency, 'held', now(), now() + interval '15 minutes'
    FROM wanted JOIN ticket_types ON ticket = ticket_types.id
  )
  SELECT * FROM made`;

const PAY = `
  INSERT INTO payments (id, order_id, method, amount_minor, state, created_at)
  SELECT $1, id, $4, total_minor, 'pending', now() FROM orders
  WHERE id = $2 AND account_id = $3 AND state = 'held' AND expires_at > now()
  ON CONFLICT DO NOTHING RETURNING amount_minor`;

const ID = "^[0-9a-z]{16}$";
const money = { type: "object", properties: { amount: { type: "integer" }, currency: { type: "string" } } };
const payment = { type: "object", properties: { state: { type: "string" }, amount: { type: "integer" } } };
const refusal = {
  type: "object",
  properties: { type: { type: "string" }, title: { type: "string" }, status: { type: "integer" } },
};
const item = {
  ...{ type: "object", additionalProperties: false, required: ["ticket", "quantity"] },
  properties: { ticket: { type: "string", pattern: ID }, quantity: { type: "integer", minimum: 1, maximum: 100 } },
};
const orderSchema = {
  body: {
    ...{ type: "object", additionalProperties: false, required: ["items"] },
    properties: { items: { type: "array", minItems: 1, maxItems: 20, items: item } },
  },
  response: {
    201: {
      type: "object",
      properties: {
        ...{ id: { type: "string" }, state: { type: "string" }, total: money, payment: { type: "null" } },
        items: {
          type: "array",
          items: {
            type: "object",
            properties: {
              ...{ reservation: { type: "string" }, ticket: { type: "string" }, quantity: { type: "integer" } },
              unit_price: money,
            },
          },
        },
        ...{ expires_at: { type: "string" }, created_at: { type: "string" } },
      },
    },
    "4xx": refusal,
  },
};
const paySchema = {
  params: { type: "object", properties: { id: { type: "string", pattern: ID } } },
  body: {
    ...{ type: "object", additionalProperties: false, required: ["payment_method"] },
    properties: { payment_method: { type: "string" } },
  },
  response: { 202: payment, "4xx": refusal },
};

const newId = () => randomBytes(8).toString("hex");

export function addOrders(app, pool) {
  const onRequest = (request) => request.jwtVerify();
  app.post("/orders", {
    ...{ schema: orderSchema, onRequest },
    async handler(request, reply) {
      const wanted = request.body.items.map((item) => ({ ...item, reservation: `${item.ticket}-${newId()}` }));
      const id = newId();
      const held = await inTransaction(pool, (client) => hold(client, id, request.user.sub, wanted));
      if (held === null) return refuse(reply, 409, "sold-out");
      const { order, ticketTypes, currency } = held;
      reply.code(201).header("location", `/orders/${id}`);
      return {
        ...{ id, state: "held", total: { amount: order.total_minor, currency }, payment: null },
        items: wanted.map(({ reservation, ticket, quantity }) => {
          return {
            reservation,
            ticket,
            quantity,
            unit_price: { amount: ticketTypes.get(ticket).price_minor, currency },
          };
        }),
        ...{ expires_at: order.expires_at.toISOString(), created_at: order.created_at.toISOString() },
      };
    },
  });
  app.post("/orders/:id/payment", {
    ...{ schema: paySchema, onRequest },
    async handler(request, reply) {
      const { id } = request.params;
      const values = [newId(), id, request.user.sub, request.body.payment_method];
      const { rows } = await pool.query({ name: "pay", text: PAY, values });
      if (rows.length === 0) return refuse(reply, 409, "not-payable");
      reply.code(202).header("location", `/orders/${id}/payment`);
      return { state: "pending", amount: rows[0].amount_minor };
    },
  });
}

/** Null if not all of it can be held. */
async function hold(client, id, accountId, wanted) {
  const tickets = [...new Set(wanted.map(({ ticket }) => ticket))];
  const { rows } = await client.query({ name: "lock", text: LOCK, values: [tickets] });
  const ticketTypes = new Map(rows.map((row) => [row.id, row]));
  const currencies = new Set(rows.map(({ currency }) => currency));
  const isHeldBack = tickets.some((ticket) => {
    const quantity = wanted.reduce((sum, one) => sum + (one.ticket === ticket ? one.quantity : 0), 0);
    const row = ticketTypes.get(ticket);
    return row === undefined || !row.is_on_sale || row.available < quantity;
  });
  if (isHeldBack || currencies.size > 1) return null;
  const [currency] = currencies;
  const column = (name) => wanted.map((one) => one[name]);
  const values = [id, accountId, currency, column("reservation"), column("ticket"), column("quantity")];
  const made = await client.query({ name: "hold", text: HOLD, values });
  return { order: made.rows[0], ticketTypes, currency };
}

export async function inTransaction(pool, work) {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    const result = await work(client);
    await client.query("COMMIT");
    return result;
  } catch (fault) {
    await client.query("ROLLBACK");
    throw fault;
  } finally {
    client.release();
  }
}

function refuse(reply, status, type) {
  reply.code(status).type("application/problem+json");
  return { type: `/problems/${type}`, title: type, status };
}
