// Passes in the export of an account, as D1's copies have them: without codes, which are secrets.

import { and, asc, desc, eq, lt, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { type PassName, passIdOf } from "../../domain/pass.ts";
import { type Cursor, isBehind } from "../../platform/d1/cursors.ts";
import { isOneOf } from "../../platform/d1/ids.ts";
import { passes } from "../../platform/d1/schema/copies.ts";
import { mails } from "../../platform/d1/schema/mails.ts";
import { iso, isoOrNull } from "../../platform/wire.ts";
import { maskedAddress } from "../accounts/email.ts";
import { cursorOf, isPassBehind } from "./queries.ts";

type PassRow = typeof passes.$inferSelect;

/** Of what was bought the passes that something has happened to, in pages of `limit`. */
export async function* passesBought(
  d1: D1Database,
  reservationIds: readonly string[],
  limit: number,
): AsyncGenerator<PassRow[]> {
  let after: PassName = { reservationId: "", number: 0 };
  for (;;) {
    const { reservationId, number } = passes;
    const rows: PassRow[] = await drizzle(d1)
      .select()
      .from(passes)
      .where(
        and(
          isOneOf(reservationId, reservationIds),
          sql`(${reservationId}, ${number}) > (${after.reservationId}, ${after.number})`,
        ),
      )
      .orderBy(asc(reservationId), asc(number))
      .limit(limit);
    yield rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < limit) return;
    after = last;
  }
}

/** What was passed on to the address and still is its own, the newest first. */
export async function passesReceived(d1: D1Database, emailKey: string, limit: number, after: Cursor | null) {
  const { reservationId, number, passedOnAtMs } = passes;
  const rows = await drizzle(d1)
    .select()
    .from(passes)
    .where(and(eq(passes.emailKey, emailKey), isPassBehind(after)))
    .orderBy(desc(passedOnAtMs), desc(reservationId), desc(number))
    .limit(limit);
  return rows.map((row) => ({ ...row, ...cursorOf(row) }));
}

/** The newest first, as far as the mails about them are kept. */
export function passedOnBy(d1: D1Database, accountId: string, limit: number, after: Cursor | null) {
  const { id, about, address, createdAtMs, kind } = mails;
  return drizzle(d1)
    .select({ id, about, address, createdAtMs })
    .from(mails)
    .where(and(eq(mails.accountId, accountId), eq(kind, "pass_received"), isBehind(after, createdAtMs, id, lt)))
    .orderBy(desc(createdAtMs), desc(id))
    .limit(limit);
}

export function presentOwnPass(row: PassRow, isBought: boolean) {
  const { reservationId, ticketTypeId, holderName, holderEmail, passedOnAtMs, gate } = row;
  return {
    id: passIdOf(row),
    reservation: reservationId,
    ticket: ticketTypeId,
    bought: isBought,
    holder_name: holderName,
    state: row.state,
    admitted_at: isoOrNull(row.admittedAtMs),
    gate,
    revoked_at: isoOrNull(row.revokedAtMs),
    passed_on_to: holderEmail && maskedAddress(holderEmail),
    passed_on_at: passedOnAtMs === 0 ? null : iso(passedOnAtMs),
  };
}

export function presentPassingOn({ about, address, createdAtMs }: Awaited<ReturnType<typeof passedOnBy>>[number]) {
  return { pass: about, to: maskedAddress(address ?? ""), at: iso(createdAtMs) };
}
