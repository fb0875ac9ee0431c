// Changes to accounts: password, address, language and role. Each is one transaction with its audit
// entry; no entry is made for a language.

import { and, eq, isNull, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { accounts, type Role } from "../../platform/d1/schema/accounts.ts";
import type { Language } from "../../platform/mails.ts";
import { auditStatementIfChanged, ownAction } from "../audit/queries.ts";
import { endApiKeysOf } from "../auth/api-key-queries.ts";
import { endSessions, isSessionOf, tokensGoneAtMs } from "../auth/queries.ts";
import { addRevoked } from "../auth/revocation-list.ts";
import type { Session } from "../auth/sessions.ts";
import type { Env } from "../env.ts";
import { newAddressMail } from "../links/owing.ts";
import { forgetResets } from "../links/queries.ts";
import { oweMailIf, sendSoon } from "../mail/owing.ts";
import { type AccountRow, setPasswordHash } from "./queries.ts";

/**
 * Changes the password, ends all other sessions and revokes all keys. False if the hash is not
 * `hashes.old`.
 */
export async function replacePassword(
  env: Env,
  session: Session,
  hashes: { old: string; new: string },
  address: string,
): Promise<boolean> {
  const { accountId } = session;
  const nowMs = Date.now();
  const db = drizzle(env.DB);
  const isChanged = sql`EXISTS (SELECT 1 FROM accounts WHERE id = ${accountId} AND password_hash = ${hashes.new})`;
  const [changed, , ended] = await db.batch([
    setPasswordHash(db, accountId, hashes),
    auditStatementIfChanged(db, ownAction("password.change", accountId, address)),
    ...endSessions(db, and(isSessionOf(accountId, session.id), isChanged), nowMs),
    ...forgetResets(db, accountId, isChanged),
    // Who knew the old password may have made a key.
    endApiKeysOf(db, accountId, isChanged),
  ]);
  addRevoked(
    ended.map(({ id }) => id),
    tokensGoneAtMs(nowMs),
  );
  return changed.length === 1;
}

/**
 * Null if there is no such account, if it is a guest's or being deleted, or if `adminId` is no
 * longer an admin.
 */
export async function giveRole(
  env: Env,
  adminId: string,
  accountId: string,
  role: Role,
  address: string,
): Promise<AccountRow | null> {
  const db = drizzle(env.DB);
  // Of two admins who take the role from each other at once, one stays an admin.
  const isByAdmin = sql`EXISTS (SELECT 1 FROM accounts AS giver WHERE giver.id = ${adminId} AND giver.role = 'admin')`;
  // With a role it could get events, and then it would never be erased.
  const mayHaveRole = and(isNull(accounts.closingSinceMs), isNull(accounts.guestDueMs));
  const isChosen = and(eq(accounts.id, accountId), mayHaveRole, isByAdmin);
  const entry = { ...ownAction("role.change", accountId, address), actorId: adminId, details: { role } };
  const [changed] = await db.batch([
    db.update(accounts).set({ role }).where(isChosen).returning(),
    auditStatementIfChanged(db, entry),
  ]);
  return changed[0] ?? null;
}

/**
 * Puts another address beside the account's, until it is proven; null gives up the one that was
 * there. Null if the account has another password by now, or is being deleted.
 */
export async function askForAddress(
  env: Env,
  { id, passwordHash }: AccountRow,
  pendingEmail: string | null,
  address: string,
): Promise<AccountRow | null> {
  const nowMs = Date.now();
  const db = drizzle(env.DB);
  const mail = newAddressMail(id);
  const isAsVerified = and(eq(accounts.passwordHash, passwordHash), isNull(accounts.closingSinceMs));
  const [changed] = await db.batch([
    db
      .update(accounts)
      .set({ pendingEmail })
      .where(and(eq(accounts.id, id), isAsVerified))
      .returning(),
    auditStatementIfChanged(db, ownAction("email.asked", id, address)),
    oweMailIf(db, mail, sql`changes() > 0`, nowMs),
  ]);
  if (changed.length === 1) sendSoon(env, mail);
  return changed[0] ?? null;
}

export async function setLanguage(d1: D1Database, id: string, language: Language): Promise<void> {
  await drizzle(d1).update(accounts).set({ language }).where(eq(accounts.id, id));
}
