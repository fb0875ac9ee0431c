// The list of events. Filters other than dates use an inverted index, `event_terms`, in its order.

import { and, asc, eq, gt, gte, lt, lte, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { alias, type SQLiteColumn } from "drizzle-orm/sqlite-core";
import type * as z from "zod";
import { type Cursor, isBehind } from "../../platform/d1/cursors.ts";
import { events, eventTerms } from "../../platform/d1/schema.ts";
import { linkTo } from "../http/replies.ts";
import { presentEvent } from "./presenters.ts";
import type { EventRow } from "./queries.ts";
import type { EventQuery, EventSummary } from "./schemas.ts";

type Query = z.output<typeof EventQuery>;

type EventWithTicketIds = EventRow & { readonly ticketIds: string[] };

/** One page, in order, and where the next one begins: null where this is the last. */
interface EventPage {
  readonly events: readonly EventWithTicketIds[];
  readonly next: Cursor | null;
}

// One page looks at this many events of a term, whether or not they match.
const CANDIDATES = 500;
const NO_BOUND_MS = Number.MAX_SAFE_INTEGER;
// Behind all ids.
const LAST_ID = "z".repeat(17);

const otherTerms = alias(eventTerms, "other");
const TICKET_IDS = sql<string>`(
  SELECT json_group_array(id) FROM (
    SELECT id FROM ticket_types WHERE event_id = events.id ORDER BY position, id
  )
)`;

/** One page as clients see it. `query` is `searchParams`, parsed. */
export async function eventPage(
  d1: D1Database,
  pathname: string,
  searchParams: URLSearchParams,
  query: Query,
  withDrafts: boolean,
): Promise<{ events: z.output<typeof EventSummary>[]; link: string | undefined }> {
  const { events, next } = await listEvents(d1, query, withDrafts);
  const link = next === null ? undefined : linkTo(pathname, searchParams, next);
  return { events: events.map((event) => presentEvent(event, event.ticketIds)), link };
}

/**
 * By date, then by id. `withDrafts` adds the drafts of the organiser whom `query` names. A page
 * ends with its last candidate: it may be short or empty, and yet have a next one.
 */
export async function listEvents(d1: D1Database, query: Query, withDrafts: boolean): Promise<EventPage> {
  const { limit } = query;
  const nowMs = Date.now();
  const terms = termsOf(query);
  const isListed = and(
    withDrafts && query.organizer !== undefined ? undefined : sql`${events.status} <> 'draft'`,
    query.available === undefined ? undefined : isAvailable(nowMs),
  );
  const db = drizzle(d1);
  const selected = db.select({ event: events, ticketIds: TICKET_IDS });
  if (terms.length === 0) {
    const isNext = isInRange(query, events.startsAtMs, events.id);
    const inOrder = selected.from(events).where(and(isNext, isListed)).orderBy(asc(events.startsAtMs), asc(events.id));
    return pageOf(await inOrder.limit(limit + 1), limit, NO_BOUND_MS);
  }
  const { term, startsAtMs, eventId } = eventTerms;
  const isCandidate = and(isInRange(query, startsAtMs, eventId), holds(eventTerms, nowMs));
  const { sparsest, untilMs } = bounded(terms, isCandidate);
  const isMatch = and(...terms.map((each) => hasTerm(each, nowMs)), eq(events.id, eventId), isListed);
  const [[bound], rows] = await db.batch([
    db.select({ untilMs: sql<number>`${untilMs} AS until_ms` }).from(sql`(SELECT 1)`),
    selected
      .from(eventTerms)
      // Forces this order: the other one would read all events of a page's tokens.
      .crossJoin(events)
      .where(and(eq(term, sparsest), isCandidate, lte(startsAtMs, untilMs), isMatch))
      .orderBy(asc(startsAtMs), asc(eventId))
      .limit(limit + 1),
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

function termsOf({ q = [], available, organizer }: Query): string[] {
  return [...q, ...(organizer === undefined ? [] : [`@${organizer}`]), ...(available ? ["@available"] : [])];
}

/** The term with the fewest events to look others up for, and the date of its last candidate. */
function bounded(terms: readonly string[], isCandidate: SQL | undefined): { sparsest: SQL; untilMs: SQL } {
  const reach = sql`MAX(COALESCE((
    SELECT starts_at_ms FROM event_terms WHERE term = asked.value AND ${isCandidate}
    ORDER BY starts_at_ms, event_id LIMIT 1 OFFSET ${CANDIDATES - 1}
  ), ${NO_BOUND_MS}))`;
  const asked = sql`json_each(${JSON.stringify(terms)}) AS asked`;
  return {
    // With MAX in it, a query's other columns are those of the row that has the maximum.
    sparsest: sql`(SELECT term FROM (SELECT asked.value AS term, ${reach} FROM ${asked}))`,
    untilMs: sql`(SELECT ${reach} FROM ${asked})`,
  };
}

/** That the event of a row has `wanted` as well. */
function hasTerm(wanted: string, nowMs: number): SQL {
  const isOfTheSame = and(
    eq(otherTerms.term, wanted),
    eq(otherTerms.startsAtMs, eventTerms.startsAtMs),
    eq(otherTerms.eventId, eventTerms.eventId),
    holds(otherTerms, nowMs),
  );
  return sql`(${eventTerms.term} = ${wanted} OR EXISTS (SELECT 1 FROM event_terms AS other WHERE ${isOfTheSame}))`;
}

/** That a row counts at `nowMs`: a sale may not have begun, or be over. */
function holds({ opensMs, closesMs }: typeof eventTerms | typeof otherTerms, nowMs: number): SQL {
  return sql`(${opensMs} IS NULL OR ${opensMs} <= ${nowMs}) AND (${closesMs} IS NULL OR ${closesMs} > ${nowMs})`;
}

/** One lower bound only: SQLite seeks by one, and reads all between that and the other. */
function isInRange({ from, to, cursor }: Query, at: SQLiteColumn, id: SQLiteColumn) {
  const fromMs = from === undefined ? 0 : Date.parse(from);
  return and(
    cursor !== undefined && cursor.atMs >= fromMs ? isBehind(cursor, at, id, gt) : gte(at, fromMs),
    to === undefined ? undefined : lt(at, Date.parse(to)),
  );
}

/** That a sale is open with tickets left: between the first start and the last end none may be. */
function isAvailable(nowMs: number): SQL {
  return sql`${events.status} = 'published' AND ${events.endsAtMs} > ${nowMs} AND EXISTS (
    SELECT 1 FROM ticket_types WHERE event_id = ${events.id} AND on_sale = 1 AND held + sold < capacity
      AND (sales_start_ms IS NULL OR sales_start_ms <= ${nowMs}) AND (sales_end_ms IS NULL OR sales_end_ms > ${nowMs})
  )`;
}
