// Accounts in D1.

import { and, eq, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { accounts, type Role } from "./schema.ts";

export type AccountRow = typeof accounts.$inferSelect;

/** Adds an account; false where the username is taken, in any spelling of upper and lower case. */
export async function insertAccount(d1: D1Database, account: AccountRow): Promise<boolean> {
  const inserted = await drizzle(d1)
    .insert(accounts)
    .values(account)
    .onConflictDoNothing()
    .returning({ id: accounts.id });
  return inserted.length === 1;
}

export async function accountByUsername(d1: D1Database, username: string): Promise<AccountRow | null> {
  const where = sql`${accounts.username} = ${username} COLLATE NOCASE`;
  return (await drizzle(d1).select().from(accounts).where(where).get()) ?? null;
}

export async function accountById(d1: D1Database, id: string): Promise<AccountRow | null> {
  return (await drizzle(d1).select().from(accounts).where(eq(accounts.id, id)).get()) ?? null;
}

/** The role at this moment: tokens carry none, so a role that was taken away is gone at once. */
export async function roleOf(d1: D1Database, accountId: string): Promise<Role | null> {
  const row = await drizzle(d1).select({ role: accounts.role }).from(accounts).where(eq(accounts.id, accountId)).get();
  return row?.role ?? null;
}

/** Replaces a hash, but never one that has taken its place meanwhile; false where one has. */
export async function replacePasswordHash(d1: D1Database, id: string, from: string, to: string): Promise<boolean> {
  const where = and(eq(accounts.id, id), eq(accounts.passwordHash, from));
  const changed = await drizzle(d1)
    .update(accounts)
    .set({ passwordHash: to })
    .where(where)
    .returning({ id: accounts.id });
  return changed.length === 1;
}
