// Keys for programs in D1, by their hashes.

import { and, asc, eq, isNull, lte, or, type SQL, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { accounts } from "../../platform/d1/schema/accounts.ts";
import { apiKeys } from "../../platform/d1/schema/api-keys.ts";
import { type AuditEntry, auditStatementIfChanged } from "../audit/queries.ts";

/** One request shows all of them. */
export const MAX_API_KEYS = 20;

export type ApiKeyRow = typeof apiKeys.$inferSelect;

/** Null also where its account is being deleted. */
export async function findApiKey(d1: D1Database, hash: string): Promise<ApiKeyRow | null> {
  const found = await drizzle(d1)
    .select({ key: apiKeys })
    .from(apiKeys)
    .innerJoin(accounts, and(eq(accounts.id, apiKeys.accountId), isNull(accounts.closingSinceMs)))
    .where(eq(apiKeys.hash, hash))
    .get();
  return found?.key ?? null;
}

/** Of requests at once, one writes. */
export async function recordUse(d1: D1Database, id: string, nowMs: number, stepMs: number): Promise<void> {
  const isOld = or(isNull(apiKeys.lastUsedAtMs), lte(apiKeys.lastUsedAtMs, nowMs - stepMs));
  await drizzle(d1)
    .update(apiKeys)
    .set({ lastUsedAtMs: nowMs })
    .where(and(eq(apiKeys.id, id), isOld));
}

/** All of the account's, the oldest first. */
export async function apiKeysOf(d1: D1Database, accountId: string): Promise<ApiKeyRow[]> {
  return drizzle(d1)
    .select()
    .from(apiKeys)
    .where(eq(apiKeys.accountId, accountId))
    .orderBy(asc(apiKeys.createdAtMs), asc(apiKeys.id));
}

/**
 * Null if the account has a key of this name, has as many as it may have, is being deleted, or has
 * another password by now than `passwordHash`.
 */
export async function insertApiKey(
  d1: D1Database,
  key: Omit<ApiKeyRow, "lastUsedAtMs">,
  passwordHash: string,
  entry: AuditEntry,
): Promise<ApiKeyRow | null> {
  const { id, accountId, hash, name, ending, scopes, createdAtMs, expiresAtMs } = key;
  const db = drizzle(d1);
  const [inserted] = await db.batch([
    db
      .insert(apiKeys)
      .select(sql`
        SELECT ${id}, id, ${hash}, ${name}, ${ending}, ${JSON.stringify(scopes)}, ${createdAtMs}, ${expiresAtMs}, NULL
        FROM accounts
        WHERE id = ${accountId} AND password_hash = ${passwordHash} AND closing_since_ms IS NULL
          AND (SELECT COUNT(*) FROM api_keys WHERE account_id = ${accountId}) < ${MAX_API_KEYS}`)
      .onConflictDoNothing()
      .returning(),
    auditStatementIfChanged(db, entry),
  ]);
  return inserted[0] ?? null;
}

/** False if the account has no such key. */
export async function revokeApiKey(d1: D1Database, id: string, accountId: string, entry: AuditEntry): Promise<boolean> {
  const db = drizzle(d1);
  const [deleted] = await db.batch([
    db
      .delete(apiKeys)
      .where(and(eq(apiKeys.id, id), eq(apiKeys.accountId, accountId)))
      .returning({ id: apiKeys.id }),
    auditStatementIfChanged(db, entry),
  ]);
  return deleted.length === 1;
}

/** For a batch: revokes all keys of an account. */
export function endApiKeysOf(db: DrizzleD1Database, accountId: string, condition: SQL) {
  return db.delete(apiKeys).where(and(eq(apiKeys.accountId, accountId), condition));
}
