// Events: what is on, for everyone; and their organisers' changes.

import * as z from "zod";
import { organiserOrNull } from "../auth/organiser.ts";
import type { Env } from "../env.ts";
import { Id } from "../http/fields.ts";
import { invalid, ProblemError, problem } from "../http/problems.ts";
import { reply } from "../http/replies.ts";
import { type Caller, route } from "../http/route.ts";
import * as changes from "./changes.ts";
import { by, withAvailability } from "./changes.ts";
import { sharedReply, sortedQuery } from "./copies.ts";
import { eventPage } from "./event-page.ts";
import { presentEventDetail, presentTicket } from "./presenters.ts";
import { countTicketTypes, type EventRow, eventById, ticketTypesOf } from "./queries.ts";
import { EventChange, EventDetail, EventQuery, EventSummary, NewEvent, NewTicket, Ticket } from "./schemas.ts";

// A change of the event's status is told to each of its ticket types, in one request, and anyone
// may list them all.
const MAX_TICKET_TYPES = 100;

const EventPath = z.strictObject({ id: Id });

export const listEvents = route({
  operationId: "listEvents",
  access: "anyone",
  tag: "Events",
  summary: "List events by date, with the ids of their ticket types",
  query: EventQuery,
  isShared: true,
  replies: [
    {
      status: 200,
      description: "One page, which may be short or even empty. The last page has no `Link` header",
      schema: z.array(EventSummary),
      headers: { Link: '</events?cursor=…>; rel="next"' },
    },
  ],
  async handle({ request, url, query, session, env }) {
    const organiser = query.organizer === undefined ? null : await organiserOrNull(env, session);
    if (organiser === null || !isOwn({ organizerId: query.organizer ?? "" }, organiser)) {
      return sharedReply(request, env, `/events${sortedQuery(url)}`);
    }
    const { events, link } = await eventPage(env.DB, url.pathname, url.searchParams, query, true);
    return reply(200, events, link === undefined ? {} : { link });
  },
});

export const showEvent = route({
  operationId: "showEvent",
  access: "anyone",
  tag: "Events",
  summary: "Show an event with its ticket types",
  pathParameters: EventPath,
  isShared: true,
  replies: [{ status: 200, description: "The event", schema: EventDetail }],
  async handle({ request, path, session, env }) {
    const organiser = await organiserOrNull(env, session);
    const event = organiser === null ? null : await eventById(env.DB, path.id);
    if (organiser === null || event === null || !isOwn(event, organiser)) {
      return sharedReply(request, env, `/events/${path.id}`);
    }
    return reply(200, await detail(env, event));
  },
});

export const createEvent = route({
  operationId: "createEvent",
  access: "organizer",
  tag: "Organisers",
  summary: "Create an event",
  body: NewEvent,
  replies: [{ status: 201, description: "The event", schema: EventDetail, headers: { Location: "/events/…" } }],
  async handle({ request, body, session, env }) {
    const event = await changes.createEvent(env, by(session, request), body);
    return reply(201, presentEventDetail(event, []), { location: `/events/${event.id}` });
  },
});

export const changeEvent = route({
  operationId: "changeEvent",
  access: "organizer",
  tag: "Organisers",
  summary: "Change an event, publish it, or call it off",
  pathParameters: EventPath,
  body: EventChange,
  replies: [{ status: 200, description: "The event", schema: EventDetail }],
  async handle({ request, path, body, session, env }) {
    const event = await ownEvent(env, path.id, session);
    const changed = await changes.changeEvent(env, by(session, request), event.id, body);
    if (changed === null) {
      return body.ends_at === undefined
        ? invalid("starts_at", "must be before ends_at")
        : invalid("ends_at", "must be after starts_at");
    }
    return reply(200, await detail(env, changed));
  },
});

export const addTicket = route({
  operationId: "addTicket",
  access: "organizer",
  tag: "Organisers",
  summary: "Add a ticket type to an event",
  pathParameters: EventPath,
  body: NewTicket,
  replies: [{ status: 201, description: "The ticket type", schema: Ticket, headers: { Location: "/tickets/…" } }],
  problems: ["too-many-ticket-types"],
  async handle({ request, path, body, session, env }) {
    const event = await ownEvent(env, path.id, session);
    // A few that are added at the same moment may go beyond it: the bound keeps the work small, it
    // counts no money.
    if ((await countTicketTypes(env.DB, event.id)) >= MAX_TICKET_TYPES) return problem("too-many-ticket-types");
    const ticketType = await changes.addTicketType(env, by(session, request), event, body);
    return reply(201, presentTicket(ticketType, ticketType, true), { location: `/tickets/${ticketType.id}` });
  },
});

/** Refuses with 404 whoever is not its organiser, and no admin. */
export async function ownEvent(env: Env, id: string, caller: Caller): Promise<EventRow> {
  const event = await eventById(env.DB, id);
  if (event === null || !isOwn(event, caller)) throw new ProblemError("not-found");
  return event;
}

/** The same for a caller whose role is known. */
export function isOwn(event: Pick<EventRow, "organizerId">, caller: Caller): boolean {
  return caller.role === "admin" || (caller.role === "organizer" && event.organizerId === caller.accountId);
}

/** As its organiser sees it. */
async function detail(env: Env, event: EventRow): Promise<z.output<typeof EventDetail>> {
  const ticketTypes = await ticketTypesOf(env.DB, event.id);
  return presentEventDetail(event, await withAvailability(env, ticketTypes, true));
}
