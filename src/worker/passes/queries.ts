// What D1 knows of passes: its copies may be late, and their objects decide.

import { and, desc, eq, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { passIdOf, readPassId } from "../../domain/pass.ts";
import type { Cursor } from "../../platform/d1/cursors.ts";
import { accounts } from "../../platform/d1/schema/accounts.ts";
import { passes } from "../../platform/d1/schema/copies.ts";

export type PassedOnRow = Awaited<ReturnType<typeof passedOnTo>>[number];

/** What was passed on to the address that the account has proven, the newest first. */
export async function passedOnTo(d1: D1Database, accountId: string, limit: number, after: Cursor | null) {
  const { reservationId, number, ticketTypeId, passedOnAtMs, emailKey } = passes;
  return drizzle(d1)
    .select({ reservationId, number, ticketTypeId, passedOnAtMs, emailKey })
    .from(accounts)
    .innerJoin(passes, eq(emailKey, accounts.verifiedEmailKey))
    .where(and(eq(accounts.id, accountId), isPassBehind(after)))
    .orderBy(desc(passedOnAtMs), desc(reservationId), desc(number))
    .limit(limit);
}

export function cursorOf(row: Pick<PassedOnRow, "reservationId" | "number" | "passedOnAtMs">): Cursor {
  return { atMs: row.passedOnAtMs, id: passIdOf(row) };
}

export function isPassBehind(cursor: Cursor | null) {
  if (cursor === null) return undefined;
  const { reservationId, number } = readPassId(cursor.id) ?? { reservationId: "", number: 0 };
  const last = sql`(${cursor.atMs}, ${reservationId}, ${number})`;
  return sql`(${passes.passedOnAtMs}, ${passes.reservationId}, ${passes.number}) < ${last}`;
}
