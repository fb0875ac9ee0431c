// Subscriptions in D1.

import { and, asc, eq, type SQL, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { DAY_MS } from "../../domain/units.ts";
import { TEST_TYPE } from "../../domain/webhooks.ts";
import { webhookDeliveries, webhooks } from "../../platform/d1/schema/webhooks.ts";
import { newLongId } from "../../platform/ids.ts";
import { type AuditEntry, auditStatementIfChanged } from "../audit/queries.ts";

export type WebhookRow = typeof webhooks.$inferSelect;

/** One request shows all of them. */
export const MAX_WEBHOOKS = 10;
/** For so long both secrets sign after a rotation. */
export const ROTATION_MS = DAY_MS;

export function webhooksOf(d1: D1Database, accountId: string): Promise<WebhookRow[]> {
  return drizzle(d1)
    .select()
    .from(webhooks)
    .where(eq(webhooks.accountId, accountId))
    .orderBy(asc(webhooks.createdAtMs), asc(webhooks.id));
}

export async function webhookOf(d1: D1Database, id: string, accountId: string): Promise<WebhookRow | null> {
  return (await drizzle(d1).select().from(webhooks).where(isOwn(id, accountId)).get()) ?? null;
}

/**
 * Null if the account has as many as it may have, or is being deleted; the row if it is a repeat.
 */
export async function insertWebhook(
  d1: D1Database,
  { id, accountId, url, types, secret }: Pick<WebhookRow, "id" | "accountId" | "url" | "types" | "secret">,
  entry: AuditEntry,
): Promise<WebhookRow | null> {
  const db = drizzle(d1);
  const [inserted] = await db.batch([
    db
      .insert(webhooks)
      .select(sql`
        SELECT ${id}, id, ${url}, ${JSON.stringify(types)}, 'active', ${secret}, NULL, NULL, ${Date.now()}, 0, NULL, 0
        FROM accounts
        WHERE id = ${accountId} AND closing_since_ms IS NULL
          AND (SELECT COUNT(*) FROM webhooks WHERE account_id = ${accountId}) < ${MAX_WEBHOOKS}`)
      .onConflictDoNothing()
      .returning(),
    auditStatementIfChanged(db, entry),
  ]);
  return inserted[0] ?? null;
}

export interface WebhookChange {
  readonly url?: string | undefined;
  readonly types?: WebhookRow["types"] | undefined;
  readonly state?: WebhookRow["state"] | undefined;
}

/** Null if the account has none of this id, or another one of this URL. */
export async function changeWebhook(
  d1: D1Database,
  id: string,
  accountId: string,
  { url, types, state }: WebhookChange,
  entry: AuditEntry,
): Promise<WebhookRow | null> {
  const db = drizzle(d1);
  const isFree = sql`NOT EXISTS (SELECT 1 FROM webhooks WHERE account_id = ${accountId} AND url = ${url ?? ""} AND id <> ${id})`;
  // An organiser who puts it on again has mended the receiver.
  const failingSinceMs = state === undefined ? undefined : null;
  const [changed] = await db.batch([
    db
      .update(webhooks)
      .set({ url: url ?? sql`url`, types, state, failingSinceMs })
      .where(and(isOwn(id, accountId), isFree))
      .returning(),
    auditStatementIfChanged(db, entry),
  ]);
  return changed[0] ?? null;
}

/** The old secret signs for a while longer. One that was rotated out before does not. */
export async function rotateSecret(
  d1: D1Database,
  id: string,
  accountId: string,
  secret: string,
  entry: AuditEntry,
): Promise<WebhookRow | null> {
  const db = drizzle(d1);
  const [changed] = await db.batch([
    db
      .update(webhooks)
      .set({ previousSecret: sql`secret`, previousUntilMs: Date.now() + ROTATION_MS, secret })
      .where(isOwn(id, accountId))
      .returning(),
    auditStatementIfChanged(db, entry),
  ]);
  return changed[0] ?? null;
}

export async function deleteWebhookOf(d1: D1Database, id: string, accountId: string, entry: AuditEntry) {
  const db = drizzle(d1);
  const isGone = sql`NOT EXISTS (SELECT 1 FROM webhooks WHERE id = ${id})`;
  const [deleted] = await db.batch([
    db.delete(webhooks).where(isOwn(id, accountId)).returning({ id: webhooks.id }),
    auditStatementIfChanged(db, entry),
    db.delete(webhookDeliveries).where(and(eq(webhookDeliveries.webhookId, id), isGone)),
  ]);
  return deleted.length === 1;
}

/** Owes a delivery that says nothing. False if the account has no such subscription. */
export async function oweTest(d1: D1Database, id: string, accountId: string): Promise<boolean> {
  const nowMs = Date.now();
  const owed = await drizzle(d1)
    .insert(webhookDeliveries)
    .select(sql`
      SELECT id, last_number + 1, ${TEST_TYPE}, ${`test.${newLongId()}`}, '{}', ${nowMs}, 'due', ${nowMs}, 0, ${nowMs}, NULL, NULL, NULL
      FROM webhooks WHERE id = ${id} AND account_id = ${accountId}`)
    .returning({ number: webhookDeliveries.number });
  return owed.length === 1;
}

/** For a batch: ends all subscriptions of an account. */
export function endWebhooksOf(db: DrizzleD1Database, accountId: string, condition: SQL) {
  const theirs = sql`(SELECT id FROM webhooks WHERE account_id = ${accountId})`;
  return [
    db.delete(webhookDeliveries).where(and(sql`${webhookDeliveries.webhookId} IN ${theirs}`, condition)),
    db.delete(webhooks).where(and(eq(webhooks.accountId, accountId), condition)),
  ] as const;
}

function isOwn(id: string, accountId: string): SQL | undefined {
  return and(eq(webhooks.id, id), eq(webhooks.accountId, accountId));
}
