// The orders of an event in D1: what its counter sold, and what buyers made.

import { and, eq, gte, isNull, lt, not, type SQL, type SQLWrapper, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import { SALE_METHODS, type SaleMethod } from "../../domain/counter.ts";
import type { Day } from "../../domain/days.ts";
import { type Cursor, isBehind } from "../../platform/d1/cursors.ts";
import { isOneOf } from "../../platform/d1/ids.ts";
import { accounts } from "../../platform/d1/schema/accounts.ts";
import { ticketTypes } from "../../platform/d1/schema/catalogue.ts";
import { eventOrders, eventRefunds, orders, reservations } from "../../platform/d1/schema/copies.ts";
import type { OrderRow } from "../orders/queries.ts";
import { isDisputed } from "../payments/disputes.ts";
import type { ReservationRow } from "../reservations/queries.ts";

export interface OrderFilter {
  readonly method?: SaleMethod | undefined;
  readonly state?: OrderRow["state"] | undefined;
  /** On which it was made. */
  readonly day: Day | null;
}

/** What was bought together: an order, or a reservation that was made alone. */
export type SaleRow = ({ readonly order: OrderRow } | { readonly reservation: ReservationRow }) & {
  /** Of its account; null for what the counter sold, and once the account is erased. */
  readonly buyer: Buyer | null;
  /** Its payment, at the bank. */
  readonly isDisputed: boolean;
};

export interface Buyer {
  readonly email: string;
  readonly isGuest: boolean;
}

/** The newest first, in the state that `viewOfSale` shows them in. */
export async function salesOfEvent(
  d1: D1Database,
  eventId: string,
  { method, state, day }: OrderFilter,
  nowMs: number,
  limit: number,
  after: Cursor | null,
): Promise<SaleRow[]> {
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
        .select({ id: orderId, atMs: createdAtMs })
        .from(eventOrders)
        .leftJoin(orders, eq(orders.id, orderId))
        .leftJoin(reservations, eq(reservations.id, orderId))
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
  const found = pages.flat().sort((one, other) => other.atMs - one.atMs || (one.id < other.id ? 1 : -1));
  return salesWithIds(
    d1,
    eventId,
    found.slice(0, limit).map(({ id }) => id),
  );
}

/** The newest first. What the event has nothing of is left out. */
export async function salesWithIds(d1: D1Database, eventId: string, ids: readonly string[]): Promise<SaleRow[]> {
  const db = drizzle(d1);
  const isTheirs = (accountId: SQLiteColumn) => eq(accounts.id, accountId);
  const buyer = { email: accounts.email, guestDueMs: accounts.guestDueMs };
  const isOfEvent = sql`EXISTS (
    SELECT 1 FROM json_each(${orders.items}) AS item
    JOIN ticket_types ON ticket_types.id = item.value ->> 'ticketTypeId' WHERE ticket_types.event_id = ${eventId})`;
  const [inOrders, alone] = await Promise.all([
    db
      .select({ order: orders, buyer, disputed: isDisputed(orders.id) })
      .from(orders)
      .leftJoin(accounts, isTheirs(orders.accountId))
      .where(and(isOneOf(orders.id, ids), isOfEvent)),
    db
      .select({ reservation: reservations, buyer, disputed: isDisputed(reservations.id) })
      .from(reservations)
      .innerJoin(ticketTypes, eq(ticketTypes.id, reservations.ticketTypeId))
      .leftJoin(accounts, isTheirs(reservations.accountId))
      .where(and(isOneOf(reservations.id, ids), isNull(reservations.orderId), eq(ticketTypes.eventId, eventId))),
  ]);
  const rows = [...inOrders, ...alone].map(({ buyer, disputed, ...row }): SaleRow => {
    const isGuest = buyer?.guestDueMs != null;
    return { ...row, buyer: buyer && { email: buyer.email, isGuest }, isDisputed: disputed === 1 };
  });
  return rows.sort((one, other) => byTime(keyOf(one), keyOf(other)));
}

/** By which it is in the list. */
export function keyOf(row: SaleRow): { readonly id: string; readonly createdAtMs: number } {
  return "order" in row ? row.order : row.reservation;
}

/** Conditions that name one state of the index each, and exclude each other. */
function statesShownAs(state: OrderRow["state"] | undefined, nowMs: number): (SQL | undefined)[] {
  const is = (one: OrderRow["state"]) => eq(eventOrders.state, one);
  // Of a row that says `held`: its deadline has passed, and the copy does not know yet.
  const isOver = sql`(coalesce(${orders.paymentState}, ${reservations.paymentState}) IS NOT 'pending'
    AND coalesce(${orders.expiresAtMs}, ${reservations.expiresAtMs}) <= ${nowMs})`;
  if (state === undefined) return [is("held"), is("confirmed"), is("cancelled"), is("expired"), is("refunded")];
  if (state === "held") return [and(is("held"), not(isOver))];
  if (state === "expired") return [is("expired"), and(is("held"), isOver)];
  return [is(state)];
}

/** What a day brought in, and what was given back on it, of one method, currency and account. */
export interface ReportLine {
  readonly method: SaleMethod;
  readonly account: string | null;
  readonly currency: string;
  readonly orders: number;
  readonly tickets: number;
  readonly takenMinor: number;
  readonly refunds: number;
  readonly ticketsBack: number;
  readonly givenBackMinor: number;
}

/** Of orders, of reservations that were bought alone, and of refunds: lines to be added up. */
export async function linesOfDay(d1: D1Database, eventId: string, day: Day): Promise<ReportLine[]> {
  const db = drizzle(d1);
  const [ofOrders, alone, back] = await db.batch([
    ordersOfDay(db, eventId, day),
    reservationsOfDay(db, eventId, day),
    refundsOfDay(db, eventId, day),
  ]);
  const sales = [...ofOrders, ...alone.map((line) => ({ ...line, method: "online" as const, account: null }))];
  return [
    ...sales.map((line) => ({ ...line, refunds: 0, ticketsBack: 0, givenBackMinor: 0 })),
    ...back.map((line) => ({ ...line, orders: 0, tickets: 0, takenMinor: 0 })),
  ];
}

function ordersOfDay(db: DrizzleD1Database, eventId: string, day: Day) {
  const { method, takenBy, currency, paidAtMs, tickets, amountMinor } = eventOrders;
  return db
    .select({ method, account: takenBy, currency, orders: COUNT, tickets: sum(tickets), takenMinor: sum(amountMinor) })
    .from(eventOrders)
    .where(and(eq(eventOrders.eventId, eventId), isOn(paidAtMs, day)))
    .groupBy(method, currency, takenBy);
}

function reservationsOfDay(db: DrizzleD1Database, eventId: string, day: Day) {
  const { ticketTypeId, paidAtMs, currency, quantity, unitPriceMinor } = reservations;
  const takenMinor = sum(sql`${quantity} * ${unitPriceMinor}`);
  return db
    .select({ currency, orders: COUNT, tickets: sum(quantity), takenMinor })
    .from(ticketTypes)
    .innerJoin(reservations, eq(ticketTypeId, ticketTypes.id))
    .where(and(eq(ticketTypes.eventId, eventId), isOn(paidAtMs, day)))
    .groupBy(currency);
}

function refundsOfDay(db: DrizzleD1Database, eventId: string, day: Day) {
  const { method, givenBy, currency, atMs, tickets, amountMinor } = eventRefunds;
  const [ticketsBack, givenBackMinor] = [sum(tickets), sum(amountMinor)];
  return db
    .select({ method, account: givenBy, currency, refunds: COUNT, ticketsBack, givenBackMinor })
    .from(eventRefunds)
    .where(and(eq(eventRefunds.eventId, eventId), isOn(atMs, day)))
    .groupBy(method, currency, givenBy);
}

const COUNT = sql<number>`count(*)`;

function sum(of: SQLWrapper) {
  return sql<number>`sum(${of})`;
}

function isOn(atMs: SQLiteColumn, { startMs, endMs }: Day) {
  return and(gte(atMs, startMs), lt(atMs, endMs));
}

function byTime(one: ReturnType<typeof keyOf>, other: ReturnType<typeof keyOf>): number {
  return other.createdAtMs - one.createdAtMs || (one.id < other.id ? 1 : -1);
}
