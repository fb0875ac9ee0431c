// Events and the descriptions of ticket types in D1.

import { and, asc, between, eq, gt, gte, inArray, ne, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { TicketTypeState } from "../../durable/ticket-type/protocol.ts";
import { events, ticketTypes } from "../../platform/d1/schema.ts";
import { ServiceError } from "../../platform/errors.ts";
import { uncheckedPart } from "../../platform/ids.ts";
import { type AuditEntry, auditStatementIfChanged } from "../audit/queries.ts";

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
    .leftJoin(ticketTypes, eq(ticketTypes.eventId, events.id))
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
    .where(sql`${ticketTypes.eventId} IN (SELECT value FROM json_each(${JSON.stringify(eventIds)}))`)
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

/** The event with this id: `event`, which is new, or the one that is there already. */
export async function insertEvent(
  d1: D1Database,
  event: EventRow,
  entry: AuditEntry,
): Promise<{ event: EventRow; isNew: boolean }> {
  const db = drizzle(d1);
  const [inserted, , [row]] = await db.batch([
    db.insert(events).values(event).onConflictDoNothing({ target: events.id }).returning({ id: events.id }),
    auditStatementIfChanged(db, entry),
    db.select().from(events).where(eq(events.id, event.id)),
  ]);
  if (row === undefined) throw new ServiceError("the event was not inserted");
  return { event: row, isNew: inserted.length > 0 };
}

/** The changed event; null if D1 finds that it, or two changes at once, would end it too early. */
export async function updateEvent(
  d1: D1Database,
  id: string,
  change: Partial<Omit<EventRow, "id">>,
  entry: AuditEntry,
): Promise<EventRow | null> {
  if (Object.keys(change).length === 0) return eventById(d1, id);
  const startsAtMs = change.startsAtMs ?? events.startsAtMs;
  const endsAtMs = change.endsAtMs ?? events.endsAtMs;
  const isSaleNews = change.status !== undefined || change.endsAtMs !== undefined;
  const isReworded = [change.name, change.venue, change.description].some((text) => text !== undefined);
  const db = drizzle(d1);
  const [changed] = await db.batch([
    db
      .update(events)
      .set({
        ...change,
        ...(isSaleNews ? { statusVersion: sql`${events.statusVersion} + 1` } : {}),
        ...(isReworded ? { textsVersion: sql`${events.textsVersion} + 1` } : {}),
      })
      .where(and(eq(events.id, id), sql`${startsAtMs} < ${endsAtMs}`))
      .returning(),
    auditStatementIfChanged(db, entry),
  ]);
  return changed[0] ?? null;
}

export async function countTicketTypes(d1: D1Database, eventId: string): Promise<number> {
  return drizzle(d1).$count(ticketTypes, eq(ticketTypes.eventId, eventId));
}

/** Lists a ticket type that its object knows, last. The row is this one, or was there already. */
export async function insertTicketType(
  d1: D1Database,
  ticketType: Pick<TicketTypeRow, "id" | "eventId" | "name" | "description" | "requestHash">,
  state: TicketTypeState,
  entry: AuditEntry,
): Promise<{ ticketType: TicketTypeRow; isNew: boolean }> {
  const { id, eventId, name, description, requestHash } = ticketType;
  const position = sql`(SELECT COUNT(*) FROM ticket_types WHERE event_id = ${eventId})`;
  // Then the event is still to be announced. An object of the version before has no such version.
  const objectIsBehind = ne(events.statusVersion, state.eventVersion ?? 0);
  const db = drizzle(d1);
  const [inserted, , , [row]] = await db.batch([
    db
      .insert(ticketTypes)
      .values({ ...state, id, eventId, position, name, description, requestHash })
      .onConflictDoNothing({ target: ticketTypes.id })
      .returning({ id: ticketTypes.id }),
    auditStatementIfChanged(db, entry),
    db
      .update(events)
      .set({ announcedVersion: 0 })
      .where(and(eq(events.id, eventId), objectIsBehind)),
    db.select().from(ticketTypes).where(eq(ticketTypes.id, id)),
  ]);
  if (row === undefined) throw new ServiceError("the ticket type was not inserted");
  return { ticketType: row, isNew: inserted.length > 0 };
}

export async function describeTicketType(
  d1: D1Database,
  id: string,
  change: { name?: string; description?: string },
): Promise<void> {
  if (Object.keys(change).length > 0) await drizzle(d1).update(ticketTypes).set(change).where(eq(ticketTypes.id, id));
}

/** Every object knows this version of the event. A newer one is still to be announced. */
export async function markAnnounced(
  d1: D1Database,
  { id, statusVersion }: EventRow,
  ticketTypes: number,
): Promise<void> {
  // One may have been added meanwhile. None is ever deleted, so their number tells.
  const isComplete = sql`(SELECT COUNT(*) FROM ticket_types WHERE event_id = ${id}) = ${ticketTypes}`;
  await drizzle(d1)
    .update(events)
    .set({ announcedVersion: statusVersion })
    .where(and(eq(events.id, id), eq(events.statusVersion, statusVersion), isComplete));
}

/** In random order: events whose objects can't be reached do not keep the others waiting. */
export async function unannouncedEvents(d1: D1Database, limit: number): Promise<EventRow[]> {
  const isUnannounced = sql`${events.announcedVersion} < ${events.statusVersion}`;
  return drizzle(d1).select().from(events).where(isUnannounced).orderBy(sql`random()`).limit(limit);
}

/** By id, after `id`, or from it on if it is `included`. Null for everybody's ticket types. */
export async function ticketTypesOfOrganizer(
  d1: D1Database,
  organizerId: string | null,
  id: string,
  included: boolean,
  limit: number,
): Promise<TicketTypeRow[]> {
  const isTheirs = organizerId === null ? undefined : eq(events.organizerId, organizerId);
  const rows = await drizzle(d1)
    .select({ ticketType: ticketTypes })
    .from(events)
    .innerJoin(ticketTypes, eq(ticketTypes.eventId, events.id))
    .where(and(isTheirs, (included ? gte : gt)(ticketTypes.id, id)))
    .orderBy(asc(ticketTypes.id))
    .limit(limit);
  return rows.map(({ ticketType }) => ticketType);
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
