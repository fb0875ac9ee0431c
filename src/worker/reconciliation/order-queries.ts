// The copies of orders in D1 that are compared with their objects.

import { and, asc, eq, gt, inArray, isNull, lte, or, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { orders, sweepProgress } from "../../platform/d1/schema/copies.ts";
import type { OrderRow } from "../orders/queries.ts";

// Word for word what an index has.
const FIRST_RESERVATION = sql`items ->> '$[0].reservationId'`;

export async function orderCopiesWithIds(d1: D1Database, ids: readonly string[]): Promise<OrderRow[]> {
  return ids.length === 0 ? [] : drizzle(d1).select().from(orders).where(hasIdOf(ids));
}

/** Copies that their objects should have, with a first reservation in `(afterId, toId]`. */
export async function orderCopiesToCompare(
  d1: D1Database,
  range: { readonly afterId: string; readonly toId: string },
  endedAfterMs: number,
  limit: number,
): Promise<OrderRow[]> {
  const isInRange = and(gt(FIRST_RESERVATION, range.afterId), lte(FIRST_RESERVATION, range.toId));
  return drizzle(d1)
    .select()
    .from(orders)
    .where(and(isInRange, isKept(endedAfterMs)))
    .orderBy(asc(FIRST_RESERVATION))
    .limit(limit);
}

/** The same by their own ids, after this one. */
export async function orderCopiesAfter(
  d1: D1Database,
  id: string,
  endedAfterMs: number,
  limit: number,
): Promise<OrderRow[]> {
  return drizzle(d1)
    .select()
    .from(orders)
    .where(and(gt(orders.id, id), isKept(endedAfterMs)))
    .orderBy(asc(orders.id))
    .limit(limit);
}

/** Where the sweep's comparison of orders goes on: after this one. Empty: anew. */
export async function ordersComparedUpTo(d1: D1Database): Promise<string> {
  const row = await drizzle(d1).select().from(sweepProgress).where(eq(sweepProgress.only, 1)).get();
  return row?.ordersComparedUpTo ?? "";
}

export async function markOrdersComparedUpTo(d1: D1Database, id: string): Promise<void> {
  const set = { ordersComparedUpTo: id };
  await drizzle(d1)
    .insert(sweepProgress)
    .values({ only: 1, comparedUpTo: "", ...set })
    .onConflictDoUpdate({ target: sweepProgress.only, set });
}

/** Deletes copies that no object has, except where a payment was begun: a person must look. */
export async function deleteOrphanedOrders(d1: D1Database, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const isUnpaidHold = and(eq(orders.state, "held"), isNull(orders.paymentState));
  await drizzle(d1)
    .delete(orders)
    .where(and(hasIdOf(ids), isUnpaidHold));
}

function isKept(endedAfterMs: number): SQL | undefined {
  const { state, unfinished, expiresAtMs } = orders;
  return or(inArray(state, ["held", "confirmed"]), eq(unfinished, true), gt(expiresAtMs, endedAfterMs));
}

/** One parameter carries all ids: D1 allows 100 in a statement. */
function hasIdOf(ids: readonly string[]): SQL {
  return sql`${orders.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`;
}
