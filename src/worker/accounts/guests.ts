// Guests: accounts without a password, until they register. See docs/decisions/0041-guests.md.

import { and, eq, gt, isNotNull, isNull, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { HOUR_MS } from "../../domain/units.ts";
import { accounts, sessions } from "../../platform/d1/schema/accounts.ts";
import { newId } from "../../platform/ids.ts";
import { auditStatementIfChanged, ownAction } from "../audit/queries.ts";
import { NO_PASSWORD } from "../auth/passwords.ts";
import { IDLE_LIFETIME_MS, SESSION_LIFETIME_MS } from "../auth/refresh.ts";
import { signIn, type Tokens } from "../auth/session-lifecycle.ts";
import { type ExpiredSession, expiredSession } from "../auth/sessions.ts";
import type { Env } from "../env.ts";
import { verificationMail } from "../links/owing.ts";
import { mailerOf } from "../mail/mailer.ts";
import { oweMailIf, sendSoon } from "../mail/owing.ts";
import { emailKeyOf } from "./email.ts";
import { type AccountRow, idsNamed, insertAccount } from "./queries.ts";

/** Its one session lasts 30 days. After an hour more, its last access token has expired, too. */
export const GUEST_KEPT_MS = SESSION_LIFETIME_MS + HOUR_MS;

/** What a guest chooses to become an account with a password. */
type Chosen = Pick<AccountRow, "username" | "email" | "emailKey" | "passwordHash" | "language">;

/**
 * Adds an account beside any others of this address, and starts its session. If that fails halfway,
 * the sweep erases the account like any other guest's.
 */
export async function signInAsGuest(
  env: Env,
  { email, language }: Pick<AccountRow, "email" | "language">,
  address: string,
): Promise<Tokens> {
  const nowMs = Date.now();
  const id = newId();
  const account = {
    id,
    // No username and no address has a colon, so nobody can register it or sign in with it.
    username: `guest:${id}`,
    email,
    language,
    // The address stays free for the account that registers with it.
    emailKey: null,
    guestEmailKey: emailKeyOf(email),
    passwordHash: NO_PASSWORD,
    createdAtMs: nowMs,
    guestDueMs: nowMs + GUEST_KEPT_MS,
  };
  const guest = await insertAccount(env.DB, account, ownAction("guest.create", id, address));
  const tokens = guest === null ? null : await signIn(env, guest, address);
  if (tokens === null) throw new Error("a new guest was not signed in");
  return tokens;
}

/**
 * Gives a guest its names and password; id and sessions stay. Null if one of the names is taken, or
 * if the account is no guest any more or is being deleted.
 */
export async function upgradeGuest(env: Env, id: string, chosen: Chosen, address: string): Promise<AccountRow | null> {
  const nowMs = Date.now();
  const mail = mailerOf(env) === null ? null : verificationMail(id, nowMs);
  const db = drizzle(env.DB);
  const isFree = sql`NOT EXISTS (SELECT 1 FROM ${idsNamed(chosen.username, chosen.emailKey)} WHERE id <> ${id})`;
  const isUpgradable = and(eq(accounts.id, id), isNotNull(accounts.guestDueMs), isNull(accounts.closingSinceMs));
  const [upgraded] = await db.batch([
    db
      .update(accounts)
      .set({ ...chosen, ...unlessProven(chosen.emailKey), guestEmailKey: null, pendingEmail: null, guestDueMs: null })
      .where(and(isUpgradable, isFree))
      .returning(),
    auditStatementIfChanged(db, ownAction("guest.upgrade", id, address)),
    ...(mail === null ? [] : [oweMailIf(db, mail, sql`changes() > 0`, nowMs)]),
  ]);
  if (mail !== null && upgraded.length === 1) sendSoon(env, mail);
  return upgraded[0] ?? null;
}

/** What a guest has proven stays proven if it registers with that address, and no other. */
function unlessProven(emailKey: string | null) {
  const isProven = sql`verified_email_key = ${emailKey}`;
  return {
    verifiedEmailKey: sql`CASE WHEN ${isProven} THEN verified_email_key END`,
    verifiedAtMs: sql`CASE WHEN ${isProven} THEN verified_at_ms END`,
  };
}

/**
 * Whether a guest sent this request whose access token has expired, and who can refresh it. Without
 * it, registering would make a second account, which has none of the guest's tickets.
 */
export async function mustRefreshAsGuest(env: Env, request: Request): Promise<boolean> {
  const expired = await expiredSession(request, env);
  return expired !== null && (await isGuestsToRefresh(env.DB, expired, Date.now()));
}

async function isGuestsToRefresh(
  d1: D1Database,
  { sessionId, refreshHash }: ExpiredSession,
  nowMs: number,
): Promise<boolean> {
  const id = sql`coalesce(${sessionId}, (SELECT session_id FROM refresh_tokens WHERE hash = ${refreshHash}))`;
  const hasToken = sql`EXISTS (
    SELECT 1 FROM refresh_tokens
    WHERE session_id = ${sessions.id} AND used_at_ms IS NULL AND created_at_ms > ${nowMs - IDLE_LIFETIME_MS}
  )`;
  const goesOn = and(isNull(sessions.endedAtMs), gt(sessions.expiresAtMs, nowMs), hasToken);
  const found = await drizzle(d1)
    .select({ id: accounts.id })
    .from(sessions)
    .innerJoin(accounts, eq(accounts.id, sessions.accountId))
    .where(and(eq(sessions.id, id), goesOn, isNotNull(accounts.guestDueMs), isNull(accounts.closingSinceMs)))
    .get();
  return found !== undefined;
}
