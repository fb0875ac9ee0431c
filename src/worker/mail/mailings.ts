// Mails to everybody who holds tickets of an event, about a change of it or as its organiser
// writes: owed in bounded steps, which may die at any moment. The step that was done last is on
// record, in the commit that owes its mails.

import { and, asc, eq, isNull, lte, ne, type SQL, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { cancellationOf } from "../../domain/cancellation.ts";
import { SECOND_MS } from "../../domain/units.ts";
import { events } from "../../platform/d1/schema/catalogue.ts";
import { eventMessages, mailings } from "../../platform/d1/schema/mailings.ts";
import { mails } from "../../platform/d1/schema/mails.ts";
import { nudgeMails } from "../../platform/mail-queue.ts";
import type { EventMailKind } from "../../platform/mails.ts";
import type { Env } from "../env.ts";
import { buyersIn, customersIn, holdersIn, type Step } from "./holders.ts";

export type MailingRow = typeof mailings.$inferSelect;

/** Reservations that one step reads. Each of them owes a mail at most, and so does each pass. */
const RESERVATIONS_A_STEP = 300;
// The bounds of one sweep. The next one continues.
const STEPS_PER_SWEEP = 10;
/** For the copies of what was bought before the change, and for second thoughts about it. */
export const SETTLING_MS = 30 * SECOND_MS;

/**
 * Before the change of the event, in its batch: what people know of it. `edition`: the one that the
 * change gives it. `isNews`: whether the change names anything that people are mailed about.
 */
export function beginMailing(db: DrizzleD1Database, eventId: string, edition: string, isNews: boolean, nowMs: number) {
  const { id, name, venue, startsAtMs, timezone, status } = events;
  return db.insert(mailings).select(sql`
    SELECT ${edition}, ${id}, '', ${nowMs}, ${name}, ${venue}, ${startsAtMs}, ${timezone}, ${status}, false, 'change'
    FROM ${events} WHERE ${id} = ${eventId} AND ${isNews ? sql`true` : sql`false`}`);
}

/**
 * After it: nobody is mailed unless it has changed the event, and not about a draft or what is
 * over. Otherwise it takes the place of an earlier change that not everybody has been mailed,
 * from which it takes over what people know. If nobody has been mailed that one and it is undone,
 * nobody is mailed at all.
 */
export function concludeMailing(db: DrizzleD1Database, eventId: string, edition: string, nowMs: number) {
  const isIt = eq(mailings.id, edition);
  const isOther = and(eq(mailings.eventId, eventId), ne(mailings.id, edition), eq(mailings.kind, "change"));
  const isMade = sql`EXISTS (SELECT 1 FROM ${mailings} WHERE id = ${edition})`;
  const before = sql`FROM mailings AS earlier WHERE event_id = ${eventId} AND id <> ${edition} AND kind = 'change'`;
  const someKnow = sql`(after_id <> '' OR some_know_more)`;
  return [
    db.delete(mailings).where(and(isIt, sql`NOT EXISTS (${isWorthAMail(nowMs)})`)),
    db
      .update(mailings)
      .set({
        name: sql`coalesce((SELECT name ${before}), name)`,
        venue: sql`coalesce((SELECT venue ${before}), venue)`,
        startsAtMs: sql`coalesce((SELECT starts_at_ms ${before}), starts_at_ms)`,
        timezone: sql`coalesce((SELECT timezone ${before}), timezone)`,
        // Who knows that it was called off must hear that it is on again.
        status: sql`coalesce((SELECT status ${before} AND NOT ${someKnow}), status)`,
        someKnowMore: sql`EXISTS (SELECT 1 ${before} AND ${someKnow})`,
      })
      .where(isIt),
    db.delete(mailings).where(and(isOther, isMade)),
    db.delete(mailings).where(and(isIt, sql`NOT some_know_more`, sql`NOT EXISTS (${IS_OTHERWISE})`)),
  ] as const;
}

/** That the event is not as people know it. */
const IS_OTHERWISE = sql`
  SELECT 1 FROM events WHERE id = mailings.event_id
    AND (events.name, events.venue, events.starts_at_ms, events.timezone, events.status)
      IS NOT (mailings.name, mailings.venue, mailings.starts_at_ms, mailings.timezone, mailings.status)`;

function isWorthAMail(nowMs: number): SQL {
  return sql`${IS_OTHERWISE}
    AND events.status <> 'draft' AND mailings.status <> 'draft' AND events.ends_at_ms > ${nowMs}
    AND (events.status <> 'cancelled' OR mailings.status <> 'cancelled')`;
}

/** The oldest first, a bounded number of steps. */
export async function sweepMailings(env: Env, nowMs: number): Promise<void> {
  const db = drizzle(env.DB);
  const hasSettled = lte(mailings.createdAtMs, nowMs - SETTLING_MS);
  for (let step = 0; step < STEPS_PER_SWEEP; step++) {
    const oldest = db.select().from(mailings).where(hasSettled).orderBy(asc(mailings.createdAtMs)).limit(1);
    const mailing = await oldest.get();
    if (mailing === undefined) return;
    await nudgeMails(env.MAILS, await continueMailing(env.DB, mailing, nowMs));
  }
}

/**
 * Owes the mails of the next reservations, and of their passes. Returns the ids of the mails that
 * were not owed before; none where another change has taken the place of this one meanwhile.
 */
async function continueMailing(d1: D1Database, mailing: MailingRow, nowMs: number): Promise<string[]> {
  const db = drizzle(d1);
  const { eventId, afterId } = mailing;
  const read = await db.all<{ id: string }>(sql`
    SELECT reservations.id FROM (SELECT id FROM ticket_types WHERE event_id = ${eventId} ORDER BY id) AS wanted
    CROSS JOIN reservations ON reservations.id > max(wanted.id || '-', ${afterId}) AND reservations.id < wanted.id || '.'
    ORDER BY wanted.id, reservations.id LIMIT ${RESERVATIONS_A_STEP}`);
  const last = read.at(-1)?.id;
  if (last === undefined) {
    await db.batch([
      db
        .update(eventMessages)
        .set({ owedSinceMs: nowMs })
        .where(and(eq(eventMessages.id, mailing.id), isNull(eventMessages.owedSinceMs))),
      db.delete(mailings).where(isAsRead(mailing)),
    ]);
    return [];
  }
  const event = await db.select().from(events).where(eq(events.id, eventId)).get();
  const cancellation = event === undefined ? null : cancellationOf(event);
  const revokedSinceMs = cancellation && (cancellation.atMs ?? mailing.createdAtMs);
  const step: Step = { eventId, ids: read.map(({ id }) => id), boughtBeforeMs: mailing.createdAtMs, revokedSinceMs };
  const kind = kindOf(mailing, cancellation !== null);
  const [buyers, customers, holders] = await db.batch([
    owe(db, mailing, kind, buyersIn(step), nowMs),
    owe(db, mailing, kind, customersIn(step), nowMs),
    owe(db, mailing, kind, holdersIn(step), nowMs),
    db.update(mailings).set({ afterId: last }).where(isAsRead(mailing)),
  ]);
  return [...buyers, ...customers, ...holders].map(({ id }) => id);
}

function kindOf({ kind }: MailingRow, isCalledOff: boolean): EventMailKind {
  if (kind === "message") return "event_message";
  return isCalledOff ? "event_called_off" : "event_changed";
}

function owe(db: DrizzleD1Database, mailing: MailingRow, kind: EventMailKind, recipients: SQL, nowMs: number) {
  const { name, venue, startsAtMs, timezone, status, someKnowMore } = mailing;
  const parameters = JSON.stringify({ name, venue, startsAtMs, timezone, status, someKnowMore });
  return db
    .insert(mails)
    .select(sql`
      SELECT ${`${kind}.`} || about || ${`.${mailing.id}`} || own, ${kind}, about, account, address, ${mailing.eventId},
        json_set(${parameters}, '$.language', language), 'due', 0, ${nowMs}, ${nowMs}, ${nowMs}, NULL, NULL, ${mailing.id}
      FROM (${recipients}) WHERE EXISTS (SELECT 1 FROM ${mailings} WHERE ${isAsRead(mailing)})`)
    .onConflictDoNothing()
    .returning({ id: mails.id });
}

/** Nobody else has done this step, and no other change has taken this one's place. */
function isAsRead({ id, afterId }: MailingRow) {
  return and(eq(mailings.id, id), eq(mailings.afterId, afterId));
}
