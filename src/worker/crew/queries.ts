// An event's crew in D1. A part that is taken away is gone with the next request: tokens name none.

import { and, desc, eq, inArray, lt, ne, type SQL, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { type Cursor, isBehind } from "../../platform/d1/cursors.ts";
import { accounts, type Role } from "../../platform/d1/schema/accounts.ts";
import { events, ticketTypes } from "../../platform/d1/schema/catalogue.ts";
import { crew, type Part } from "../../platform/d1/schema/crew.ts";
import { type AuditEntry, auditStatementIfChanged } from "../audit/queries.ts";

/** One request shows all of them. */
export const MAX_CREW = 200;

export type CrewRow = Awaited<ReturnType<typeof crewOf>>[number];
export type PartRow = Awaited<ReturnType<typeof partsOf>>[number];

/** What an account may do everywhere, and its part in one event. */
export interface PartAndRole {
  readonly accountId: string;
  readonly role: Role;
  readonly part: Part | null;
}

/** What an account may do: everywhere, and whether it is a manager of any event. */
export interface Standing {
  readonly role: Role;
  readonly isManager: boolean;
}

/** At this moment. Tokens carry none of it, so what is taken away is gone at once. */
export async function standingOf(d1: D1Database, accountId: string): Promise<Standing | null> {
  // Letter for letter the index's condition.
  const manages = sql<number>`EXISTS (SELECT 1 FROM crew WHERE account_id = ${accounts.id} AND part = 'manager')`;
  const row = await drizzle(d1)
    .select({ role: accounts.role, manages })
    .from(accounts)
    .where(eq(accounts.id, accountId))
    .get();
  return row === undefined ? null : { role: row.role, isManager: row.manages === 1 };
}

export async function partIn(d1: D1Database, eventId: string, accountId: string): Promise<Part | null> {
  const where = isMember(eventId, accountId);
  return (await drizzle(d1).select({ part: crew.part }).from(crew).where(where).get())?.part ?? null;
}

/** What the account may do everywhere, and in the event's crew; null for no account. */
export async function partAndRoleIn(d1: D1Database, eventId: string, accountId: string): Promise<PartAndRole | null> {
  return (await selectPeople(d1, eventId).where(eq(accounts.id, accountId)).get()) ?? null;
}

/** Of the whole crew, and of the organiser. */
export async function partsAndRolesIn(d1: D1Database, eventId: string): Promise<PartAndRole[]> {
  const ids = sql`(SELECT account_id FROM crew WHERE event_id = ${eventId}
    UNION SELECT organizer_id FROM events WHERE id = ${eventId})`;
  return selectPeople(d1, eventId).where(inArray(accounts.id, ids));
}

function selectPeople(d1: D1Database, eventId: string) {
  return drizzle(d1)
    .select({ accountId: accounts.id, role: accounts.role, part: crew.part })
    .from(accounts)
    .leftJoin(crew, and(eq(crew.eventId, eventId), eq(crew.accountId, accounts.id)));
}

/** All of it, who came first at the top. */
export async function crewOf(d1: D1Database, eventId: string) {
  const { accountId, part, sinceMs } = crew;
  return drizzle(d1)
    .select({ accountId, username: accounts.username, part, sinceMs })
    .from(crew)
    .innerJoin(accounts, eq(accounts.id, accountId))
    .where(eq(crew.eventId, eventId))
    .orderBy(sinceMs, accountId);
}

/** The account's parts, the newest first. */
export async function partsOf(d1: D1Database, accountId: string, limit: number, after: Cursor | null) {
  return selectParts(d1)
    .where(and(eq(crew.accountId, accountId), isBehind(after, crew.sinceMs, crew.eventId, lt)))
    .orderBy(desc(crew.sinceMs), desc(crew.eventId))
    .limit(limit);
}

export async function partOf(d1: D1Database, accountId: string, eventId: string): Promise<PartRow | null> {
  return (await selectParts(d1).where(isMember(eventId, accountId)).get()) ?? null;
}

function selectParts(d1: D1Database) {
  const { id, name, venue, startsAtMs, endsAtMs, timezone, doorsOpenAtMs, status } = events;
  const stock = { capacity: sumOf("capacity"), sold: sumOf("sold") };
  const event = { id, name, venue, startsAtMs, endsAtMs, timezone, doorsOpenAtMs, status, ...stock };
  return drizzle(d1)
    .select({ event, part: crew.part, sinceMs: crew.sinceMs })
    .from(crew)
    .innerJoin(events, eq(events.id, crew.eventId));
}

/** Of the event's ticket types, for who manages it. */
function sumOf(column: "capacity" | "sold") {
  const ofEvent = sql`SELECT COALESCE(SUM(${ticketTypes[column]}), 0) FROM ${ticketTypes} WHERE ${ticketTypes.eventId} = ${events.id}`;
  return sql<number | null>`CASE ${crew.part} WHEN 'manager' THEN (${ofEvent}) END`;
}

/**
 * Gives the account its part, or another one. Null if it may have none, or if the crew is complete:
 * guests and accounts that are being deleted may have none.
 */
export async function putMember(
  d1: D1Database,
  eventId: string,
  accountId: string,
  part: Part,
  entry: AuditEntry,
): Promise<CrewRow | null> {
  const db = drizzle(d1);
  const isThere = sql`EXISTS (SELECT 1 FROM crew WHERE event_id = ${eventId} AND account_id = ${accountId})`;
  const hasRoom = sql`(SELECT COUNT(*) FROM crew WHERE event_id = ${eventId}) < ${MAX_CREW}`;
  const isListed = sql`EXISTS (SELECT 1 FROM events WHERE id = ${eventId})`;
  await db.batch([
    db
      .insert(crew)
      .select(sql`
        SELECT ${eventId}, id, ${part}, ${Date.now()} FROM accounts
        WHERE id = ${accountId} AND closing_since_ms IS NULL AND guest_due_ms IS NULL
          AND ${isListed} AND (${isThere} OR ${hasRoom})`)
      .onConflictDoUpdate({ target: [crew.eventId, crew.accountId], set: { part }, setWhere: ne(crew.part, part) }),
    auditStatementIfChanged(db, entry),
  ]);
  const row = (await crewOf(d1, eventId)).find((member) => member.accountId === accountId);
  return row?.part === part ? row : null;
}

/** False if the account had no part. */
export async function removeMember(
  d1: D1Database,
  eventId: string,
  accountId: string,
  entry: AuditEntry,
): Promise<boolean> {
  const db = drizzle(d1);
  const [removed] = await db.batch([
    db.delete(crew).where(isMember(eventId, accountId)).returning({ id: crew.accountId }),
    auditStatementIfChanged(db, entry),
  ]);
  return removed.length === 1;
}

export async function countCrew(d1: D1Database, eventId: string): Promise<number> {
  return drizzle(d1).$count(crew, eq(crew.eventId, eventId));
}

/** For a batch: takes all parts of an account away. */
export function endPartsOf(db: DrizzleD1Database, accountId: string, condition: SQL) {
  return db.delete(crew).where(and(eq(crew.accountId, accountId), condition));
}

/** For a batch: an event that is gone has no crew. */
export function endCrewOf(db: DrizzleD1Database, eventId: string, condition: SQL) {
  return db.delete(crew).where(and(eq(crew.eventId, eventId), condition));
}

/**
 * For a batch that hands the event over: managers had their former organiser's trust, and its new
 * organiser needs no part. Scanners stay, so that the door goes on working.
 */
export function endManagersOf(db: DrizzleD1Database, eventId: string, organizerId: string, condition: SQL) {
  const goes = sql`(${crew.part} = 'manager' OR ${crew.accountId} = ${organizerId})`;
  return db.delete(crew).where(and(eq(crew.eventId, eventId), goes, condition));
}

function isMember(eventId: string, accountId: string): SQL | undefined {
  return and(eq(crew.eventId, eventId), eq(crew.accountId, accountId));
}
