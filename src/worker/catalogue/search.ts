// The inverted index of events' texts. What a change fails to index, the cron sweep does.

import { asc, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { events, eventTerms, isUnindexed, TOKENS_VERSION } from "../../platform/d1/schema/catalogue.ts";
import type { EventRow } from "./queries.ts";
import { tokensOfEvent } from "./tokenize.ts";

/** At most this many events in one batch: their tokens are one parameter, and D1 takes 2 MB. */
export const INDEXED_AT_ONCE = 20;
const CLOSED_AT_ONCE = 1_000;

/** Indexes events by these texts, except where they have changed since. May be repeated. */
export async function indexTokens(d1: D1Database, rows: readonly EventRow[]): Promise<void> {
  const tokens = rows.map((row) => ({ id: row.id, version: row.textsVersion, tokens: tokensOfEvent(row) }));
  const asRead = sql`json_each(${JSON.stringify(tokens)}) AS row CROSS JOIN events
    ON events.id = row.value ->> 'id' AND events.words_version = row.value ->> 'version'`;
  const db = drizzle(d1);
  await db.batch([
    db.delete(eventTerms).where(sql`event_id IN (SELECT events.id FROM ${asRead}) AND substr(term, 1, 1) <> '@'`),
    db.insert(eventTerms).select(sql`
      SELECT token.value, events.starts_at_ms, events.id, NULL, NULL
      FROM ${asRead} CROSS JOIN json_each(row.value, '$.tokens') AS token`),
    db
      .update(events)
      .set({ indexedVersion: sql`words_version`, tokensVersion: TOKENS_VERSION })
      .where(sql`id IN (SELECT events.id FROM ${asRead})`),
  ]);
}

export async function eventsToIndex(d1: D1Database): Promise<EventRow[]> {
  return drizzle(d1).select().from(events).where(isUnindexed).orderBy(asc(events.id)).limit(INDEXED_AT_ONCE);
}

/** Removes events whose sale is over from what is available. Until then lists skip them. */
export async function forgetClosedSales(d1: D1Database, nowMs: number): Promise<void> {
  const closed = sql`SELECT event_id FROM event_terms WHERE closes_ms <= ${nowMs} ORDER BY closes_ms LIMIT ${CLOSED_AT_ONCE}`;
  await drizzle(d1).delete(eventTerms).where(sql`event_id IN (${closed}) AND term = '@available'`);
}
