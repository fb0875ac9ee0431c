// Deliveries of webhooks in D1: what is due, whose turn it is to send it, and what became of it.

import { and, asc, desc, eq, gte, lt, lte, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { HOUR_MS, MINUTE_MS } from "../../domain/units.ts";
import { DELIVERIES_KEPT_MS, nextAttemptMs, TRIED_FOR_MS } from "../../domain/webhooks.ts";
import { webhookDeliveries, webhooks } from "../../platform/d1/schema/webhooks.ts";
import type { WebhookRow } from "./queries.ts";

export type DeliveryRow = typeof webhookDeliveries.$inferSelect;

/** What came of an attempt. */
export interface Outcome {
  readonly isAccepted: boolean;
  /** Null where there was no reply. */
  readonly status: number | null;
  readonly error: string | null;
}

/** The subscription, for this invocation alone until the lease ends; null if it is another's. */
export async function takeTurn(d1: D1Database, id: string, nowMs: number, leaseMs: number): Promise<WebhookRow | null> {
  const [taken] = await drizzle(d1)
    .update(webhooks)
    .set({ leaseUntilMs: nowMs + leaseMs })
    .where(and(eq(webhooks.id, id), eq(webhooks.state, "active"), lte(webhooks.leaseUntilMs, nowMs)))
    .returning();
  return taken ?? null;
}

/** Unless its lease has ended meanwhile, and another invocation has it. */
export async function endTurn(d1: D1Database, { id, leaseUntilMs }: WebhookRow): Promise<void> {
  await drizzle(d1)
    .update(webhooks)
    .set({ leaseUntilMs: 0 })
    .where(and(eq(webhooks.id, id), eq(webhooks.leaseUntilMs, leaseUntilMs)));
}

/**
 * The longest due first: of first attempts and of a replay the lowest number. Empty for a
 * subscription that was paused or deleted meanwhile.
 */
export async function dueDeliveries(d1: D1Database, id: string, nowMs: number, limit: number): Promise<DeliveryRow[]> {
  const isActive = sql`EXISTS (SELECT 1 FROM webhooks WHERE id = ${id} AND state = 'active')`;
  return drizzle(d1)
    .select()
    .from(webhookDeliveries)
    .where(and(eq(webhookDeliveries.webhookId, id), lte(webhookDeliveries.dueMs, nowMs), isActive))
    .orderBy(asc(webhookDeliveries.dueMs), asc(webhookDeliveries.number))
    .limit(limit);
}

/** One batch with what it means for the subscription. */
export async function recordAttempt(d1: D1Database, row: DeliveryRow, outcome: Outcome, nowMs: number): Promise<void> {
  const db = drizzle(d1);
  const attempts = row.attempts + 1;
  const nextMs = outcome.isAccepted ? null : nextAttemptMs(row.dueSinceMs, attempts, nowMs, Math.random());
  const state = outcome.isAccepted ? "delivered" : nextMs === null ? "failed" : "due";
  const last = { lastStatus: outcome.status, lastError: outcome.error, lastAttemptMs: nowMs };
  // A replay that came meanwhile stays due.
  const isAsRead = and(
    isDelivery(row),
    eq(webhookDeliveries.attempts, row.attempts),
    eq(webhookDeliveries.dueSinceMs, row.dueSinceMs),
    eq(webhookDeliveries.state, "due"),
  );
  const failing = outcome.isAccepted ? sql`NULL` : sql`coalesce(failing_since_ms, ${nowMs})`;
  // 410: nobody is there any more. https://www.standardwebhooks.com has it disabled at once.
  const isGone = outcome.status === 410;
  const hasFailedLong = sql`(${isGone ? 1 : 0} OR (${nextMs === null && !outcome.isAccepted ? 1 : 0} AND failing_since_ms <= ${nowMs - TRIED_FOR_MS + HOUR_MS}))`;
  await db.batch([
    db
      .update(webhookDeliveries)
      .set({ state, attempts, dueMs: nextMs, ...last })
      .where(isAsRead),
    db
      .update(webhooks)
      .set({
        failingSinceMs: failing,
        state: sql`CASE WHEN state = 'active' AND ${hasFailedLong} THEN 'disabled' ELSE state END`,
      })
      .where(eq(webhooks.id, row.webhookId)),
  ]);
}

/** Subscriptions that have something due, a bounded number. */
export async function webhooksWithDue(d1: D1Database, nowMs: number, limit: number): Promise<string[]> {
  // From one subscription with something left to the next, whatever each has: a row read for each.
  const rows = await drizzle(d1).all<{ id: string }>(sql`
    WITH RECURSIVE candidates (id) AS (
      SELECT MIN(webhook_id) FROM webhook_deliveries WHERE due_ms IS NOT NULL
      UNION ALL
      SELECT (SELECT MIN(webhook_id) FROM webhook_deliveries WHERE due_ms IS NOT NULL AND webhook_id > candidates.id)
      FROM candidates WHERE candidates.id IS NOT NULL
    )
    SELECT webhooks.id FROM candidates CROSS JOIN webhooks ON webhooks.id = candidates.id
    WHERE state = 'active' AND lease_until_ms <= ${nowMs}
      AND EXISTS (SELECT 1 FROM webhook_deliveries WHERE webhook_id = candidates.id AND due_ms <= ${nowMs})
    ORDER BY random() LIMIT ${limit}`);
  return rows.map(({ id }) => id);
}

/** What a paused or disabled subscription was not sent in time is sent by a replay alone. */
export async function failOldDeliveries(d1: D1Database, nowMs: number, limit: number): Promise<void> {
  const isOld = lt(webhookDeliveries.dueMs, nowMs - TRIED_FOR_MS - MINUTE_MS);
  const isStopped = sql`NOT EXISTS (SELECT 1 FROM webhooks WHERE id = webhook_id AND state = 'active')`;
  const old = sql`(SELECT rowid FROM webhook_deliveries WHERE ${isOld} AND ${isStopped} LIMIT ${limit})`;
  await drizzle(d1).update(webhookDeliveries).set({ state: "failed", dueMs: null }).where(sql`rowid IN ${old}`);
}

export async function forgetOldDeliveries(d1: D1Database, nowMs: number, limit: number): Promise<void> {
  const isOld = lt(webhookDeliveries.createdAtMs, nowMs - DELIVERIES_KEPT_MS);
  const old = sql`(SELECT rowid FROM webhook_deliveries WHERE ${isOld} ORDER BY created_at_ms LIMIT ${limit})`;
  await drizzle(d1).delete(webhookDeliveries).where(sql`rowid IN ${old}`);
}

/** Has everything from a number on sent again, in its order. Returns how many. */
export async function replayFrom(d1: D1Database, webhookId: string, from: number, nowMs: number): Promise<number> {
  const { meta } = await drizzle(d1)
    .update(webhookDeliveries)
    .set({ state: "due", attempts: 0, dueSinceMs: nowMs, dueMs: nowMs })
    .where(and(eq(webhookDeliveries.webhookId, webhookId), gte(webhookDeliveries.number, from)))
    .run();
  return meta.changes;
}

/** The newest first. `before`: the number to go on below. */
export async function deliveriesOf(
  d1: D1Database,
  webhookId: string,
  limit: number,
  before: number | null,
): Promise<DeliveryRow[]> {
  const isBelow: SQL | undefined = before === null ? undefined : lt(webhookDeliveries.number, before);
  return drizzle(d1)
    .select()
    .from(webhookDeliveries)
    .where(and(eq(webhookDeliveries.webhookId, webhookId), isBelow))
    .orderBy(desc(webhookDeliveries.number))
    .limit(limit);
}

function isDelivery({ webhookId, number }: DeliveryRow): SQL | undefined {
  return and(eq(webhookDeliveries.webhookId, webhookId), eq(webhookDeliveries.number, number));
}
