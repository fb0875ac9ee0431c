// Inviting somebody to an event's crew by e-mail, and accepting that.

import { type InvitationRefusal, whyNobodyIsInvited } from "../../domain/crew-invitations.ts";
import { emailKeyOf } from "../accounts/email.ts";
import { accountById, isGuest } from "../accounts/queries.ts";
import { forgetBuyer } from "../auth/organiser.ts";
import { entry } from "../catalogue/actors.ts";
import { actorOf, ownEvent } from "../catalogue/routes.ts";
import { forgetDoor } from "../door/access.ts";
import { addressOf } from "../http/address.ts";
import { EXAMPLES } from "../http/examples.ts";
import { IdPath } from "../http/fields.ts";
import { isMailWithinLimits } from "../http/limits.ts";
import type { ProblemType } from "../http/problem-types.ts";
import { problem } from "../http/problems.ts";
import { emptyReply, reply } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { LinkUse } from "../links/schemas.ts";
import { mailerOf } from "../mail/mailer.ts";
import { acceptInvitation, openInvitation, whyNotShown } from "./accepting.ts";
import { type InviteRefusal, invite, MAX_INVITATIONS, openInvitationsOf, takeBack } from "./invitations.ts";
import { presentInvitation, presentOpened, presentPart } from "./presenters.ts";
import { partOf } from "./queries.ts";
import {
  CrewInvitation,
  InvitationPath,
  NewCrewInvitation,
  OpenedCrewInvitation,
  OwnPart,
  TokenPath,
} from "./schemas.ts";

export const createCrewInvitation = route({
  operationId: "createCrewInvitation",
  access: "organizer",
  tag: "Organisers",
  summary: "Invite somebody to an event's crew by e-mail, or invite them anew",
  limits: ["LIMIT_PASS_ON"],
  pathParameters: IdPath,
  body: NewCrewInvitation,
  examples: {
    path: { id: EXAMPLES.event },
    bodies: { "At the door": { email: "ada@example.com", part: "scanner" } },
  },
  replies: [
    {
      status: 202,
      description:
        "A link is mailed to the address, the same whether or not an account has it. An earlier link to it is good no more",
      schema: CrewInvitation,
    },
  ],
  problems: [
    ...(["mail-unavailable", "slow-down", "too-many-mails"] as const),
    ...(["event-cancelled", "event-over", "too-many-invitations"] as const),
  ],
  async handle({ request, path, body, session, env }) {
    const event = await ownEvent(env, path.id, session);
    if (mailerOf(env) === null) return problem("mail-unavailable");
    const isOff = whyNobodyIsInvited(event, Date.now());
    if (isOff !== null) return problem(refusalProblem(isOff));
    // The schema takes nothing else.
    const emailKey = emailKeyOf(body.email) ?? "";
    if (!(await isMailWithinLimits(env, request, emailKey))) return problem("slow-down");
    const invited = await invite(env, actorOf(session, request), event.id, emailKey, body.part);
    if (typeof invited === "string") return problem(inviteProblem(invited));
    return reply(202, presentInvitation(invited, event));
  },
});

function inviteProblem(refusal: InviteRefusal): ProblemType {
  switch (refusal) {
    case "event_unknown":
      return "not-found";
    case "too_many_invitations":
      return "too-many-invitations";
    case "too_many_mails":
      return "too-many-mails";
  }
}

function refusalProblem(refusal: InvitationRefusal | "crew_full"): ProblemType {
  switch (refusal) {
    case "link_refused":
      return "link-refused";
    case "event_cancelled":
      return "event-cancelled";
    case "event_over":
      return "event-over";
    case "already_in_crew":
      return "already-in-crew";
    case "crew_full":
      return "too-many-crew";
  }
}

export const listCrewInvitations = route({
  operationId: "listCrewInvitations",
  access: "organizer",
  tag: "Organisers",
  summary: "List who is invited to an event's crew and has not accepted yet",
  pathParameters: IdPath,
  examples: { path: { id: EXAMPLES.event } },
  replies: [
    {
      status: 200,
      description: `All of them, at most ${MAX_INVITATIONS}, by address`,
      schema: CrewInvitation.array(),
    },
  ],
  async handle({ path, session, env }) {
    const event = await ownEvent(env, path.id, session);
    const nowMs = Date.now();
    const open = event.endsAtMs > nowMs ? await openInvitationsOf(env.DB, event.id, nowMs) : [];
    return reply(
      200,
      open.map((invitation) => presentInvitation(invitation, event)),
    );
  },
});

export const deleteCrewInvitation = route({
  operationId: "deleteCrewInvitation",
  access: "organizer",
  tag: "Organisers",
  summary: "Take an invitation to an event's crew back",
  pathParameters: InvitationPath,
  examples: { path: { id: EXAMPLES.event, invitation: EXAMPLES.invitation } },
  replies: [{ status: 204, description: "Its link opens nothing any more", schema: null }],
  async handle({ request, path, session, env }) {
    const event = await ownEvent(env, path.id, session);
    const { invitation } = path;
    const object = { type: "event", id: event.id } as const;
    const taken = entry(actorOf(session, request), "crew.take-back", object, event.id, { invitation });
    return (await takeBack(env.DB, event.id, invitation, taken)) ? emptyReply(204) : problem("not-found");
  },
});

/** For anyone who has the link, signed in or not. Accepting it is another request. */
export const getCrewInvitation = route({
  operationId: "getCrewInvitation",
  access: "anyone",
  tag: "Accounts",
  summary: "See the invitation to a crew that a link in a mail is for",
  limits: ["LIMIT_LINK"],
  pathParameters: TokenPath,
  examples: { path: { token: EXAMPLES.linkToken } },
  replies: [{ status: 200, description: "It can be accepted, or was", schema: OpenedCrewInvitation }],
  problems: ["link-refused", "event-cancelled", "event-over"],
  async handle({ path, env }) {
    const opened = await openInvitation(env.DB, path.token);
    if (opened === null) return problem("link-refused");
    const refusal = whyNotShown(opened, Date.now());
    return refusal === null ? reply(200, presentOpened(opened)) : problem(refusalProblem(refusal));
  },
});

export const useCrewInvitation = route({
  operationId: "useCrewInvitation",
  access: "session",
  tag: "Accounts",
  summary: "Accept an invitation to an event's crew with the token of its link",
  limits: ["LIMIT_LINK"],
  body: LinkUse,
  examples: { bodies: { "From a mail": { token: EXAMPLES.linkToken } } },
  replies: [
    {
      status: 200,
      description: "The account that is signed in has the part, whichever address it has. A repeat gets the same reply",
      schema: OwnPart,
    },
  ],
  problems: [
    ...(["link-refused", "event-cancelled", "event-over"] as const),
    ...(["already-in-crew", "too-many-crew", "guest-account", "account-closing"] as const),
  ],
  async handle({ request, body, session, env }) {
    const { accountId } = session;
    const account = await accountById(env.DB, accountId);
    if (account === null) return problem("token-invalid");
    if (isGuest(account)) return problem("guest-account");
    if (account.closingSinceMs !== null) return problem("account-closing");
    const accepted = await acceptInvitation(env.DB, body.token, accountId, ({ invitation, event }) => {
      const details = { invitation: invitation.id, part: invitation.part };
      const actor = { accountId, address: addressOf(request) };
      return entry(actor, "crew.accept", { type: "account", id: accountId }, event.id, details);
    });
    if (!accepted.ok) return problem(refusalProblem(accepted.refusal));
    forgetBuyer(accountId);
    forgetDoor(accepted.eventId);
    const part = await partOf(env.DB, accountId, accepted.eventId);
    return part === null ? problem("link-refused") : reply(200, presentPart(part));
  },
});
