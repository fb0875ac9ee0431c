// The projection of reservations in D1: for lists and sweeps. One reservation is always asked of its object.

import { and, desc, eq, lt, or, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { Cursor } from "./cursors.ts";
import { reservations } from "./schema.ts";

export type ReservationRow = typeof reservations.$inferSelect;

/** The account's own, newest first. */
export async function listReservations(
  d1: D1Database,
  accountId: string,
  limit: number,
  after: Cursor | null,
): Promise<ReservationRow[]> {
  const isAfter =
    after === null
      ? undefined
      : or(
          lt(reservations.createdAtMs, after.atMs),
          and(eq(reservations.createdAtMs, after.atMs), lt(reservations.id, after.id)),
        );
  return drizzle(d1)
    .select()
    .from(reservations)
    .where(and(eq(reservations.accountId, accountId), isAfter))
    .orderBy(desc(reservations.createdAtMs), desc(reservations.id))
    .limit(limit);
}

/**
 * Ticket types whose object should have let a hold go before `beforeMs`, or has a payment that is not settled. In random
 * order, so that those that stay so for long do not keep the others from their turn.
 */
export async function ticketTypesWithOverdueWork(d1: D1Database, beforeMs: number, limit: number): Promise<string[]> {
  const rows = await drizzle(d1).all<{ id: string }>(sql`
    SELECT id FROM (
      SELECT ticket_type_id AS id FROM reservations WHERE state = 'held' AND expires_at_ms < ${beforeMs}
      UNION SELECT ticket_type_id FROM reservations WHERE unsettled = 1
    )
    ORDER BY random() LIMIT ${limit}`);
  return rows.map((row) => row.id);
}
