// The list of events, by an index for all filters: `event_terms` has their rows in the order of the list.

import { and, asc, eq, gt, gte, lt, lte, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import { type Cursor, isBehind } from "../../platform/d1/cursors.ts";
import { events, eventTerms, ticketTypes } from "../../platform/d1/schema.ts";
import type { EventRow } from "./queries.ts";

export type EventWithTicketIds = EventRow & { readonly ticketIds: readonly string[] };

export interface EventFilters {
  /** Events that start from here on; null for no bound. */
  readonly fromMs: number | null;
  /** And before here. */
  readonly toMs: number | null;
  /** As `searchedWords` gives them: all of them occur. */
  readonly words: readonly string[];
  /** With a ticket type that is on sale now and has tickets left. */
  readonly isAvailable: boolean;
  readonly organizerId: string | null;
  /** The organiser's drafts, too. Nobody's where `organizerId` is null. */
  readonly withDrafts: boolean;
}

/** One page, in order, and where the next one begins: null where this is the last. */
export interface EventPage {
  readonly events: readonly EventWithTicketIds[];
  readonly next: Cursor | null;
}

// How many events that have a term are looked at for one page, whether they are found or not.
const CANDIDATES = 500;
const NO_BOUND_MS = Number.MAX_SAFE_INTEGER;
// Behind all ids.
const LAST_ID = "z".repeat(17);

const TICKET_IDS = sql<string>`(
  SELECT json_group_array(id) FROM (
    SELECT id FROM ticket_types WHERE event_id = events.id ORDER BY position, id
  )
)`;

/**
 * By date, then by id, at most `limit`. A search of many events that have none of what is asked stops on its way: the page
 * is then shorter than `limit`, or empty, and yet has a next one.
 */
export async function listEvents(
  d1: D1Database,
  filters: EventFilters,
  limit: number,
  after: Cursor | null,
): Promise<EventPage> {
  const terms = termsOf(filters);
  const nowMs = Date.now();
  const isListed = and(
    filters.withDrafts && filters.organizerId !== null ? undefined : sql`${events.status} <> 'draft'`,
    filters.isAvailable ? isAvailable(nowMs) : undefined,
  );
  const db = drizzle(d1);
  const query = db.select({ event: events, ticketIds: TICKET_IDS });
  const one = limit + 1;
  if (terms.length === 0) {
    const range = isInRange(filters, after, events.startsAtMs, events.id);
    const inOrder = query.from(events).where(and(range, isListed)).orderBy(asc(events.startsAtMs), asc(events.id));
    return pageOf(await inOrder.limit(one), limit, NO_BOUND_MS);
  }
  // Those whose sale has not begun, or is over, are passed by in the index.
  const isOpen = filters.isAvailable
    ? sql`opens_ms IS NOT NULL AND opens_ms <= ${nowMs} AND (closes_ms IS NULL OR closes_ms > ${nowMs})`
    : undefined;
  const { term, startsAtMs, eventId } = eventTerms;
  const isCandidate = and(isInRange(filters, after, startsAtMs, eventId), isOpen) ?? sql`true`;
  const { sparsest, untilMs } = bounded(terms, isCandidate);
  const [[bound], rows] = await db.batch([
    db.select({ untilMs: sql<number>`${untilMs} AS until_ms` }).from(sql`(SELECT 1)`),
    query
      .from(eventTerms)
      // In this order, whatever SQLite thinks of it: the other one would read all events of a page's words.
      .crossJoin(events)
      .where(
        and(eq(term, sparsest), isCandidate, lte(startsAtMs, untilMs), ...has(terms), eq(events.id, eventId), isListed),
      )
      .orderBy(asc(startsAtMs), asc(eventId))
      .limit(one),
  ]);
  return pageOf(rows, limit, bound?.untilMs ?? NO_BOUND_MS);
}

function pageOf(
  rows: readonly { readonly event: EventRow; readonly ticketIds: string }[],
  limit: number,
  untilMs: number,
): EventPage {
  const found = rows.slice(0, limit).map((row) => ({ ...row.event, ticketIds: JSON.parse(row.ticketIds) }));
  const last = found.at(-1);
  if (rows.length > limit && last !== undefined) return { events: found, next: { atMs: last.startsAtMs, id: last.id } };
  return { events: found, next: untilMs === NO_BOUND_MS ? null : { atMs: untilMs, id: LAST_ID } };
}

function termsOf({ words, isAvailable, organizerId }: EventFilters): string[] {
  const terms = [...words, ...(organizerId === null ? [] : [`@${organizerId}`])];
  return terms.length === 0 && isAvailable ? ["@"] : terms;
}

/**
 * The term whose candidates reach the furthest, so that the others are sought for the fewest, and how far they reach: the
 * last event of so many, and those that begin with it.
 */
function bounded(terms: readonly string[], isCandidate: SQL): { readonly sparsest: SQL; readonly untilMs: SQL } {
  const reach = sql`MAX(COALESCE((
    SELECT starts_at_ms FROM event_terms WHERE term = asked.value AND ${isCandidate}
    ORDER BY starts_at_ms, event_id LIMIT 1 OFFSET ${CANDIDATES - 1}
  ), ${NO_BOUND_MS}))`;
  const asked = sql`json_each(${JSON.stringify(terms)}) AS asked`;
  return {
    // With MAX in it, a query's other columns are those of the row that has it.
    sparsest: sql`(SELECT term FROM (SELECT asked.value AS term, ${reach} FROM ${asked}))`,
    untilMs: sql`(SELECT ${reach} FROM ${asked})`,
  };
}

/** That the event of a term has all terms. */
function has(terms: readonly string[]): SQL[] {
  const { term, startsAtMs, eventId } = eventTerms;
  return terms.map(
    (each) => sql`(${term} = ${each} OR EXISTS (
      SELECT 1 FROM event_terms AS other
      WHERE other.term = ${each} AND other.starts_at_ms = ${startsAtMs} AND other.event_id = ${eventId}
    ))`,
  );
}

/** One lower bound only: SQLite seeks by one, and reads all between that and the other. */
function isInRange({ fromMs, toMs }: EventFilters, after: Cursor | null, at: SQLiteColumn, id: SQLiteColumn) {
  const isBehindFrom = after !== null && (fromMs === null || after.atMs >= fromMs);
  return and(
    isBehindFrom ? isBehind(after, at, id, gt) : fromMs === null ? undefined : gte(at, fromMs),
    toMs === null ? undefined : lt(at, toMs),
  );
}

/** Where a window is open at `nowMs`: there may be none between the first and the last one. */
function isAvailable(nowMs: number): SQL | undefined {
  const { salesStartMs, salesEndMs } = ticketTypes;
  return sql`${events.status} = 'published' AND EXISTS (
    SELECT 1 FROM ticket_types WHERE event_id = ${events.id} AND on_sale = 1 AND held + sold < capacity
      AND (${salesStartMs} IS NULL OR ${salesStartMs} <= ${nowMs}) AND (${salesEndMs} IS NULL OR ${salesEndMs} > ${nowMs})
  )`;
}
