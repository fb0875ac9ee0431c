// Accounts in D1.

import { and, eq, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { accounts, type Role } from "../../platform/d1/schema.ts";
import { type AuditEntry, auditIfChanged } from "../audit/queries.ts";

export type AccountRow = typeof accounts.$inferSelect;

/** Adds an account; false where the username is taken, in any spelling of upper and lower case. */
export async function insertAccount(d1: D1Database, account: AccountRow, audit: AuditEntry): Promise<boolean> {
  const db = drizzle(d1);
  const [inserted] = await db.batch([
    db.insert(accounts).values(account).onConflictDoNothing().returning({ id: accounts.id }),
    auditIfChanged(db, audit),
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

/** The role at this moment: tokens carry none, so a role that was taken away is gone at once. */
export async function roleOf(d1: D1Database, accountId: string): Promise<Role | null> {
  const row = await drizzle(d1).select({ role: accounts.role }).from(accounts).where(eq(accounts.id, accountId)).get();
  return row?.role ?? null;
}

/**
 * The account with its new role, or null where there is none, or where whoever gives it is no admin any more: of two
 * admins who take the role from each other one stays.
 */
export async function setRole(d1: D1Database, id: string, role: Role, audit: AuditEntry): Promise<AccountRow | null> {
  const db = drizzle(d1);
  const isGivenByAdmin = sql`EXISTS (SELECT 1 FROM accounts AS giver WHERE giver.id = ${audit.actorId} AND giver.role = 'admin')`;
  const [changed] = await db.batch([
    db
      .update(accounts)
      .set({ role })
      .where(and(eq(accounts.id, id), isGivenByAdmin))
      .returning(),
    auditIfChanged(db, audit),
  ]);
  return changed[0] ?? null;
}

/** A statement for a batch. It returns a row where the account's hash was still the old one. */
export function setPasswordHash(
  db: ReturnType<typeof drizzle>,
  id: string,
  hashes: { readonly old: string; readonly new: string },
) {
  return db
    .update(accounts)
    .set({ passwordHash: hashes.new })
    .where(and(eq(accounts.id, id), eq(accounts.passwordHash, hashes.old)))
    .returning({ id: accounts.id });
}

/** A statement for a batch. It returns a row where the account had that hash still, and organises no event. */
export function deleteUnlessOrganizer(db: ReturnType<typeof drizzle>, id: string, passwordHash: string) {
  const isAsVerified = and(eq(accounts.id, id), eq(accounts.passwordHash, passwordHash));
  return db
    .delete(accounts)
    .where(and(isAsVerified, sql`NOT EXISTS (SELECT 1 FROM events WHERE organizer_id = ${id})`))
    .returning({ id: accounts.id });
}

/** Replaces a hash, but never one that has taken its place meanwhile; false where one has. */
export async function replacePasswordHash(d1: D1Database, id: string, from: string, to: string): Promise<boolean> {
  return (await setPasswordHash(drizzle(d1), id, { old: from, new: to })).length === 1;
}
