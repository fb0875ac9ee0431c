// A buyer's reservations: held, shown, let go, paid. The answer to a payment comes at once; the money moves in the
// background.

import * as z from "zod";
import type { ReservationView } from "../../domain/reservation-view.ts";
import type { FindResult } from "../../durable/ticket-type/protocol.ts";
import { newPaymentId, newReservationId, ticketTypeIdOf } from "../../platform/ids.ts";
import { presentPayment, presentReservation } from "../../platform/wire.ts";
import type { Session } from "../auth/sessions.ts";
import type { Env } from "../env.ts";
import { ReservationId } from "../http/fields.ts";
import { invalid, problem, refuse } from "../http/problems.ts";
import { emptyReply, page, reply } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { callTicketType, reserve } from "../objects/ticket-types.ts";
import { paymentProvider } from "../payments/provider.ts";
import { NewPayment, Payment } from "../payments/schemas.ts";
import { viewOfRow } from "./presenters.ts";
import * as queries from "./queries.ts";
import { endedReservation } from "./queries.ts";
import { NewReservation, Reservation, ReservationQuery } from "./schemas.ts";

const ReservationPath = z.strictObject({ id: ReservationId });

/** Holds `quantity` tickets for the caller. The answer carries the moment the hold ends. */
export const createReservation = route({
  operationId: "createReservation",
  access: "session",
  tag: "Reservations",
  summary: "Hold tickets",
  limits: ["LIMIT_RESERVE", "LIMIT_RESERVE_ADDRESS"],
  takesIdempotencyKey: true,
  body: NewReservation,
  replies: [
    {
      status: 201,
      description: "The tickets are held until `expires_at`",
      schema: Reservation,
      headers: { Location: "/reservations/…" },
    },
  ],
  problems: ["not-found", "sold-out", "not-on-sale", "limit-reached"],
  async handle({ body, session, idempotencyKey, env }) {
    // Made before the call, so that a call repeated after a lost reply finds its own reservation.
    const reservationId = newReservationId(body.ticket);
    const request = { reservationId, accountId: session.accountId, quantity: body.quantity, idempotencyKey };
    const result = await reserve(env, body.ticket, request);
    if (!result.ok) return refuse(result.refusal);
    const reservation = presentReservation(result.reservation);
    return reply(201, reservation, { location: `/reservations/${reservation.id}` });
  },
});

export const listReservations = route({
  operationId: "listReservations",
  access: "session",
  tag: "Reservations",
  summary: "List your reservations, the newest first",
  query: ReservationQuery,
  replies: [
    {
      status: 200,
      description: "One page",
      schema: z.array(Reservation),
      headers: { Link: '</reservations?cursor=…>; rel="next"' },
    },
  ],
  async handle({ request, query, session, env }) {
    const after = query.cursor ?? null;
    const nowMs = Date.now();
    const filters = { state: query.state, eventId: query.event };
    const rows = await queries.listReservations(env.DB, session.accountId, filters, nowMs, query.limit + 1, after);
    const present = (row: (typeof rows)[number]) => presentReservation(viewOfRow(row, nowMs));
    return page(request, rows, query.limit, present, ({ createdAtMs, id }) => ({ atMs: createdAtMs, id }));
  },
});

export const showReservation = route({
  operationId: "showReservation",
  access: "session",
  tag: "Reservations",
  summary: "Show a reservation in its current state",
  pathParameters: ReservationPath,
  replies: [{ status: 200, description: "The reservation", schema: Reservation }],
  async handle({ path, session, env }) {
    const result = await find(env, path.id, session);
    return result.ok ? reply(200, presentReservation(result.reservation)) : refuse({ type: result.refusal });
  },
});

export const cancelReservation = route({
  operationId: "cancelReservation",
  access: "session",
  tag: "Reservations",
  summary: "Cancel a hold",
  pathParameters: ReservationPath,
  replies: [
    { status: 204, description: "Cancelled. The tickets are available again", schema: null },
    {
      status: 202,
      description:
        "A payment is pending. If it fails the hold is cancelled, if it succeeds the reservation is confirmed",
      schema: Reservation,
    },
  ],
  problems: ["already-confirmed", "reservation-expired"],
  async handle({ path, session, env }) {
    const result = await callTicketType(env, ticketTypeIdOf(path.id), (object) =>
      object.cancel(path.id, session.accountId),
    );
    if (!result.ok) {
      const ended = result.refusal === "reservation_unknown" ? await findEnded(env, path.id, session) : null;
      if (ended?.state === "cancelled") return emptyReply(204);
      return refuse({ type: ended === null ? result.refusal : "reservation_expired" });
    }
    return result.deferred ? reply(202, presentReservation(result.reservation)) : emptyReply(204);
  },
});

export const createPayment = route({
  operationId: "createPayment",
  access: "session",
  tag: "Payments",
  summary: "Pay for a reservation",
  limits: ["LIMIT_PAY"],
  takesIdempotencyKey: true,
  pathParameters: ReservationPath,
  body: NewPayment,
  replies: [
    {
      status: 202,
      description: "The payment has begun: its outcome will be at `Location`. Free tickets are confirmed at once",
      schema: Payment,
      headers: { Location: "/reservations/…/payment" },
    },
  ],
  problems: [
    "payment-in-progress",
    "already-confirmed",
    "already-cancelled",
    "reservation-expired",
    "payments-unavailable",
  ],
  async handle({ path, body, session, idempotencyKey, env }) {
    const method = body.payment_method ?? null;
    if (method !== null) {
      const provider = paymentProvider(env);
      if (provider === null) return problem("payments-unavailable");
      if (!provider.accepts(method)) return invalid("payment_method", "is not a known payment method");
    }
    const paymentId = newPaymentId();
    // Without a key of the caller's each request is a new one.
    const key = idempotencyKey ?? `payment ${paymentId}`;
    const { accountId } = session;
    const request = { reservationId: path.id, accountId, paymentId, key, method, idempotencyKey };
    const result = await callTicketType(env, ticketTypeIdOf(path.id), (object) => object.pay(request));
    if (!result.ok) {
      const ended = result.refusal === "reservation_unknown" ? await findEnded(env, path.id, session) : null;
      if (ended === null) return refuse({ type: result.refusal });
      return refuse({ type: ended.state === "cancelled" ? "already_cancelled" : "reservation_expired" });
    }
    const location = `/reservations/${path.id}/payment`;
    return reply(202, presentPayment(result.reservation, result.payment), { location });
  },
});

export const showPayment = route({
  operationId: "showPayment",
  access: "session",
  tag: "Payments",
  summary: "Show the payment of a reservation",
  pathParameters: ReservationPath,
  replies: [{ status: 200, description: "The payment", schema: Payment }],
  async handle({ path, session, env }) {
    const result = await find(env, path.id, session);
    if (!result.ok) return refuse({ type: result.refusal });
    const { reservation } = result;
    // A reservation that nobody tried to pay for has no payment to show.
    return reservation.payment === null
      ? problem("not-found")
      : reply(200, presentPayment(reservation, reservation.payment));
  },
});

/** Asked of the object itself, which knows it as it is at this moment; or has forgotten it, long after its end. */
async function find(env: Env, id: string, session: Session): Promise<FindResult> {
  const result = await callTicketType(env, ticketTypeIdOf(id), (object) => object.find(id, session.accountId));
  if (result.ok) return result;
  const ended = await findEnded(env, id, session);
  return ended === null ? result : { ok: true, reservation: ended };
}

/** A reservation that has ended and that its object may have forgotten. D1 keeps it. */
async function findEnded(env: Env, id: string, { accountId }: Session): Promise<ReservationView | null> {
  const row = await endedReservation(env.DB, id, accountId);
  return row === null ? null : viewOfRow(row, Date.now());
}
