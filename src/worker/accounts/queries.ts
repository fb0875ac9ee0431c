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

/** Replaces a hash unless another one has taken its place meanwhile; false if one has. */
export async function replacePasswordHash(d1: D1Database, id: string, from: string, to: string): Promise<boolean> {
  return (await setPasswordHash(drizzle(d1), id, { old: from, new: to })).length === 1;
}

/** For a batch. It returns a row if the account's hash was still the old one. */
export function setPasswordHash(
  db: DrizzleD1Database,
  id: string,
  hashes: { readonly old: string; readonly new: string },
) {
  return db
    .update(accounts)
    .set({ passwordHash: hashes.new })
    .where(and(eq(accounts.id, id), eq(accounts.passwordHash, hashes.old)))
    .returning({ id: accounts.id });
}

/** For a batch. It returns a row if the account still had that hash, and organises no event. */
export function deleteUnlessOrganizer(db: DrizzleD1Database, id: string, passwordHash: string) {
  const isAsVerified = and(eq(accounts.id, id), eq(accounts.passwordHash, passwordHash));
  return db
    .delete(accounts)
    .where(and(isAsVerified, sql`NOT EXISTS (SELECT 1 FROM events WHERE organizer_id = ${id})`))
    .returning({ id: accounts.id });
}

/** For a batch. Of two admins who take the role from each other at once, one stays an admin. */
export function setRole(db: DrizzleD1Database, id: string, role: Role, adminId: string) {
  const isAdmin = sql`EXISTS (SELECT 1 FROM accounts AS giver WHERE giver.id = ${adminId} AND giver.role = 'admin')`;
  return db
    .update(accounts)
    .set({ role })
    .where(and(eq(accounts.id, id), isAdmin))
    .returning();
}
