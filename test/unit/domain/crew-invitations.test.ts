// What accepting an invitation to a crew does: its state, its event, and who accepts it.

import { describe, expect, test } from "vitest";
import {
  type CrewInvitation,
  decideInvitation,
  type Invited,
  type InvitedTo,
  invitationEndsAtMs,
  invitationExpiresAtMs,
  whyNobodyIsInvited,
  whyNotOpen,
} from "../../../src/domain/crew-invitations.ts";
import { DAY_MS } from "../../../src/domain/units.ts";

const NOW_MS = 1_000_000;
const OPEN: CrewInvitation = { expiresAtMs: NOW_MS + 1, acceptedBy: null };
const EXPIRED = { ...OPEN, expiresAtMs: NOW_MS };
const BY_THEM = { ...OPEN, acceptedBy: "helper" };
const BY_ANOTHER = { ...OPEN, acceptedBy: "another" };
const ON: InvitedTo = { status: "published", organizerId: "organiser", endsAtMs: NOW_MS + 1 };
const DRAFT: InvitedTo = { ...ON, status: "draft" };
const OFF: InvitedTo = { ...ON, status: "cancelled" };
const OVER: InvitedTo = { ...ON, endsAtMs: NOW_MS };
const HELPER: Invited = { accountId: "helper", isInCrew: false };
const MEMBER: Invited = { accountId: "helper", isInCrew: true };
const ORGANISER: Invited = { accountId: "organiser", isInCrew: false };

const REFUSED = ["link_refused", "link_refused", "link_refused"];

describe("accepting an invitation", () => {
  // Three cells a row: who is in no crew, a member of it, and the organiser.
  test.each<[state: string, CrewInvitation, event: string, InvitedTo, wanted: string[]]>([
    ["open", OPEN, "on", ON, ["accept", "already_in_crew", "already_in_crew"]],
    ["open", OPEN, "a draft", DRAFT, ["accept", "already_in_crew", "already_in_crew"]],
    ["open", OPEN, "called off", OFF, ["event_cancelled", "event_cancelled", "event_cancelled"]],
    ["open", OPEN, "over", OVER, ["event_over", "event_over", "event_over"]],
    ["expired", EXPIRED, "on", ON, REFUSED],
    ["expired", EXPIRED, "called off", OFF, REFUSED],
    ["expired", EXPIRED, "over", OVER, REFUSED],
    ["accepted by them", BY_THEM, "on", ON, ["link_refused", "accepted_already", "link_refused"]],
    ["accepted by them", BY_THEM, "called off", OFF, ["link_refused", "accepted_already", "link_refused"]],
    ["accepted by them", BY_THEM, "over", OVER, ["link_refused", "accepted_already", "link_refused"]],
    [
      "accepted by them, expired",
      { ...BY_THEM, ...{ expiresAtMs: NOW_MS } },
      "on",
      ON,
      ["link_refused", "accepted_already", "link_refused"],
    ],
    ["accepted by another", BY_ANOTHER, "on", ON, REFUSED],
    ["accepted by another", BY_ANOTHER, "called off", OFF, REFUSED],
    ["accepted by another", BY_ANOTHER, "over", OVER, REFUSED],
  ])("%s, of an event that is %s", (_state, invitation, _event, event, wanted) => {
    const decided = [HELPER, MEMBER, ORGANISER].map((who) => {
      const decision = decideInvitation(invitation, event, who, NOW_MS);
      return decision.type === "refused" ? decision.refusal : decision.type;
    });
    expect(decided).toEqual(wanted);
  });
});

test.each<[string, CrewInvitation, InvitedTo, string | null]>([
  ["open", OPEN, ON, null],
  ["expired", EXPIRED, ON, "link_refused"],
  ["accepted", BY_ANOTHER, ON, "link_refused"],
  ["called off", OPEN, OFF, "event_cancelled"],
  ["over", OPEN, OVER, "event_over"],
])("an invitation that is %s is mailed if it is open", (_state, invitation, event, wanted) => {
  expect(whyNotOpen(invitation, event, NOW_MS)).toBe(wanted);
});

test("nobody is invited to an event that is called off or over", () => {
  expect([ON, DRAFT, OFF, OVER].map((event) => whyNobodyIsInvited(event, NOW_MS))).toEqual([
    ...[null, null],
    ...["event_cancelled", "event_over"],
  ]);
});

test("an invitation is good for seven days, and not beyond the event's end", () => {
  const expiresAtMs = invitationExpiresAtMs(NOW_MS);
  expect(expiresAtMs).toBe(NOW_MS + 7 * DAY_MS);
  expect(invitationEndsAtMs({ expiresAtMs }, { endsAtMs: expiresAtMs + 1 })).toBe(expiresAtMs);
  expect(invitationEndsAtMs({ expiresAtMs }, { endsAtMs: expiresAtMs - 1 })).toBe(expiresAtMs - 1);
});
