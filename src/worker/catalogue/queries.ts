// Events and the descriptions of ticket types in D1.

import { and, asc, between, eq, gt, gte, inArray, ne, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { type Cancellation, NOTHING_SAID } from "../../domain/cancellation.ts";
import type { IfMatch } from "../../domain/edition.ts";
import type { Terms } from "../../domain/terms.ts";
import type { TicketTypeState } from "../../durable/ticket-type/protocol.ts";
import { isOneOf } from "../../platform/d1/ids.ts";
import { events, ticketTypes } from "../../platform/d1/schema/catalogue.ts";
import { newId, uncheckedPart } from "../../platform/ids.ts";
import { type AuditEntry, auditStatementIfChanged } from "../audit/queries.ts";
import { beginMailing, concludeMailing } from "../mail/mailings.ts";
import { receiptsDueOf } from "../receipts/due.ts";
import { isVersionOf, keepTerms } from "./terms-queries.ts";

export type EventRow = typeof events.$inferSelect;
export type TicketTypeRow = typeof ticketTypes.$inferSelect;
/** What an organiser sees of a ticket type. */
export type TicketTypeDetails = Omit<TicketTypeRow, "position" | "onSale" | "version">;

export async function eventById(d1: D1Database, id: string): Promise<EventRow | null> {
  return (await drizzle(d1).select().from(events).where(eq(events.id, id)).get()) ?? null;
}

export async function ticketTypesOf(d1: D1Database, eventId: string): Promise<TicketTypeRow[]> {
  return drizzle(d1)
    .select()
    .from(ticketTypes)
    .where(eq(ticketTypes.eventId, eventId))
    .orderBy(asc(ticketTypes.position), asc(ticketTypes.id));
}

/** Those of the events that there are, with their ticket types in the order of their pages. */
export async function eventsWithTicketTypes(
  d1: D1Database,
  ids: readonly string[],
): Promise<{ event: EventRow; ticketTypeIds: string[] }[]> {
  const rows = await drizzle(d1)
    .select({ event: events, ticketTypeId: ticketTypes.id })
    .from(events)
    .leftJoin(ticketTypes, and(eq(ticketTypes.eventId, events.id), eq(ticketTypes.hidden, false)))
    .where(inArray(events.id, [...ids]))
    .orderBy(asc(events.id), asc(ticketTypes.position), asc(ticketTypes.id));
  return [...Map.groupBy(rows, ({ event }) => event.id).values()].flatMap((ofEvent) => {
    const ticketTypeIds = ofEvent.flatMap(({ ticketTypeId }) => ticketTypeId ?? []);
    return ofEvent.slice(0, 1).map(({ event }) => ({ event, ticketTypeIds }));
  });
}

/** Those of each event in their order. */
export async function ticketTypesOfEvents(d1: D1Database, eventIds: readonly string[]): Promise<TicketTypeRow[]> {
  return drizzle(d1)
    .select()
    .from(ticketTypes)
    .where(isOneOf(ticketTypes.eventId, eventIds))
    .orderBy(asc(ticketTypes.position), asc(ticketTypes.id));
}

export async function ticketTypeWithEvent(
  d1: D1Database,
  id: string,
): Promise<{ ticketType: TicketTypeRow; event: EventRow } | null> {
  const row = await drizzle(d1)
    .select({ ticketType: ticketTypes, event: events })
    .from(ticketTypes)
    .innerJoin(events, eq(events.id, ticketTypes.eventId))
    .where(eq(ticketTypes.id, id))
    .get();
  return row ?? null;
}

/** The event with this id: `event`, or the one that is there already; null if it was deleted. */
export async function insertEvent(
  d1: D1Database,
  event: EventRow,
  terms: Terms | null,
  entry: AuditEntry,
): Promise<{ event: EventRow; isNew: boolean } | null> {
  const db = drizzle(d1);
  const [inserted, , , [row]] = await db.batch([
    db.insert(events).values(event).onConflictDoNothing({ target: events.id }).returning({ id: events.id }),
    auditStatementIfChanged(db, entry),
    keepTerms(db, event.id, terms, sql`changes() > 0`),
    db.select().from(events).where(eq(events.id, event.id)),
  ]);
  return row === undefined ? null : { event: row, isNew: inserted.length > 0 };
}

/** What the objects of its ticket types must know of an event. */
const SALE_NEWS = [
  "status",
  "startsAtMs",
  "endsAtMs",
  "termsVersion",
  "refundableUntilMs",
  "doorsOpenAtMs",
  "reentry",
] as const satisfies (keyof EventRow)[];

/** Everybody who holds tickets is mailed about these. */
const BUYERS_NEWS = ["name", "venue", "startsAtMs", "timezone", "status"] as const satisfies (keyof EventRow)[];

/** Ids of ticket types in the order that they are to have; undefined to leave it. */
type Order = readonly string[] | undefined;

/**
 * The changed event; null unless `condition` holds, or if `order` does not name all of its ticket
 * types, or if the version of `terms` had other contents, or if D1 finds that it, or two changes at
 * once, would end it too early, or let buyers give back or open the doors after its end, or put it
 * on again although what was sold of it is refunded.
 */
export async function updateEvent(
  d1: D1Database,
  id: string,
  change: Partial<Omit<EventRow, "id">>,
  order: Order,
  terms: Terms | null,
  condition: SQL | undefined,
  entry: AuditEntry,
): Promise<EventRow | null> {
  if (Object.keys(change).length === 0 && order === undefined) return eventById(d1, id);
  const startsAtMs = change.startsAtMs ?? events.startsAtMs;
  const endsAtMs = change.endsAtMs ?? events.endsAtMs;
  const { status, refundableUntilMs = events.refundableUntilMs, doorsOpenAtMs = events.doorsOpenAtMs } = change;
  const isInTime = sql`${startsAtMs} < ${endsAtMs} AND (${refundableUntilMs} IS NULL OR ${refundableUntilMs} <= ${endsAtMs})
    AND (${doorsOpenAtMs} IS NULL OR ${doorsOpenAtMs} < ${endsAtMs})`;
  const isSaleNews = SALE_NEWS.some((field) => change[field] !== undefined);
  const isReworded = [change.name, change.venue, change.description].some((text) => text !== undefined);
  const isTheirVersion = terms === null ? undefined : isVersionOf(id, terms);
  const edition = newId();
  const db = drizzle(d1);
  const isNews = BUYERS_NEWS.some((field) => change[field] !== undefined);
  const nowMs = Date.now();
  const [, changed] = await db.batch([
    beginMailing(db, id, edition, isNews, nowMs),
    db
      .update(events)
      .set({
        ...change,
        edition,
        statusVersion: sql`${events.statusVersion} + ${isSaleNews ? 1 : 0}`,
        ...(status === undefined ? {} : { withdrawnSinceMs: null, cancellation: cancellationAt(status, change) }),
        ...(isReworded ? { textsVersion: sql`${events.textsVersion} + 1` } : {}),
      })
      .where(and(eq(events.id, id), isInTime, isPermutation(id, order), isTheirVersion, mayBe(status), condition))
      .returning(),
    auditStatementIfChanged(db, entry),
    db
      .update(ticketTypes)
      .set({ position: sql`(SELECT key FROM json_each(${JSON.stringify(order ?? [])}) WHERE value = ticket_types.id)` })
      .where(and(eq(ticketTypes.eventId, id), order === undefined ? sql`false` : sql`changes() > 0`)),
    receiptsDueOf(db, id, change.seller ? edition : null),
    keepTerms(db, id, terms, sql`EXISTS (SELECT 1 FROM events WHERE id = ${id} AND edition = ${edition})`),
    ...concludeMailing(db, id, edition, nowMs),
  ]);
  return changed[0] ?? null;
}

/** How it was called off stays, unless this says otherwise, until it is on again. */
function cancellationAt(status: EventRow["status"], { cancellation }: Partial<EventRow>): Cancellation | SQL | null {
  if (cancellation != null || status !== "cancelled") return cancellation ?? null;
  const now = JSON.stringify({ ...NOTHING_SAID, atMs: Date.now() } satisfies Cancellation);
  return sql`CASE ${events.status} WHEN 'cancelled' THEN ${events.cancellation} ELSE ${now} END`;
}

function mayBe(status: EventRow["status"] | undefined): SQL | undefined {
  const isRefunded = sql`coalesce(${events.cancellation} ->> 'refund', 0)`;
  return status === undefined || status === "cancelled" ? undefined : sql`NOT ${isRefunded}`;
}

export async function countTicketTypes(d1: D1Database, eventId: string): Promise<number> {
  return drizzle(d1).$count(ticketTypes, eq(ticketTypes.eventId, eventId));
}

/** That `order` names each ticket type of the event. */
function isPermutation(eventId: string, order: Order): SQL | undefined {
  if (order === undefined) return undefined;
  const areNamed = isComplete(
    eventId,
    order.map((id) => ({ id })),
  );
  return sql`${areNamed} AND (SELECT COUNT(*) FROM ticket_types WHERE event_id = ${eventId}) = ${order.length}`;
}

/** That the event has one of these editions. */
export function isEdition(eventId: string, ifMatch: IfMatch): SQL | undefined {
  if (ifMatch === null) return undefined;
  const editions = sql`(SELECT value FROM json_each(${JSON.stringify(ifMatch)}))`;
  return sql`EXISTS (SELECT 1 FROM events WHERE id = ${eventId} AND edition IN ${editions})`;
}

/** That the event has no other ticket types than these. */
export function isComplete(eventId: string, known: readonly Pick<TicketTypeRow, "id">[]): SQL {
  const ids = JSON.stringify(known.map(({ id }) => id));
  return sql`NOT EXISTS (
    SELECT 1 FROM ticket_types WHERE event_id = ${eventId} AND id NOT IN (SELECT value FROM json_each(${ids}))
  )`;
}

/**
 * Lists a ticket type that its object knows, last, and returns its row, new or not. Null if its
 * event was deleted or has another currency, or if it was deleted itself.
 */
export async function insertTicketType(
  d1: D1Database,
  ticketType: Pick<TicketTypeRow, "id" | "eventId" | "name" | "description" | "hidden" | "requestHash">,
  state: TicketTypeState,
  entry: AuditEntry,
): Promise<{ ticketType: TicketTypeRow; isNew: boolean } | null> {
  const { id, eventId, name, description, hidden, requestHash } = ticketType;
  const position = sql`(SELECT COALESCE(MAX(position) + 1, 0) FROM ticket_types WHERE event_id = ${eventId})`;
  // Then the event is still to be announced. An object of the version before has no such version.
  const objectIsBehind = ne(events.statusVersion, state.eventVersion ?? 0);
  const db = drizzle(d1);
  const [inserted, , , [row]] = await db.batch([
    db
      .insert(ticketTypes)
      .values({ ...state, id, eventId, position, name, description, hidden, requestHash })
      .onConflictDoNothing({ target: ticketTypes.id })
      .returning({ id: ticketTypes.id }),
    auditStatementIfChanged(db, entry),
    db
      .update(events)
      .set({ announcedVersion: 0 })
      .where(and(eq(events.id, eventId), objectIsBehind)),
    db.select().from(ticketTypes).where(eq(ticketTypes.id, id)),
  ]);
  return row === undefined ? null : { ticketType: row, isNew: inserted.length > 0 };
}

/** For an object of the version before, which takes no texts. */
export async function describeTicketType(
  d1: D1Database,
  id: string,
  change: Partial<Pick<TicketTypeRow, "name" | "description" | "hidden">>,
): Promise<void> {
  if (Object.keys(change).length > 0) await drizzle(d1).update(ticketTypes).set(change).where(eq(ticketTypes.id, id));
}

/** Every object knows this version of the event. A newer one is still to be announced. */
export async function markAnnounced(
  d1: D1Database,
  { id, statusVersion }: EventRow,
  ticketTypesReached: readonly TicketTypeRow[],
): Promise<void> {
  await drizzle(d1)
    .update(events)
    .set({ announcedVersion: statusVersion })
    // One may have been added meanwhile.
    .where(and(eq(events.id, id), eq(events.statusVersion, statusVersion), isComplete(id, ticketTypesReached)));
}

/** An object knows no newer version of the event than this: then it is announced once more. */
export async function announceAgain(d1: D1Database, eventId: string, knownVersion: number): Promise<void> {
  await drizzle(d1)
    .update(events)
    .set({ announcedVersion: 0 })
    .where(
      and(
        eq(events.id, eventId),
        gt(events.statusVersion, knownVersion),
        eq(events.announcedVersion, events.statusVersion),
      ),
    );
}

/** In random order: events whose objects can't be reached do not keep the others waiting. */
export async function unannouncedEvents(d1: D1Database, limit: number): Promise<EventRow[]> {
  const isUnannounced = sql`${events.announcedVersion} < ${events.statusVersion}`;
  return drizzle(d1).select().from(events).where(isUnannounced).orderBy(sql`random()`).limit(limit);
}

/** In random order: events whose objects can't be reached do not keep the others waiting. */
export async function refundingEvents(d1: D1Database, limit: number): Promise<EventRow[]> {
  return drizzle(d1).select().from(events).where(sql`${events.refunding} = 1`).orderBy(sql`random()`).limit(limit);
}

/** Nothing is left to refund in the objects of these ticket types, which are all of the event's. */
export async function markRefunded(
  d1: D1Database,
  { id }: EventRow,
  ticketTypesReached: readonly TicketTypeRow[],
): Promise<void> {
  await drizzle(d1)
    .update(events)
    .set({ refunding: false })
    .where(and(eq(events.id, id), isComplete(id, ticketTypesReached)));
}

/** A ticket type, with the version of its event's status and end, and that of its terms. */
export type TicketTypeOfEvent = TicketTypeRow &
  Pick<EventRow, "statusVersion"> & { readonly requiredTerms: EventRow["termsVersion"] };

/** By id, after `id`, or from it on if it is `included`. Null for everybody's ticket types. */
export async function ticketTypesOfOrganizer(
  d1: D1Database,
  organizerId: string | null,
  id: string,
  included: boolean,
  limit: number,
): Promise<TicketTypeOfEvent[]> {
  const isTheirs = organizerId === null ? undefined : eq(events.organizerId, organizerId);
  const rows = await drizzle(d1)
    .select({ ticketType: ticketTypes, statusVersion: events.statusVersion, requiredTerms: events.termsVersion })
    .from(events)
    .innerJoin(ticketTypes, eq(ticketTypes.eventId, events.id))
    .where(and(isTheirs, (included ? gte : gt)(ticketTypes.id, id)))
    .orderBy(asc(ticketTypes.id))
    .limit(limit);
  return rows.map(({ ticketType, ...ofEvent }) => ({ ...ticketType, ...ofEvent }));
}

export async function ticketTypeById(d1: D1Database, id: string): Promise<TicketTypeRow | null> {
  return (await drizzle(d1).select().from(ticketTypes).where(eq(ticketTypes.id, id)).get()) ?? null;
}

/** By an id whose check characters may be those of another secret, or none. */
export async function ticketTypeNamed(d1: D1Database, id: string): Promise<TicketTypeRow | null> {
  const unchecked = uncheckedPart(id);
  const isNamed = between(ticketTypes.id, unchecked, `${unchecked}~`);
  return (await drizzle(d1).select().from(ticketTypes).where(isNamed).get()) ?? null;
}

/** Ids of ticket types from `id` on, and from the first one again after the last. */
export async function ticketTypesFrom(d1: D1Database, id: string, limit: number): Promise<string[]> {
  const idsFrom = (first: string) =>
    drizzle(d1)
      .select({ id: ticketTypes.id })
      .from(ticketTypes)
      .where(gte(ticketTypes.id, first))
      .orderBy(asc(ticketTypes.id))
      .limit(limit);
  const [after, first] = await drizzle(d1).batch([idsFrom(id), idsFrom("")]);
  return [...new Set([...after, ...first].map((row) => row.id))].slice(0, limit);
}
