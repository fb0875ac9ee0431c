// The copies of orders in D1, for lists and sweeps. Its object knows an order best.

import { and, eq, inArray, lt, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { unionAll } from "drizzle-orm/sqlite-core";
import type { OrderItemView, OrderView } from "../../domain/order.ts";
import { refundViewOf } from "../../domain/refund.ts";
import { type Cursor, isBehind } from "../../platform/d1/cursors.ts";
import { isOneOf } from "../../platform/d1/ids.ts";
import { events, ticketTypes } from "../../platform/d1/schema/catalogue.ts";
import { orders } from "../../platform/d1/schema/copies.ts";
import { readRefundColumns } from "../../platform/refund-text.ts";
import { inState } from "../reservations/queries.ts";

export type OrderRow = typeof orders.$inferSelect;

/** A row as the object would show it: a hold is over at its deadline, though not in its copy. */
export function viewOfOrderRow(row: OrderRow, nowMs: number): OrderView {
  const { paymentState, paymentFailureCode: code, paymentFailureMessage: message } = row;
  const isOver = row.state === "held" && paymentState !== "pending" && nowMs >= row.expiresAtMs;
  const failure = code === null ? null : { code, message: message ?? code };
  const payment = paymentState === null ? null : { state: paymentState, failure };
  // As the object wrote it.
  const items: OrderItemView[] = JSON.parse(row.items);
  const counter = row.counter === null ? null : JSON.parse(row.counter);
  const refunds = readRefundColumns(row).map(refundViewOf);
  return { ...row, items, state: isOver ? "expired" : row.state, payment, counter, refunds };
}

/** The account's own, newest first, in the state that `viewOfOrderRow` shows them in. */
export async function ordersOf(
  d1: D1Database,
  accountId: string,
  state: OrderRow["state"] | undefined,
  nowMs: number,
  limit: number,
  after: Cursor | null,
): Promise<OrderRow[]> {
  const { createdAtMs, id } = orders;
  const listed = (isInState: SQL | undefined) =>
    drizzle(d1)
      .select()
      .from(orders)
      .where(and(eq(orders.accountId, accountId), isInState, isBehind(after, createdAtMs, id, lt)))
      .$dynamic();
  const [firstState, ...otherStates] = inState(orders, state, nowMs);
  const [second, ...others] = otherStates.map(listed);
  // As with reservations, an index has them state by state.
  const all = second === undefined ? listed(firstState) : unionAll(listed(firstState), second, ...others);
  return all.orderBy(sql`created_at_ms DESC`, sql`id DESC`).limit(limit);
}

export async function hasOrder(d1: D1Database, id: string): Promise<boolean> {
  return (await drizzle(d1).select({ id: orders.id }).from(orders).where(eq(orders.id, id)).get()) !== undefined;
}

/** The account's own if it has ended: D1 keeps it when its object has forgotten it. Null if not. */
export async function findEndedOrder(d1: D1Database, id: string, accountId: string): Promise<OrderView | null> {
  const isTheirs = and(eq(orders.id, id), eq(orders.accountId, accountId));
  const hasEnded = inArray(orders.state, ["cancelled", "expired"]);
  const row = await drizzle(d1).select().from(orders).where(and(isTheirs, hasEnded)).get();
  return row === undefined ? null : viewOfOrderRow(row, Date.now());
}

/** In random order: orders that stay overdue do not keep the others waiting. */
export async function ordersWithOverdueWork(d1: D1Database, beforeMs: number, limit: number): Promise<string[]> {
  const rows = await drizzle(d1).all<{ id: string }>(sql`
    SELECT id FROM (
      SELECT id FROM orders WHERE state = 'held' AND expires_at_ms < ${beforeMs}
      UNION SELECT id FROM orders WHERE unfinished = 1
    )
    ORDER BY random() LIMIT ${limit}`);
  return rows.map((row) => row.id);
}

/** Who sells these ticket types, and in which currency. What D1 does not have is left out. */
export async function sellersOf(d1: D1Database, ticketTypeIds: readonly string[]) {
  return drizzle(d1)
    .select({ id: ticketTypes.id, currency: ticketTypes.currency, organizerId: events.organizerId })
    .from(ticketTypes)
    .innerJoin(events, eq(events.id, ticketTypes.eventId))
    .where(isOneOf(ticketTypes.id, ticketTypeIds));
}
