// The audit log in D1: who did what to which object, when, and from which address. Append-only.

import { and, desc, eq, getTableColumns, isNull, lt, or, type SQL, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import type { RefundOutcome } from "../../domain/refund.ts";
import { DAY_MS } from "../../domain/units.ts";
import type { RefundTask } from "../../durable/ticket-type/protocol.ts";
import { type Cursor, isBehind } from "../../platform/d1/cursors.ts";
import { apiKeys } from "../../platform/d1/schema/api-keys.ts";
import { auditLog } from "../../platform/d1/schema/audit-log.ts";
import { newLongId, uncheckedPart } from "../../platform/ids.ts";

export type AuditRow = typeof auditLog.$inferSelect;
/** The name of the key that it was done with; null for none, and once it is revoked. */
export type ReadAuditRow = AuditRow & { readonly apiKeyName: string | null };

export interface AuditEntry {
  readonly action: AuditRow["action"];
  /** Null for a caller who is not signed in, and for the service itself. */
  readonly actorId: string | null;
  readonly apiKeyId?: string | null;
  readonly object: { readonly type: AuditRow["objectType"]; readonly id: string | null };
  readonly eventId?: string;
  readonly address: string | null;
  /** The requested change. Never a password, and nothing personal. */
  readonly details?: unknown;
}

/** Addresses are personal data: they are erased then, and when their account is deleted. */
export const ADDRESS_KEPT_MS = 90 * DAY_MS;

/** What an account did to itself. */
export function ownAction(action: AuditRow["action"], accountId: string, address: string | null): AuditEntry {
  return { action, actorId: accountId, object: { type: "account", id: accountId }, address };
}

/** Writes an entry. Called before its action is carried out, so that every action is on record. */
export async function audit(d1: D1Database, entry: AuditEntry): Promise<void> {
  await auditStatement(drizzle(d1), entry);
}

/** The same as a statement for a batch, which writes both the change and its entry, or neither. */
export function auditStatement(db: DrizzleD1Database, entry: AuditEntry, condition = sql`true`) {
  const { action, actorId, object, eventId = null, apiKeyId = null } = entry;
  const details = entry.details === undefined ? null : JSON.stringify(entry.details);
  return db.insert(auditLog).select(sql`
    SELECT ${newLongId()}, ${Date.now()}, ${action}, ${actorId}, ${object.type}, ${object.id}, ${eventId},
      ${addressUnlessDeleted(entry)}, ${details}, ${apiKeyId}
    WHERE ${condition}`);
}

/** The same for a batch, where the statement before it has changed a row. */
export function auditStatementIfChanged(db: DrizzleD1Database, entry: AuditEntry) {
  return auditStatement(db, entry, sql`changes() > 0`);
}

/** The request that made something which was deleted since; null if nothing was. */
export async function requestOfDeleted(d1: D1Database, eventId: string, objectId: string): Promise<string | null> {
  const isOfIt = sql`event_id = ${eventId} AND object_id BETWEEN ${uncheckedPart(objectId)} AND ${`${uncheckedPart(objectId)}~`}`;
  const [made] = await drizzle(d1).all<{ details: string }>(sql`
    SELECT details FROM audit_log WHERE ${isOfIt} AND action IN ('event.create', 'ticket.add')
      AND EXISTS (SELECT 1 FROM audit_log WHERE ${isOfIt} AND action IN ('event.delete', 'ticket.delete'))`);
  return made?.details ?? null;
}

/** The request that added a price, as JSON, and whether it was deleted since; null if none did. */
export async function priceRequest(
  d1: D1Database,
  { id, eventId }: { readonly id: string; readonly eventId: string },
  priceId: string,
): Promise<{ readonly request: string; readonly isDeleted: boolean } | null> {
  const isOfIt = sql`event_id = ${eventId} AND object_id = ${id} AND details ->> 'id' = ${priceId}`;
  const [made] = await drizzle(d1).all<{ request: string; deleted: number }>(sql`
    SELECT details AS request, EXISTS (SELECT 1 FROM audit_log WHERE ${isOfIt} AND action = 'price.delete') AS deleted
    FROM audit_log WHERE ${isOfIt} AND action = 'price.add'`);
  return made === undefined ? null : { request: made.request, isDeleted: made.deleted === 1 };
}

/** Records how an attempt at a refund ended; once, however often it is called. */
export async function auditRefundOutcome(
  d1: D1Database,
  { attemptId, reservationId, amountMinor, currency }: RefundTask,
  outcome: RefundOutcome,
  ticketTypeId: string | null,
): Promise<void> {
  const id = `refund-${attemptId.replace(".", "-")}-${outcome.state}`;
  const action: AuditRow["action"] = outcome.state === "failed" ? "refund.failed" : "refund.succeeded";
  const failure = outcome.state === "failed" ? outcome.failure.code : undefined;
  const details = JSON.stringify({ refund: attemptId, amount: amountMinor, currency, failure });
  const object = { type: ticketTypeId === null ? "order" : "reservation", id: reservationId } as const;
  await auditOnce(drizzle(d1), { id, action, object, details }, eventOf(ticketTypeId, reservationId));
}

/**
 * A line by the service itself as a statement, for what may be repeated: its id says what happened,
 * without dots, because the list's cursors have ids. `details`: JSON.
 */
export function auditOnce(
  db: DrizzleD1Database,
  line: Pick<AuditRow, "id" | "action"> & { readonly object: AuditEntry["object"]; readonly details: string },
  eventId: SQL,
  condition = sql`true`,
) {
  const { id, action, object, details } = line;
  return db.insert(auditLog).select(sql`
    SELECT ${id}, ${Date.now()}, ${action}, NULL, ${object.type}, ${object.id}, ${eventId}, NULL, ${details}, NULL
    WHERE NOT EXISTS (SELECT 1 FROM audit_log WHERE id = ${id}) AND ${condition}`);
}

/** All items of an order have one organiser, who finds it in the first one's event. */
export function eventOf(ticketTypeId: string | null, boughtId: string): SQL {
  const firstOfOrder = sql`(SELECT items ->> '$[0].ticketTypeId' FROM orders WHERE id = ${boughtId})`;
  return sql`(SELECT event_id FROM ticket_types WHERE id = ${ticketTypeId ?? firstOfOrder})`;
}

/** The entries of one event, or all entries where `eventId` is null, the newest first. */
export function auditEntries(d1: D1Database, eventId: string | null, limit: number, after: Cursor | null) {
  return page(d1, eventId === null ? undefined : eq(auditLog.eventId, eventId), limit, after);
}

/** What an account did itself (`own`), or what others did to it, the newest first. */
export async function auditOfAccount(
  d1: D1Database,
  accountId: string,
  actor: "own" | "others",
  limit: number,
  after: Cursor | null,
): Promise<ReadAuditRow[]> {
  const isOwn = eq(auditLog.actorId, accountId);
  const isAbout = and(sql`${auditLog.objectType} = 'account'`, eq(auditLog.objectId, accountId));
  const isOthers = and(isAbout, sql`${auditLog.actorId} IS NOT ${accountId}`);
  return page(d1, actor === "own" ? isOwn : isOthers, limit, after);
}

/** For a batch: erases the addresses of an account's own actions, and of attempts to sign in. */
export function eraseAddressesOf(db: DrizzleD1Database, accountId: string, condition: SQL) {
  const isAttempt = and(isNull(auditLog.actorId), eq(auditLog.objectType, "account"), eq(auditLog.objectId, accountId));
  return db
    .update(auditLog)
    .set({ address: null })
    .where(and(or(eq(auditLog.actorId, accountId), isAttempt), condition));
}

export async function eraseOldAddresses(d1: D1Database, nowMs: number): Promise<void> {
  const isOld = and(sql`${auditLog.address} IS NOT NULL`, lt(auditLog.atMs, nowMs - ADDRESS_KEPT_MS));
  await drizzle(d1).update(auditLog).set({ address: null }).where(isOld);
}

/** Null once the account is deleted: a request in flight must not bring back an erased address. */
function addressUnlessDeleted({ address, actorId, object }: AuditEntry): SQL<string | null> {
  const owner = actorId ?? (object.type === "account" ? object.id : null);
  const isDeleted = sql`${owner} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM accounts WHERE id = ${owner})`;
  return sql`CASE WHEN ${isDeleted} THEN NULL ELSE ${address} END`;
}

const apiKeyName = sql<string | null>`(SELECT name FROM ${apiKeys} WHERE ${apiKeys.id} = ${auditLog.apiKeyId})`;

async function page(d1: D1Database, condition: SQL | undefined, limit: number, after: Cursor | null) {
  return drizzle(d1)
    .select({ ...getTableColumns(auditLog), apiKeyName })
    .from(auditLog)
    .where(and(condition, isBehind(after, auditLog.atMs, auditLog.id, lt)))
    .orderBy(desc(auditLog.atMs), desc(auditLog.id))
    .limit(limit);
}
