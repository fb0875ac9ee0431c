// Sums of what an event sold, from D1's table of them: the rows do not grow with the sales.

import { and, eq, gt, or, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { SaleMethod } from "../../domain/counter.ts";
import { type Day, QUARTER_HOUR_MS } from "../../domain/days.ts";
import { HOUR_MS } from "../../domain/units.ts";
import { ticketTypes } from "../../platform/d1/schema/catalogue.ts";
import { sales } from "../../platform/d1/schema/sales.ts";

export interface SalesSum {
  readonly ticketTypeId: string;
  readonly priceId: string;
  readonly currency: string;
  readonly tickets: number;
  readonly ticketsBack: number;
  readonly takenMinor: number;
  readonly givenBackMinor: number;
  readonly refundingMinor: number;
}

/** Of all time, for each price, currency and method. */
export function salesOfAllTime(
  d1: D1Database,
  eventId: string,
): Promise<(SalesSum & { readonly method: SaleMethod })[]> {
  const { ticketTypeId, priceId, method, currency } = sales;
  const { tickets, ticketsBack, takenMinor, givenBackMinor, refundingMinor } = sales;
  // What was taken off again, such as a copy that was deleted, leaves a row of zeros.
  const isSome = or(gt(tickets, 0), gt(ticketsBack, 0));
  return drizzle(d1)
    .select({
      ticketTypeId,
      priceId,
      method,
      currency,
      tickets,
      ticketsBack,
      takenMinor,
      givenBackMinor,
      refundingMinor,
    })
    .from(ticketTypes)
    .innerJoin(sales, and(eq(ticketTypeId, ticketTypes.id), eq(sales.lengthMs, 0), eq(sales.atMs, 0)))
    .where(and(eq(ticketTypes.eventId, eventId), isSome));
}

/** The beginning of the hour in which the first ticket was sold; null while none was. */
export async function firstSale(d1: D1Database, eventId: string): Promise<number | null> {
  const firstOfType = sql`SELECT ${sales.atMs} FROM ${sales}
    WHERE ${sales.ticketTypeId} = ${ticketTypes.id} AND ${sales.lengthMs} = ${HOUR_MS} AND ${sales.tickets} > 0
    ORDER BY ${sales.atMs} LIMIT 1`;
  const [row] = await drizzle(d1)
    .select({ atMs: sql<number | null>`MIN((${firstOfType}))` })
    .from(ticketTypes)
    .where(eq(ticketTypes.eventId, eventId));
  return row?.atMs ?? null;
}

/** `at`: the index of the interval in which it was. */
export type SalesPoint = Omit<SalesSum, "refundingMinor"> & { readonly at: number };

/** For each interval and price in which something was sold or given back, in their order. */
export function salesIn(d1: D1Database, eventId: string, intervals: readonly Day[]): Promise<SalesPoint[]> {
  const isByTheHour = intervals.every(({ startMs, endMs }) => startMs % HOUR_MS === 0 && endMs % HOUR_MS === 0);
  const lengthMs = isByTheHour ? HOUR_MS : QUARTER_HOUR_MS;
  // One parameter carries all of them: D1 allows 100 in a statement.
  const bounds = JSON.stringify(intervals.map(({ startMs, endMs }) => [startMs, endMs]));
  return drizzle(d1).all<SalesPoint>(sql`
    SELECT bounds.key AS at, ticket_type_id AS ticketTypeId, price_id AS priceId, sales.currency AS currency,
      SUM(tickets) AS tickets, SUM(tickets_back) AS ticketsBack,
      SUM(taken_minor) AS takenMinor, SUM(given_back_minor) AS givenBackMinor
    FROM json_each(${bounds}) AS bounds CROSS JOIN ticket_types CROSS JOIN sales
      ON ticket_type_id = ticket_types.id AND length_ms = ${lengthMs}
        AND at_ms >= bounds.value ->> 0 AND at_ms < bounds.value ->> 1
    WHERE event_id = ${eventId}
    GROUP BY bounds.key, position, ticket_type_id, price_id, sales.currency
    HAVING SUM(tickets) <> 0 OR SUM(tickets_back) <> 0 OR SUM(given_back_minor) <> 0`);
}
