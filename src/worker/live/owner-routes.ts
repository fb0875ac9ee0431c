// Watching what is one's own, a reservation or an order, until nothing more can happen to it.

import { ticketTypeIdOf } from "../../domain/id-forms.ts";
import type { Watcher, WatchResult } from "../../durable/shared/watch-request.ts";
import { iso, presentReservation, reservationMessageId } from "../../platform/wire.ts";
import type { Session } from "../auth/sessions.ts";
import { type LiveTicket as LiveTicketClaims, type Opened, signLiveTicket } from "../auth/tokens.ts";
import type { Env } from "../env.ts";
import { EXAMPLES } from "../http/examples.ts";
import { problem } from "../http/problems.ts";
import { reply } from "../http/replies.ts";
import { route, type Success } from "../http/route.ts";
import { callOrder, openOrderSocket } from "../objects/orders.ts";
import { isTicketType } from "../objects/ticket-type-ids.ts";
import { callTicketType, openSocket } from "../objects/ticket-types.ts";
import { askForOrder } from "../orders/lookup.ts";
import { namesInOrder, presentOrder } from "../orders/presenters.ts";
import { findEndedOrder } from "../orders/queries.ts";
import { Order, OrderPath } from "../orders/schemas.ts";
import { findReservation } from "../reservations/lookup.ts";
import { namesOf } from "../reservations/names.ts";
import { findEndedReservation } from "../reservations/queries.ts";
import { Reservation, ReservationPath } from "../reservations/schemas.ts";
import type { EventKind } from "./event-stream.ts";
import { eventsOf, isCrossSiteUpgrade, SWITCHED, socketOrStream } from "./routes.ts";
import { LiveTicket, LiveTicketQuery } from "./schemas.ts";

const NOTHING_MORE: Success = {
  status: 204,
  description: "It is over, and `Last-Event-ID` names the last event. An `EventSource` stops reconnecting",
  schema: null,
};
const TICKET_MADE = {
  status: 201,
  description: "A ticket for one use, within two minutes",
  schema: LiveTicket,
} as const;

export const watchReservation = route({
  operationId: "watchReservation",
  access: "session",
  tag: "Live",
  summary: "Watch one of your reservations until nothing more can happen to it",
  limits: ["LIMIT_LIVE"],
  takesLiveTicket: true,
  query: LiveTicketQuery,
  pathParameters: ReservationPath,
  examples: { path: { id: EXAMPLES.reservation } },
  replies: [
    SWITCHED,
    eventsOf("A `reservation` event at once and after each change; the last one ends the stream", Reservation),
    NOTHING_MORE,
  ],
  problems: ["cross-site-request", "too-many-watchers"],
  async handle({ request, path: { id }, session, env }) {
    const refusal = await refuseWatcher(request, session, { type: "reservation", id }, (ticket) =>
      callTicketType(env, ticketTypeIdOf(id), (object) => object.useLiveTicket(ticket.id, ticket.expiresAtMs)),
    );
    const open = () => openReservation(env, id, watcherOf(request, session));
    return refusal ?? socketOrStream(request, eventKind("reservation"), open, `/reservations/${id}`);
  },
});

export const watchOrder = route({
  operationId: "watchOrder",
  access: "session",
  tag: "Live",
  summary: "Watch one of your orders until nothing more can happen to it",
  limits: ["LIMIT_LIVE"],
  takesLiveTicket: true,
  query: LiveTicketQuery,
  pathParameters: OrderPath,
  examples: { path: { id: EXAMPLES.order } },
  replies: [
    SWITCHED,
    eventsOf("An `order` event at once and after each change; the last one ends the stream", Order),
    NOTHING_MORE,
  ],
  problems: ["cross-site-request", "too-many-watchers"],
  async handle({ request, path: { id }, session, env }) {
    const refusal = await refuseWatcher(request, session, { type: "order", id }, (ticket) =>
      callOrder(env, id, (object) => object.useLiveTicket(ticket.id, ticket.expiresAtMs)),
    );
    const open = () => openOrder(env, id, watcherOf(request, session));
    return refusal ?? socketOrStream(request, eventKind("order"), open, `/orders/${id}`);
  },
});

/** Browsers send no token with a stream or a socket of another origin. */
export const createLiveTicket = route({
  operationId: "createLiveTicket",
  access: "session",
  tag: "Live",
  summary: "Get a ticket that opens one stream of your reservation, for a page of another origin",
  limits: ["LIMIT_LIVE"],
  pathParameters: ReservationPath,
  examples: { path: { id: EXAMPLES.reservation } },
  replies: [TICKET_MADE],
  async handle({ path: { id }, session, env }) {
    const found = await findReservation(env, id, session.accountId);
    return found.ok ? liveTicket(env, session, { type: "reservation", id }) : problem("not-found");
  },
});

export const createOrderLiveTicket = route({
  operationId: "createOrderLiveTicket",
  access: "session",
  tag: "Live",
  summary: "Get a ticket that opens one stream of your order, for a page of another origin",
  limits: ["LIMIT_LIVE"],
  pathParameters: OrderPath,
  examples: { path: { id: EXAMPLES.order } },
  replies: [TICKET_MADE],
  async handle({ path: { id }, session, env }) {
    // An object that has forgotten its order keeps no record of tickets either.
    const found = await askForOrder(env, id, session.accountId);
    return found.ok ? liveTicket(env, session, { type: "order", id }) : problem("not-found");
  },
});

async function liveTicket(env: Env, { id: sessionId, accountId }: Session, opens: Opened): Promise<Response> {
  const { text, expiresAtMs } = await signLiveTicket(env, { sessionId, accountId, opens });
  const url = `/${opens.type}s/${opens.id}/live?ticket=${text}`;
  return reply(201, { ticket: text, expires_at: iso(expiresAtMs), url });
}

/** The object decides: of two isolates that get the same ticket, one opens a stream. */
async function refuseWatcher(
  request: Request,
  { liveTicket: ticket }: Session,
  watched: Opened,
  isFirstUse: (ticket: LiveTicketClaims) => Promise<boolean>,
): Promise<Response | null> {
  if (ticket === undefined) return isCrossSiteUpgrade(request) ? problem("cross-site-request") : null;
  const isOfIt = ticket.opens.type === watched.type && ticket.opens.id === watched.id;
  return isOfIt && (await isFirstUse(ticket)) ? null : problem("live-ticket-refused");
}

function watcherOf(request: Request, { accountId }: Session): Watcher {
  return { accountId, lastMessageId: request.headers.get("last-event-id") };
}

function eventKind(name: Opened["type"]): EventKind {
  return { name, idOf: (data) => reservationMessageId(JSON.parse(data)) };
}

/** The object forgets a reservation long after its end: then D1's copy is the only message. */
async function openReservation(env: Env, id: string, watcher: Watcher): Promise<WatchResult> {
  const ticketTypeId = ticketTypeIdOf(id);
  if (!(await isTicketType(env, ticketTypeId))) return { ok: false, refusal: "unknown" };
  const names = await namesOf(env, ticketTypeId);
  const opened = await openSocket(env, ticketTypeId, { reservation: { ...watcher, id, names }, network: null });
  if (opened.ok || opened.refusal !== "unknown") return opened;
  const ended = await findEndedReservation(env.DB, id, watcher.accountId);
  return ended === null ? opened : onlyMessage(presentReservation(ended, names, Date.now()), watcher);
}

async function openOrder(env: Env, id: string, watcher: Watcher): Promise<WatchResult> {
  const found = await askForOrder(env, id, watcher.accountId);
  if (found.ok) {
    const names = await namesInOrder(env, found.order);
    const opened = await openOrderSocket(env, id, watcher, names);
    if (opened.ok || opened.refusal !== "unknown") return opened;
  }
  const ended = await findEndedOrder(env.DB, id, watcher.accountId);
  if (ended === null) return { ok: false, refusal: "unknown" };
  return onlyMessage(await presentOrder(env, ended, Date.now()), watcher);
}

function onlyMessage(message: Parameters<typeof reservationMessageId>[0], { lastMessageId }: Watcher): WatchResult {
  if (reservationMessageId(message) === lastMessageId) return { ok: false, refusal: "nothing_more" };
  const { 0: client, 1: server } = new WebSocketPair();
  server.accept();
  server.send(JSON.stringify(message));
  server.close(1000, "nothing more can change");
  return { ok: true, socket: client };
}
