// Events and ticket types: public pages, and their organisers' changes.

import * as z from "zod";
import { type IfMatch, isCurrent } from "../../domain/edition.ts";
import { managerOrNull, manages, owns } from "../auth/organiser.ts";
import type { Env } from "../env.ts";
import { addressOf } from "../http/address.ts";
import { hasCurrentCopy, tagOfEdition } from "../http/etag.ts";
import { EXAMPLES } from "../http/examples.ts";
import { IdPath } from "../http/fields.ts";
import { invalid, ProblemError, problem, refuse, refuseIf } from "../http/problems.ts";
import { namedParameters } from "../http/query.ts";
import { emptyReply, keyedReply, pageReply, reply } from "../http/replies.ts";
import { type Caller, route } from "../http/route.ts";
import { notChargeable } from "../payments/price-check.ts";
import type { Actor } from "./actors.ts";
import * as changes from "./changes.ts";
import { publicPage } from "./copies.ts";
import { eventPage } from "./event-list.ts";
import { presentTickets } from "./newest-availability.ts";
import { presentEventDetail, presentTicket } from "./presenters.ts";
import { type EventRow, eventById, ticketTypesOf, ticketTypeWithEvent } from "./queries.ts";
import {
  EventChange,
  EventDetail,
  EventQuery,
  EventSummary,
  Handover,
  NewEvent,
  NewTicket,
  Ticket,
  TicketChange,
} from "./schemas.ts";
import { termsOf } from "./terms-queries.ts";
import { MAX_EVENT_BYTES, parseTerms } from "./terms-schemas.ts";
import * as withdrawal from "./withdrawal.ts";

/** The tag to send back in `If-Match`, in the description. */
const TAG = { ETag: '"8k2m0x5v7c1q9t3w"' };

export const listEvents = route({
  operationId: "listEvents",
  access: "anyone",
  scope: "events:read",
  tag: "Events",
  summary: "List events by date, with the ids of their ticket types",
  query: EventQuery,
  isShared: true,
  replies: [
    pageReply(
      EventSummary,
      "/events",
      "One page, which may be short or even empty. The last page has no `Link` header",
    ),
  ],
  async handle({ request, url, query, session, env }) {
    const organiser = query.organizer === undefined ? null : await managerOrNull(env, session);
    // In one order, without what others appended: one page, one copy.
    const params = namedParameters(url.searchParams, EventQuery);
    if (!owns({ organizerId: query.organizer ?? "" }, organiser)) {
      return publicReply(request, env, params.size === 0 ? "/events" : `/events?${params}`);
    }
    const { events, link } = await eventPage(env.DB, url.pathname, params, query, true);
    return reply(200, events, link === undefined ? {} : { link });
  },
});

export const getEvent = route({
  operationId: "getEvent",
  access: "anyone",
  scope: "events:read",
  tag: "Events",
  summary: "Show an event with its ticket types",
  pathParameters: IdPath,
  isShared: true,
  examples: { path: { id: EXAMPLES.event } },
  replies: [{ status: 200, description: "The event", schema: EventDetail }],
  async handle({ request, path, session, env }) {
    const manager = await managerOrNull(env, session);
    const event = manager === null ? null : await eventById(env.DB, path.id);
    if (event === null || !(await manages(env, event, manager))) return publicReply(request, env, `/events/${path.id}`);
    return reply(200, await detail(env, event), tagged(event));
  },
});

export const getEventCalendar = route({
  operationId: "getEventCalendar",
  access: "anyone",
  scope: "events:read",
  tag: "Events",
  summary: "Show when and where an event is, as a calendar has it (iCalendar)",
  pathParameters: IdPath,
  isShared: true,
  examples: { path: { id: EXAMPLES.event } },
  replies: [
    { status: 200, description: "A calendar with one entry", schema: z.string(), contentType: "text/calendar" },
  ],
  handle: ({ request, path, env }) => publicReply(request, env, `/events/${path.id}/calendar.ics`),
});

export const createEvent = route({
  operationId: "createEvent",
  access: "organizer",
  scope: "events:write",
  tag: "Organisers",
  summary: "Create an event",
  takesIdempotencyKey: true,
  maxBodyBytes: MAX_EVENT_BYTES,
  body: NewEvent,
  examples: {
    bodies: {
      "A concert": {
        name: "Rooftop Jazz: The Late Set",
        description: "A quartet, a view and a bar. Bring a jacket.",
        venue: "Dachgarten, Berlin",
        starts_at: "2027-08-14T20:00:00+02:00",
        ends_at: "2027-08-14T23:00:00+02:00",
        timezone: "Europe/Berlin",
        terms: { version: "2027-01", terms_url: "https://example.com/terms" },
        seller: { name: "Rooftop Jazz e. V.", address: "Dachgasse 1\n10435 Berlin" },
        vat_rate: 700,
      },
    },
  },
  replies: [{ status: 201, description: "The event", schema: EventDetail, headers: { Location: "/events/…", ...TAG } }],
  async handle({ request, body, session, idempotencyKey, env }) {
    const result = await changes.createEvent(env, actorOf(session, request), idempotencyKey, body);
    if (!result.ok) return refuse(result.refusal);
    const { event, isReplay } = result;
    const { terms = null } = body;
    return keyedReply(
      201,
      presentEventDetail(event, terms && parseTerms(terms), []),
      { location: `/events/${event.id}`, ...tagged(event) },
      isReplay,
    );
  },
});

export const updateEvent = route({
  operationId: "updateEvent",
  access: "manager",
  scope: "events:write",
  tag: "Organisers",
  summary: "Change an event, publish it, or call it off",
  pathParameters: IdPath,
  takesIfMatch: true,
  maxBodyBytes: MAX_EVENT_BYTES,
  body: EventChange,
  examples: {
    path: { id: EXAMPLES.event },
    bodies: {
      "Another text": { description: "Doors open an hour before the start." },
      "Called off": { status: "cancelled" },
    },
  },
  replies: [{ status: 200, description: "The event", schema: EventDetail, headers: TAG }],
  problems: ["event-has-sales", "already-called-off"],
  async handle({ request, path, body, session, ifMatch, env }) {
    const event = await managedEvent(env, path.id, session);
    requireEdition(event, ifMatch);
    if (callsOff(event, body.status) && !owns(event, session)) throw new ProblemError("wrong-role");
    const result = await changes.changeEvent(env, actorOf(session, request), event.id, body, ifMatch);
    if (!result.ok) {
      const blamesTheOther = result.refusal.type === "ends_before_start" && body.ends_at === undefined;
      return blamesTheOther ? invalid("starts_at", "must be before ends_at") : refuse(result.refusal);
    }
    return reply(200, await detail(env, result.event), tagged(result.event));
  },
});

export const deleteEvent = route({
  operationId: "deleteEvent",
  access: "organizer",
  scope: "events:write",
  tag: "Organisers",
  summary: "Delete an event that nobody ever held tickets of, with its ticket types",
  pathParameters: IdPath,
  examples: { path: { id: EXAMPLES.unsoldEvent } },
  takesIfMatch: true,
  replies: [{ status: 204, description: "Deleted", schema: null }],
  problems: ["has-reservations"],
  async handle({ request, path, session, ifMatch, env }) {
    const event = await ownEdition(env, path.id, session, ifMatch);
    const result = await withdrawal.deleteEvent(env, actorOf(session, request), event, ifMatch);
    return result.ok ? emptyReply(204) : refuse(result.refusal);
  },
});

export const handOverEvent = route({
  operationId: "handOverEvent",
  access: "admin",
  tag: "Admins",
  summary: "Hand an event to another organiser",
  pathParameters: IdPath,
  takesIfMatch: true,
  body: Handover,
  examples: { path: { id: EXAMPLES.event }, bodies: { "To the box office": { organizer: EXAMPLES.organizer.id } } },
  replies: [{ status: 200, description: "The event", schema: EventDetail, headers: TAG }],
  async handle({ request, path, body, session, ifMatch, env }) {
    const event = await ownEdition(env, path.id, session, ifMatch);
    const result = await changes.handOver(env, actorOf(session, request), event, body.organizer, ifMatch);
    if (result.ok) return reply(200, await detail(env, result.event), tagged(result.event));
    if (result.refusal.type === "precondition_failed") return refuse(result.refusal);
    return invalid("organizer", "must be the account of an organiser or an admin");
  },
});

export const createTicketType = route({
  operationId: "createTicketType",
  access: "manager",
  scope: "events:write",
  tag: "Organisers",
  summary: "Add a ticket type to an event",
  takesIdempotencyKey: true,
  pathParameters: IdPath,
  body: NewTicket,
  examples: {
    path: { id: EXAMPLES.event },
    bodies: { Balcony: { name: "Balcony", price: { amount: 4500, currency: "EUR" }, capacity: 200, max_per_buyer: 6 } },
  },
  replies: [
    { status: 201, description: "The ticket type", schema: Ticket, headers: { Location: "/tickets/…", ...TAG } },
  ],
  problems: ["too-many-ticket-types", "other-currency"],
  precheck: ({ body, env }) => refuseIf(notChargeable(env, body)),
  async handle({ request, path, body, session, idempotencyKey, env }) {
    const event = await managedEvent(env, path.id, session);
    const result = await changes.addTicketType(env, actorOf(session, request), idempotencyKey, event, body);
    if (!result.ok) return refuse(result.refusal);
    const { ticketType, isReplay } = result;
    const headers = { location: `/tickets/${ticketType.id}`, ...tagged(ticketType) };
    return keyedReply(201, presentTicket(ticketType, event, true), headers, isReplay);
  },
});

export const getTicketType = route({
  operationId: "getTicketType",
  access: "anyone",
  scope: "events:read",
  tag: "Events",
  summary: "Show a ticket type with its availability",
  pathParameters: IdPath,
  isShared: true,
  examples: { path: { id: EXAMPLES.ticketType } },
  replies: [{ status: 200, description: "The ticket type", schema: Ticket }],
  async handle({ request, path, session, env }) {
    const manager = await managerOrNull(env, session);
    const found = manager === null ? null : await ticketTypeWithEvent(env.DB, path.id);
    if (found === null || !(await manages(env, found.event, manager))) {
      return publicReply(request, env, `/tickets/${path.id}`);
    }
    const [ticket] = await presentTickets(env, found.event, [found.ticketType], true);
    return reply(200, ticket, tagged(found.ticketType));
  },
});

export const updateTicketType = route({
  operationId: "updateTicketType",
  access: "manager",
  scope: "events:write",
  tag: "Organisers",
  summary: "Change a ticket type. Existing holds keep their price",
  pathParameters: IdPath,
  takesIfMatch: true,
  body: TicketChange,
  examples: { path: { id: EXAMPLES.ticketType }, bodies: { "Another limit": { max_per_buyer: 20 } } },
  replies: [{ status: 200, description: "The ticket type", schema: Ticket, headers: TAG }],
  problems: ["capacity-below-committed", "currency-frozen", "other-currency"],
  precheck: ({ body, env }) => refuseIf(notChargeable(env, body)),
  async handle({ request, path, body, session, ifMatch, env }) {
    const { event, ticketType } = await managedTicketType(env, path.id, session);
    const result = await changes.changeTicketType(env, actorOf(session, request), event, ticketType, body, ifMatch);
    if (!result.ok) {
      const blamesTheOther = result.refusal.type === "sales_window_empty" && body.sales_end === undefined;
      return blamesTheOther ? invalid("sales_start", "must be before sales_end") : refuse(result.refusal);
    }
    return reply(200, presentTicket(result.ticketType, event, true), tagged(result.ticketType));
  },
});

export const deleteTicketType = route({
  operationId: "deleteTicketType",
  access: "manager",
  scope: "events:write",
  tag: "Organisers",
  summary: "Delete a ticket type that nobody ever held",
  pathParameters: IdPath,
  examples: { path: { id: EXAMPLES.unsoldTicketType } },
  takesIfMatch: true,
  replies: [{ status: 204, description: "Deleted", schema: null }],
  problems: ["has-reservations"],
  async handle({ request, path, session, ifMatch, env }) {
    const { ticketType } = await managedTicketType(env, path.id, session);
    const result = await withdrawal.deleteTicketType(env, actorOf(session, request), ticketType, ifMatch);
    return result.ok ? emptyReply(204) : refuse(result.refusal);
  },
});

/** The event, for its organiser and for admins. Its managers get 403, and everybody else 404. */
export async function ownEvent(env: Env, id: string, caller: Caller): Promise<EventRow> {
  const event = await managedEvent(env, id, caller);
  if (!owns(event, caller)) throw new ProblemError("wrong-role");
  return event;
}

/** The same, if `If-Match` names its edition. What changes the event decides that again. */
async function ownEdition(env: Env, id: string, caller: Caller, ifMatch: IfMatch): Promise<EventRow> {
  const event = await ownEvent(env, id, caller);
  requireEdition(event, ifMatch);
  return event;
}

function requireEdition({ edition }: EventRow, ifMatch: IfMatch): void {
  if (!isCurrent(edition, ifMatch)) throw new ProblemError("precondition-failed");
}

/** The event, for who manages it; 404 for everybody else. */
export async function managedEvent(env: Env, id: string, caller: Caller): Promise<EventRow> {
  const event = await eventById(env.DB, id);
  if (event === null || !(await manages(env, event, caller))) throw new ProblemError("not-found");
  return event;
}

/** The ticket type and its event, as `managedEvent`. */
export async function managedTicketType(env: Env, id: string, caller: Caller) {
  const found = await ticketTypeWithEvent(env.DB, id);
  if (found === null || !(await manages(env, found.event, caller))) throw new ProblemError("not-found");
  return found;
}

/** Whether the change calls the event off, or puts it on again. */
function callsOff(event: EventRow, status: EventRow["status"] | undefined): boolean {
  return status !== undefined && status !== event.status && [status, event.status].includes("cancelled");
}

/** As its organiser sees it. */
async function detail(env: Env, event: EventRow): Promise<z.output<typeof EventDetail>> {
  const [ticketTypes, terms] = await Promise.all([ticketTypesOf(env.DB, event.id), termsOf(env.DB, event)]);
  return presentEventDetail(event, terms, await presentTickets(env, event, ticketTypes, true));
}

function tagged({ edition }: { readonly edition: string }): { etag: string } {
  return { etag: tagOfEdition(edition) };
}

export function actorOf(session: Caller, request: Request): Actor {
  const { accountId, apiKey } = session;
  return { accountId, apiKeyId: apiKey?.id ?? null, address: addressOf(request) };
}

/** The public page at `path`, or 304 if the client has it. */
async function publicReply(request: Request, env: Env, path: string): Promise<Response> {
  const page = await publicPage(env, path);
  if (page === null) return problem("not-found");
  if (!hasCurrentCopy(request, page.etag)) return new Response(page.text, { headers: page.headers });
  const notModified = new Response(null, { status: 304, headers: page.headers });
  // There is no body to have a type, and the client knows the next page.
  for (const name of ["content-type", "link"]) notModified.headers.delete(name);
  return notModified;
}
