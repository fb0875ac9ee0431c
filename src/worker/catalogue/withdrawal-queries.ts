// What withdrawing and deleting events and ticket types changes in D1.

import { and, eq, isNotNull, lte, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { IfMatch } from "../../domain/edition.ts";
import { isOfTicketType } from "../../platform/d1/ids.ts";
import { events, retiringTicketTypes, termsVersions, ticketTypes } from "../../platform/d1/schema/catalogue.ts";
import { newId } from "../../platform/ids.ts";
import { type AuditEntry, auditStatement, auditStatementIfChanged } from "../audit/queries.ts";
import { endInvitationsTo, endManagersInvitations } from "../crew/invitations.ts";
import { endCrewOf, endManagersOf } from "../crew/queries.ts";
import { forgetMessagesOf } from "../mail/messages.ts";
import { type EventRow, isComplete, isEdition, type TicketTypeRow } from "./queries.ts";

/** An event that is off sale, with all of its ticket types. */
export interface Withdrawn {
  readonly event: EventRow;
  readonly ticketTypes: readonly TicketTypeRow[];
}

export async function markWithdrawn(d1: D1Database, id: string, nowMs: number): Promise<EventRow | null> {
  const statusVersion = sql`${events.statusVersion} + 1`;
  const change = { withdrawnSinceMs: nowMs, statusVersion };
  return (await drizzle(d1).update(events).set(change).where(eq(events.id, id)).returning().get()) ?? null;
}

/** Null if another request has changed the event since, and so ended its withdrawal. */
export async function unmarkWithdrawn(d1: D1Database, { id, statusVersion }: EventRow): Promise<EventRow | null> {
  const change = { withdrawnSinceMs: null, statusVersion: sql`${events.statusVersion} + 1` };
  const isSame = and(eq(events.id, id), eq(events.statusVersion, statusVersion), isNotNull(events.withdrawnSinceMs));
  return (await drizzle(d1).update(events).set(change).where(isSame).returning().get()) ?? null;
}

/** What requests began before then and did not finish: at most `limit` of each, in random order. */
export async function unfinishedSince(
  d1: D1Database,
  sinceMs: number,
  limit: number,
): Promise<{ withdrawn: EventRow[]; retiring: string[] }> {
  const isOld = sql`${events.withdrawnSinceMs} IS NOT NULL AND ${events.withdrawnSinceMs} <= ${sinceMs}`;
  const db = drizzle(d1);
  const [withdrawn, retiring] = await db.batch([
    db.select().from(events).where(isOld).orderBy(sql`random()`).limit(limit),
    db
      .select({ id: retiringTicketTypes.id })
      .from(retiringTicketTypes)
      .where(lte(retiringTicketTypes.sinceMs, sinceMs))
      .orderBy(sql`random()`)
      .limit(limit),
  ]);
  return { withdrawn, retiring: retiring.map(({ id }) => id) };
}

/** That the event is still withdrawn, by the same request, and has got no other ticket types. */
export function isStillWithdrawn({ event: { id, statusVersion }, ticketTypes }: Withdrawn): SQL {
  return sql`EXISTS (
    SELECT 1 FROM events WHERE id = ${id} AND status_version = ${statusVersion} AND withdrawn_since_ms IS NOT NULL
  ) AND ${isComplete(id, ticketTypes)}`;
}

/**
 * The event and its ticket types, all at once. False if it is not withdrawn as it was any more, or
 * has another edition.
 */
export async function deleteEventRows(
  d1: D1Database,
  withdrawn: Withdrawn,
  ifMatch: IfMatch,
  entry: AuditEntry,
  nowMs: number,
): Promise<boolean> {
  const { id } = withdrawn.event;
  const isUnchanged = and(isStillWithdrawn(withdrawn), isEdition(id, ifMatch));
  const isGone = sql`NOT EXISTS (SELECT 1 FROM events WHERE id = ${id})`;
  const db = drizzle(d1);
  const [, , deleted] = await db.batch([
    db
      .insert(retiringTicketTypes)
      .select(sql`SELECT id, ${nowMs} FROM ticket_types WHERE event_id = ${id} AND ${isUnchanged}`)
      .onConflictDoNothing(),
    db.delete(ticketTypes).where(and(eq(ticketTypes.eventId, id), isUnchanged)),
    db
      .delete(events)
      .where(and(eq(events.id, id), isUnchanged))
      .returning({ id: events.id }),
    auditStatementIfChanged(db, entry),
    // Nobody ever held tickets, so nobody accepted them.
    db.delete(termsVersions).where(sql`event_id = ${id} AND ${isGone}`),
    endCrewOf(db, id, isGone),
    endInvitationsTo(db, id, isGone),
    ...forgetMessagesOf(db, id, isGone),
  ]);
  return deleted.length === 1;
}

/** Records that the ticket type is to be deleted, before its object is. */
export async function beginRetiring(d1: D1Database, id: string, entry: AuditEntry, nowMs: number): Promise<void> {
  const db = drizzle(d1);
  await db.batch([
    db.insert(retiringTicketTypes).values({ id, sinceMs: nowMs }).onConflictDoNothing(),
    auditStatement(db, entry),
  ]);
}

/** Its object is empty, or, if it stays `listed`, has refused. */
export async function endRetiring(d1: D1Database, id: string, listed: boolean): Promise<void> {
  const db = drizzle(d1);
  await db.batch([
    db.delete(retiringTicketTypes).where(eq(retiringTicketTypes.id, id)),
    db.delete(ticketTypes).where(and(eq(ticketTypes.id, id), listed ? sql`false` : sql`true`)),
  ]);
}

/** Whether D1 has reservations of these ticket types. Objects forget them long after their end. */
export async function haveReservations(d1: D1Database, ids: readonly string[]): Promise<boolean> {
  const found = await drizzle(d1).all(sql`
    SELECT 1 FROM json_each(${JSON.stringify(ids)}) AS wanted
    CROSS JOIN reservations ON ${isOfTicketType(sql`reservations.id`, sql`wanted.value`)} LIMIT 1`);
  return found.length > 0;
}

/** Gives the event a currency, unless another of its ticket types has a different one. */
export async function claimCurrency(
  d1: D1Database,
  { id, eventId }: Pick<TicketTypeRow, "id" | "eventId">,
  currency: string,
): Promise<boolean> {
  const isAlone = sql`NOT EXISTS (SELECT 1 FROM ticket_types WHERE event_id = ${eventId} AND id <> ${id})`;
  const changed = await drizzle(d1)
    .update(events)
    .set({ currency })
    .where(and(eq(events.id, eventId), isAlone))
    .returning({ id: events.id });
  return changed.length === 1;
}

/**
 * Gives the event to `organizerId`, and ends its managers' parts and invitations to be one. Null if
 * that is not an account that may have events, or if the event has another edition.
 */
export async function handOverRow(
  d1: D1Database,
  id: string,
  organizerId: string,
  ifMatch: IfMatch,
  entry: AuditEntry,
): Promise<EventRow | null> {
  const mayHaveEvents = sql`EXISTS (
    SELECT 1 FROM accounts WHERE accounts.id = ${organizerId} AND role IN ('organizer', 'admin')
  )`;
  const edition = newId();
  const isHandedOver = sql`EXISTS (SELECT 1 FROM events WHERE id = ${id} AND edition = ${edition})`;
  const db = drizzle(d1);
  const [changed] = await db.batch([
    db
      .update(events)
      .set({ organizerId, edition })
      .where(and(eq(events.id, id), mayHaveEvents, isEdition(id, ifMatch)))
      .returning(),
    auditStatementIfChanged(db, entry),
    endManagersOf(db, id, organizerId, isHandedOver),
    endManagersInvitations(db, id, isHandedOver),
  ]);
  return changed[0] ?? null;
}

/** At most `limit` ids. */
export async function eventIdsOf(d1: D1Database, organizerId: string, limit: number): Promise<string[]> {
  const rows = await drizzle(d1)
    .select({ id: events.id })
    .from(events)
    .where(eq(events.organizerId, organizerId))
    .limit(limit);
  return rows.map(({ id }) => id);
}
