// How a world under faults ended, as text that a test can compare, and what is out of order.

import { env } from "cloudflare:workers";
import { Store } from "../../../src/durable/ticket-type/store.ts";
import type { Surroundings } from "./process.ts";
import type { Process } from "./world.ts";

/** What the world looks like from outside when nothing moves any more. */
export interface Outcome {
  /** By buyer: the reservation's state, then its payments and its refunds, oldest first. */
  readonly reservations: readonly string[];
  readonly held: number;
  readonly sold: number;
  readonly ledger: readonly string[];
}

/** What the world came to, as the object's tables and the provider's ledger have it. */
export async function outcomeOf(process: Process): Promise<Outcome> {
  const { sql } = process.state.storage;
  const short = (id: string) => id.slice(process.world.ticketTypeId.length + 1).replace(/0+$/, "");
  const store = new Store(sql);
  const rows = sql.exec<{ id: string }>("SELECT id FROM reservations ORDER BY id").toArray();
  const reservations = rows.map(({ id }) => {
    const { state, payments = [], refunds = [], releaseAs = null } = store.reservation(id) ?? {};
    const money = [...payments, ...refunds].map((one) => `${short(one.id)} ${one.state}`);
    return [`${short(id)} ${state}`, ...money, ...(releaseAs === null ? [] : [`then ${releaseAs}`])].join(", ");
  });
  const stock = sql.exec<{ held: number; sold: number }>("SELECT held, sold FROM ticket_type").one();
  const { results } = await env.DB.prepare("SELECT * FROM sandbox_ledger WHERE reservation_id GLOB ?")
    .bind(`${process.world.ticketTypeId}-*`)
    .all<{ idempotency_key: string; kind: string; decline_code: string | null }>();
  const ledger = results
    .map((row) => `${short(row.idempotency_key)} ${row.decline_code === null ? row.kind : "declined"}`)
    .sort();
  return { reservations, held: stock.held, sold: stock.sold, ledger };
}

/** Whatever is not as it must be when nothing moves any more, in words. */
export async function disorderIn({ state, world }: Process): Promise<string[]> {
  return [...(await ticketTypeDisorder(state.storage.sql, world.ticketTypeId)), ...disorderAround(world)];
}

/** What a ticket type's object has left to do, or has otherwise than D1. */
export async function ticketTypeDisorder(sql: SqlStorage, ticketTypeId: string): Promise<string[]> {
  const counters = sql.exec("SELECT held, sold FROM ticket_type").one();
  const rows = sql.exec(`SELECT ${HELD} AS held, ${SOLD} AS sold`).one();
  const left = sql
    .exec(
      `SELECT (SELECT COUNT(*) FROM payments WHERE dispatch_at_ms IS NOT NULL OR state IN ('pending', 'refund_due'))
           AS payments,
         (SELECT COUNT(*) FROM reservations JOIN json_each(coalesce(refunds, '[]')) AS refund
           WHERE refund.value ->> 'state' IN ('due', 'pending')) AS refunds,
         (SELECT COUNT(*) FROM reservations WHERE projected_version <> version OR release_as IS NOT NULL)
           AS reservations,
         (SELECT COUNT(*) FROM ticket_type WHERE projected_version <> version) AS ticket_types`,
    )
    .one();
  const columns = "SELECT id, account_id, order_id, state, quantity, version FROM reservations";
  const inD1 = async (query: string) => (await env.DB.prepare(query).bind(ticketTypeId).all()).results;
  const reservations = await inD1(`${columns} WHERE ticket_type_id = ? ORDER BY id`);
  const ticketType = await inD1("SELECT held, sold, version FROM ticket_types WHERE id = ?");
  const unsettled = await inD1("SELECT id FROM reservations WHERE ticket_type_id = ? AND unsettled = 1");
  const own = sql.exec("SELECT held, sold, version FROM ticket_type").toArray();
  return [
    ...difference("the counters and the rows", counters, rows),
    ...difference("rows with work left", left, { payments: 0, refunds: 0, reservations: 0, ticket_types: 0 }),
    ...difference("reservations and D1", sql.exec(`${columns} ORDER BY id`).toArray(), reservations),
    ...difference("the ticket type and D1", own, ticketType),
    ...difference("what D1 has as unsettled", unsettled, []),
  ];
}

/** What is left in the queue, or was seen on the way. */
export function disorderAround({ queue, errors, broken }: Surroundings): string[] {
  return [
    ...difference("messages in the queue", queue, []),
    ...difference("errors in the log", errors, []),
    ...difference("promises broken on the way", [...broken], []),
  ];
}

const HELD = "(SELECT COALESCE(SUM(quantity), 0) FROM reservations WHERE state = 'held')";
const SOLD =
  "(SELECT COALESCE(SUM(quantity - restocked), 0) FROM reservations WHERE state IN ('confirmed', 'refunded'))";

export function difference(what: string, one: unknown, other: unknown): string[] {
  const [found, wanted] = [JSON.stringify(one), JSON.stringify(other)];
  return found === wanted ? [] : [`${what}: ${found}, ${wanted}`];
}

/** What does not hold of all that must hold at every instant. */
export function brokenPromises(sql: SqlStorage): string[] {
  const found = sql
    .exec(
      `SELECT held + sold > capacity AS oversold, held <> ${HELD} OR sold <> ${SOLD} AS miscounted,
         EXISTS (SELECT 1 FROM reservations JOIN payments ON reservation_id = reservations.id
           WHERE reservations.state IN ('cancelled', 'expired') AND payments.state = 'pending') AS freed_while_pending
       FROM ticket_type`,
    )
    .one();
  return Object.keys(found).filter((promise) => found[promise] === 1);
}
