// Signs in, refreshes, signs out. Each change is one transaction with its audit entry.

import { eq, type SQL } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { SECOND_MS } from "../../domain/units.ts";
import { sessions } from "../../platform/d1/schema/accounts.ts";
import { newLongId } from "../../platform/ids.ts";
import type { AccountRow } from "../accounts/queries.ts";
import { type AuditEntry, auditStatement, ownAction } from "../audit/queries.ts";
import type { Env } from "../env.ts";
import { endSessions, insertSession, isSessionOf, revokeSession, tokensGoneAtMs, useRefreshToken } from "./queries.ts";
import { decideRefresh, hashOf, newRefreshToken, successorsOf } from "./refresh.ts";
import { addRevoked } from "./revocation-list.ts";
import type { Session } from "./sessions.ts";
import { ACCESS_SECONDS, accessToken } from "./tokens.ts";

export interface Tokens {
  readonly access: string;
  readonly accessExpiresAtMs: number;
  readonly refresh: string;
}

/** `account`'s password was just verified. Null if that or its deletion has changed meanwhile. */
export async function signIn(env: Env, account: AccountRow, address: string): Promise<Tokens | null> {
  const sessionId = newLongId();
  const refresh = newRefreshToken();
  const nowMs = Date.now();
  const entry = ownAction("session.start", account.id, address);
  const revoked = await insertSession(env.DB, sessionId, hashOf(refresh), account, nowMs, entry);
  if (revoked === null) return null;
  addRevoked(revoked, tokensGoneAtMs(nowMs));
  const isClosing = account.closingSinceMs !== null;
  return tokensFor(env, { id: sessionId, accountId: account.id, isClosing }, refresh, nowMs);
}

/** New tokens for a refresh token, or null. The session of a token that was copied ends. */
export async function refreshSession(env: Env, token: string, address: string): Promise<Tokens | null> {
  const nowMs = Date.now();
  const successors = successorsOf(env, token);
  const used = await useRefreshToken(env.DB, hashOf(token), hashOf(successors[0] ?? ""), nowMs);
  const outcome = decideRefresh(used, successors, nowMs);
  if (used === null || outcome.type === "refused") return null;
  const { accountId, sessionId } = used;
  const isClosing = used.closingSinceMs !== null;
  if (outcome.type === "reused") {
    const entry = { ...ownAction("session.refresh-reused", accountId, address), actorId: null };
    await end(env, eq(sessions.id, sessionId), sessionId, entry);
    return null;
  }
  return tokensFor(env, { id: sessionId, accountId, isClosing }, outcome.successor, nowMs);
}

export async function signOut(env: Env, session: Session, address: string): Promise<void> {
  await end(env, eq(sessions.id, session.id), session.id, ownAction("session.end", session.accountId, address));
}

export async function signOutEverywhere(env: Env, session: Session, address: string): Promise<void> {
  const { accountId } = session;
  await end(env, isSessionOf(accountId), session.id, ownAction("session.end-all", accountId, address));
}

export async function tokensFor(env: Env, session: Session, refresh: string, nowMs: number): Promise<Tokens> {
  const access = await accessToken(env, session.accountId, session.id, session.isClosing);
  return { access, accessExpiresAtMs: nowMs + ACCESS_SECONDS * SECOND_MS, refresh };
}

/** Ends the chosen sessions. `sessionId` may not be in the table: scripts make tokens too. */
async function end(env: Env, isChosen: SQL | undefined, sessionId: string, entry: AuditEntry): Promise<void> {
  const nowMs = Date.now();
  const db = drizzle(env.DB);
  const [ended] = await db.batch([
    ...endSessions(db, isChosen, nowMs),
    revokeSession(db, sessionId, nowMs),
    auditStatement(db, entry),
  ]);
  addRevoked([...ended.map(({ id }) => id), sessionId], tokensGoneAtMs(nowMs));
}
