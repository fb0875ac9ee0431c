// The list of events, by an index for all filters: `event_terms` has their rows in the order of the list.

import { and, asc, eq, gt, gte, lt, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import { type Cursor, isBehind } from "./cursors.ts";
import type { EventRow } from "./events.ts";
import { events, eventTerms, ticketTypes } from "./schema.ts";

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

// Where this many events have each of the words, any of them is as good to begin with.
const COUNTED = 500;

const TICKET_IDS = sql<string>`(
  SELECT json_group_array(id) FROM (
    SELECT id FROM ticket_types WHERE event_id = events.id ORDER BY position, id
  )
)`;

/** By date, then by id. */
export async function listEvents(
  d1: D1Database,
  filters: EventFilters,
  limit: number,
  after: Cursor | null,
): Promise<EventWithTicketIds[]> {
  const terms = termsOf(filters);
  const range = (at: SQLiteColumn, id: SQLiteColumn) => isInRange(filters, after, at, id);
  const nowMs = Date.now();
  // Those whose sale has not begun, or is over, are passed by in the index.
  const isOpen = filters.isAvailable
    ? sql`opens_ms IS NOT NULL AND opens_ms <= ${nowMs} AND (closes_ms IS NULL OR closes_ms > ${nowMs})`
    : undefined;
  const isListed = and(
    filters.withDrafts && filters.organizerId !== null ? undefined : sql`${events.status} <> 'draft'`,
    filters.isAvailable ? isAvailable(nowMs) : undefined,
  );
  const query = drizzle(d1).select({ event: events, ticketIds: TICKET_IDS });
  const { startsAtMs, eventId } = eventTerms;
  const rows = await (terms.length === 0
    ? query
        .from(events)
        .where(and(range(events.startsAtMs, events.id), isListed))
        .orderBy(asc(events.startsAtMs), asc(events.id))
        .limit(limit)
    : query
        .from(eventTerms)
        // In this order, whatever SQLite thinks of it: the other one would read all events of a page's words.
        .crossJoin(events)
        .where(and(hasAll(terms, and(range(startsAtMs, eventId), isOpen)), eq(events.id, eventId), isListed))
        .orderBy(asc(startsAtMs), asc(eventId))
        .limit(limit));
  return rows.map((row) => ({ ...row.event, ticketIds: JSON.parse(row.ticketIds) }));
}

function termsOf({ words, isAvailable, organizerId }: EventFilters): string[] {
  const terms = [...words, ...(organizerId === null ? [] : [`@${organizerId}`])];
  return terms.length === 0 && isAvailable ? ["@"] : terms;
}

/** Those of the rarest term's candidates whose events have the other terms as well. */
function hasAll(terms: readonly string[], isCandidate: SQL | undefined): SQL | undefined {
  const { term, startsAtMs, eventId } = eventTerms;
  if (terms.length === 1) return and(eq(term, terms[0] ?? ""), isCandidate);
  // With MIN in it, a query's other columns are those of the row that has it.
  const rarest = sql`(SELECT term FROM (
    SELECT asked.value AS term, MIN((
      SELECT COUNT(*) FROM (SELECT 1 FROM event_terms WHERE term = asked.value AND ${isCandidate ?? sql`true`} LIMIT ${COUNTED})
    )) FROM json_each(${JSON.stringify(terms)}) AS asked
  ))`;
  const hasEach = terms.map(
    (each) => sql`(${term} = ${each} OR EXISTS (
      SELECT 1 FROM event_terms AS other
      WHERE other.term = ${each} AND other.starts_at_ms = ${startsAtMs} AND other.event_id = ${eventId}
    ))`,
  );
  return and(eq(term, rarest), isCandidate, ...hasEach);
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
