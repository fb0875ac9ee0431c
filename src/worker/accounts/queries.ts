// Accounts in D1.

import { and, eq, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { accounts, type Role } from "../../platform/d1/schema.ts";
import { type AuditEntry, auditStatementIfChanged } from "../audit/queries.ts";

export type AccountRow = typeof accounts.$inferSelect;

/** Adds an account. False if the username is taken, in any mix of upper and lower case. */
export async function insertAccount(d1: D1Database, account: AccountRow, entry: AuditEntry): Promise<boolean> {
  const db = drizzle(d1);
  const [inserted] = await db.batch([
    db.insert(accounts).values(account).onConflictDoNothing().returning({ id: accounts.id }),
    auditStatementIfChanged(db, entry),
  ]);
  return inserted.length === 1;
}

export async function accountByUsername(d1: D1Database, username: string): Promise<AccountRow | null> {
  const where = sql`${accounts.username} = ${username} COLLATE NOCASE`;
  return (await drizzle(d1).select().from(accounts).where(where).get()) ?? null;
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
