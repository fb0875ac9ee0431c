// The mail that invites an address to a crew, composed from D1. The token of its link is made when
// it is sent, as those of other links are: only the mailbox has it.

import { and, eq, isNull } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { invitationEndsAtMs, whyNotOpen } from "../../domain/crew-invitations.ts";
import { accounts } from "../../platform/d1/schema/accounts.ts";
import { events } from "../../platform/d1/schema/catalogue.ts";
import { crewInvitations } from "../../platform/d1/schema/crew.ts";
import { settingsOf } from "../../platform/settings.ts";
import { accountById, provenName } from "../accounts/queries.ts";
import { hashOf, newRefreshToken as newToken } from "../auth/refresh.ts";
import type { Env } from "../env.ts";
import type { Mail } from "../mail/mailer.ts";
import type { MailRow } from "../mail/queries.ts";
import type { Dropped } from "../mail/sending.ts";
import { crewInvitedMail } from "../mail/templates/crew-invited.ts";

/**
 * To the address that the row has, in the language of the account that invites. "nothing" once the
 * invitation was renewed, taken back or accepted, or its event needs nobody.
 */
export async function composeInvitation(env: Env, mail: MailRow): Promise<Mail | Dropped> {
  const { about: id, address, accountId } = mail;
  if (address === null) return "nobody";
  const [invited, inviter] = await Promise.all([readInvited(env.DB, id), accountById(env.DB, accountId ?? "")]);
  if (invited === null || whyNotOpen(invited.invitation, invited.event, Date.now()) !== null) return "nothing";
  const token = newToken();
  if (!(await giveToken(env.DB, id, hashOf(token)))) return "nothing";
  const { invitation, event, organizer } = invited;
  const shown = {
    organizer: event.seller?.name ?? provenName(organizer),
    event,
    part: invitation.part,
    untilMs: invitationEndsAtMs(invitation, event),
    url: `${settingsOf(env).publicUrl}/box-office/invitations/${token}`,
  };
  return { to: address, ...crewInvitedMail(shown, inviter?.language ?? "en") };
}

async function readInvited(d1: D1Database, id: string) {
  const row = await drizzle(d1)
    .select({ invitation: crewInvitations, event: events, organizer: accounts })
    .from(crewInvitations)
    .innerJoin(events, eq(events.id, crewInvitations.eventId))
    .innerJoin(accounts, eq(accounts.id, events.organizerId))
    .where(eq(crewInvitations.id, id))
    .get();
  return row ?? null;
}

/** The newest mail's link is the one that counts. False if it was taken back or accepted. */
async function giveToken(d1: D1Database, id: string, tokenHash: string): Promise<boolean> {
  const given = await drizzle(d1)
    .update(crewInvitations)
    .set({ tokenHash })
    .where(and(eq(crewInvitations.id, id), isNull(crewInvitations.acceptedBy)))
    .returning({ id: crewInvitations.id });
  return given.length === 1;
}
