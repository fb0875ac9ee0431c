// What changes, the moment it does: as a WebSocket where one is asked for, else as server-sent events.

import * as z from "zod";
import { ticketTypeIdOf } from "../../platform/ids.ts";
import { presentReservation } from "../../platform/wire.ts";
import { organiserOrNull } from "../auth/organiser.ts";
import { isCrossSite, type Session } from "../auth/sessions.ts";
import { isOwn } from "../catalogue/event-routes.ts";
import { type EventRow, eventById, ticketTypesOf, ticketTypeWithEvent } from "../catalogue/queries.ts";
import { Availability } from "../catalogue/schemas.ts";
import type { Env } from "../env.ts";
import { Id, ReservationId } from "../http/fields.ts";
import { problem } from "../http/problems.ts";
import { route, type Success } from "../http/route.ts";
import { watchTicketType } from "../objects/ticket-types.ts";
import { viewOfRow } from "../reservations/presenters.ts";
import { endedReservation } from "../reservations/queries.ts";
import { Reservation } from "../reservations/schemas.ts";
import { isUpgrade, type Source, socketReply, streamReply } from "./event-stream.ts";

const SWITCHED = { status: 101, description: "A WebSocket: each message is the data of such an event", schema: null };

export const watchTicket = route({
  operationId: "watchTicket",
  access: "anyone",
  tag: "Live",
  summary: "The availability of a ticket type, and each change",
  limits: ["LIMIT_LIVE"],
  pathParameters: z.strictObject({ id: Id }),
  replies: [
    SWITCHED,
    eventsOf("Events named `availability`: now, and with each change, at most four a second", Availability),
  ],
  problems: ["too-many-watchers"],
  async handle({ request, path, session, env }) {
    const found = await ticketTypeWithEvent(env.DB, path.id);
    const asks = isHijack(request) ? null : session;
    if (found === null || !(await isVisible(env, found.event, asks))) return problem("not-found");
    return replyWith(request, "availability", availability(env, path.id), `/tickets/${path.id}`);
  },
});

export const watchEvent = route({
  operationId: "watchEvent",
  access: "anyone",
  tag: "Live",
  summary: "The availability of all ticket types of an event, and each change",
  limits: ["LIMIT_LIVE"],
  pathParameters: z.strictObject({ id: Id }),
  replies: [eventsOf("Events named `availability`: of each ticket type now, and with each change", Availability)],
  problems: ["no-websocket", "too-many-watchers"],
  async handle({ request, path, session, env }) {
    if (isUpgrade(request)) return problem("no-websocket", { detail: "Read it as server-sent events." });
    const event = await eventById(env.DB, path.id);
    if (event === null || !(await isVisible(env, event, session))) return problem("not-found");
    const ticketTypes = await ticketTypesOf(env.DB, event.id);
    const sources = ticketTypes.map(({ id }) => availability(env, id));
    return streamReply("availability", sources, `/events/${event.id}`);
  },
});

export const watchReservation = route({
  operationId: "watchReservation",
  access: "session",
  tag: "Live",
  summary: "One reservation, and each change until nothing more can happen",
  limits: ["LIMIT_LIVE"],
  pathParameters: z.strictObject({ id: ReservationId }),
  replies: [
    SWITCHED,
    eventsOf("Events named `reservation`: now, and with each change; the end of it is the last", Reservation),
  ],
  problems: ["cross-site-request", "too-many-watchers"],
  async handle({ request, path, session, env }) {
    if (isHijack(request)) return problem("cross-site-request");
    const source = { open: () => openReservation(env, path.id, session) };
    return replyWith(request, "reservation", source, `/reservations/${path.id}`);
  },
});

function eventsOf(description: string, schema: z.ZodType): Success {
  return { status: 200, description, schema, contentType: "text/event-stream" };
}

/** One source, as the client asks for it; `path` is what to poll where too many watch. */
function replyWith(request: Request, event: string, source: Source, path: string): Promise<Response> {
  return isUpgrade(request) ? socketReply(source, path) : streamReply(event, [source], path);
}

/**
 * Whether another site's page may be asking for a WebSocket with its visitor's cookie. Browsers let any page read what
 * comes over a socket, though not what comes as a reply.
 */
function isHijack(request: Request): boolean {
  return isUpgrade(request) && request.headers.get("authorization") === null && isCrossSite(request);
}

/** Drafts are there for whoever manages them only. */
async function isVisible(env: Env, event: EventRow, session: Session | null): Promise<boolean> {
  if (event.status !== "draft") return true;
  const organiser = await organiserOrNull(env, session);
  return organiser !== null && isOwn(event, organiser);
}

function availability(env: Env, ticketTypeId: string): Source {
  return { open: () => watchTicketType(env, ticketTypeId, {}) };
}

/** From the object; or, where that has forgotten a reservation long after its end, what D1 has, and nothing more. */
async function openReservation(env: Env, id: string, { accountId }: Session): ReturnType<Source["open"]> {
  const opened = await watchTicketType(env, ticketTypeIdOf(id), { reservationId: id, accountId });
  const ended = opened === "unknown" ? await endedReservation(env.DB, id, accountId) : null;
  if (ended === null) return opened;
  const { 0: theirs, 1: ours } = new WebSocketPair();
  ours.accept();
  ours.send(JSON.stringify(presentReservation(viewOfRow(ended, Date.now()))));
  ours.close(1000, "that was the last of it");
  return theirs;
}
