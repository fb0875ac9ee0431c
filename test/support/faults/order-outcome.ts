// How an order's world under faults ended, as text, and what is out of order in it.

import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { Order } from "../../../src/domain/order.ts";
import { stepsOf } from "../../../src/domain/order-steps.ts";
import { orderCopyOf } from "../../../src/durable/order/projection.ts";
import { OrderStore } from "../../../src/durable/order/store.ts";
import { hasTables } from "../../../src/durable/shared/migrate.ts";
import { Store } from "../../../src/durable/ticket-type/store.ts";
import { orders } from "../../../src/platform/d1/schema/copies.ts";
import type { OrderProcess } from "./order-world.ts";
import { difference, disorderAround, ticketTypeDisorder } from "./outcome.ts";

/** What the world looks like from outside when nothing moves any more. */
export interface OrderOutcome {
  /** The order's phase, then its payments and its refunds, oldest first. */
  readonly order: string;
  /** What is held or sold of each ticket type, at which price. */
  readonly taken: readonly string[];
  readonly ledger: readonly string[];
}

export async function orderOutcomeOf(process: OrderProcess): Promise<OrderOutcome> {
  const { orderId } = process.world;
  const short = (id: string) => id.slice(orderId.length + 1);
  const order = await process.order.read(readOrder);
  const money = [...(order?.payments ?? []), ...(order?.refunds ?? [])].map(({ id, state }) => `${short(id)} ${state}`);
  const [stalls, parking] = await Promise.all([process.stalls.read(takenIn), process.parking.read(takenIn)]);
  const { results } = await env.DB.prepare("SELECT * FROM sandbox_ledger WHERE reservation_id = ?")
    .bind(orderId)
    .all<{ idempotency_key: string; kind: string; amount_minor: number; decline_code: string | null }>();
  const ledger = results.map((row) => {
    const what = row.decline_code === null ? `${row.kind} ${row.amount_minor}` : "declined";
    return `${short(row.idempotency_key)} ${what}`;
  });
  const taken = [...stalls.map((one) => `stalls ${one}`), ...parking.map((one) => `parking ${one}`)];
  return { order: [order?.phase ?? "none", ...money].join(", "), taken, ledger: ledger.sort() };
}

function takenIn(sql: SqlStorage): string[] {
  const query = `
    SELECT price_name, quantity - given_back AS quantity, state FROM reservations
    WHERE state IN ('held', 'confirmed') ORDER BY id`;
  const rows = sql.exec<{ price_name: string; quantity: number; state: string }>(query).toArray();
  return rows.map(({ price_name, quantity, state }) => [price_name, quantity, state].filter(Boolean).join(" ")).sort();
}

/** Whatever is not as it must be when nothing moves any more, in words. */
export async function orderDisorderIn(process: OrderProcess): Promise<string[]> {
  const { world } = process;
  const order = await process.order.read(readOrder);
  const copies = await drizzle(env.DB).select().from(orders).where(eq(orders.id, world.orderId));
  const copy = order && orderCopyOf(order);
  return [
    ...difference("steps left", order === null ? [] : stepsOf(order), []),
    ...difference("messages planned", await process.order.read(nextDispatchMs), null),
    ...difference("the order and D1", sorted(copy === null ? [] : [copy]), sorted(copies)),
    ...(await process.stalls.read((sql) => ticketTypeDisorder(sql, world.stalls))),
    ...(await process.parking.read((sql) => ticketTypeDisorder(sql, world.parking))),
    ...(await process.stalls.read(priceDisorder)),
    ...disorderAround(world),
  ];
}

/** The counters of prices and codes, and the rows. */
function priceDisorder(sql: SqlStorage): string[] {
  const store = new Store(sql);
  const counted = store.prices.counted();
  const [first, ...others] = store.ticketType()?.prices ?? [];
  const counters = [first, ...others].map((price) => [price?.held, price?.sold]);
  const rows = [null, ...others.map(({ id }) => id)].map((id) => {
    const { held, sold } = counted.get(id) ?? { held: 0, sold: 0 };
    return [held, sold];
  });
  const uses = sql.exec("SELECT code, uses FROM codes").toArray();
  const used = sql
    .exec(
      `SELECT code, (SELECT COALESCE(SUM(quantity - restocked), 0) FROM reservations
         WHERE reservations.code = codes.code AND state IN ('held', 'confirmed', 'refunded')) AS uses FROM codes`,
    )
    .toArray();
  return [...difference("prices and rows", counters, rows), ...difference("uses of codes", uses, used)];
}

/** Null where it was never there, or is forgotten. */
export function readOrder(sql: SqlStorage): Order | null {
  return hasTables(sql) ? (new OrderStore(sql).read()?.order ?? null) : null;
}

function nextDispatchMs(sql: SqlStorage): number | null {
  return hasTables(sql) ? new OrderStore(sql).nextDispatchMs() : null;
}

function sorted(rows: readonly object[]): unknown {
  return rows.map((row) => Object.entries(row).sort(([one], [other]) => (one < other ? -1 : 1)));
}
