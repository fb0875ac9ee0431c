// The peer: what people would use instead. Fastify and PostgreSQL, which take stock under a condition and insert the
// reservation in one statement. Set by the environment: PEER_PORT, PEER_PROCESSES, PEER_POOL (connections of each
// process), PEER_SECRET, and PGHOST, PGUSER, PGDATABASE.

import cluster from "node:cluster";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import jwt from "@fastify/jwt";
import Fastify, { LogController } from "fastify";
import pg from "pg";
import { addOrders } from "./orders.mjs";

const { PEER_PORT, PEER_PROCESSES, PEER_POOL, PEER_SECRET } = process.env;
const ISSUER = "peer";

// One statement is one transaction: the row's lock is held for as short as it can be.
const RESERVE = `
  WITH taken AS (
    UPDATE ticket_types SET held = held + $3
    WHERE id = $2 AND held + sold + $3 <= capacity AND on_sale
      AND (sales_start IS NULL OR sales_start <= now()) AND (sales_end IS NULL OR sales_end > now())
    RETURNING price_minor, currency
  )
  INSERT INTO reservations
    (id, ticket_type_id, account_id, quantity, unit_price_minor, currency, state, created_at, expires_at)
  SELECT $1, $2, $4, $3, price_minor, currency, 'held', now(), now() + interval '15 minutes' FROM taken
  RETURNING unit_price_minor, currency, created_at, expires_at`;
const WHY_NOT = "SELECT capacity - held - sold AS available FROM ticket_types WHERE id = $1";

const money = {
  type: "object",
  required: ["amount", "currency"],
  properties: { amount: { type: "integer" }, currency: { type: "string" } },
};
const reserveSchema = {
  body: {
    ...{ type: "object", additionalProperties: false, required: ["ticket", "quantity"] },
    properties: {
      ticket: { type: "string", pattern: "^[0-9a-z]{16}$" },
      quantity: { type: "integer", minimum: 1, maximum: 100 },
    },
  },
  response: {
    201: {
      type: "object",
      properties: {
        ...{ id: { type: "string" }, ticket: { type: "string" }, quantity: { type: "integer" } },
        ...{ unit_price: money, total: money, state: { type: "string" } },
        ...{ expires_at: { type: "string" }, created_at: { type: "string" }, payment: { type: "null" } },
      },
    },
    "4xx": {
      type: "object",
      properties: { type: { type: "string" }, title: { type: "string" }, status: { type: "integer" } },
    },
  },
};

if (!cluster.isPrimary) await serve();
else {
  process.on("disconnect", () => process.exit(0));
  if (PEER_PROCESSES === "1") await serve();
  else {
    const workers = Array.from({ length: Number(PEER_PROCESSES) }, () => cluster.fork());
    await Promise.all(workers.map((worker) => once(worker, "listening")));
  }
  process.send?.("ready");
}

async function serve() {
  const pool = new pg.Pool({ max: Number(PEER_POOL) });
  // One line of log a request, as the service writes it.
  const app = Fastify({ logger: true, logController: new LogController({ disableRequestLogging: true }) });
  app.addHook("onResponse", async (request, reply) => {
    const { method, id, routeOptions, log } = request;
    log.info({ id, method, route: routeOptions.url, status: reply.statusCode, ms: reply.elapsedTime }, "request");
  });
  const verify = { algorithms: ["HS256"], allowedIss: ISSUER, allowedAud: ISSUER };
  await app.register(jwt, { secret: PEER_SECRET, verify });
  app.post("/reservations", {
    schema: reserveSchema,
    onRequest: (request) => request.jwtVerify(),
    async handler(request, reply) {
      const { ticket, quantity } = request.body;
      const id = `${ticket}-${randomBytes(13).toString("hex").slice(0, 20)}`;
      const values = [id, ticket, quantity, request.user.sub];
      const { rows } = await pool.query({ name: "reserve", text: RESERVE, values });
      const [row] = rows;
      if (row === undefined) return refuse(reply, ticket, quantity);
      const { unit_price_minor: amount, currency, created_at, expires_at } = row;
      reply.code(201).header("location", `/reservations/${id}`);
      return {
        ...{ id, ticket, quantity, unit_price: { amount, currency }, total: { amount: amount * quantity, currency } },
        ...{ state: "held", expires_at: expires_at.toISOString(), created_at: created_at.toISOString(), payment: null },
      };
    },
  });
  addOrders(app, pool);
  await app.listen({ host: "127.0.0.1", port: Number(PEER_PORT) });

  async function refuse(reply, ticket, quantity) {
    const { rows } = await pool.query({ name: "why-not", text: WHY_NOT, values: [ticket] });
    const [row] = rows;
    const [status, type, title] =
      row === undefined
        ? [404, "not-found", "Not found"]
        : row.available < quantity
          ? [409, "sold-out", "Sold out"]
          : [409, "not-on-sale", "Not on sale"];
    reply.code(status).type("application/problem+json");
    return { type: `/problems/${type}`, title, status };
  }
}
