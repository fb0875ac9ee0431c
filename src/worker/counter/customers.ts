// Erases who the counter's customers were: at once where the organiser asks for it, and some time
// after the event. The order's object has the truth and D1 its copy; what the object has forgotten
// is in D1 alone.

import { and, eq, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { FindOrderResult } from "../../durable/order/protocol.ts";
import { hasCustomer, orders } from "../../platform/d1/schema/copies.ts";
import { errorFields, log } from "../../platform/log.ts";
import { settingsOf } from "../../platform/settings.ts";
import { audit } from "../audit/queries.ts";
import { type Actor, entry } from "../catalogue/actors.ts";
import type { EventRow } from "../catalogue/queries.ts";
import type { Env } from "../env.ts";
import { callOrder } from "../objects/orders.ts";
import { findEventOrder } from "./sales.ts";

/** The bound of one sweep. The next one continues. */
const ORDERS_PER_SWEEP = 100;

/** An order of the counter; its version as far as D1 knows it. */
type Sold = Pick<typeof orders.$inferSelect, "id" | "accountId" | "version">;

/** False if it is not an order of this counter. */
export async function eraseCustomerAt(env: Env, actor: Actor, event: EventRow, orderId: string): Promise<boolean> {
  const found = await findEventOrder(env, event, orderId);
  if (found?.order.accountId !== event.id) return false;
  await audit(env.DB, entry(actor, "order.erase-customer", { type: "order", id: orderId }, event.id, undefined));
  const copy = await drizzle(env.DB)
    .select({ version: orders.version })
    .from(orders)
    .where(eq(orders.id, orderId))
    .get();
  await erase(env, { id: orderId, accountId: event.id, version: copy?.version ?? 0 });
  return true;
}

/** Of events that ended long enough ago. */
export async function eraseOldCustomers(env: Env, nowMs: number): Promise<void> {
  const endedBeforeMs = nowMs - settingsOf(env).customersKeptMs;
  // One seek for each event with customers. In random order: an object that can't be reached does
  // not keep the others waiting.
  const due = await drizzle(env.DB).all<Sold>(sql`
    WITH RECURSIVE counters (event_id) AS (
      SELECT min(account_id) FROM orders WHERE ${hasCustomer}
      UNION ALL
      SELECT (SELECT min(account_id) FROM orders WHERE ${hasCustomer} AND account_id > event_id) FROM counters
      WHERE event_id IS NOT NULL
    )
    SELECT orders.id, account_id AS accountId, version FROM counters
    CROSS JOIN events ON events.id = event_id AND ends_at_ms < ${endedBeforeMs}
    CROSS JOIN orders ON account_id = event_id AND ${hasCustomer}
    ORDER BY random() LIMIT ${ORDERS_PER_SWEEP}`);
  await Promise.all(
    due.map((order) =>
      erase(env, order).catch((fault) =>
        log("warn", "customer not erased", { order: order.id, ...errorFields(fault) }),
      ),
    ),
  );
}

async function erase(env: Env, { id, accountId, version }: Sold): Promise<void> {
  const asked = await callOrder<FindOrderResult>(env, id, (order) => order.eraseCustomer(accountId, version));
  if (asked.ok) return;
  await drizzle(env.DB)
    .update(orders)
    .set({ counter: sql`json_set(counter, '$.customerName', NULL, '$.customerEmail', NULL)` })
    .where(and(eq(orders.id, id), eq(orders.version, version), hasCustomer));
}
