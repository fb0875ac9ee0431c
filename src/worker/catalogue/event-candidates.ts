// Where the list of events finds its candidates: in an index that has them in the list's order.

import { and, asc, desc, eq, gt, lt, lte, type SQL, sql } from "drizzle-orm";
import { alias, type SQLiteColumn } from "drizzle-orm/sqlite-core";
import { type Cursor, isBehind } from "../../platform/d1/cursors.ts";
import { EVENT_LENGTHS_MS, events, eventTerms, lengthClass } from "../../platform/d1/schema/catalogue.ts";

/** One page looks at this many events of a part, whether or not they match. */
export const CANDIDATES = 500;
const NO_BOUND_MS = Number.MAX_SAFE_INTEGER;

/** Which events a list has, and where its page begins. */
export interface Range {
  /** Events that overlap `[fromMs, toMs)`. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Events that are over, newest first; else the earliest first. */
  readonly isPast: boolean;
  readonly cursor: Cursor | null;
  readonly nowMs: number;
}

/** A part of a list. Rows are `term`, `starts_at_ms` and `id`, in order, at most `CANDIDATES`. */
export interface Part {
  readonly candidates: SQL;
  /** Each candidate is on the list: none has to be looked at in vain. */
  readonly isExact: boolean;
}

/** When a part's events start. */
interface Starts {
  readonly afterMs: number;
  readonly untilMs: number;
}

const otherTerms = alias(eventTerms, "other");

/**
 * The parts that the page may have events of, in the list's order: what goes on at `fromMs`, and
 * what starts after it.
 */
export function partsOf(range: Range, terms: readonly string[]): Part[] {
  const { fromMs, toMs, isPast, cursor, nowMs } = range;
  const beforeMs = isPast ? Math.min(toMs, nowMs) : toMs;
  const goesOn = { afterMs: Number.NEGATIVE_INFINITY, untilMs: Math.min(fromMs, beforeMs - 1) };
  const starts = { afterMs: fromMs, untilMs: beforeMs - 1 };
  const parts = [
    { starts: goesOn, candidates: goingOn(range, goesOn.untilMs), isExact: false },
    { starts, candidates: starting(range, starts, terms), isExact: terms.length === 0 && !isPast },
  ];
  const isBehindCursor = ({ starts: { afterMs, untilMs } }: (typeof parts)[number]) =>
    cursor === null || (isPast ? cursor.atMs > afterMs : cursor.atMs <= untilMs);
  return (isPast ? parts.reverse() : parts).filter(({ starts }) => starts.untilMs >= 0).filter(isBehindCursor);
}

/** That the event of a candidate has `wanted`. */
export function hasTerm(wanted: string, nowMs: number): SQL {
  const isOfTheSame = and(
    eq(otherTerms.term, wanted),
    sql`${otherTerms.startsAtMs} = candidates.starts_at_ms AND ${otherTerms.eventId} = candidates.id`,
    holds(otherTerms, nowMs),
  );
  return sql`(candidates.term = ${wanted} OR EXISTS (SELECT 1 FROM event_terms AS other WHERE ${isOfTheSame}))`;
}

/** `column` in the direction of the list. */
export function inOrder(isPast: boolean, column: SQL | SQLiteColumn): SQL {
  return (isPast ? desc : asc)(column);
}

/**
 * What goes on at `fromMs`. By classes of length: an event of a class can't have begun earlier than
 * the class is long, so few that are over are looked at, and an index has each class in order.
 */
function goingOn(range: Range, untilMs: number): SQL {
  const { fromMs, isPast } = range;
  const classes = [...EVENT_LENGTHS_MS, NO_BOUND_MS].map((longestMs, number) => {
    const isOfClass = sql`${lengthClass} = ${number}`;
    const isInTime = isBetween(range, { afterMs: fromMs - longestMs - 1, untilMs }, events.startsAtMs, events.id);
    return sql`SELECT NULL AS term, starts_at_ms, id FROM events
      WHERE ${and(isOfClass, isInTime, gt(events.endsAtMs, fromMs))}`;
  });
  return sql`${sql.join(classes, sql` UNION ALL `)} ${ordered(isPast, sql`starts_at_ms`, sql`id`)}`;
}

/** What starts after `fromMs`: of all events, or of those with the sparsest term. */
function starting(range: Range, starts: Starts, terms: readonly string[]): SQL {
  const { isPast, nowMs } = range;
  if (terms.length === 0) {
    const isInTime = isBetween(range, starts, events.startsAtMs, events.id);
    return sql`SELECT NULL AS term, starts_at_ms, id FROM events WHERE ${events.status} <> 'draft' AND ${isInTime}
      ${ordered(isPast, sql`starts_at_ms`, sql`id`)}`;
  }
  const { term, startsAtMs, eventId } = eventTerms;
  const isCandidate = and(isBetween(range, starts, startsAtMs, eventId), holds(eventTerms, nowMs));
  return sql`SELECT term, starts_at_ms, event_id AS id FROM event_terms
    WHERE ${and(eq(term, sparsest(terms, isPast, isCandidate)), isCandidate)}
    ${ordered(isPast, startsAtMs, eventId)}`;
}

/** The term whose last candidate is the furthest. */
function sparsest(terms: readonly string[], isPast: boolean, isCandidate: SQL | undefined): SQL {
  const last = sql`(
    SELECT starts_at_ms FROM event_terms WHERE term = asked.value AND ${isCandidate}
    ORDER BY ${inOrder(isPast, sql`starts_at_ms`)}, ${inOrder(isPast, sql`event_id`)} LIMIT 1 OFFSET ${CANDIDATES - 1}
  )`;
  const furthest = isPast ? sql`MIN(COALESCE(${last}, -1))` : sql`MAX(COALESCE(${last}, ${NO_BOUND_MS}))`;
  // With MAX or MIN in it, a query's other columns are those of the row that has it.
  return sql`(SELECT term FROM (SELECT asked.value AS term, ${furthest} FROM json_each(${JSON.stringify(terms)}) AS asked))`;
}

function ordered(isPast: boolean, at: SQL | SQLiteColumn, id: SQL | SQLiteColumn): SQL {
  return sql`ORDER BY ${inOrder(isPast, at)}, ${inOrder(isPast, id)} LIMIT ${CANDIDATES}`;
}

/**
 * That a row starts in `starts` and comes behind the cursor. One bound a side only: SQLite seeks by
 * one, and reads all between that and another.
 */
function isBetween({ isPast, cursor }: Range, { afterMs, untilMs }: Starts, at: SQLiteColumn, id: SQLiteColumn) {
  const isBounding = cursor !== null && (isPast ? cursor.atMs <= untilMs : cursor.atMs > afterMs);
  const behind = isBounding ? isBehind(cursor, at, id, isPast ? lt : gt) : undefined;
  const [isAfter, isUntil] = [afterMs < 0 ? undefined : gt(at, afterMs), lte(at, untilMs)];
  return isPast ? and(isAfter, behind ?? isUntil) : and(behind ?? isAfter, isUntil);
}

/** That a row counts at `nowMs`: a sale may not have begun, or be over. */
function holds({ opensMs, closesMs }: typeof eventTerms | typeof otherTerms, nowMs: number): SQL {
  return sql`(${opensMs} IS NULL OR ${opensMs} <= ${nowMs}) AND (${closesMs} IS NULL OR ${closesMs} > ${nowMs})`;
}
