// Events: what is on, for everyone; and their organisers' changes.

import * as z from "zod";
import type { Session } from "../auth/sessions.ts";
import { addTicketType, by, changeEvent, createEvent, withAvailability } from "../catalogue.ts";
import { roleOf } from "../db/accounts.ts";
import { nearest } from "../db/client.ts";
import { decodeCursor } from "../db/cursors.ts";
import { type EventFilters, listEvents } from "../db/event-list.ts";
import { countTicketTypes, type EventRow, eventById, ticketTypesOf } from "../db/events.ts";
import type { Env } from "../env.ts";
import { page, reply } from "../http/replies.ts";
import { type Caller, route } from "../http/route.ts";
import { presentEventDetail, presentEventSummary, presentTicket } from "../presenters.ts";
import { invalid, ProblemError, problem } from "../problems.ts";
import { EventChange, EventDetail, EventQuery, EventSummary, Id, NewEvent, NewTicket, Ticket } from "../schemas.ts";

// A change of the event's status is told to each of its ticket types, in one request, and anyone may list them all.
const MAX_TICKET_TYPES = 100;

const EventPath = z.strictObject({ id: Id });

export const listEventsRoute = route({
  method: "GET",
  path: "/events",
  access: "anyone",
  tag: "Events",
  summary: "Events by date, with the ids of their ticket types",
  query: EventQuery,
  replies: [
    {
      status: 200,
      description: "One page",
      schema: z.array(EventSummary),
      headers: { Link: '</events?cursor=…>; rel="next"' },
    },
  ],
  async handle({ request, query, session, env }) {
    const after = query.cursor === undefined ? null : decodeCursor(query.cursor);
    const withDrafts = query.organizer !== undefined && (await managesAllOf(env, query.organizer, session));
    const d1 = withDrafts ? env.DB : nearest(env.DB);
    const events = await listEvents(d1, filtersOf(query, withDrafts), query.limit + 1, after);
    return page(request, events, query.limit, presentEventSummary, ({ startsAtMs, id }) => ({ atMs: startsAtMs, id }));
  },
});

export const showEvent = route({
  method: "GET",
  path: "/events/{id}",
  access: "anyone",
  tag: "Events",
  summary: "One event in full, with its ticket types",
  pathParameters: EventPath,
  replies: [{ status: 200, description: "The event", schema: EventDetail }],
  async handle({ path, session, env }) {
    const { event, isManaged } = await visibleEvent(env, path.id, session);
    return reply(200, await detail(env, event, isManaged));
  },
});

export const createEventRoute = route({
  method: "POST",
  path: "/events",
  access: "organizer",
  tag: "Organisers",
  summary: "Create an event",
  body: NewEvent,
  replies: [{ status: 201, description: "The event", schema: EventDetail, headers: { Location: "/events/…" } }],
  async handle({ request, body, session, env }) {
    const event = await createEvent(env, by(session, request), body);
    return reply(201, presentEventDetail(event, []), { location: `/events/${event.id}` });
  },
});

export const changeEventRoute = route({
  method: "PATCH",
  path: "/events/{id}",
  access: "organizer",
  tag: "Organisers",
  summary: "Change an event; publish it or call it off",
  pathParameters: EventPath,
  body: EventChange,
  replies: [{ status: 200, description: "The event", schema: EventDetail }],
  async handle({ request, path, body, session, env }) {
    const event = await ownEvent(env, path.id, session);
    const changed = await changeEvent(env, by(session, request), event.id, body);
    if (changed === null) {
      return body.ends_at === undefined
        ? invalid("starts_at", "must be before ends_at")
        : invalid("ends_at", "must be after starts_at");
    }
    return reply(200, await detail(env, changed, true));
  },
});

export const addTicketRoute = route({
  method: "POST",
  path: "/events/{id}/tickets",
  access: "organizer",
  tag: "Organisers",
  summary: "Add a ticket type to an event",
  pathParameters: EventPath,
  body: NewTicket,
  replies: [{ status: 201, description: "The ticket type", schema: Ticket, headers: { Location: "/tickets/…" } }],
  problems: ["too-many-ticket-types"],
  async handle({ request, path, body, session, env }) {
    const event = await ownEvent(env, path.id, session);
    // A few that are added at the same moment may go beyond it: the bound keeps the work small, it counts no money.
    if ((await countTicketTypes(env.DB, event.id)) >= MAX_TICKET_TYPES) return problem("too-many-ticket-types");
    const ticketType = await addTicketType(env, by(session, request), event, body);
    return reply(201, presentTicket(ticketType, ticketType, true), { location: `/tickets/${ticketType.id}` });
  },
});

function filtersOf(query: z.output<typeof EventQuery>, withDrafts: boolean): EventFilters {
  const { from, to, q, available, organizer } = query;
  return {
    fromMs: from === undefined ? null : Date.parse(from),
    toMs: to === undefined ? null : Date.parse(to),
    words: q ?? [],
    isAvailable: available !== undefined,
    organizerId: organizer ?? null,
    withDrafts,
  };
}

/** Whether the caller may do with the event what its organiser may. Whose role was taken away may not. */
export async function manages(env: Env, event: EventRow, session: Session | null): Promise<boolean> {
  return managesAllOf(env, event.organizerId, session);
}

/** The same for all events of an organiser. */
async function managesAllOf(env: Env, organizerId: string, session: Session | null): Promise<boolean> {
  const role = session === null ? null : await roleOf(env.DB, session.accountId);
  if (session === null || role === null) return false;
  return isOwn({ organizerId }, { ...session, role });
}

/** Drafts are there for whoever manages them only. Refuses with 404. */
async function visibleEvent(
  env: Env,
  id: string,
  session: Session | null,
): Promise<{ event: EventRow; isManaged: boolean }> {
  const event = await eventById(env.DB, id);
  const isManaged = event !== null && (await manages(env, event, session));
  if (event === null || (event.status === "draft" && !isManaged)) throw new ProblemError("not-found");
  return { event, isManaged };
}

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

async function detail(env: Env, event: EventRow, toOrganizer: boolean): Promise<z.output<typeof EventDetail>> {
  const ticketTypes = await ticketTypesOf(env.DB, event.id);
  return presentEventDetail(event, await withAvailability(env, ticketTypes, toOrganizer));
}
