// A buyer's reservations: made, listed, shown, cancelled.

import { ticketTypeIdOf } from "../../domain/id-forms.ts";
import type { CancelResult } from "../../durable/ticket-type/protocol.ts";
import { newReservationId } from "../../platform/ids.ts";
import { presentReservation } from "../../platform/wire.ts";
import { EXAMPLES } from "../http/examples.ts";
import { CODE_LIMITS, isWithinLimits } from "../http/limits.ts";
import { problem, refuse } from "../http/problems.ts";
import { emptyReply, keyedReply, page, pageReply, reply } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { isCertainlyTicketType } from "../objects/ticket-type-ids.ts";
import { callNamedTicketType, callTicketType, reserve } from "../objects/ticket-types.ts";
import { refuseTotal } from "../payments/price-check.ts";
import { GIVEN_BACK, giveBackReservation } from "../refunds/giving-back-routes.ts";
import { findReservation, partOfOrder } from "./lookup.ts";
import { namesOf } from "./names.ts";
import * as queries from "./queries.ts";
import { NewReservation, Reservation, ReservationPath, ReservationQuery } from "./schemas.ts";

/** Why tickets may not be held, alone or in an order. */
export const HOLD_PROBLEMS = [
  "not-found",
  "sold-out",
  "not-on-sale",
  "limit-reached",
  "code-refused",
  "code-used-up",
  "quantity-not-allowed",
  "total-too-large",
  "terms-not-accepted",
  "account-closing",
] as const;

/** Holds `quantity` tickets for the caller. The answer carries the moment the hold ends. */
export const holdTickets = route({
  operationId: "holdTickets",
  access: "session",
  tag: "Reservations",
  summary: "Hold tickets",
  limits: ["LIMIT_RESERVE", "LIMIT_RESERVE_ADDRESS"],
  takesIdempotencyKey: true,
  body: NewReservation,
  examples: { bodies: { "Two tickets": { ticket: EXAMPLES.ticketType, price: EXAMPLES.ticketType, quantity: 2 } } },
  replies: [
    {
      status: 201,
      description: "The tickets are held until `expires_at`",
      schema: Reservation,
      headers: { Location: "/reservations/…" },
    },
  ],
  problems: HOLD_PROBLEMS,
  precheck: ({ session }) => (session.isClosing ? problem("account-closing") : null),
  async handle({ request: incoming, body, session, idempotencyKey, env }) {
    const { quantity, price: priceId = null, code = null, accepted_terms: acceptedTerms = null } = body;
    if (code !== null && !(await isWithinLimits(env, incoming, CODE_LIMITS, session))) return problem("slow-down");
    // Made before the call, so that a call repeated after a lost reply finds its own reservation.
    const reservationId = newReservationId(body.ticket);
    const { accountId } = session;
    const request = { reservationId, accountId, quantity, priceId, code, acceptedTerms, idempotencyKey };
    const result = await reserve(env, body.ticket, request);
    if (!result.ok) return refuse(result.refusal);
    const { unitPriceMinor, currency, id } = result.reservation;
    const tooLarge = refuseTotal(env, unitPriceMinor * quantity, currency);
    if (tooLarge !== null) {
      // Only the object knows the price. A hold that can't be paid for is let go.
      await callTicketType(env, body.ticket, (object) => object.cancel(id, accountId));
      return refuse(tooLarge);
    }
    // Afterwards: in a rush most are refused, and need no names.
    const names = await namesOf(env, body.ticket);
    const reservation = presentReservation(result.reservation, names, Date.now());
    return keyedReply(201, reservation, { location: `/reservations/${reservation.id}` }, result.isReplay === true);
  },
});

export const listReservations = route({
  operationId: "listReservations",
  access: "session",
  tag: "Reservations",
  summary: "List your reservations, newest first",
  query: ReservationQuery,
  replies: [pageReply(Reservation, "/reservations")],
  async handle({ request, query, session, env }) {
    const nowMs = Date.now();
    const { limit, cursor = null } = query;
    const rows = await queries.listReservations(env.DB, session.accountId, query, nowMs, limit + 1, cursor);
    const present = (row: queries.NamedReservationRow) => queries.presentRow(row, nowMs);
    return page(request, rows, limit, present, ({ createdAtMs, id }) => ({ atMs: createdAtMs, id }));
  },
});

export const getReservation = route({
  operationId: "getReservation",
  access: "session",
  tag: "Reservations",
  summary: "Show a reservation in its current state",
  pathParameters: ReservationPath,
  examples: { path: { id: EXAMPLES.reservation } },
  replies: [{ status: 200, description: "The reservation", schema: Reservation }],
  async handle({ path, session, env }) {
    const ticketTypeId = ticketTypeIdOf(path.id);
    // Meanwhile, unless the id may be an invented one: that costs no query for names.
    const early = isCertainlyTicketType(env, ticketTypeId) ? namesOf(env, ticketTypeId) : null;
    const result = await findReservation(env, path.id, session.accountId);
    if (!result.ok) return refuse({ type: result.refusal });
    const names = await (early ?? namesOf(env, ticketTypeId));
    return reply(200, presentReservation(result.reservation, names, Date.now()));
  },
});

export const cancelReservation = route({
  operationId: "cancelReservation",
  access: "session",
  tag: "Reservations",
  summary: "Cancel a hold, or give back what is confirmed",
  pathParameters: ReservationPath,
  examples: { path: { id: EXAMPLES.reservation } },
  replies: [
    { status: 204, description: "Cancelled. The tickets are available again", schema: null },
    {
      status: 202,
      description:
        "A payment is pending. If it fails the hold is cancelled; if it succeeds the reservation is confirmed",
      schema: Reservation,
    },
    GIVEN_BACK,
  ],
  problems: ["part-of-order", "already-confirmed", "already-refunded", "refund-exceeds", "reservation-expired"],
  async handle({ request, path, session, env }) {
    const unknown: CancelResult = { ok: false, refusal: "reservation_unknown" };
    const result = await callNamedTicketType(env, ticketTypeIdOf(path.id), unknown, (object) =>
      object.cancel(path.id, session.accountId),
    );
    if (!result.ok) {
      if (result.refusal === "part_of_order") return refuse(await partOfOrder(env, path.id, session.accountId));
      if ("takesBack" in result) return giveBackReservation(env, request, session, path.id);
      const isUnknown = result.refusal === "reservation_unknown";
      const ended = isUnknown ? await queries.findEndedReservation(env.DB, path.id, session.accountId) : null;
      if (ended?.state === "cancelled") return emptyReply(204);
      return refuse({ type: ended === null ? result.refusal : "reservation_expired" });
    }
    if (!result.deferred) return emptyReply(204);
    const names = await namesOf(env, ticketTypeIdOf(path.id));
    return reply(202, presentReservation(result.reservation, names, Date.now()));
  },
});
