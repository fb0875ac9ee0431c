// Accounts in D1.

import { and, desc, eq, isNull, type SQL, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { accounts, type Role } from "../../platform/d1/schema/accounts.ts";
import { type AuditEntry, auditStatementIfChanged } from "../audit/queries.ts";
import { emailKeyOf } from "./email.ts";

export type AccountRow = typeof accounts.$inferSelect;

/** An account without a password (guests.ts). */
export function isGuest({ guestDueMs }: Pick<AccountRow, "guestDueMs">): boolean {
  return guestDueMs !== null;
}

/** Null as long as a stranger may have chosen the name, with an address that is not theirs. */
export function provenName({ username, emailKey, verifiedEmailKey }: AccountRow): string | null {
  return emailKey !== null && emailKey === verifiedEmailKey ? username : null;
}

/** Adds an account. Null if its username or its e-mail address is taken, in any spelling. */
export async function insertAccount(
  d1: D1Database,
  account: typeof accounts.$inferInsert,
  entry: AuditEntry,
): Promise<AccountRow | null> {
  const db = drizzle(d1);
  const [inserted] = await db.batch([insertion(db, account), auditStatementIfChanged(db, entry)]);
  return inserted[0] ?? null;
}

/** For a batch: returns a row if it was added. */
export function insertion(db: DrizzleD1Database, account: typeof accounts.$inferInsert) {
  return db.insert(accounts).values(account).onConflictDoNothing().returning();
}

/** Not a guest's: the username of that is no name. */
export async function accountByUsername(d1: D1Database, username: string): Promise<AccountRow | null> {
  const where = and(sql`${accounts.username} = ${username} COLLATE NOCASE`, isNull(accounts.guestDueMs));
  return (await drizzle(d1).select().from(accounts).where(where).get()) ?? null;
}

/**
 * The account whose username or e-mail address `name` is; never a guest's. Where one account has it
 * as username and another as address, it is the former's: that account signed in with it before
 * addresses counted.
 */
export async function accountByName(d1: D1Database, name: string): Promise<AccountRow | null> {
  const isUsername = sql`${accounts.username} = ${name} COLLATE NOCASE`;
  const isNamed = and(sql`${accounts.id} IN ${idsNamed(name, emailKeyOf(name))}`, isNull(accounts.guestDueMs));
  const account = await drizzle(d1).select().from(accounts).where(isNamed).orderBy(desc(isUsername)).limit(1).get();
  return account ?? null;
}

/**
 * The ids of accounts that have the username or the address, as a subquery. Both are looked up
 * whatever is found, so that either takes as long; with an OR, SQLite would read the whole table.
 */
export function idsNamed(username: string, emailKey: string | null): SQL {
  return sql`(
    SELECT id FROM accounts WHERE username = ${username} COLLATE NOCASE
    UNION ALL SELECT id FROM accounts WHERE email_key = ${emailKey}
  )`;
}

export async function accountById(d1: D1Database, id: string): Promise<AccountRow | null> {
  return (await drizzle(d1).select().from(accounts).where(eq(accounts.id, id)).get()) ?? null;
}

/** The role at this moment. Tokens carry none, so a role that is taken away is gone at once. */
export async function roleOf(d1: D1Database, accountId: string): Promise<Role | null> {
  const row = await drizzle(d1).select({ role: accounts.role }).from(accounts).where(eq(accounts.id, accountId)).get();
  return row?.role ?? null;
}

/** Returns a row if the account's hash was still the old one. */
export function setPasswordHash(db: DrizzleD1Database, id: string, hashes: { old: string; new: string }) {
  return db
    .update(accounts)
    .set({ passwordHash: hashes.new })
    .where(and(eq(accounts.id, id), eq(accounts.passwordHash, hashes.old)))
    .returning({ id: accounts.id });
}
