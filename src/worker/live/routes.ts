// Watching availability, over a WebSocket or as server-sent events.

import * as z from "zod";
import type { WatchRefusal } from "../../durable/shared/watch-request.ts";
import { availabilityMessageId } from "../../platform/wire.ts";
import { managerOrNull, manages } from "../auth/organiser.ts";
import { isCrossSite, type Session } from "../auth/sessions.ts";
import { type EventRow, eventsWithTicketTypes, ticketTypeWithEvent } from "../catalogue/queries.ts";
import { Availability, MAX_TICKET_TYPES } from "../catalogue/schemas.ts";
import type { Env } from "../env.ts";
import { EXAMPLES } from "../http/examples.ts";
import { Id } from "../http/fields.ts";
import { areSocketsWithinLimit, watchersNetwork } from "../http/limits.ts";
import { invalid, problem } from "../http/problems.ts";
import { emptyReply } from "../http/replies.ts";
import { route, type Success } from "../http/route.ts";
import { openSocket } from "../objects/ticket-types.ts";
import { type EventKind, type OpenSocket, openEventStream } from "./event-stream.ts";
import { LiveQuery } from "./schemas.ts";

export const SWITCHED: Success = {
  status: 101,
  description: "A WebSocket, if the request asks for one. Each message is the data of one event",
  schema: null,
};

const AVAILABILITY: EventKind = {
  name: "availability",
  idOf: (data) => availabilityMessageId(JSON.parse(data)),
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

export function eventsOf(description: string, schema: z.ZodType): Success {
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
export async function socketOrStream(
  request: Request,
  kind: EventKind,
  open: OpenSocket,
  pollPath: string,
): Promise<Response> {
  if (!isUpgrade(request)) return stream(kind, [open], pollPath);
  const opened = await open();
  return opened.ok ? new Response(null, { status: 101, webSocket: opened.socket }) : refuse(opened.refusal, pollPath);
}

export async function stream(kind: EventKind, sources: readonly OpenSocket[], pollPath: string): Promise<Response> {
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
export function noWebSocket(): Response {
  return problem("no-websocket", { detail: "Use server-sent events here, or a WebSocket for each ticket type." });
}

export function isUpgrade(request: Request): boolean {
  return request.headers.get("upgrade")?.toLowerCase() === "websocket";
}

/** Browsers let any page read the messages of a socket that it opens with its visitor's cookie. */
export function isCrossSiteUpgrade(request: Request): boolean {
  return isUpgrade(request) && request.headers.get("authorization") === null && isCrossSite(request);
}

/** A draft is visible only to those who manage it. */
async function visibleAmong(events: readonly EventRow[], env: Env, session: Session | null): Promise<EventRow[]> {
  const hasDrafts = events.some(({ status }) => status === "draft");
  const manager = hasDrafts ? await managerOrNull(env, session) : null;
  const visible = await Promise.all(
    events.map(async (event) => (event.status !== "draft" || (await manages(env, event, manager)) ? event : [])),
  );
  return visible.flat();
}

async function isVisible(env: Env, event: EventRow, session: Session | null): Promise<boolean> {
  return (await visibleAmong([event], env, session)).length > 0;
}

function availabilityOf(env: Env, ticketTypeId: string, network: string | null): OpenSocket {
  return () => openSocket(env, ticketTypeId, { reservation: null, network });
}
