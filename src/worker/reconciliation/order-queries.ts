// The copies of orders in D1 that are compared with their objects.

import { and, asc, eq, gt, inArray, isNull, lte, or, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { LOOKS } from "../../domain/refund.ts";
import type { ForgottenItem } from "../../durable/order/protocol.ts";
import { isOneOf } from "../../platform/d1/ids.ts";
import { firstReservation, orders, reservations } from "../../platform/d1/schema/copies.ts";
import type { OrderRow } from "../orders/queries.ts";

export async function orderCopiesWithIds(d1: D1Database, ids: readonly string[]): Promise<OrderRow[]> {
  return ids.length === 0 ? [] : drizzle(d1).select().from(orders).where(isOneOf(orders.id, ids));
}

/** Of ids of reservations: `(afterId, toId]`. */
export interface Range {
  readonly afterId: string;
  readonly toId: string;
}

/** Copies that their objects should have, with a first reservation in `(afterId, toId]`. */
export async function orderCopiesToCompare(
  d1: D1Database,
  range: Range,
  endedAfterMs: number,
  limit: number,
): Promise<OrderRow[]> {
  const isInRange = and(gt(firstReservation, range.afterId), lte(firstReservation, range.toId));
  return drizzle(d1)
    .select()
    .from(orders)
    .where(and(isInRange, isKept(endedAfterMs)))
    .orderBy(asc(firstReservation))
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

/**
 * Orders that reservations with an id in `(afterId, toId]` name, and that D1 does not have. The
 * ones that hold something come first, and the others in random order: refused ones, which never
 * have a copy, do not keep them waiting.
 */
export async function ordersWithoutCopies(
  d1: D1Database,
  range: Range,
  endedAfterMs: number,
  limit: number,
): Promise<string[]> {
  const rows = await drizzle(d1).all<{ id: string }>(sql`
    SELECT order_id AS id FROM reservations
    WHERE reservations.id > ${range.afterId} AND reservations.id <= ${range.toId} AND order_id IS NOT NULL
      AND (state IN ('held', 'confirmed') OR expires_at_ms > ${endedAfterMs})
      AND NOT EXISTS (SELECT 1 FROM orders WHERE orders.id = order_id)
    GROUP BY order_id ORDER BY MIN(state NOT IN ('held', 'confirmed')), random() LIMIT ${limit}`);
  return rows.map(({ id }) => id);
}

/** The reservations in `range` that are held for an order, by their copies. */
export async function heldForOrder(d1: D1Database, orderId: string, { afterId, toId }: Range): Promise<string[]> {
  const isInRange = and(gt(reservations.id, afterId), lte(reservations.id, toId));
  const rows = await drizzle(d1)
    .select({ id: reservations.id })
    .from(reservations)
    .where(and(isInRange, eq(reservations.orderId, orderId), eq(reservations.state, "held")));
  return rows.map(({ id }) => id);
}

/**
 * Tickets that these orders gave back, and that their ticket types have as sold: by the copies, of
 * which one may be late.
 */
export async function forgottenItems(
  d1: D1Database,
  orderIds: readonly string[],
): Promise<(ForgottenItem & { readonly orderId: string })[]> {
  if (orderIds.length === 0) return [];
  return drizzle(d1).all(sql`
    SELECT orders.id AS orderId, reservations.id AS reservationId, given_back AS givenBack
    FROM orders JOIN json_each(items) AS item JOIN reservations ON reservations.id = item.value ->> 'reservationId'
    WHERE ${isOneOf(orders.id, orderIds)} AND unfinished = 0 AND given_back < coalesce(item.value ->> 'givenBack', 0)`);
}

/** Deletes copies that no object has, except where a payment was begun: a person must look. */
export async function deleteOrphanedOrders(d1: D1Database, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const isUnpaidHold = and(eq(orders.state, "held"), isNull(orders.paymentState));
  await drizzle(d1)
    .delete(orders)
    .where(and(isOneOf(orders.id, ids), isUnpaidHold));
}

/** An object looks at a late payment's refund for longer than it keeps what has ended. */
function isKept(endedAfterMs: number): SQL | undefined {
  const { state, unfinished, expiresAtMs, lateRefunds } = orders;
  const isLookedAt = sql`EXISTS (SELECT 1 FROM json_each(${lateRefunds})
    WHERE value ->> 'state' = 'succeeded' AND value ->> 'looks' < ${LOOKS})`;
  const isLive = inArray(state, ["held", "confirmed", "refunded"]);
  return or(isLive, eq(unfinished, true), gt(expiresAtMs, endedAfterMs), isLookedAt);
}
