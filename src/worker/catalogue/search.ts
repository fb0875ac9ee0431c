// Keeps the words that events are found by. It comes after the change itself: what is not done then is seen in
// `indexed_version`, and done by the cron sweep.

import { asc, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { events, eventTerms } from "../../platform/d1/schema.ts";
import type { EventRow } from "./queries.ts";
import { wordsOf } from "./tokenize.ts";

/** At most this many at once: their words are one parameter, and D1 takes 2 MB. */
export const INDEXED_AT_ONCE = 20;
const CLOSED_AT_ONCE = 100;

/** Makes these events found by the words that they have here, except where those have changed since. May be repeated. */
export async function indexWords(d1: D1Database, rows: readonly EventRow[]): Promise<void> {
  const words = rows.map(({ id, wordsVersion, name, venue, description }) => ({
    ...{ id, version: wordsVersion, words: wordsOf(`${name}\n${venue}\n${description}`) },
  }));
  const asRead = sql`json_each(${JSON.stringify(words)}) AS row CROSS JOIN events
    ON events.id = row.value ->> 'id' AND events.words_version = row.value ->> 'version'`;
  // What each row of an event says of its tickets, the one that all events have says, too.
  const own = sql`event_terms AS own ON own.event_id = events.id AND own.term = '@'`;
  const db = drizzle(d1);
  await db.batch([
    db.delete(eventTerms).where(sql`event_id IN (SELECT events.id FROM ${asRead}) AND substr(term, 1, 1) <> '@'`),
    db.insert(eventTerms).select(sql`
      SELECT word.value, own.starts_at_ms, own.event_id, own.opens_ms, own.closes_ms
      FROM ${asRead} CROSS JOIN ${own} CROSS JOIN json_each(row.value, '$.words') AS word`),
    db.update(events).set({ indexedVersion: sql`words_version` }).where(sql`id IN (SELECT events.id FROM ${asRead})`),
  ]);
}

export async function eventsToIndex(d1: D1Database): Promise<EventRow[]> {
  const isUnindexed = sql`${events.indexedVersion} < ${events.wordsVersion}`;
  return drizzle(d1).select().from(events).where(isUnindexed).orderBy(asc(events.id)).limit(INDEXED_AT_ONCE);
}

/**
 * Takes events that are sold out, or whose sale is over, out of the index of those with tickets left, a bounded number at
 * a time; says whether there may be more. Until then they are passed by one by one.
 */
export async function forgetClosedSales(d1: D1Database, nowMs: number): Promise<boolean> {
  const closed = sql`
    SELECT event_id FROM event_terms WHERE term = '@' AND closes_ms IS NOT NULL AND closes_ms <= ${nowMs}
    ORDER BY closes_ms LIMIT ${CLOSED_AT_ONCE}`;
  const rows = await drizzle(d1)
    .update(eventTerms)
    .set({ opensMs: null, closesMs: null })
    .where(sql`event_id IN (${closed})`)
    .returning({ term: eventTerms.term });
  return rows.filter(({ term }) => term === "@").length === CLOSED_AT_ONCE;
}
