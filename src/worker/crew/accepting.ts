// Accepting an invitation to a crew: the person who holds its link and signs in is the one.

import { and, eq, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { decideInvitation, type InvitationRefusal, whyNotOpen } from "../../domain/crew-invitations.ts";
import { accounts } from "../../platform/d1/schema/accounts.ts";
import { events } from "../../platform/d1/schema/catalogue.ts";
import { crew, crewInvitations } from "../../platform/d1/schema/crew.ts";
import { type AuditEntry, auditStatementIfChanged } from "../audit/queries.ts";
import { hashOf } from "../auth/refresh.ts";
import { countCrew, MAX_CREW, partIn } from "./queries.ts";

export type OpenedInvitation = NonNullable<Awaited<ReturnType<typeof openInvitation>>>;

export type Accepted =
  | { readonly ok: true; readonly eventId: string }
  | { readonly ok: false; readonly refusal: InvitationRefusal | "crew_full" };

/** A change that came in between is read again, and decides anew. */
const ATTEMPTS = 3;

/** Null for a link that is none (any more). Reads, and changes nothing. */
export async function openInvitation(d1: D1Database, token: string) {
  const found = await drizzle(d1)
    .select({ invitation: crewInvitations, event: events, organizer: accounts.username })
    .from(crewInvitations)
    .innerJoin(events, eq(events.id, crewInvitations.eventId))
    .innerJoin(accounts, eq(accounts.id, events.organizerId))
    .where(eq(crewInvitations.tokenHash, hashOf(token)))
    .get();
  return found ?? null;
}

/** What there is to see of it; one that was accepted can be seen until it would have expired. */
export function whyNotShown({ invitation, event }: OpenedInvitation, nowMs: number) {
  return whyNotOpen({ ...invitation, acceptedBy: null }, event, nowMs);
}

/** Gives the account its part, once. `entryFor`: the audit entry of the event's. */
export async function acceptInvitation(
  d1: D1Database,
  token: string,
  accountId: string,
  entryFor: (opened: OpenedInvitation) => AuditEntry,
): Promise<Accepted> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const opened = await openInvitation(d1, token);
    if (opened === null) break;
    const { invitation, event } = opened;
    const isInCrew = (await partIn(d1, event.id, accountId)) !== null;
    const decision = decideInvitation(invitation, event, { accountId, isInCrew }, Date.now());
    if (decision.type === "refused") return { ok: false, refusal: decision.refusal };
    if (decision.type === "accepted_already") return { ok: true, eventId: event.id };
    if (await join(d1, opened, accountId, entryFor(opened))) return { ok: true, eventId: event.id };
    if ((await countCrew(d1, event.id)) >= MAX_CREW) return { ok: false, refusal: "crew_full" };
  }
  return { ok: false, refusal: "link_refused" };
}

/** False if the invitation, the account or the crew has changed meanwhile. */
async function join(
  d1: D1Database,
  { invitation: { id, tokenHash, eventId, part } }: OpenedInvitation,
  accountId: string,
  entry: AuditEntry,
): Promise<boolean> {
  const db = drizzle(d1);
  const isAsRead = and(eq(crewInvitations.id, id), eq(crewInvitations.tokenHash, tokenHash ?? ""));
  const mayJoin = sql`accepted_by IS NULL
    AND EXISTS (SELECT 1 FROM accounts WHERE id = ${accountId} AND closing_since_ms IS NULL AND guest_due_ms IS NULL)
    AND NOT EXISTS (SELECT 1 FROM crew WHERE event_id = ${eventId} AND account_id = ${accountId})
    AND (SELECT COUNT(*) FROM crew WHERE event_id = ${eventId}) < ${MAX_CREW}`;
  const [used] = await db.batch([
    db
      .update(crewInvitations)
      .set({ acceptedBy: accountId })
      .where(and(isAsRead, mayJoin))
      .returning({ id: crewInvitations.id }),
    db.insert(crew).select(sql`SELECT ${eventId}, ${accountId}, ${part}, ${Date.now()} WHERE changes() > 0`),
    auditStatementIfChanged(db, entry),
  ]);
  return used.length === 1;
}
