// Invitations to an event's crew: how long they are good, and what accepting one does. Pure.

import type { EventStatus } from "./stock.ts";
import { DAY_MS } from "./units.ts";

export interface CrewInvitation {
  readonly expiresAtMs: number;
  /** The account that accepted it; null while it is open. */
  readonly acceptedBy: string | null;
}

/** The event that it is about, at the moment of accepting. */
export interface InvitedTo {
  readonly status: EventStatus;
  readonly organizerId: string;
  readonly endsAtMs: number;
}

/** Who accepts it. */
export interface Invited {
  readonly accountId: string;
  readonly isInCrew: boolean;
}

/** `link_refused`: it was taken back or renewed, has expired, or another account accepted it. */
export type InvitationRefusal = "link_refused" | "event_cancelled" | "event_over" | "already_in_crew";

export type InvitationDecision =
  | { readonly type: "accept" }
  /** A replay: the account has accepted it, and is in the crew. */
  | { readonly type: "accepted_already" }
  | { readonly type: "refused"; readonly refusal: InvitationRefusal };

/** Time to think about it, and to be away for some days. */
const LIFETIME_MS = 7 * DAY_MS;

export function invitationExpiresAtMs(nowMs: number): number {
  return nowMs + LIFETIME_MS;
}

/** Until when an open invitation can be accepted: nobody helps at an event that is over. */
export function invitationEndsAtMs(
  { expiresAtMs }: Pick<CrewInvitation, "expiresAtMs">,
  { endsAtMs }: Pick<InvitedTo, "endsAtMs">,
): number {
  return Math.min(expiresAtMs, endsAtMs);
}

/** Why no account at all can accept it at `nowMs`; null for one that is open. */
export function whyNotOpen(
  invitation: CrewInvitation,
  event: InvitedTo,
  nowMs: number,
): Exclude<InvitationRefusal, "already_in_crew"> | null {
  if (invitation.acceptedBy !== null || nowMs >= invitation.expiresAtMs) return "link_refused";
  return whyNobodyIsInvited(event, nowMs);
}

/** Why the event needs nobody (any more). */
export function whyNobodyIsInvited(
  { status, endsAtMs }: Pick<InvitedTo, "status" | "endsAtMs">,
  nowMs: number,
): "event_cancelled" | "event_over" | null {
  if (status === "cancelled") return "event_cancelled";
  return nowMs >= endsAtMs ? "event_over" : null;
}

/**
 * What accepting it does. A member of the crew keeps the part that the organiser gave them, and the
 * organiser needs none: for both the invitation stays open, because it is for somebody else.
 */
export function decideInvitation(
  invitation: CrewInvitation,
  event: InvitedTo,
  { accountId, isInCrew }: Invited,
  nowMs: number,
): InvitationDecision {
  // Who left the crew since does not come back by the same link.
  if (invitation.acceptedBy === accountId && isInCrew) return { type: "accepted_already" };
  const refusal = whyNotOpen(invitation, event, nowMs);
  if (refusal !== null) return { type: "refused", refusal };
  if (isInCrew || accountId === event.organizerId) return { type: "refused", refusal: "already_in_crew" };
  return { type: "accept" };
}
