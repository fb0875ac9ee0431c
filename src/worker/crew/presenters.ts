// How a part in an event's crew reads on the wire.

import type * as z from "zod";
import { invitationEndsAtMs } from "../../domain/crew-invitations.ts";
import { iso, isoOrNull } from "../../platform/wire.ts";
import type { EventRow } from "../catalogue/queries.ts";
import type { OpenedInvitation } from "./accepting.ts";
import type { OpenInvitation } from "./invitations.ts";
import type { CrewRow, PartRow } from "./queries.ts";
import type { CrewInvitation, CrewMember, OpenedCrewInvitation, OwnPart } from "./schemas.ts";

export function presentMember({ accountId, username, part, sinceMs }: CrewRow): z.output<typeof CrewMember> {
  return { account: accountId, username, part, since: iso(sinceMs) };
}

export function presentPart({ event, part, sinceMs }: PartRow): z.output<typeof OwnPart> {
  const { startsAtMs, endsAtMs, doorsOpenAtMs, ...rest } = event;
  const times = { starts_at: iso(startsAtMs), ends_at: iso(endsAtMs), doors_open_at: isoOrNull(doorsOpenAtMs) };
  return { event: { ...rest, ...times }, part, since: iso(sinceMs) };
}

export function presentInvitation(invitation: OpenInvitation, event: EventRow): z.output<typeof CrewInvitation> {
  const { id, emailKey, part, createdAtMs, mailState } = invitation;
  const open_until = iso(invitationEndsAtMs(invitation, event));
  return { id, email: emailKey, part, invited_at: iso(createdAtMs), open_until, mail: mailState };
}

/** For anyone who has the link: neither the address that it was mailed to, nor who accepted it. */
export function presentOpened(opened: OpenedInvitation): z.output<typeof OpenedCrewInvitation> {
  const { invitation, event, organizer } = opened;
  const { id, name, venue, startsAtMs, endsAtMs, timezone } = event;
  return {
    event: { id, name, venue, starts_at: iso(startsAtMs), ends_at: iso(endsAtMs), timezone },
    organizer: event.seller?.name ?? organizer,
    part: invitation.part,
    open_until: iso(invitationEndsAtMs(invitation, event)),
    accepted: invitation.acceptedBy !== null,
  };
}
