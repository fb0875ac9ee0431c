// Invitations to an event's crew in D1: one an event and address, and the mail that it owes.

import { and, asc, eq, gt, isNull, lt, ne, or, type SQL, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { invitationExpiresAtMs } from "../../domain/crew-invitations.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../domain/units.ts";
import { crewInvitations, type Part } from "../../platform/d1/schema/crew.ts";
import { mails } from "../../platform/d1/schema/mails.ts";
import { newId } from "../../platform/ids.ts";
import { type AuditEntry, auditStatementIfChanged } from "../audit/queries.ts";
import { type Actor, entry } from "../catalogue/actors.ts";
import { eventById } from "../catalogue/queries.ts";
import type { Env } from "../env.ts";
import { type OwedMail, oweMailIf, sendSoon } from "../mail/owing.ts";

export type InvitationRow = typeof crewInvitations.$inferSelect;
export type OpenInvitation = Awaited<ReturnType<typeof openInvitationsOf>>[number];

/** One request shows all of them. */
export const MAX_INVITATIONS = 50;
/** To one address, by all accounts together, and to all events. */
const MAILS_AN_HOUR = 5;
/** By one account: an invitation that it takes back again was mailed, too. */
const MAILS_A_DAY = 100;
/** A second click is no second invitation. */
const SAME_REQUEST_MS = MINUTE_MS;
/** So long after it has expired, an invitation is forgotten. */
const KEPT_AFTER_EXPIRY_MS = HOUR_MS;
const FORGOTTEN_AT_ONCE = 1_000;

export type InviteRefusal = "event_unknown" | "too_many_invitations" | "too_many_mails";

/**
 * Invites the address, or invites it anew: then the link of an earlier mail opens nothing any more.
 * The same work whether or not an account has the address.
 */
export async function invite(
  env: Env,
  actor: Actor,
  eventId: string,
  emailKey: string,
  part: Part,
): Promise<OpenInvitation | InviteRefusal> {
  const nowMs = Date.now();
  const id = newId();
  const anew = { id, part, createdAtMs: nowMs, expiresAtMs: invitationExpiresAtMs(nowMs) };
  const mail: OwedMail = {
    kind: "crew_invited",
    about: id,
    eventId,
    accountId: actor.accountId,
    address: emailKey,
  };
  const audited = entry(actor, "crew.invite", { type: "event", id: eventId }, eventId, { invitation: id, part });
  const isListed = sql`EXISTS (SELECT 1 FROM events WHERE id = ${eventId})`;
  const db = drizzle(env.DB);
  const isIt = and(eq(crewInvitations.eventId, eventId), eq(crewInvitations.emailKey, emailKey));
  const [, , , found] = await db.batch([
    db
      .insert(crewInvitations)
      .select(sql`
        SELECT ${id}, ${eventId}, ${emailKey}, ${part}, ${anew.createdAtMs}, ${anew.expiresAtMs}, NULL, NULL
        WHERE ${isListed} AND ${areMailsFew(actor.accountId, emailKey, nowMs)} AND (
          SELECT COUNT(*) FROM ${crewInvitations} WHERE ${isOpenBeside(eventId, emailKey, nowMs)}) < ${MAX_INVITATIONS}`)
      .onConflictDoUpdate({
        target: [crewInvitations.eventId, crewInvitations.emailKey],
        set: { ...anew, tokenHash: null, acceptedBy: null },
        setWhere: sql`NOT ${isOfThisMoment(part, nowMs)}`,
      }),
    auditStatementIfChanged(db, audited),
    oweMailIf(db, mail, sql`EXISTS (SELECT 1 FROM crew_invitations WHERE id = ${id})`, nowMs),
    selectInvitations(db).where(and(isIt, isOfThisMoment(part, nowMs))),
  ]);
  const [invitation] = found;
  if (invitation === undefined) return whyNotInvited(env.DB, eventId, emailKey, nowMs);
  if (invitation.id === id) sendSoon(env, mail);
  return invitation;
}

async function whyNotInvited(d1: D1Database, eventId: string, emailKey: string, nowMs: number): Promise<InviteRefusal> {
  if ((await eventById(d1, eventId)) === null) return "event_unknown";
  const beside = await drizzle(d1).$count(crewInvitations, isOpenBeside(eventId, emailKey, nowMs));
  return beside >= MAX_INVITATIONS ? "too_many_invitations" : "too_many_mails";
}

/** Open ones, by address. */
export function openInvitationsOf(d1: D1Database, eventId: string, nowMs: number) {
  return selectInvitations(drizzle(d1)).where(isOpenIn(eventId, nowMs)).orderBy(asc(crewInvitations.emailKey));
}

/** With what became of its mail; null once that is forgotten. */
function selectInvitations(db: DrizzleD1Database) {
  const { id, emailKey, part, createdAtMs, expiresAtMs } = crewInvitations;
  const isItsMail = eq(mails.id, sql`'crew_invited.' || ${id}`);
  return db
    .select({ id, emailKey, part, createdAtMs, expiresAtMs, mailState: mails.state })
    .from(crewInvitations)
    .leftJoin(mails, isItsMail);
}

/** False where there is no such open invitation. */
export async function takeBack(d1: D1Database, eventId: string, id: string, entry: AuditEntry): Promise<boolean> {
  const db = drizzle(d1);
  const isIt = and(eq(crewInvitations.id, id), isOpenIn(eventId, Date.now()));
  const [gone] = await db.batch([
    db.delete(crewInvitations).where(isIt).returning({ id: crewInvitations.id }),
    auditStatementIfChanged(db, entry),
  ]);
  return gone.length === 1;
}

/** For a batch: nobody is invited to an event that is gone. */
export function endInvitationsTo(db: DrizzleD1Database, eventId: string, condition: SQL) {
  return db.delete(crewInvitations).where(and(eq(crewInvitations.eventId, eventId), condition));
}

/** For a batch that hands the event over: its new organiser chooses the managers. */
export function endManagersInvitations(db: DrizzleD1Database, eventId: string, condition: SQL) {
  const isManagers = and(eq(crewInvitations.eventId, eventId), eq(crewInvitations.part, "manager"));
  return db.delete(crewInvitations).where(and(isManagers, condition));
}

/** What the account has accepted, and what was mailed to the address that it alone has proven. */
export async function forgetInvitationsOf(d1: D1Database, accountId: string): Promise<void> {
  const isProven = sql`${crewInvitations.emailKey} = (
    SELECT verified_email_key FROM accounts AS owner WHERE owner.id = ${accountId} AND NOT EXISTS (
      SELECT 1 FROM accounts AS another
      WHERE another.verified_email_key = owner.verified_email_key AND another.id <> owner.id))`;
  await drizzle(d1)
    .delete(crewInvitations)
    .where(or(eq(crewInvitations.acceptedBy, accountId), isProven));
}

export async function forgetExpiredInvitations(d1: D1Database, nowMs: number): Promise<void> {
  const db = drizzle(d1);
  const { id, expiresAtMs } = crewInvitations;
  const old = db
    .select({ id })
    .from(crewInvitations)
    .where(lt(expiresAtMs, nowMs - KEPT_AFTER_EXPIRY_MS))
    .orderBy(expiresAtMs)
    .limit(FORGOTTEN_AT_ONCE);
  await db.delete(crewInvitations).where(sql`${id} IN ${old}`);
}

function isOpenIn(eventId: string, nowMs: number): SQL | undefined {
  const { eventId: event, acceptedBy, expiresAtMs } = crewInvitations;
  return and(eq(event, eventId), isNull(acceptedBy), gt(expiresAtMs, nowMs));
}

/** To another address. */
function isOpenBeside(eventId: string, emailKey: string, nowMs: number): SQL | undefined {
  return and(isOpenIn(eventId, nowMs), ne(crewInvitations.emailKey, emailKey));
}

/** A repeat of the request. With another part, or after it was accepted, the request is another. */
function isOfThisMoment(part: Part, nowMs: number): SQL {
  const { part: given, acceptedBy, createdAtMs } = crewInvitations;
  return sql`(${eq(given, part)} AND ${isNull(acceptedBy)} AND ${gt(createdAtMs, nowMs - SAME_REQUEST_MS)})`;
}

function areMailsFew(accountId: string, emailKey: string, nowMs: number): SQL {
  const { kind, address, accountId: by, createdAtMs } = mails;
  const toIt = and(eq(address, emailKey), eq(kind, "crew_invited"), gt(createdAtMs, nowMs - HOUR_MS));
  const byThem = and(eq(by, accountId), eq(kind, "crew_invited"), gt(createdAtMs, nowMs - DAY_MS));
  return sql`(SELECT COUNT(*) FROM ${mails} WHERE ${toIt}) < ${MAILS_AN_HOUR}
    AND (SELECT COUNT(*) FROM ${mails} WHERE ${byThem}) < ${MAILS_A_DAY}`;
}
