// In D1: sessions, their refresh tokens, the revocation list, and the common passwords.

import { and, asc, eq, gt, isNull, ne, type SQL, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { alias } from "drizzle-orm/sqlite-core";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../domain/units.ts";
import { type Cursor, isBehind } from "../../platform/d1/cursors.ts";
import {
  accounts,
  commonPasswords,
  refreshTokens,
  revokedSessions,
  sessions,
} from "../../platform/d1/schema/accounts.ts";
import { type AuditEntry, auditStatementIfChanged } from "../audit/queries.ts";
import { IDLE_LIFETIME_MS, RETRY_WINDOW_MS, SESSION_LIFETIME_MS, type UsedToken } from "./refresh.ts";
import { ACCESS_SECONDS } from "./tokens.ts";
import { folded, type Owner, weakness } from "./weak-passwords.ts";

export type SessionRow = typeof sessions.$inferSelect;
type AccountRow = typeof accounts.$inferSelect;
/** Whose session begins, as it was when that was allowed. */
type SignedIn = Pick<AccountRow, "id" | "passwordHash" | "closingSinceMs">;

export const MAX_SESSIONS = 50;
/** An expired row is kept this much longer, so that clocks may differ. */
const KEPT_AFTER_EXPIRY_MS = HOUR_MS;
const FORGOTTEN_AT_ONCE = 500;
// A client can refresh one session in a loop: all of its tokens at once could be too many for D1.
export const TOKENS_FORGOTTEN_AT_ONCE = 5_000;
// An access token may be made this long after D1 has committed its sign-in, and clocks may differ.
const MADE_LATE_MS = 5 * MINUTE_MS;
const ACCESS_TOKEN_MS = ACCESS_SECONDS * SECOND_MS + MADE_LATE_MS;

/**
 * Begins session `id` with the refresh token of `hash`, unless the account has another password
 * hash than the one that was verified, or was closed meanwhile. Beyond `MAX_SESSIONS`, the sessions
 * refreshed longest ago end. Returns the ids added to the revocation list, or null if no session
 * began.
 */
export async function insertSession(
  d1: D1Database,
  id: string,
  hash: string,
  account: SignedIn,
  nowMs: number,
  entry: AuditEntry,
): Promise<string[] | null> {
  const db = drizzle(d1);
  const [inserted, , , revoked] = await db.batch(beginSession(db, { id, hash, nowMs }, account, entry, sql`true`));
  return inserted.length === 1 ? revoked.map((row) => row.id) : null;
}

/** The same as statements for a batch, which begin no session unless the condition holds. */
export function beginSession(
  db: DrizzleD1Database,
  { id, hash, nowMs }: { readonly id: string; readonly hash: string; readonly nowMs: number },
  { id: accountId, passwordHash, closingSinceMs }: SignedIn,
  entry: AuditEntry,
  condition: SQL,
) {
  return [
    db
      .insert(sessions)
      .select(sql`
        SELECT ${id}, id, ${nowMs}, ${nowMs + SESSION_LIFETIME_MS}, NULL FROM accounts
        WHERE id = ${accountId} AND password_hash = ${passwordHash} AND closing_since_ms IS ${closingSinceMs}
          AND ${condition}`)
      .returning({ id: sessions.id }),
    auditStatementIfChanged(db, entry),
    db.insert(refreshTokens).select(sql`SELECT ${hash}, id, ${nowMs}, NULL, NULL FROM sessions WHERE id = ${id}`),
    ...endSessions(db, isBeyondLimit(accountId, id), nowMs),
  ] as const;
}

/**
 * Uses the token of `hash` if it is unused and its session goes on, and adds its successor. Returns
 * the rows after that, whichever request used the token. May be repeated: the first use stands.
 */
export async function useRefreshToken(
  d1: D1Database,
  hash: string,
  successorHash: string,
  nowMs: number,
): Promise<(UsedToken & Pick<AccountRow, "closingSinceMs">) | null> {
  const db = drizzle(d1);
  const isUnused = and(isNull(refreshTokens.usedAtMs), gt(refreshTokens.createdAtMs, nowMs - IDLE_LIFETIME_MS));
  const goesOn = sql`EXISTS (
    SELECT 1 FROM sessions WHERE id = ${refreshTokens.sessionId} AND ended_at_ms IS NULL AND expires_at_ms > ${nowMs}
  )`;
  const next = alias(refreshTokens, "next");
  const [, , rows] = await db.batch([
    db
      .update(refreshTokens)
      .set({ usedAtMs: nowMs, successorHash })
      .where(and(eq(refreshTokens.hash, hash), isUnused, goesOn)),
    db
      .insert(refreshTokens)
      .select(sql`
        SELECT successor_hash, session_id, ${nowMs}, NULL, NULL FROM refresh_tokens
        WHERE hash = ${hash} AND successor_hash = ${successorHash}`)
      .onConflictDoNothing(),
    db
      .select({
        sessionId: sessions.id,
        accountId: sessions.accountId,
        expiresAtMs: sessions.expiresAtMs,
        endedAtMs: sessions.endedAtMs,
        usedAtMs: refreshTokens.usedAtMs,
        successorHash: refreshTokens.successorHash,
        // D1 returns a batch's rows by column name: two columns of one name would be one.
        closingSinceMs: accounts.closingSinceMs,
        successorUsedAtMs: sql<number | null>`${next.usedAtMs}`.as("successor_used_at_ms"),
      })
      .from(refreshTokens)
      .innerJoin(sessions, eq(sessions.id, refreshTokens.sessionId))
      .leftJoin(accounts, eq(accounts.id, sessions.accountId))
      .leftJoin(next, eq(next.hash, refreshTokens.successorHash))
      .where(eq(refreshTokens.hash, hash)),
  ]);
  return rows[0] ?? null;
}

export function isSessionOf(accountId: string, exceptId?: string): SQL | undefined {
  return and(eq(sessions.accountId, accountId), exceptId === undefined ? undefined : ne(sessions.id, exceptId));
}

/** The account's sessions that leave no room for the new one: those refreshed longest ago. */
function isBeyondLimit(accountId: string, newId: string): SQL {
  return sql`${sessions.id} IN (
    SELECT id FROM sessions AS other
    WHERE account_id = ${accountId} AND ended_at_ms IS NULL AND id <> ${newId}
      AND EXISTS (SELECT 1 FROM sessions WHERE id = ${newId})
    ORDER BY (SELECT MAX(created_at_ms) FROM refresh_tokens WHERE session_id = other.id) DESC, id
    LIMIT -1 OFFSET ${MAX_SESSIONS - 1}
  )`;
}

/**
 * Statements for a batch that end the chosen sessions, and add any that may still have a valid
 * access token to the revocation list. The first statement returns the ids that it added.
 */
export function endSessions(db: DrizzleD1Database, isChosen: SQL | undefined, nowMs: number) {
  const isGoingOn = and(isChosen, sql`ended_at_ms IS NULL`);
  // A refresh, or its retry a moment later, was the last one to make an access token.
  const madeAfterMs = nowMs - ACCESS_TOKEN_MS - RETRY_WINDOW_MS;
  const mayHaveToken = sql`EXISTS (
    SELECT 1 FROM refresh_tokens WHERE session_id = ${sessions.id} AND created_at_ms > ${madeAfterMs}
  )`;
  return [
    db
      .insert(revokedSessions)
      .select(sql`
        SELECT NULL, ${sessions.id}, ${tokensGoneAtMs(nowMs)} FROM sessions WHERE ${and(isGoingOn, mayHaveToken)}`)
      .onConflictDoNothing()
      .returning({ id: revokedSessions.id }),
    db.update(sessions).set({ endedAtMs: nowMs }).where(isGoingOn),
  ] as const;
}

/** The same for a session that may not be in the table, like those of tokens that scripts make. */
export function revokeSession(db: DrizzleD1Database, sessionId: string, nowMs: number, condition: SQL = sql`true`) {
  return db
    .insert(revokedSessions)
    .select(sql`SELECT NULL, ${sessionId}, ${tokensGoneAtMs(nowMs)} WHERE ${condition}`)
    .onConflictDoNothing();
}

/** When the last access token of a session that ends at `nowMs` has expired. */
export function tokensGoneAtMs(nowMs: number): number {
  return nowMs + ACCESS_TOKEN_MS;
}

/** Whether a session of the account may still have had a valid access token at `atMs`. */
export function hadTokenAt(accountId: typeof accounts.id, atMs: number): SQL {
  return sql`EXISTS (
    SELECT 1 FROM sessions WHERE account_id = ${accountId} AND expires_at_ms > ${atMs - ACCESS_TOKEN_MS}
  )`;
}

export function forgetSessionsOf(db: DrizzleD1Database, accountId: string) {
  const isGone = sql`NOT EXISTS (SELECT 1 FROM accounts WHERE id = ${accountId})`;
  const theirs = sql`(SELECT id FROM sessions WHERE account_id = ${accountId})`;
  return [
    db.delete(refreshTokens).where(and(sql`${refreshTokens.sessionId} IN ${theirs}`, isGone)),
    db.delete(sessions).where(and(eq(sessions.accountId, accountId), isGone)),
  ] as const;
}

export async function sessionsOf(d1: D1Database, accountId: string, limit: number, after: Cursor | null) {
  return drizzle(d1)
    .select()
    .from(sessions)
    .where(and(eq(sessions.accountId, accountId), isBehind(after, sessions.createdAtMs, sessions.id, gt)))
    .orderBy(asc(sessions.createdAtMs), asc(sessions.id))
    .limit(limit);
}

export async function isCommonPassword(d1: D1Database, password: string): Promise<boolean> {
  const isSame = eq(commonPasswords.password, folded(password));
  return (await drizzle(d1).select().from(commonPasswords).where(isSame).get()) !== undefined;
}

/** Why `owner` may not choose it, or null. Throws if D1 does not answer: nothing goes unchecked. */
export async function whyNotChosen(d1: D1Database, owner: Owner, password: string): Promise<string | null> {
  return weakness(password, owner, await isCommonPassword(d1, password));
}

/** Forgets refresh tokens of expired sessions, then sessions without any; some at a time. */
export async function forgetExpiredSessions(d1: D1Database, nowMs: number): Promise<void> {
  const db = drizzle(d1);
  const expired = sql`(
    SELECT id FROM sessions WHERE expires_at_ms < ${nowMs - KEPT_AFTER_EXPIRY_MS}
    ORDER BY expires_at_ms LIMIT ${FORGOTTEN_AT_ONCE}
  )`;
  const theirs = sql`(
    SELECT hash FROM refresh_tokens WHERE session_id IN ${expired} LIMIT ${TOKENS_FORGOTTEN_AT_ONCE}
  )`;
  const hasNone = sql`NOT EXISTS (SELECT 1 FROM refresh_tokens WHERE session_id = ${sessions.id})`;
  await db.batch([
    db.delete(refreshTokens).where(sql`${refreshTokens.hash} IN ${theirs}`),
    db.delete(sessions).where(and(sql`${sessions.id} IN ${expired}`, hasNone)),
    db.delete(revokedSessions).where(sql`${revokedSessions.expiresAtMs} < ${nowMs}`),
  ]);
}
