// The tokens of links in D1, and the accounts that they lead to.

import { and, desc, eq, gt, isNotNull, isNull, lt, type SQL, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { type Link, type LinkOwner, linkExpiresAtMs } from "../../domain/links.ts";
import { HOUR_MS } from "../../domain/units.ts";
import { accounts, linkTokens } from "../../platform/d1/schema/accounts.ts";
import { emailKeyOf } from "../accounts/email.ts";
import { type AccountRow, isGuest } from "../accounts/queries.ts";
import { hashOf } from "../auth/refresh.ts";

/** A link that somebody opened, and the account that it leads to. */
export interface OpenedLink {
  readonly hash: string;
  readonly link: Link;
  readonly account: AccountRow;
}

/** So long after it has expired, a token is forgotten. */
const KEPT_AFTER_EXPIRY_MS = HOUR_MS;
const FORGOTTEN_AT_ONCE = 1_000;

/** Adds nothing for an account that was erased meanwhile. */
export async function insertLink(
  d1: D1Database,
  hash: string,
  { purpose, emailKey, expiresAtMs }: Omit<Link, "usedAtMs">,
  accountId: string,
): Promise<void> {
  await drizzle(d1)
    .insert(linkTokens)
    .select(sql`
      SELECT ${hash}, ${purpose}, id, ${emailKey}, ${expiresAtMs}, NULL, NULL FROM accounts WHERE id = ${accountId}`);
}

/** How many links were made since then that prove this address, for whichever accounts. */
export function proofsAskedFor(d1: D1Database, emailKey: string, sinceMs: number): Promise<number> {
  const isSince = gt(linkTokens.expiresAtMs, linkExpiresAtMs("verify", sinceMs));
  return drizzle(d1).$count(
    linkTokens,
    and(eq(linkTokens.emailKey, emailKey), eq(linkTokens.purpose, "verify"), isSince),
  );
}

/** Null if there is no such link, or no such account any more. */
export async function openLink(d1: D1Database, token: string): Promise<OpenedLink | null> {
  const hash = hashOf(token);
  const found = await drizzle(d1)
    .select({ link: linkTokens, account: accounts })
    .from(linkTokens)
    .innerJoin(accounts, eq(accounts.id, linkTokens.accountId))
    .where(eq(linkTokens.hash, hash))
    .get();
  return found === undefined ? null : { hash, ...found };
}

export function ownerOf(account: AccountRow): LinkOwner {
  const { email, pendingEmail, verifiedEmailKey: verifiedKey } = account;
  const pendingKey = pendingEmail === null ? null : emailKeyOf(pendingEmail);
  return { isGuest: isGuest(account), emailKey: emailKeyOf(email), pendingKey, verifiedKey };
}

/**
 * Uses the link, once and for `useId` alone, if its account is still as it was read with it. The
 * same batch does all that the use does, on condition that `isUsedBy`.
 */
export function useLink(
  db: DrizzleD1Database,
  { hash, account }: OpenedLink,
  useId: string,
  nowMs: number,
  also?: SQL,
) {
  const { id, email, pendingEmail, passwordHash, closingSinceMs } = account;
  // A guest that registers gets a password hash.
  const isAsRead = sql`EXISTS (
    SELECT 1 FROM accounts
    WHERE id = ${id} AND email = ${email} AND pending_email IS ${pendingEmail}
      AND password_hash = ${passwordHash} AND closing_since_ms IS ${closingSinceMs}
  )`;
  return db
    .update(linkTokens)
    .set({ usedAtMs: nowMs, useId })
    .where(and(eq(linkTokens.hash, hash), isNull(linkTokens.usedAtMs), isAsRead, also))
    .returning({ hash: linkTokens.hash });
}

export function isUsedBy({ hash }: OpenedLink, useId: string): SQL {
  return sql`EXISTS (SELECT 1 FROM link_tokens WHERE hash = ${hash} AND use_id = ${useId})`;
}

/** For a batch: after a new password no older link chooses another, and no address is pending. */
export function forgetResets(db: DrizzleD1Database, accountId: string, condition: SQL) {
  const isUnused = isNull(linkTokens.usedAtMs);
  return [
    db
      .delete(linkTokens)
      .where(and(eq(linkTokens.accountId, accountId), eq(linkTokens.purpose, "reset"), isUnused, condition)),
    // Who knew the password before may have asked for an address of their own.
    db
      .update(accounts)
      .set({ pendingEmail: null })
      .where(and(eq(accounts.id, accountId), isNotNull(accounts.pendingEmail), condition)),
  ] as const;
}

/** For a batch that erases the account. */
export function forgetLinksOf(db: DrizzleD1Database, accountId: string, condition: SQL) {
  return db.delete(linkTokens).where(and(eq(linkTokens.accountId, accountId), condition));
}

export async function forgetExpiredLinks(d1: D1Database, nowMs: number): Promise<void> {
  const db = drizzle(d1);
  const isOld = lt(linkTokens.expiresAtMs, nowMs - KEPT_AFTER_EXPIRY_MS);
  const old = db
    .select({ hash: linkTokens.hash })
    .from(linkTokens)
    .where(isOld)
    .orderBy(linkTokens.expiresAtMs)
    .limit(FORGOTTEN_AT_ONCE);
  await db.delete(linkTokens).where(sql`${linkTokens.hash} IN ${old}`);
}

/** The account that signs in with this address; never a guest's. */
export async function accountByEmail(d1: D1Database, emailKey: string): Promise<AccountRow | null> {
  return (await drizzle(d1).select().from(accounts).where(eq(accounts.emailKey, emailKey)).get()) ?? null;
}

/** Guests of this address who hold or have bought something, the newest first. */
export async function guestsToSignIn(d1: D1Database, emailKey: string, limit: number): Promise<AccountRow[]> {
  const hasSomething = sql`(
    EXISTS (SELECT 1 FROM reservations WHERE account_id = ${accounts.id}
      AND (state IN ('held', 'confirmed', 'refunded') OR unsettled = 1))
    OR EXISTS (SELECT 1 FROM orders WHERE account_id = ${accounts.id}
      AND (state IN ('held', 'confirmed', 'refunded') OR unfinished = 1))
  )`;
  return drizzle(d1)
    .select()
    .from(accounts)
    .where(and(eq(accounts.guestEmailKey, emailKey), isNotNull(accounts.guestDueMs), hasSomething))
    .orderBy(desc(accounts.createdAtMs), desc(accounts.id))
    .limit(limit);
}
