// Mails in D1: claiming what is due, and recording what became of them.

import { and, asc, eq, lt, lte, type SQL, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../domain/units.ts";
import { isOneOf } from "../../platform/d1/ids.ts";
import { mails } from "../../platform/d1/schema/mails.ts";
import type { MailState } from "../../platform/mails.ts";

export type MailRow = typeof mails.$inferSelect;

/** Longer than a batch takes: nobody else begins what is being sent. */
export const CLAIM_MS = 15 * MINUTE_MS;
const FIRST_DELAY_MS = MINUTE_MS;
const LONGEST_DELAY_MS = HOUR_MS;
/** After this long a mail is no news any more. */
export const TRIED_FOR_MS = 3 * DAY_MS;
/** How long it is known what became of a mail. */
export const MAILS_KEPT_MS = 90 * DAY_MS;

/** Takes the mails that are due. They are due again after a while, in case this attempt dies. */
export function claimMails(d1: D1Database, ids: readonly string[], nowMs: number): Promise<MailRow[]> {
  return drizzle(d1)
    .update(mails)
    .set({ attempts: sql`attempts + 1`, dueMs: nowMs + CLAIM_MS })
    .where(and(isOneOf(mails.id, ids), lte(mails.dueMs, nowMs)))
    .returning();
}

/** It was accepted, whatever another attempt thinks of it. */
export async function recordSent(d1: D1Database, id: string, messageId: string | null, nowMs: number) {
  await drizzle(d1)
    .update(mails)
    .set({ state: "sent", dueMs: null, sinceMs: nowMs, messageId, error: null })
    .where(and(eq(mails.id, id), eq(mails.state, "due")));
}

/** Nothing is tried again, unless another attempt has begun since. */
export async function recordEnded(
  d1: D1Database,
  mail: MailRow,
  state: Exclude<MailState, "due" | "sent">,
  error: string,
  nowMs: number,
) {
  await drizzle(d1).update(mails).set({ state, dueMs: null, sinceMs: nowMs, error }).where(isAttempt(mail));
}

/** Due again, after a delay that grows. */
export async function recordLater(d1: D1Database, mail: MailRow, error: string, nowMs: number) {
  const dueMs = nowMs + delayMs(mail.attempts);
  await drizzle(d1).update(mails).set({ dueMs, error }).where(isAttempt(mail));
}

function isAttempt({ id, attempts }: MailRow) {
  return and(eq(mails.id, id), eq(mails.state, "due"), eq(mails.attempts, attempts));
}

/** A minute, doubling to an hour. `attempts`: so many were begun. */
export function delayMs(attempts: number): number {
  return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempts - 1, 20));
}

/** The longest due first. */
export async function dueMails(d1: D1Database, nowMs: number, limit: number): Promise<string[]> {
  const rows = await drizzle(d1)
    .select({ id: mails.id })
    .from(mails)
    .where(lte(mails.dueMs, nowMs))
    .orderBy(asc(mails.dueMs))
    .limit(limit);
  return rows.map(({ id }) => id);
}

/** Drops what could not be sent in time, a bounded number. */
export async function dropOldMails(d1: D1Database, nowMs: number, limit: number): Promise<void> {
  const isOld = and(lte(mails.dueMs, nowMs), lt(mails.createdAtMs, nowMs - TRIED_FOR_MS));
  const old = drizzle(d1).select({ id: mails.id }).from(mails).where(isOld).orderBy(asc(mails.dueMs)).limit(limit);
  await drizzle(d1)
    .update(mails)
    .set({ state: "dropped", dueMs: null, sinceMs: nowMs, error: sql`coalesce(error, 'not_configured')` })
    .where(sql`${mails.id} IN ${old}`);
}

/** Forgets mails of long ago, a bounded number. */
export async function forgetOldMails(d1: D1Database, nowMs: number, limit: number): Promise<void> {
  const isOld = lt(mails.createdAtMs, nowMs - MAILS_KEPT_MS);
  const old = drizzle(d1)
    .select({ id: mails.id })
    .from(mails)
    .where(isOld)
    .orderBy(asc(mails.createdAtMs))
    .limit(limit);
  await drizzle(d1).delete(mails).where(sql`${mails.id} IN ${old}`);
}

/** What was and is to be sent to an account, in the batch that erases it. */
export function forgetMailsOf(db: DrizzleD1Database, accountId: string, isGone: SQL) {
  return db.delete(mails).where(and(eq(mails.accountId, accountId), isGone));
}
