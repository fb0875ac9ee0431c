// Sessions and their refresh tokens in D1.

import { and, eq, gt, isNull, ne, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { alias } from "drizzle-orm/sqlite-core";
import { refreshTokens, revokedSessions, sessions } from "../../platform/d1/schema.ts";
import { type AuditEntry, auditStatementIfChanged } from "../audit/queries.ts";
import { IDLE_LIFETIME_MS, SESSION_LIFETIME_MS, type UsedToken } from "./refresh.ts";
import { ACCESS_SECONDS } from "./tokens.ts";

export type SessionRow = typeof sessions.$inferSelect;

/** A row that has expired is kept this much longer, so that clocks may differ. */
const KEPT_AFTER_EXPIRY_MS = 60 * 60_000;
const FORGOTTEN_AT_ONCE = 500;
// A session that is refreshed in a loop has as many tokens as somebody likes: all at once could be too many for D1.
export const TOKENS_FORGOTTEN_AT_ONCE = 5_000;
// A refresh, or a sign-in, that D1 has carried out before a session's end may make its access token some time after it.
const UNDER_WAY_MS = 5 * 60_000;

/** Which sessions: one, all of an account, or all of it but one. */
export type SessionChoice =
  | { readonly sessionId: string }
  | { readonly accountId: string; readonly exceptSessionId?: string };

/**
 * Begins a session whose first refresh token has `hash`. False where the account's password hash is not `passwordHash`
 * any more: a sign-in that a change of password has overtaken comes to nothing.
 */
export async function insertSession(
  d1: D1Database,
  session: { readonly id: string; readonly accountId: string; readonly passwordHash: string; readonly hash: string },
  nowMs: number,
  audit: AuditEntry,
): Promise<boolean> {
  const { id, accountId, passwordHash, hash } = session;
  const db = drizzle(d1);
  const [inserted] = await db.batch([
    db
      .insert(sessions)
      .select(sql`
        SELECT ${id}, id, ${nowMs}, ${nowMs + SESSION_LIFETIME_MS}, NULL FROM accounts
        WHERE id = ${accountId} AND password_hash = ${passwordHash}`)
      .returning({ id: sessions.id }),
    auditStatementIfChanged(db, audit),
    db.insert(refreshTokens).select(sql`SELECT ${hash}, id, ${nowMs}, NULL, NULL FROM sessions WHERE id = ${id}`),
  ]);
  return inserted.length === 1;
}

/**
 * Uses the token of `hash` if it was not used and its session goes on, and puts the successor of `successorHash` in its
 * place. Returns what is on record after that, whoever used it. May be repeated: the first use stands.
 */
export async function useRefreshToken(
  d1: D1Database,
  hash: string,
  successorHash: string,
  nowMs: number,
): Promise<UsedToken | null> {
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
        ...{ sessionId: sessions.id, accountId: sessions.accountId },
        ...{ expiresAtMs: sessions.expiresAtMs, endedAtMs: sessions.endedAtMs },
        ...{ usedAtMs: refreshTokens.usedAtMs, successorHash: refreshTokens.successorHash },
        // A batch of D1's returns rows by the names of their columns: two of one name would be one.
        successorUsedAtMs: sql<number | null>`${next.usedAtMs}`.as("successor_used_at_ms"),
      })
      .from(refreshTokens)
      .innerJoin(sessions, eq(sessions.id, refreshTokens.sessionId))
      .leftJoin(next, eq(next.hash, refreshTokens.successorHash))
      .where(eq(refreshTokens.hash, hash)),
  ]);
  return rows[0] ?? null;
}

/**
 * Statements for a batch that end sessions, where `condition` holds: they can't be refreshed from now on, and their
 * access tokens are on the list. The first one returns the ids.
 */
export function endSessions(db: ReturnType<typeof drizzle>, choice: SessionChoice, nowMs: number, condition?: SQL) {
  const isChosen =
    "sessionId" in choice
      ? and(eq(sessions.id, choice.sessionId), condition)
      : and(
          eq(sessions.accountId, choice.accountId),
          choice.exceptSessionId === undefined ? undefined : ne(sessions.id, choice.exceptSessionId),
          condition,
        );
  return [
    db
      .insert(revokedSessions)
      .select(sql`
        SELECT ${sessions.id}, ${tokensGoneAtMs(nowMs)} FROM sessions WHERE ${isChosen} AND ended_at_ms IS NULL`)
      .onConflictDoNothing()
      .returning({ id: revokedSessions.id }),
    db
      .update(sessions)
      .set({ endedAtMs: nowMs })
      .where(and(isChosen, isNull(sessions.endedAtMs))),
  ] as const;
}

/** The same for a session that may not be on record: those of the scripts' tokens are not. */
export function revokeSession(
  db: ReturnType<typeof drizzle>,
  sessionId: string,
  nowMs: number,
  condition: SQL = sql`true`,
) {
  return db
    .insert(revokedSessions)
    .select(sql`SELECT ${sessionId}, ${tokensGoneAtMs(nowMs)} WHERE ${condition}`)
    .onConflictDoNothing();
}

/** When the last access token of a session that ends at `nowMs` has expired, whatever was slow when it was made. */
export function tokensGoneAtMs(nowMs: number): number {
  return nowMs + ACCESS_SECONDS * 1_000 + UNDER_WAY_MS;
}

/** Statements for a batch that forget the sessions of an account that is not there any more. */
export function forgetSessionsOf(db: ReturnType<typeof drizzle>, accountId: string) {
  const isGone = sql`NOT EXISTS (SELECT 1 FROM accounts WHERE id = ${accountId})`;
  const theirs = sql`(SELECT id FROM sessions WHERE account_id = ${accountId})`;
  return [
    db.delete(refreshTokens).where(and(sql`${refreshTokens.sessionId} IN ${theirs}`, isGone)),
    db.delete(sessions).where(and(eq(sessions.accountId, accountId), isGone)),
  ] as const;
}

export async function sessionsOf(d1: D1Database, accountId: string): Promise<SessionRow[]> {
  return drizzle(d1).select().from(sessions).where(eq(sessions.accountId, accountId)).orderBy(sessions.createdAtMs);
}

/** Forgets refresh tokens of sessions that have expired, and sessions that have none left; a bounded number at a time. */
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
