// The copies of reservations in D1 that are compared with their objects.

import { and, asc, eq, gt, inArray, isNull, lte, or, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { reservations, sweepProgress } from "../../platform/d1/schema/copies.ts";
import { type Part, parametersOf, TOTALS, type Total } from "../../platform/totals.ts";
import type { ReservationRow } from "../reservations/queries.ts";

export async function copiesWithIds(d1: D1Database, ids: readonly string[]): Promise<ReservationRow[]> {
  return ids.length === 0 ? [] : drizzle(d1).select().from(reservations).where(hasIdOf(ids));
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
  const isKept = or(inArray(state, ["held", "confirmed"]), eq(unsettled, true), gt(expiresAtMs, endedAfterMs));
  return drizzle(d1).select().from(reservations).where(and(isInRange, isKept)).orderBy(asc(id)).limit(limit);
}

export async function totalsInD1(d1: D1Database, part: Part): Promise<Total[]> {
  const { results } = await d1
    .prepare(TOTALS)
    .bind(...parametersOf(part))
    .all<Total>();
  return results;
}

/** Where the sweep's comparison goes on: after this ticket type or reservation. Empty: anew. */
export async function comparedUpTo(d1: D1Database): Promise<string> {
  const row = await drizzle(d1).select().from(sweepProgress).where(eq(sweepProgress.only, 1)).get();
  return row?.comparedUpTo ?? "";
}

export async function markComparedUpTo(d1: D1Database, id: string): Promise<void> {
  const set = { comparedUpTo: id };
  await drizzle(d1)
    .insert(sweepProgress)
    .values({ only: 1, ...set })
    .onConflictDoUpdate({ target: sweepProgress.only, set });
}

/** Deletes copies that no object has, except where a payment was begun: a person must look. */
export async function deleteOrphanedHolds(d1: D1Database, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const isUnpaidHold = and(eq(reservations.state, "held"), isNull(reservations.paymentState));
  await drizzle(d1)
    .delete(reservations)
    .where(and(hasIdOf(ids), isUnpaidHold));
}

/** One parameter carries all ids: D1 allows 100 in a statement. */
function hasIdOf(ids: readonly string[]) {
  return sql`${reservations.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`;
}
