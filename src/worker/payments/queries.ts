// Payments in the projection of reservations in D1.

import { and, asc, eq, gt, isNotNull } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { type Cursor, isBehind } from "../../platform/d1/cursors.ts";
import { reservations, ticketTypes } from "../../platform/d1/schema.ts";
import type { ReservationRow } from "../reservations/queries.ts";

/** Reservations of an event whose payment needs a person, the longest unresolved first. */
export async function unresolvedPaymentsOf(
  d1: D1Database,
  eventId: string,
  limit: number,
  after: Cursor | null,
): Promise<ReservationRow[]> {
  const { unresolvedPaymentId, unresolvedSinceMs, id } = reservations;
  const isAfter = isBehind(after, unresolvedSinceMs, id, gt);
  const rows = await drizzle(d1)
    .select({ reservation: reservations })
    .from(reservations)
    .innerJoin(ticketTypes, eq(ticketTypes.id, reservations.ticketTypeId))
    .where(and(eq(ticketTypes.eventId, eventId), isNotNull(unresolvedPaymentId), isAfter))
    .orderBy(asc(unresolvedSinceMs), asc(id))
    .limit(limit);
  return rows.map(({ reservation }) => reservation);
}
