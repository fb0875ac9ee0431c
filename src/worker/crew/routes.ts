// Who helps an event's organiser: as a manager, or at the door.

import { forgetBuyer } from "../auth/organiser.ts";
import { entry } from "../catalogue/actors.ts";
import { actorOf, ownEvent } from "../catalogue/routes.ts";
import { forgetDoor } from "../door/access.ts";
import { EXAMPLES } from "../http/examples.ts";
import { IdPath, Page } from "../http/fields.ts";
import { problem } from "../http/problems.ts";
import { emptyReply, page, pageReply, reply } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { presentMember, presentPart } from "./presenters.ts";
import { countCrew, crewOf, MAX_CREW, type PartRow, partIn, partsOf, putMember, removeMember } from "./queries.ts";
import { CrewMember, CrewPath, NewCrewMember, OwnPart } from "./schemas.ts";

export const listCrew = route({
  operationId: "listCrew",
  access: "organizer",
  tag: "Organisers",
  summary: "List the crew of an event",
  pathParameters: IdPath,
  examples: { path: { id: EXAMPLES.event } },
  replies: [{ status: 200, description: `All of it, at most ${MAX_CREW}`, schema: CrewMember.array() }],
  async handle({ path, session, env }) {
    const event = await ownEvent(env, path.id, session);
    return reply(200, (await crewOf(env.DB, event.id)).map(presentMember));
  },
});

export const putCrewMember = route({
  operationId: "putCrewMember",
  access: "organizer",
  tag: "Organisers",
  summary: "Give an account a part in an event's crew, or another part",
  pathParameters: CrewPath,
  body: NewCrewMember,
  examples: {
    path: { id: EXAMPLES.event, account: EXAMPLES.buyer.id },
    bodies: { "At the door": { part: "scanner" }, "In the office": { part: "manager" } },
  },
  replies: [{ status: 200, description: "The part counts from now on", schema: CrewMember }],
  problems: ["too-many-crew"],
  async handle({ request, path, body, session, env }) {
    const event = await ownEvent(env, path.id, session);
    const { account } = path;
    const given = entry(actorOf(session, request), "crew.put", { type: "account", id: account }, event.id, body);
    const member = await putMember(env.DB, event.id, account, body.part, given);
    forgetBuyer(account);
    forgetDoor(event.id);
    if (member !== null) return reply(200, presentMember(member));
    const isFull = (await countCrew(env.DB, event.id)) >= MAX_CREW;
    if (isFull && (await partIn(env.DB, event.id, account)) === null) return problem("too-many-crew");
    return problem("not-found", { detail: "There is no account with this id that can be in a crew." });
  },
});

export const deleteCrewMember = route({
  operationId: "deleteCrewMember",
  access: "organizer",
  tag: "Organisers",
  summary: "Take an account's part in an event's crew away",
  pathParameters: CrewPath,
  examples: { path: { id: EXAMPLES.event, account: EXAMPLES.buyer.id } },
  replies: [{ status: 204, description: "The account has no part in it any more", schema: null }],
  async handle({ request, path, session, env }) {
    const event = await ownEvent(env, path.id, session);
    const taken = entry(actorOf(session, request), "crew.remove", { type: "account", id: path.account }, event.id, {});
    const isTaken = await removeMember(env.DB, event.id, path.account, taken);
    forgetDoor(event.id);
    return isTaken ? emptyReply(204) : problem("not-found");
  },
});

const byTime = ({ sinceMs, event }: PartRow) => ({ atMs: sinceMs, id: event.id });

export const listOwnParts = route({
  operationId: "listOwnParts",
  access: "session",
  scope: "events:read",
  tag: "Accounts",
  summary: "List the events in whose crew one is, the newest part first",
  query: Page,
  replies: [pageReply(OwnPart, "/me/crew")],
  async handle({ request, query, session, env }) {
    const rows = await partsOf(env.DB, session.accountId, query.limit + 1, query.cursor ?? null);
    return page(request, rows, query.limit, presentPart, byTime);
  },
});
