// Watching availability and reservations, over a WebSocket or as server-sent events.

import * as z from "zod";
import type { WatchRefusal, WatchResult } from "../../durable/shared/watch-request.ts";
import type { WatchedReservation } from "../../durable/ticket-type/watch-request.ts";
import { ticketTypeIdOf } from "../../platform/ids.ts";
import { availabilityMessageId, iso, presentReservation, reservationMessageId } from "../../platform/wire.ts";
import { organiserOrNull } from "../auth/organiser.ts";
import { isCrossSite, type Session } from "../auth/sessions.ts";
import { type LiveTicket as LiveTicketClaims, signLiveTicket } from "../auth/tokens.ts";
import { type EventRow, eventsWithTicketTypes, ticketTypeWithEvent } from "../catalogue/queries.ts";
import { isOwn } from "../catalogue/routes.ts";
import { Availability, MAX_TICKET_TYPES } from "../catalogue/schemas.ts";
import type { Env } from "../env.ts";
import { EXAMPLES } from "../http/examples.ts";
import { Id, ReservationId } from "../http/fields.ts";
import { areSocketsWithinLimit, watchersNetwork } from "../http/limits.ts";
import { invalid, problem } from "../http/problems.ts";
import { emptyReply, reply } from "../http/replies.ts";
import { route, type Success } from "../http/route.ts";
import { isTicketType } from "../objects/ticket-type-ids.ts";
import { callTicketType, openSocket } from "../objects/ticket-types.ts";
import { findReservation } from "../reservations/lookup.ts";
import { namesOf } from "../reservations/names.ts";
import { findEndedReservation } from "../reservations/queries.ts";
import { Reservation } from "../reservations/schemas.ts";
import { type EventKind, type OpenSocket, openEventStream } from "./event-stream.ts";
import { LiveQuery, LiveTicket, LiveTicketQuery } from "./schemas.ts";

const SWITCHED: Success = {
  status: 101,
  description: "A WebSocket, if the request asks for one. Each message is the data of one event",
  schema: null,
};

const AVAILABILITY: EventKind = {
  name: "availability",
  idOf: (data) => availabilityMessageId(JSON.parse(data)),
};
const RESERVATION: EventKind = {
  name: "reservation",
  idOf: (data) => reservationMessageId(JSON.parse(data)),
};

// A proxy that compresses or buffers a stream holds its events back.
const STREAM_HEADERS = {
  "content-type": "text/event-stream",
  "cache-control": "no-store, no-transform",
  "x-accel-buffering": "no",
};

export const watchTicketType = route({
  operationId: "watchTicketType",
  access: "anyone",
  tag: "Live",
  summary: "Watch the availability of a ticket type",
  limits: ["LIMIT_LIVE"],
  pathParameters: z.strictObject({ id: Id }),
  examples: { path: { id: EXAMPLES.ticketType } },
  replies: [
    SWITCHED,
    eventsOf("An `availability` event at once and after each change, at most four a second", Availability),
  ],
  problems: ["too-many-watchers"],
  async handle({ request, path, session, env }) {
    const found = await ticketTypeWithEvent(env.DB, path.id);
    const visitor = isCrossSiteUpgrade(request) ? null : session;
    if (found === null || !(await isVisible(env, found.event, visitor))) return problem("not-found");
    const network = watchersNetwork(env, request);
    return socketOrStream(request, AVAILABILITY, availabilityOf(env, path.id, network), `/tickets/${path.id}`);
  },
});

export const watchEvent = route({
  operationId: "watchEvent",
  access: "anyone",
  tag: "Live",
  summary: "Watch the availability of all ticket types of an event",
  limits: ["LIMIT_LIVE"],
  pathParameters: z.strictObject({ id: Id }),
  examples: { path: { id: EXAMPLES.event } },
  replies: [
    eventsOf("An `availability` event for each ticket type at once, and another after each change", Availability),
  ],
  problems: ["no-websocket", "too-many-watchers"],
  async handle({ request, path, session, env }) {
    if (isUpgrade(request)) return noWebSocket();
    const [found] = await eventsWithTicketTypes(env.DB, [path.id]);
    if (found === undefined || !(await isVisible(env, found.event, session))) return problem("not-found");
    return availabilityStream(request, env, found.ticketTypeIds, `/events/${path.id}`);
  },
});

/** One stream for a page that lists events: a browser opens six connections to a host at most. */
export const watchEvents = route({
  operationId: "watchEvents",
  access: "anyone",
  tag: "Live",
  summary: "Watch the availability of several events in one stream",
  limits: ["LIMIT_LIVE"],
  query: LiveQuery,
  examples: { query: { events: `${EXAMPLES.event},${EXAMPLES.unsoldEvent}` } },
  replies: [
    eventsOf(
      "An `availability` event for each ticket type of each event at once, and another after each change",
      Availability,
    ),
  ],
  problems: ["no-websocket", "not-found", "too-many-watchers"],
  async handle({ request, query, session, env }) {
    if (isUpgrade(request)) return noWebSocket();
    const found = await eventsWithTicketTypes(env.DB, query.events);
    const events = found.map(({ event }) => event);
    const visible = new Set(await visibleAmong(events, env, session));
    if (visible.size === 0) return problem("not-found");
    const ids = found.flatMap(({ event, ticketTypeIds }) => (visible.has(event) ? ticketTypeIds : []));
    if (ids.length > MAX_TICKET_TYPES)
      return invalid("events", `have more than ${MAX_TICKET_TYPES} ticket types in all`);
    return availabilityStream(request, env, ids, "/events");
  },
});

export const watchReservation = route({
  operationId: "watchReservation",
  access: "session",
  tag: "Live",
  summary: "Watch one of your reservations until nothing more can happen to it",
  limits: ["LIMIT_LIVE"],
  takesLiveTicket: true,
  query: LiveTicketQuery,
  pathParameters: z.strictObject({ id: ReservationId }),
  examples: { path: { id: EXAMPLES.reservation } },
  replies: [
    SWITCHED,
    eventsOf("A `reservation` event at once and after each change; the last one ends the stream", Reservation),
    {
      status: 204,
      description: "It is over, and `Last-Event-ID` names the last event. An `EventSource` stops reconnecting",
      schema: null,
    },
  ],
  problems: ["cross-site-request", "too-many-watchers"],
  async handle({ request, path, session, env }) {
    const { liveTicket } = session;
    if (liveTicket === undefined && isCrossSiteUpgrade(request)) return problem("cross-site-request");
    if (liveTicket !== undefined && !(await isFirstUse(env, liveTicket, path.id)))
      return problem("live-ticket-refused");
    const lastMessageId = request.headers.get("last-event-id");
    const open = () => openReservation(env, { id: path.id, accountId: session.accountId, lastMessageId });
    return socketOrStream(request, RESERVATION, open, `/reservations/${path.id}`);
  },
});

/** Browsers send no token with a stream or a socket of another origin. */
export const createLiveTicket = route({
  operationId: "createLiveTicket",
  access: "session",
  tag: "Live",
  summary: "Get a ticket that opens one stream of your reservation, for a page of another origin",
  limits: ["LIMIT_LIVE"],
  pathParameters: z.strictObject({ id: ReservationId }),
  examples: { path: { id: EXAMPLES.reservation } },
  replies: [{ status: 201, description: "A ticket for one use, within two minutes", schema: LiveTicket }],
  async handle({ path, session, env }) {
    const { id: sessionId, accountId } = session;
    const found = await findReservation(env, path.id, accountId);
    if (!found.ok) return problem("not-found");
    const { text, expiresAtMs } = await signLiveTicket(env, { sessionId, accountId, reservationId: path.id });
    const url = `/reservations/${path.id}/live?ticket=${text}`;
    return reply(201, { ticket: text, expires_at: iso(expiresAtMs), url });
  },
});

/** The object decides: of two isolates that get the same ticket, one opens a stream. */
async function isFirstUse(env: Env, ticket: LiveTicketClaims, reservationId: string): Promise<boolean> {
  if (ticket.reservationId !== reservationId) return false;
  return callTicketType(env, ticketTypeIdOf(reservationId), (object) =>
    object.useLiveTicket(ticket.id, ticket.expiresAtMs),
  );
}

function eventsOf(description: string, schema: z.ZodType): Success {
  return { status: 200, description, schema, contentType: "text/event-stream" };
}

/** The availability of any number of ticket types as one stream. */
async function availabilityStream(
  request: Request,
  env: Env,
  ticketTypeIds: readonly string[],
  pollPath: string,
): Promise<Response> {
  if (!(await areSocketsWithinLimit(env, request, Math.max(0, ticketTypeIds.length - 1)))) return problem("slow-down");
  const network = watchersNetwork(env, request);
  const sources = ticketTypeIds.map((id) => availabilityOf(env, id, network));
  return stream(AVAILABILITY, sources, pollPath);
}

/** `pollPath` is the route that a client polls instead while there are too many watchers. */
async function socketOrStream(
  request: Request,
  kind: EventKind,
  open: OpenSocket,
  pollPath: string,
): Promise<Response> {
  if (!isUpgrade(request)) return stream(kind, [open], pollPath);
  const opened = await open();
  return opened.ok ? new Response(null, { status: 101, webSocket: opened.socket }) : refuse(opened.refusal, pollPath);
}

async function stream(kind: EventKind, sources: readonly OpenSocket[], pollPath: string): Promise<Response> {
  const opened = await openEventStream(kind, sources);
  if (!opened.ok) return refuse(opened.refusal, pollPath);
  return new Response(opened.body, { headers: STREAM_HEADERS });
}

function refuse(refusal: WatchRefusal, pollPath: string): Response {
  switch (refusal) {
    case "unknown":
      return problem("not-found");
    case "too_many_watchers":
      return problem("too-many-watchers", { detail: `Poll ${pollPath} instead.`, members: { poll: pollPath } });
    case "nothing_more":
      return emptyReply(204);
  }
}

/** A stream of several ticket types has no WebSocket. */
function noWebSocket(): Response {
  return problem("no-websocket", { detail: "Use server-sent events here, or a WebSocket for each ticket type." });
}

function isUpgrade(request: Request): boolean {
  return request.headers.get("upgrade")?.toLowerCase() === "websocket";
}

/** Browsers let any page read the messages of a socket that it opens with its visitor's cookie. */
function isCrossSiteUpgrade(request: Request): boolean {
  return isUpgrade(request) && request.headers.get("authorization") === null && isCrossSite(request);
}

/** A draft is visible only to those who manage it. */
async function visibleAmong(events: readonly EventRow[], env: Env, session: Session | null): Promise<EventRow[]> {
  const hasDrafts = events.some(({ status }) => status === "draft");
  const organiser = hasDrafts ? await organiserOrNull(env, session) : null;
  return events.filter((event) => event.status !== "draft" || isOwn(event, organiser));
}

async function isVisible(env: Env, event: EventRow, session: Session | null): Promise<boolean> {
  return (await visibleAmong([event], env, session)).length > 0;
}

function availabilityOf(env: Env, ticketTypeId: string, network: string | null): OpenSocket {
  return () => openSocket(env, ticketTypeId, { reservation: null, network });
}

/** The object forgets a reservation long after its end: then D1's copy is the only message. */
async function openReservation(env: Env, watched: Omit<WatchedReservation, "names">): Promise<WatchResult> {
  const ticketTypeId = ticketTypeIdOf(watched.id);
  if (!(await isTicketType(env, ticketTypeId))) return { ok: false, refusal: "unknown" };
  const names = await namesOf(env, ticketTypeId);
  const opened = await openSocket(env, ticketTypeId, { reservation: { ...watched, names }, network: null });
  if (opened.ok || opened.refusal !== "unknown") return opened;
  const ended = await findEndedReservation(env.DB, watched.id, watched.accountId);
  if (ended === null) return opened;
  const message = presentReservation(ended, names, Date.now());
  if (reservationMessageId(message) === watched.lastMessageId) return { ok: false, refusal: "nothing_more" };
  const { 0: client, 1: server } = new WebSocketPair();
  server.accept();
  server.send(JSON.stringify(message));
  server.close(1000, "nothing more can change");
  return { ok: true, socket: client };
}
