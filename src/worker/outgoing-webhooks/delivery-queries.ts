// Deliveries of webhooks in D1: what is due, which invocation sends it, and what became of it.

import { and, asc, desc, eq, gte, lt, lte, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { HOUR_MS, MINUTE_MS } from "../../domain/units.ts";
import { type AttemptError, DELIVERIES_KEPT_MS, nextAttemptMs, TRIED_FOR_MS } from "../../domain/webhooks.ts";
import { webhookDeliveries, webhooks } from "../../platform/d1/schema/webhooks.ts";
import { type OwedMail, oweMailIf } from "../mail/owing.ts";
import type { WebhookRow } from "./queries.ts";

export type DeliveryRow = typeof webhookDeliveries.$inferSelect;

/** A delivery, and its subscription as it is now. */
export interface DueDelivery {
  readonly delivery: DeliveryRow;
  readonly webhook: WebhookRow;
}

/** What came of an attempt. */
export interface Outcome {
  /** Null where there was no reply. */
  readonly status: number | null;
  /** Null: the receiver accepted it. */
  readonly error: AttemptError | null;
}

const GONE = 410;
/** A first attempt may come so long after its delivery is due: the last one still ends both. */
const LATENESS_MS = HOUR_MS;

/** Whether this invocation alone may send to the receiver, until then. */
export async function takeLease(d1: D1Database, id: string, nowMs: number, untilMs: number): Promise<boolean> {
  const taken = await drizzle(d1)
    .update(webhooks)
    .set({ leaseUntilMs: untilMs })
    .where(and(eq(webhooks.id, id), eq(webhooks.state, "active"), lte(webhooks.leaseUntilMs, nowMs)))
    .returning({ id: webhooks.id });
  return taken.length === 1;
}

/** Unless it has ended meanwhile, and another invocation has it. */
export async function endLease(d1: D1Database, id: string, untilMs: number): Promise<void> {
  const isOwn = and(eq(webhooks.id, id), eq(webhooks.leaseUntilMs, untilMs));
  await drizzle(d1).update(webhooks).set({ leaseUntilMs: 0 }).where(isOwn);
}

/**
 * The longest due: of first attempts and of a replay the lowest number. Null as well for a
 * subscription that was paused, disabled or deleted meanwhile.
 */
export async function nextDue(d1: D1Database, webhookId: string, nowMs: number): Promise<DueDelivery | null> {
  const isDue = and(eq(webhookDeliveries.webhookId, webhookId), lte(webhookDeliveries.dueMs, nowMs));
  const due = await drizzle(d1)
    .select({ delivery: webhookDeliveries, webhook: webhooks })
    .from(webhookDeliveries)
    .innerJoin(webhooks, eq(webhooks.id, webhookDeliveries.webhookId))
    .where(and(isDue, eq(webhooks.state, "active")))
    .orderBy(asc(webhookDeliveries.dueMs), asc(webhookDeliveries.number))
    .limit(1)
    .get();
  return due ?? null;
}

/**
 * With what it means for the subscription, in one batch: one that has accepted nothing for three
 * days is disabled, and so is one whose receiver says that it is gone. Its owner is owed a mail.
 */
export async function recordAttempt(
  d1: D1Database,
  { delivery, webhook }: DueDelivery,
  { status, error }: Outcome,
  nowMs: number,
): Promise<void> {
  const db = drizzle(d1);
  const attempts = delivery.attempts + 1;
  const nextMs = error === null ? null : nextAttemptMs(delivery.dueSinceMs, attempts, nowMs, Math.random());
  const state = error === null ? "delivered" : nextMs === null ? "failed" : "due";
  // A replay that came meanwhile stays due.
  const isAsRead = and(
    eq(webhookDeliveries.webhookId, webhook.id),
    eq(webhookDeliveries.number, delivery.number),
    eq(webhookDeliveries.attempts, delivery.attempts),
    eq(webhookDeliveries.dueSinceMs, delivery.dueSinceMs),
    eq(webhookDeliveries.state, "due"),
  );
  const hasFailedLong = lte(webhooks.failingSinceMs, nowMs - TRIED_FOR_MS + LATENESS_MS);
  const isOver = status === GONE ? sql`true` : and(state === "failed" ? sql`true` : sql`false`, hasFailedLong);
  await db.batch([
    db
      .update(webhookDeliveries)
      .set({ state, attempts, dueMs: nextMs, lastStatus: status, lastError: error, lastAttemptMs: nowMs })
      .where(isAsRead),
    db
      .update(webhooks)
      .set({ failingSinceMs: error === null ? null : sql`coalesce(failing_since_ms, ${nowMs})` })
      .where(eq(webhooks.id, webhook.id)),
    db
      .update(webhooks)
      .set({ state: "disabled" })
      .where(and(eq(webhooks.id, webhook.id), eq(webhooks.state, "active"), isOver)),
    oweMailIf(db, disabledMail(webhook, status === GONE, nowMs), sql`changes() > 0`, nowMs),
  ]);
}

/** One each time that it is disabled. */
function disabledMail({ id, accountId }: WebhookRow, isGone: boolean, nowMs: number): OwedMail {
  return { kind: "webhook_disabled", about: id, version: nowMs, accountId, parameters: { isGone } };
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
