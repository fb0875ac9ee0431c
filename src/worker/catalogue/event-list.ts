// The list of events: a page of what `event-candidates.ts` finds, with the state of each sale.

import { and, eq, lte, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type * as z from "zod";
import type { Cursor } from "../../platform/d1/cursors.ts";
import { events } from "../../platform/d1/schema/catalogue.ts";
import { linkTo } from "../http/replies.ts";
import { CANDIDATES, hasTerm, inOrder, type Part, partsOf } from "./event-candidates.ts";
import { presentEvent, presentOnSale, presentTicket, type TicketTypeOnSale } from "./presenters.ts";
import { type EventRow, ticketTypesOfEvents } from "./queries.ts";
import type { EventQuery, EventSummary } from "./schemas.ts";

type Query = z.output<typeof EventQuery>;
type Summary = z.output<typeof EventSummary>;

interface ListedEvent extends EventRow {
  readonly ticketTypes: readonly TicketTypeOnSale[];
}

/** One page, in order, and where the next one begins: null where this is the last. */
interface EventPage {
  readonly events: readonly ListedEvent[];
  readonly next: Cursor | null;
}

// A page with ticket types in full ends before it has more: each may be long.
const MOST_IN_FULL = 300;

/** The ticket types that everybody sees, or all. */
const ticketTypesOf = (withHidden: boolean) => sql<string>`(
  SELECT json_group_array(json_object('id', id, 'priceMinor', price_minor, 'prices', json(prices), 'maxPerBuyer', max_per_buyer, 'currency', currency, 'capacity', capacity,
    'held', held, 'sold', sold, 'salesStartMs', sales_start_ms, 'salesEndMs', sales_end_ms))
  FROM (SELECT * FROM ticket_types WHERE event_id = events.id AND (hidden = 0 OR ${withHidden}) ORDER BY position, id)
)`;

/** One page as clients see it. `query` is `searchParams`, parsed. */
export async function eventPage(
  d1: D1Database,
  pathname: string,
  searchParams: URLSearchParams,
  query: Query,
  withDrafts: boolean,
): Promise<{ events: Summary[]; link: string | undefined }> {
  const page = await listEvents(d1, query, withDrafts);
  const { events, next } = query.expand === undefined ? page : withFewTickets(page);
  const link = next === null ? undefined : linkTo(pathname, searchParams, next);
  const presented = await (query.expand === undefined
    ? events.map(presentShort)
    : presentInFull(d1, events, withDrafts));
  if (!withDrafts) return { events: presented, link };
  return { events: presented.map((event, at) => ({ ...event, ...stockOf(events[at]?.ticketTypes ?? []) })), link };
}

/**
 * By date, then by id. `withDrafts` adds the drafts of the organiser whom `query` names, and hidden
 * ticket types. A page ends with its last candidate: it may be short or empty, and yet have a next
 * one.
 */
export async function listEvents(d1: D1Database, query: Query, withDrafts: boolean): Promise<EventPage> {
  const { limit, from, to, cursor = null } = query;
  const nowMs = Date.now();
  const isPast = query.past !== undefined;
  const terms = termsOf(query);
  const isListed = and(
    withDrafts && query.organizer !== undefined ? undefined : sql`${events.status} <> 'draft'`,
    query.available === undefined ? undefined : isAvailable(nowMs),
    isPast ? lte(events.endsAtMs, nowMs) : undefined,
    ...terms.map((term) => hasTerm(term, nowMs)),
  );
  // Without `from`, the past has all that is over, and every other list what is not over yet.
  const fromMs = from !== undefined ? Date.parse(from) : isPast ? -1 : nowMs;
  const toMs = to === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(to);
  const parts = partsOf({ fromMs, toMs, isPast, cursor, nowMs }, terms);
  const found: ListedEvent[] = [];
  for (const { events, stoppedAt } of await Promise.all(
    parts.map((part) => readPart(d1, part, isListed, isPast, ticketTypesOf(withDrafts), limit)),
  )) {
    found.push(...events);
    const last = found[limit - 1];
    if (found.length > limit && last !== undefined) return { events: found.slice(0, limit), next: placeOf(last) };
    if (stoppedAt !== null) return { events: found, next: stoppedAt };
  }
  return { events: found, next: null };
}

/** At most one event more than `limit`, and the last candidate if others may be behind it. */
async function readPart(
  d1: D1Database,
  part: Part,
  isListed: SQL | undefined,
  isPast: boolean,
  ticketTypes: SQL<string>,
  limit: number,
) {
  const db = drizzle(d1);
  const candidates = sql`(${part.candidates}) AS candidates`;
  const [atMs, id] = [sql<number>`candidates.starts_at_ms`, sql<string>`candidates.id`];
  const selected = db
    .select({ event: events, ticketTypes })
    .from(candidates)
    // Forces this order: the other one would read all events.
    .crossJoin(events)
    .where(and(eq(events.id, id), isListed))
    .orderBy(inOrder(isPast, atMs), inOrder(isPast, id))
    .limit(limit + 1);
  const last = db
    .select({ atMs: sql<number>`${atMs} AS at_ms`, id: sql<string>`${id} AS id` })
    .from(candidates)
    .limit(1)
    .offset(CANDIDATES - 1);
  const [[stoppedAt = null], rows] = part.isExact ? [[null], await selected] : await db.batch([last, selected]);
  const read = rows.map(({ event, ticketTypes }): ListedEvent => ({ ...event, ticketTypes: JSON.parse(ticketTypes) }));
  return { events: read, stoppedAt };
}

function placeOf({ startsAtMs, id }: EventRow): Cursor {
  return { atMs: startsAtMs, id };
}

/** The page up to the event with which it would have too many ticket types; at least one event. */
function withFewTickets({ events, next }: EventPage): EventPage {
  let left = MOST_IN_FULL;
  const few = events.filter(({ ticketTypes }, at) => {
    left -= ticketTypes.length;
    return left >= 0 || at === 0;
  });
  const last = few.at(-1);
  return few.length === events.length || last === undefined ? { events, next } : { events: few, next: placeOf(last) };
}

/** Sums of the copies that the page was read with. */
function stockOf(ticketTypes: readonly TicketTypeOnSale[]) {
  const sumOf = (key: "capacity" | "held" | "sold") => ticketTypes.reduce((sum, one) => sum + one[key], 0);
  return { capacity: sumOf("capacity"), held: sumOf("held"), sold: sumOf("sold") };
}

function presentShort(event: ListedEvent): Summary {
  const sales = event.ticketTypes.map((ticketType) => presentOnSale(ticketType, event));
  const ids = event.ticketTypes.map(({ id }) => id);
  return presentEvent(event, ids, sales);
}

async function presentInFull(d1: D1Database, events: readonly ListedEvent[], toOrganizer: boolean): Promise<Summary[]> {
  const ids = events.map(({ id }) => id);
  const rows = Map.groupBy(await ticketTypesOfEvents(d1, ids), ({ eventId }) => eventId);
  return events.map((event) => {
    const shown = (rows.get(event.id) ?? []).filter(({ hidden }) => toOrganizer || !hidden);
    const tickets = shown.map((row) => presentTicket(row, event, toOrganizer));
    return presentEvent(event, tickets, tickets);
  });
}

function termsOf({ q = [], available, organizer }: Query): string[] {
  return [...q, ...(organizer === undefined ? [] : [`@${organizer}`]), ...(available ? ["@available"] : [])];
}

/** That a sale is open with tickets left: between the first start and the last end none may be. */
function isAvailable(nowMs: number): SQL {
  return sql`${events.status} = 'published' AND ${events.endsAtMs} > ${nowMs} AND EXISTS (
    SELECT 1 FROM ticket_types WHERE event_id = ${events.id} AND on_sale = 1 AND held + sold < capacity AND hidden = 0
      AND (sales_start_ms IS NULL OR sales_start_ms <= ${nowMs}) AND (sales_end_ms IS NULL OR sales_end_ms > ${nowMs})
  )`;
}
