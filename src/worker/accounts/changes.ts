// What happens to accounts and their sessions: each in one transaction with its line in the audit log.

import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { Role } from "../../platform/d1/schema.ts";
import { newLongId } from "../../platform/ids.ts";
import { type AuditEntry, auditAlso, auditIfChanged, eraseAddressesOf } from "../audit/queries.ts";
import {
  endSessions,
  forgetSessionsOf,
  insertSession,
  revokeSession,
  type SessionChoice,
  tokensGoneAtMs,
  useRefreshToken,
} from "../auth/queries.ts";
import { decideRefresh, hashOf, newRefreshToken, successorsOf } from "../auth/refresh.ts";
import { noteEnded } from "../auth/revocations.ts";
import type { Session } from "../auth/sessions.ts";
import { ACCESS_SECONDS, accessToken } from "../auth/tokens.ts";
import type { Env } from "../env.ts";
import { type AccountRow, deleteUnlessOrganizer, setPasswordHash } from "./queries.ts";

export interface Tokens {
  readonly accountId: string;
  readonly access: string;
  readonly accessExpiresAtMs: number;
  readonly refresh: string;
}

/** A new session for an account whose password was just verified, or null where that has changed meanwhile. */
export async function signIn(env: Env, account: AccountRow, address: string): Promise<Tokens | null> {
  const sessionId = newLongId();
  const refresh = newRefreshToken();
  const { id: accountId, passwordHash } = account;
  const session = { id: sessionId, accountId, passwordHash, hash: hashOf(refresh) };
  const entry = byOwner("session.start", accountId, address);
  const nowMs = Date.now();
  if (!(await insertSession(env.DB, session, nowMs, entry))) return null;
  return tokensFor(env, accountId, sessionId, refresh, nowMs);
}

/**
 * New tokens for a refresh token, or null. A token that was used before, and is not the retry of a client that has lost
 * its answer, was copied: its session ends.
 */
export async function refreshSession(env: Env, token: string, address: string): Promise<Tokens | null> {
  const nowMs = Date.now();
  const successors = successorsOf(env, token);
  const used = await useRefreshToken(env.DB, hashOf(token), hashOf(successors[0] ?? ""), nowMs);
  const outcome = decideRefresh(used, successors, nowMs);
  if (used === null || outcome.type === "refused") return null;
  const { accountId, sessionId } = used;
  if (outcome.type === "reused") {
    await end(env, { sessionId }, sessionId, {
      ...byOwner("session.refresh-reused", accountId, address),
      actorId: null,
    });
    return null;
  }
  return tokensFor(env, accountId, sessionId, outcome.successor, nowMs);
}

export async function signOut(env: Env, session: Session, address: string): Promise<void> {
  await end(env, { sessionId: session.id }, session.id, byOwner("session.end", session.accountId, address));
}

export async function signOutEverywhere(env: Env, session: Session, address: string): Promise<void> {
  const { accountId } = session;
  await end(env, { accountId }, session.id, byOwner("session.end-all", accountId, address));
}

/** Changes the password and ends all other sessions. False where it is not `oldHash` any more. */
export async function changePassword(
  env: Env,
  session: Session,
  hashes: { readonly old: string; readonly new: string },
  address: string,
): Promise<boolean> {
  const { accountId, id: exceptSessionId } = session;
  const nowMs = Date.now();
  const db = drizzle(env.DB);
  const isChanged = sql`EXISTS (SELECT 1 FROM accounts WHERE id = ${accountId} AND password_hash = ${hashes.new})`;
  const [changed, , ended] = await db.batch([
    setPasswordHash(db, accountId, hashes),
    auditIfChanged(db, byOwner("password.change", accountId, address)),
    ...endSessions(db, { accountId, exceptSessionId }, nowMs, isChanged),
  ]);
  noteEnded(idsOf(ended), tokensGoneAtMs(nowMs));
  return changed.length === 1;
}

/**
 * Deletes the account, its sessions, and the addresses of what it did. False where it organises events: those need
 * somebody to answer for them; and where its password hash is not `passwordHash` any more. What it bought stays, by an id
 * that leads to nobody.
 */
export async function deleteAccount(env: Env, session: Session, passwordHash: string): Promise<boolean> {
  const { accountId } = session;
  const nowMs = Date.now();
  const db = drizzle(env.DB);
  const isGone = sql`NOT EXISTS (SELECT 1 FROM accounts WHERE id = ${accountId})`;
  const [deleted, , ended] = await db.batch([
    deleteUnlessOrganizer(db, accountId, passwordHash),
    auditIfChanged(db, { ...byOwner("account.delete", accountId, ""), address: null }),
    ...endSessions(db, { accountId }, nowMs, isGone),
    revokeSession(db, session.id, nowMs, isGone),
    ...forgetSessionsOf(db, accountId),
    eraseAddressesOf(db, accountId, isGone),
  ]);
  if (deleted.length === 0) return false;
  noteEnded([...idsOf(ended), session.id], tokensGoneAtMs(nowMs));
  return true;
}

export function byOwner(action: AuditEntry["action"], accountId: string, address: string): AuditEntry {
  return { action, actorId: accountId, object: { type: "account", id: accountId }, address };
}

export function roleChange(admin: Session, accountId: string, role: Role, address: string): AuditEntry {
  const object = { type: "account", id: accountId } as const;
  return { action: "role.change", actorId: admin.accountId, object, address, details: { role } };
}

async function tokensFor(
  env: Env,
  accountId: string,
  sessionId: string,
  refresh: string,
  nowMs: number,
): Promise<Tokens> {
  const access = await accessToken(env, accountId, sessionId);
  return { accountId, access, accessExpiresAtMs: nowMs + ACCESS_SECONDS * 1_000, refresh };
}

/** `sessionId` is revoked in any case: the session of a script's token is not on record. */
async function end(env: Env, choice: SessionChoice, sessionId: string, entry: AuditEntry): Promise<void> {
  const nowMs = Date.now();
  const db = drizzle(env.DB);
  const [ended] = await db.batch([
    ...endSessions(db, choice, nowMs),
    revokeSession(db, sessionId, nowMs),
    auditAlso(db, entry),
  ]);
  noteEnded([...idsOf(ended), sessionId], tokensGoneAtMs(nowMs));
}

function idsOf(rows: readonly { readonly id: string }[]): string[] {
  return rows.map(({ id }) => id);
}
