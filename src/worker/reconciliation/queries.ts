// The copies of reservations and passes in D1 that are compared with their objects.

import { and, asc, eq, gt, inArray, isNull, lte, or } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { PassCopy } from "../../durable/ticket-type/protocol.ts";
import { isOneOf } from "../../platform/d1/ids.ts";
import { passes, reservations, sweepProgress } from "../../platform/d1/schema/copies.ts";
import { PASS_TOTALS, type Part, type PassTotal, parametersOf, TOTALS, type Total } from "../../platform/totals.ts";
import type { ReservationRow } from "../reservations/queries.ts";

export async function copiesWithIds(d1: D1Database, ids: readonly string[]): Promise<ReservationRow[]> {
  return ids.length === 0 ? [] : drizzle(d1).select().from(reservations).where(isOneOf(reservations.id, ids));
}

export async function passesInD1(d1: D1Database, reservationIds: readonly string[]): Promise<PassCopy[]> {
  if (reservationIds.length === 0) return [];
  return drizzle(d1).select().from(passes).where(isOneOf(passes.reservationId, reservationIds));
}

/**
 * Copies with an id in `(afterId, toId]` that their object should have: of reservations that have
 * not ended, that have an unsettled payment, or whose deadline was after `endedAfterMs`.
 */
export async function copiesToCompare(
  d1: D1Database,
  range: { readonly afterId: string; readonly toId: string },
  endedAfterMs: number,
  limit: number,
): Promise<ReservationRow[]> {
  const { id, state, unsettled, expiresAtMs } = reservations;
  const isInRange = and(gt(id, range.afterId), lte(id, range.toId));
  const isKept = or(
    inArray(state, ["held", "confirmed", "refunded"]),
    eq(unsettled, true),
    gt(expiresAtMs, endedAfterMs),
  );
  return drizzle(d1).select().from(reservations).where(and(isInRange, isKept)).orderBy(asc(id)).limit(limit);
}

export async function totalsInD1(d1: D1Database, part: Part): Promise<Total[]> {
  const { results } = await d1
    .prepare(TOTALS)
    .bind(...parametersOf(part))
    .all<Total>();
  return results;
}

export async function passTotalInD1(d1: D1Database, { afterId, upToId }: Part): Promise<PassTotal> {
  const { results } = await d1.prepare(PASS_TOTALS).bind(afterId, upToId).all<PassTotal>();
  return results[0] ?? { passes: 0, versions: 0 };
}

/** Of the copies of ticket types and reservations, and of those of orders. */
type SweepCursor = "comparedUpTo" | "ordersComparedUpTo";

/** Where the sweep's comparison goes on: after what has this id. Empty: anew. */
export async function sweepCursor(d1: D1Database, cursor: SweepCursor): Promise<string> {
  const row = await drizzle(d1).select().from(sweepProgress).where(eq(sweepProgress.only, 1)).get();
  return row?.[cursor] ?? "";
}

export async function moveSweepCursor(d1: D1Database, cursor: SweepCursor, id: string): Promise<void> {
  const set = { [cursor]: id };
  await drizzle(d1)
    .insert(sweepProgress)
    .values({ only: 1, comparedUpTo: "", ...set })
    .onConflictDoUpdate({ target: sweepProgress.only, set });
}

/** Deletes copies that no object has, except where a payment was begun: a person must look. */
export async function deleteOrphanedHolds(d1: D1Database, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const isUnpaidHold = and(eq(reservations.state, "held"), isNull(reservations.paymentState));
  await drizzle(d1)
    .delete(reservations)
    .where(and(isOneOf(reservations.id, ids), isUnpaidHold));
}
