// The versions of an event's terms in D1. None is ever changed: buyers have accepted them.

import { and, desc, eq, lt, type SQL, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import type { Terms } from "../../domain/terms.ts";
import { type Cursor, isBehind } from "../../platform/d1/cursors.ts";
import { type events, termsVersions } from "../../platform/d1/schema/catalogue.ts";
import { newId } from "../../platform/ids.ts";

export type TermsRow = typeof termsVersions.$inferSelect;

/** All that the event ever had, newest first. */
export async function versionsOfTerms(
  d1: D1Database,
  eventId: string,
  limit: number,
  after: Cursor | null,
): Promise<TermsRow[]> {
  const { createdAtMs, id } = termsVersions;
  return drizzle(d1)
    .select()
    .from(termsVersions)
    .where(and(eq(termsVersions.eventId, eventId), isBehind(after, createdAtMs, id, lt)))
    .orderBy(desc(createdAtMs), desc(id))
    .limit(limit);
}

type EventWithTerms = Pick<typeof events.$inferSelect, "id" | "termsVersion">;

/** The terms that the event has now; null for none. */
export function termsOf(d1: D1Database, { id, termsVersion }: EventWithTerms): Promise<Terms | null> {
  return termsVersion === null ? Promise.resolve(null) : termsInVersion(d1, id, termsVersion);
}

export async function termsInVersion(d1: D1Database, eventId: string, version: string): Promise<Terms | null> {
  const isIt = and(eq(termsVersions.eventId, eventId), eq(termsVersions.version, version));
  const row = await drizzle(d1).select({ terms: termsVersions.terms }).from(termsVersions).where(isIt).get();
  return row?.terms ?? null;
}

/** Keeps the terms, in a batch, if `condition` holds and their version is not there yet. */
export function keepTerms(db: DrizzleD1Database, eventId: string, terms: Terms | null, condition: SQL) {
  return db
    .insert(termsVersions)
    .select(
      sql`SELECT ${newId()}, ${eventId}, ${terms?.version ?? null}, ${JSON.stringify(terms)}, ${Date.now()}
        WHERE ${terms !== null} AND ${condition}`,
    )
    .onConflictDoNothing();
}

/** That no other contents had the version of these terms. */
export function isVersionOf(eventId: string, terms: Terms): SQL {
  return sql`NOT EXISTS (SELECT 1 FROM terms_versions WHERE event_id = ${eventId}
    AND version = ${terms.version} AND terms <> ${JSON.stringify(terms)})`;
}
