// Watching availability and reservations, over a WebSocket or as server-sent events.

import * as z from "zod";
import type { WatchRefusal, WatchResult } from "../../durable/ticket-type/watch-request.ts";
import { ticketTypeIdOf } from "../../platform/ids.ts";
import { presentReservation } from "../../platform/wire.ts";
import { organiserOrNull } from "../auth/organiser.ts";
import { isCrossSite, type Session } from "../auth/sessions.ts";
import { type EventRow, eventById, ticketTypesOf, ticketTypeWithEvent } from "../catalogue/queries.ts";
import { isOwn } from "../catalogue/routes.ts";
import { Availability } from "../catalogue/schemas.ts";
import type { Env } from "../env.ts";
import { Id, ReservationId } from "../http/fields.ts";
import { problem } from "../http/problems.ts";
import { route, type Success } from "../http/route.ts";
import { watchTicketType } from "../objects/ticket-types.ts";
import { findEndedReservation } from "../reservations/queries.ts";
import { Reservation } from "../reservations/schemas.ts";
import { type OpenSocket, openEventStream } from "./event-stream.ts";

const SWITCHED: Success = {
  status: 101,
  description: "A WebSocket, if the request asks for one. Each message is the data of one event",
  schema: null,
};

// A proxy that compresses or buffers a stream holds its events back.
const STREAM_HEADERS = {
  "content-type": "text/event-stream",
  "cache-control": "no-store, no-transform",
  "x-accel-buffering": "no",
};

export const watchTicket = route({
  operationId: "watchTicket",
  access: "anyone",
  tag: "Live",
  summary: "Watch the availability of a ticket type",
  limits: ["LIMIT_LIVE"],
  pathParameters: z.strictObject({ id: Id }),
  replies: [
    SWITCHED,
    eventsOf("An `availability` event at once and after each change, at most four a second", Availability),
  ],
  problems: ["too-many-watchers"],
  async handle({ request, path, session, env }) {
    const found = await ticketTypeWithEvent(env.DB, path.id);
    const visitor = isCrossSiteUpgrade(request) ? null : session;
    if (found === null || !(await isVisible(env, found.event, visitor))) return problem("not-found");
    return socketOrStream(request, "availability", availabilityOf(env, path.id), `/tickets/${path.id}`);
  },
});

export const watchEvent = route({
  operationId: "watchEvent",
  access: "anyone",
  tag: "Live",
  summary: "Watch the availability of all ticket types of an event",
  limits: ["LIMIT_LIVE"],
  pathParameters: z.strictObject({ id: Id }),
  replies: [
    eventsOf("An `availability` event for each ticket type at once, and another after each change", Availability),
  ],
  problems: ["no-websocket", "too-many-watchers"],
  async handle({ request, path, session, env }) {
    if (isUpgrade(request))
      return problem("no-websocket", { detail: "Use server-sent events here, or a WebSocket for each ticket type." });
    const event = await eventById(env.DB, path.id);
    if (event === null || !(await isVisible(env, event, session))) return problem("not-found");
    const ticketTypes = await ticketTypesOf(env.DB, event.id);
    const sources = ticketTypes.map(({ id }) => availabilityOf(env, id));
    return stream("availability", sources, `/events/${event.id}`);
  },
});

export const watchReservation = route({
  operationId: "watchReservation",
  access: "session",
  tag: "Live",
  summary: "Watch one of your reservations until nothing more can happen to it",
  limits: ["LIMIT_LIVE"],
  pathParameters: z.strictObject({ id: ReservationId }),
  replies: [
    SWITCHED,
    eventsOf("A `reservation` event at once and after each change; the last one ends the stream", Reservation),
  ],
  problems: ["cross-site-request", "too-many-watchers"],
  async handle({ request, path, session, env }) {
    if (isCrossSiteUpgrade(request)) return problem("cross-site-request");
    const open = () => openReservation(env, path.id, session.accountId);
    return socketOrStream(request, "reservation", open, `/reservations/${path.id}`);
  },
});

function eventsOf(description: string, schema: z.ZodType): Success {
  return { status: 200, description, schema, contentType: "text/event-stream" };
}

/** `pollPath` is the route that a client polls instead while there are too many watchers. */
async function socketOrStream(request: Request, event: string, open: OpenSocket, pollPath: string): Promise<Response> {
  if (!isUpgrade(request)) return stream(event, [open], pollPath);
  const opened = await open();
  return opened.ok ? new Response(null, { status: 101, webSocket: opened.socket }) : refuse(opened.refusal, pollPath);
}

async function stream(event: string, sources: readonly OpenSocket[], pollPath: string): Promise<Response> {
  const opened = await openEventStream(event, sources);
  if (!opened.ok) return refuse(opened.refusal, pollPath);
  return new Response(opened.body, { headers: STREAM_HEADERS });
}

function refuse(refusal: WatchRefusal, pollPath: string): Response {
  switch (refusal) {
    case "unknown":
      return problem("not-found");
    case "too_many_watchers":
      return problem("too-many-watchers", { detail: `Poll ${pollPath} instead.`, members: { poll: pollPath } });
  }
}

function isUpgrade(request: Request): boolean {
  return request.headers.get("upgrade")?.toLowerCase() === "websocket";
}

/** Browsers let any page read the messages of a socket that it opens with its visitor's cookie. */
function isCrossSiteUpgrade(request: Request): boolean {
  return isUpgrade(request) && request.headers.get("authorization") === null && isCrossSite(request);
}

/** A draft is visible only to those who manage it. */
async function isVisible(env: Env, event: EventRow, session: Session | null): Promise<boolean> {
  if (event.status !== "draft") return true;
  return isOwn(event, await organiserOrNull(env, session));
}

function availabilityOf(env: Env, ticketTypeId: string): OpenSocket {
  return () => watchTicketType(env, ticketTypeId, { reservation: null });
}

/** The object forgets a reservation long after its end: then D1's copy is the only message. */
async function openReservation(env: Env, id: string, accountId: string): Promise<WatchResult> {
  const opened = await watchTicketType(env, ticketTypeIdOf(id), { reservation: { id, accountId } });
  if (opened.ok || opened.refusal !== "unknown") return opened;
  const ended = await findEndedReservation(env.DB, id, accountId);
  if (ended === null) return opened;
  const { 0: client, 1: server } = new WebSocketPair();
  server.accept();
  server.send(JSON.stringify(presentReservation(ended)));
  server.close(1000, "nothing more can change");
  return { ok: true, socket: client };
}
