// What organisers write to everybody who holds tickets of their event, in D1.

import { and, count, desc, eq, gt, lt, max, type SQL, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { DAY_MS } from "../../domain/units.ts";
import type { Result } from "../../durable/ticket-type/protocol.ts";
import { type Cursor, isBehind } from "../../platform/d1/cursors.ts";
import { isOneOf } from "../../platform/d1/ids.ts";
import { events } from "../../platform/d1/schema/catalogue.ts";
import { eventMessages, mailings } from "../../platform/d1/schema/mailings.ts";
import { mails } from "../../platform/d1/schema/mails.ts";
import type { MailState } from "../../platform/mails.ts";
import { auditStatementIfChanged } from "../audit/queries.ts";
import { type Actor, entry, identify } from "../catalogue/actors.ts";

export type MessageRow = typeof eventMessages.$inferSelect;

/** How many of its mails are in a state, and since when the last of them is. */
export interface MailCount {
  readonly state: MailState;
  readonly mails: number;
  readonly latestMs: number;
}

/**
 * In a day, about one event: news, its correction, and a last word on the day itself. The number is
 * ours. Readers who get more call it spam, and mailbox providers then refuse all of the service's
 * mails: Google's rules for senders draw the line at 3 complaints in 1,000.
 */
export const MESSAGES_A_DAY = 3;

type SendRefusal =
  | { readonly type: "idempotency_key_reused" }
  | { readonly type: "too_many_messages"; readonly nextAtMs: number };

/** The message is the record of its request: a replay finds it, whatever was sent since. */
export async function sendMessage(
  d1: D1Database,
  actor: Actor,
  idempotencyKey: string | null,
  eventId: string,
  { subject, text }: { readonly subject: string; readonly text: string },
): Promise<Result<{ readonly message: MessageRow; readonly isReplay: boolean }, SendRefusal>> {
  const nowMs = Date.now();
  const { id, requestHash } = identify(actor, `/events/${eventId}/messages`, idempotencyKey, { subject, text });
  const audited = entry(actor, "event.message", { type: "event", id: eventId }, eventId, { message: id, subject });
  const { name, venue, startsAtMs, timezone, status } = events;
  const lately = and(eq(eventMessages.eventId, eventId), gt(eventMessages.createdAtMs, nowMs - DAY_MS));
  const db = drizzle(d1);
  const [inserted, , , [message], [oldest]] = await db.batch([
    db
      .insert(eventMessages)
      .select(sql`
        SELECT ${id}, ${eventId}, ${subject}, ${text}, ${nowMs}, ${requestHash}, NULL
        WHERE (SELECT COUNT(*) FROM ${eventMessages} WHERE ${lately}) < ${MESSAGES_A_DAY}`)
      .onConflictDoNothing()
      .returning({ id: eventMessages.id }),
    auditStatementIfChanged(db, audited),
    db.insert(mailings).select(sql`
      SELECT ${id}, ${events.id}, '', ${nowMs}, ${name}, ${venue}, ${startsAtMs}, ${timezone}, ${status}, false, 'message'
      FROM ${events} WHERE ${events.id} = ${eventId} AND changes() > 0`),
    db.select().from(eventMessages).where(eq(eventMessages.id, id)),
    db
      .select()
      .from(eventMessages)
      .where(lately)
      .orderBy(desc(eventMessages.createdAtMs), desc(eventMessages.id))
      .limit(1)
      .offset(MESSAGES_A_DAY - 1),
  ]);
  if (message === undefined) {
    return { ok: false, refusal: { type: "too_many_messages", nextAtMs: (oldest?.createdAtMs ?? nowMs) + DAY_MS } };
  }
  if (message.requestHash !== requestHash) return { ok: false, refusal: { type: "idempotency_key_reused" } };
  return { ok: true, message, isReplay: inserted.length === 0 };
}

export async function messageById(d1: D1Database, id: string): Promise<MessageRow | null> {
  return (await drizzle(d1).select().from(eventMessages).where(eq(eventMessages.id, id)).get()) ?? null;
}

/** Newest first. */
export function messagesOf(
  d1: D1Database,
  eventId: string,
  limit: number,
  after: Cursor | null,
): Promise<MessageRow[]> {
  const { createdAtMs, id } = eventMessages;
  return drizzle(d1)
    .select()
    .from(eventMessages)
    .where(and(eq(eventMessages.eventId, eventId), isBehind(after, createdAtMs, id, lt)))
    .orderBy(desc(createdAtMs), desc(id))
    .limit(limit);
}

/** By the message's id. */
export async function mailCountsOf(
  d1: D1Database,
  messages: readonly MessageRow[],
): Promise<ReadonlyMap<string, MailCount[]>> {
  const ids = messages.map(({ id }) => id);
  const { mailingId, state, sinceMs } = mails;
  const rows = await drizzle(d1)
    .select({ mailingId, state, mails: count(), latestMs: max(sinceMs) })
    .from(mails)
    .where(and(sql`${mailingId} IS NOT NULL`, isOneOf(mailingId, ids)))
    .groupBy(mailingId, state)
    .orderBy(mailingId, state);
  const counts = rows.map(({ latestMs, ...row }) => ({ ...row, latestMs: latestMs ?? 0 }));
  return Map.groupBy(counts, (row) => row.mailingId ?? "");
}

/** What was written about an event, in the batch that deletes it: nobody ever held tickets. */
export function forgetMessagesOf(db: DrizzleD1Database, eventId: string, isGone: SQL) {
  return [
    db.delete(eventMessages).where(and(eq(eventMessages.eventId, eventId), isGone)),
    db.delete(mailings).where(and(eq(mailings.eventId, eventId), isGone)),
  ] as const;
}
