// The orders of an event in D1: what its counter sold, and what buyers made.

import { and, eq, gte, lt, not, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { SALE_METHODS, type SaleMethod } from "../../domain/counter.ts";
import type { Day } from "../../domain/days.ts";
import { type Cursor, isBehind } from "../../platform/d1/cursors.ts";
import { eventOrders, orders } from "../../platform/d1/schema/copies.ts";
import type { OrderRow } from "../orders/queries.ts";

export interface OrderFilter {
  readonly method?: SaleMethod | undefined;
  readonly state?: OrderRow["state"] | undefined;
  /** On which it was made. */
  readonly day: Day | null;
}

/** The newest first, in the state that `viewOfOrderRow` shows them in. */
export async function ordersOfEvent(
  d1: D1Database,
  eventId: string,
  { method, state, day }: OrderFilter,
  nowMs: number,
  limit: number,
  after: Cursor | null,
): Promise<OrderRow[]> {
  const db = drizzle(d1);
  const { createdAtMs, orderId } = eventOrders;
  // One bound at each end: of two, SQLite would seek by the one that it meets first.
  const isOfDay = day === null ? undefined : gte(createdAtMs, day.startMs);
  const from = day === null || (after !== null && after.atMs < day.endMs) ? after : { atMs: day.endMs, id: "" };
  const wanted = method === undefined ? SALE_METHODS : [method];
  // An index has each method's and state's in this order: what is left to do is to merge them.
  const ranges = wanted.flatMap((one) =>
    statesShownAs(state, nowMs).map((isInState) =>
      db
        .select({ order: orders })
        .from(eventOrders)
        .innerJoin(orders, eq(orders.id, orderId))
        .where(
          and(
            eq(eventOrders.eventId, eventId),
            eq(eventOrders.method, one),
            isInState,
            isOfDay,
            isBehind(from, createdAtMs, orderId, lt),
          ),
        )
        .orderBy(sql`${createdAtMs} DESC`, sql`${orderId} DESC`)
        .limit(limit),
    ),
  );
  const [first, ...others] = ranges;
  if (first === undefined) return [];
  const pages = await db.batch([first, ...others]);
  const rows = pages.flat().map(({ order }) => order);
  return rows.sort(byTime).slice(0, limit);
}

/** Conditions that name one state of the index each, and exclude each other. */
function statesShownAs(state: OrderRow["state"] | undefined, nowMs: number): (SQL | undefined)[] {
  const is = (one: OrderRow["state"]) => eq(eventOrders.state, one);
  // Of a row that says `held`: its deadline has passed, and the copy does not know yet.
  const isOver = sql`(${orders.paymentState} IS NOT 'pending' AND ${orders.expiresAtMs} <= ${nowMs})`;
  if (state === undefined) return [is("held"), is("confirmed"), is("cancelled"), is("expired"), is("refunded")];
  if (state === "held") return [and(is("held"), not(isOver))];
  if (state === "expired") return [is("expired"), and(is("held"), isOver)];
  return [is(state)];
}

/** Null if the event has nothing of it. */
export async function orderOfEvent(d1: D1Database, eventId: string, orderId: string): Promise<OrderRow | null> {
  const isOfEvent = sql`EXISTS (
    SELECT 1 FROM json_each(${orders.items}) AS item
    JOIN ticket_types ON ticket_types.id = item.value ->> 'ticketTypeId' WHERE ticket_types.event_id = ${eventId})`;
  const row = await drizzle(d1)
    .select()
    .from(orders)
    .where(and(eq(orders.id, orderId), isOfEvent))
    .get();
  return row ?? null;
}

export interface ReportLine {
  readonly method: SaleMethod;
  readonly takenBy: string | null;
  readonly currency: string;
  readonly orders: number;
  readonly tickets: number;
  readonly amountMinor: number;
}

/** What orders brought in on a day, by method, account and currency. */
export async function salesOfDay(d1: D1Database, eventId: string, day: Day): Promise<ReportLine[]> {
  const { method, takenBy, currency, paidAtMs } = eventOrders;
  return drizzle(d1)
    .select({
      method,
      takenBy,
      currency,
      orders: sql<number>`count(*)`,
      tickets: sql<number>`sum(${eventOrders.tickets})`,
      amountMinor: sql<number>`sum(${eventOrders.amountMinor})`,
    })
    .from(eventOrders)
    .where(and(eq(eventOrders.eventId, eventId), gte(paidAtMs, day.startMs), lt(paidAtMs, day.endMs)))
    .groupBy(method, currency, takenBy)
    .orderBy(method, currency, takenBy);
}

function byTime(one: OrderRow, other: OrderRow): number {
  return other.createdAtMs - one.createdAtMs || (one.id < other.id ? 1 : -1);
}
