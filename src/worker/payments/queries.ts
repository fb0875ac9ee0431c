// Payments in D1 that need a person.

import { and, asc, eq, gt, isNotNull, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { type Cursor, isBehind } from "../../platform/d1/cursors.ts";
import { ticketTypes } from "../../platform/d1/schema/catalogue.ts";
import { orders, reservations } from "../../platform/d1/schema/copies.ts";
import type { ReservationRow } from "../reservations/queries.ts";

/** A reservation and its payment that needs a person, which may be its order's. */
export interface UnresolvedPayment {
  readonly reservation: ReservationRow;
  readonly paymentId: string | null;
  readonly state: "pending" | "refund_due" | "refund_failed" | null;
  readonly sinceMs: number | null;
  /** Of what the payment was for, as D1 has them. */
  readonly refunds: string | null;
  readonly lateRefunds: string | null;
}

/** Reservations of an event whose payment needs a person, the longest unresolved first. */
export async function unresolvedPaymentsOf(
  d1: D1Database,
  eventId: string,
  limit: number,
  after: Cursor | null,
): Promise<UnresolvedPayment[]> {
  const [alone, ofOrders] = await Promise.all([
    unresolvedAlone(d1, eventId, limit, after),
    unresolvedOfOrders(d1, eventId, limit, after),
  ]);
  return [...alone, ...ofOrders].sort(bySince).slice(0, limit);
}

function unresolvedAlone(d1: D1Database, eventId: string, limit: number, after: Cursor | null) {
  const { unresolvedPaymentId, unresolvedPaymentState, unresolvedSinceMs, id } = reservations;
  return drizzle(d1)
    .select({
      reservation: reservations,
      paymentId: sql<string | null>`${unresolvedPaymentId}`.as("payment_id"),
      state: sql<UnresolvedPayment["state"]>`${unresolvedPaymentState}`.as("payment"),
      sinceMs: sql<number | null>`${unresolvedSinceMs}`.as("since_ms"),
      refunds: sql<string | null>`${reservations.refunds}`.as("refunds_of"),
      lateRefunds: sql<string | null>`${reservations.lateRefunds}`.as("late_refunds_of"),
    })
    .from(reservations)
    .innerJoin(ticketTypes, eq(ticketTypes.id, reservations.ticketTypeId))
    .where(
      and(eq(ticketTypes.eventId, eventId), isNotNull(unresolvedPaymentId), isBehind(after, unresolvedSinceMs, id, gt)),
    )
    .orderBy(asc(unresolvedSinceMs), asc(id))
    .limit(limit);
}

/** Each reservation of an order: only the order knows what became of its payment. */
function unresolvedOfOrders(d1: D1Database, eventId: string, limit: number, after: Cursor | null) {
  const { unresolvedPaymentId, unresolvedPaymentState, unresolvedSinceMs } = orders;
  const item = sql`json_each(${orders.items}) AS item`;
  return drizzle(d1)
    .select({
      reservation: reservations,
      paymentId: unresolvedPaymentId,
      state: unresolvedPaymentState,
      sinceMs: unresolvedSinceMs,
      refunds: sql<string | null>`${orders.refunds}`.as("refunds_of"),
      lateRefunds: sql<string | null>`${orders.lateRefunds}`.as("late_refunds_of"),
    })
    .from(orders)
    .innerJoin(item, sql`true`)
    .innerJoin(reservations, eq(reservations.id, sql`item.value ->> 'reservationId'`))
    .innerJoin(ticketTypes, eq(ticketTypes.id, reservations.ticketTypeId))
    .where(
      and(
        eq(ticketTypes.eventId, eventId),
        isNotNull(unresolvedPaymentId),
        isBehind(after, unresolvedSinceMs, reservations.id, gt),
      ),
    )
    .orderBy(asc(unresolvedSinceMs), asc(reservations.id))
    .limit(limit);
}

function bySince(one: UnresolvedPayment, other: UnresolvedPayment): number {
  const longer = (one.sinceMs ?? 0) - (other.sinceMs ?? 0);
  return longer !== 0 ? longer : one.reservation.id < other.reservation.id ? -1 : 1;
}
