// Changes to accounts: password and role. Each is one transaction with its audit entry.

import { and, eq, isNull, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { accounts, type Role } from "../../platform/d1/schema/accounts.ts";
import { auditStatementIfChanged, ownAction } from "../audit/queries.ts";
import { endSessions, isSessionOf, tokensGoneAtMs } from "../auth/queries.ts";
import { addRevoked } from "../auth/revocation-list.ts";
import type { Session } from "../auth/sessions.ts";
import type { Env } from "../env.ts";
import { type AccountRow, setPasswordHash } from "./queries.ts";

/** Changes the password and ends all other sessions. False if the hash is not `hashes.old`. */
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
