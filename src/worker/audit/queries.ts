// The audit log in D1: who did what to which object, from where, when. Rows are added, and nothing else.

import { and, desc, eq, isNull, lt, or, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { type Cursor, isBehind } from "../../platform/d1/cursors.ts";
import { auditLog } from "../../platform/d1/schema.ts";
import { newLongId } from "../../platform/ids.ts";

export type AuditRow = typeof auditLog.$inferSelect;

export interface AuditEntry {
  readonly action: AuditRow["action"];
  /** Null for somebody who is not signed in, and for the service itself. */
  readonly actorId: string | null;
  readonly object: { readonly type: AuditRow["objectType"]; readonly id: string | null };
  readonly eventId?: string;
  readonly address: string | null;
  /** What was asked for. Never a password, and nothing personal. */
  readonly details?: unknown;
}

/** Addresses are personal data: they are erased after this, and with the account they belong to. */
export const ADDRESS_KEPT_MS = 90 * 24 * 60 * 60_000;

/** Writes an entry before what it is about is done, so that nothing is done that is not on record. */
export async function audit(d1: D1Database, entry: AuditEntry): Promise<void> {
  await auditAlso(drizzle(d1), entry);
}

/** The same as a statement for a batch: both are written or neither. */
export function auditAlso(db: ReturnType<typeof drizzle>, entry: AuditEntry) {
  return db.insert(auditLog).values({ ...rowOf(entry), address: addressOf(entry) });
}

/** The same for a batch whose statement before this one may have changed nothing; then nothing is written. */
export function auditIfChanged(db: ReturnType<typeof drizzle>, entry: AuditEntry) {
  const { id, atMs, action, actorId, objectType, objectId, eventId, details } = rowOf(entry);
  return db.insert(auditLog).select(sql`
    SELECT ${id}, ${atMs}, ${action}, ${actorId}, ${objectType}, ${objectId}, ${eventId}, ${addressOf(entry)}, ${details}
    WHERE changes() > 0`);
}

/** A refund of the service's own accord. Once for a payment, however often it is tried. */
export async function auditRefund(
  d1: D1Database,
  payment: { readonly paymentId: string; readonly reservationId: string; readonly ticketTypeId: string },
): Promise<void> {
  const id = `refund-${payment.paymentId}`;
  const details = JSON.stringify({ reservation: payment.reservationId });
  const eventId = sql`(SELECT event_id FROM ticket_types WHERE id = ${payment.ticketTypeId})`;
  await drizzle(d1)
    .insert(auditLog)
    .select(sql`
    SELECT ${id}, ${Date.now()}, 'payment.refund', NULL, 'payment', ${payment.paymentId}, ${eventId}, NULL, ${details}
    WHERE NOT EXISTS (SELECT 1 FROM audit_log WHERE id = ${id})`);
}

/** The newest first: of one event, or of everything. */
export async function listAudit(
  d1: D1Database,
  eventId: string | null,
  limit: number,
  after: Cursor | null,
): Promise<AuditRow[]> {
  return page(d1, eventId === null ? undefined : eq(auditLog.eventId, eventId), limit, after);
}

/** What an account did itself, or what others did to it, the newest first. */
export async function auditOfAccount(
  d1: D1Database,
  accountId: string,
  whose: "own" | "others",
  limit: number,
  after: Cursor | null,
): Promise<AuditRow[]> {
  const isOwn = eq(auditLog.actorId, accountId);
  const isAbout = and(sql`${auditLog.objectType} = 'account'`, eq(auditLog.objectId, accountId));
  const isOthers = and(isAbout, sql`${auditLog.actorId} IS NOT ${accountId}`);
  return page(d1, whose === "own" ? isOwn : isOthers, limit, after);
}

/** Erases the addresses of whatever an account did, and of who tried to sign in to it. */
export function eraseAddressesOf(db: ReturnType<typeof drizzle>, accountId: string, condition: SQL) {
  const isAbout = and(isNull(auditLog.actorId), eq(auditLog.objectType, "account"), eq(auditLog.objectId, accountId));
  return db
    .update(auditLog)
    .set({ address: null })
    .where(and(or(eq(auditLog.actorId, accountId), isAbout), condition));
}

export async function eraseOldAddresses(d1: D1Database, nowMs: number): Promise<void> {
  const isOld = and(sql`${auditLog.address} IS NOT NULL`, lt(auditLog.atMs, nowMs - ADDRESS_KEPT_MS));
  await drizzle(d1).update(auditLog).set({ address: null }).where(isOld);
}

/** None where its account is gone: what was under way while that was deleted must not bring back what was erased. */
function addressOf({ address, actorId, object }: AuditEntry): SQL<string | null> {
  const owner = actorId ?? (object.type === "account" ? object.id : null);
  const isGone = sql`${owner} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM accounts WHERE id = ${owner})`;
  return sql`CASE WHEN ${isGone} THEN NULL ELSE ${address} END`;
}

async function page(
  d1: D1Database,
  condition: SQL | undefined,
  limit: number,
  after: Cursor | null,
): Promise<AuditRow[]> {
  return drizzle(d1)
    .select()
    .from(auditLog)
    .where(and(condition, isBehind(after, auditLog.atMs, auditLog.id, lt)))
    .orderBy(desc(auditLog.atMs), desc(auditLog.id))
    .limit(limit);
}

function rowOf({ action, actorId, object, eventId, address, details }: AuditEntry): AuditRow {
  return {
    ...{ id: newLongId(), atMs: Date.now(), action, actorId, address },
    ...{ objectType: object.type, objectId: object.id, eventId: eventId ?? null },
    details: details === undefined ? null : JSON.stringify(details),
  };
}
