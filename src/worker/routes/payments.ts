// Paying for a reservation. The answer comes at once; the money moves in the background.

import { reply } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { newLongId, ticketTypeIdOf } from "../ids.ts";
import { callTicketType } from "../objects.ts";
import { paymentProvider } from "../payments/provider.ts";
import { presentPayment } from "../presenters.ts";
import { invalid, problem, refuse } from "../problems.ts";
import { NewPayment, Payment } from "../schemas.ts";
import { ReservationPath } from "./reservations.ts";

export const createPayment = route({
  method: "POST",
  path: "/reservations/{id}/payment",
  access: "session",
  tag: "Payments",
  summary: "Pay for a reservation",
  takesIdempotencyKey: true,
  pathParameters: ReservationPath,
  body: NewPayment,
  replies: [
    {
      status: 202,
      description: "Under way: ask its Location for the outcome. Free tickets are confirmed at once",
      schema: Payment,
      headers: { Location: "/reservations/…/payment" },
    },
  ],
  problems: [
    "payment-in-progress",
    "already-confirmed",
    "already-cancelled",
    "reservation-expired",
    "idempotency-key-reused",
    "payments-unavailable",
  ],
  async handle({ path, body, session, idempotencyKey, env }) {
    const method = body.payment_method ?? null;
    if (method !== null) {
      const provider = paymentProvider(env);
      if (provider === null) return problem("payments-unavailable");
      if (!provider.accepts(method)) return invalid("payment_method", "is not a payment method that is known here");
    }
    const paymentId = newLongId();
    // Without a key of the caller's each request is a new one.
    const key = idempotencyKey ?? `payment ${paymentId}`;
    const request = { reservationId: path.id, accountId: session.accountId, paymentId, key, method };
    const result = await callTicketType(env, ticketTypeIdOf(path.id), (object) => object.pay(request));
    if (!result.ok) return refuse({ type: result.refusal });
    const location = `/reservations/${path.id}/payment`;
    return reply(202, presentPayment(result.reservation, result.payment), { location });
  },
});

export const showPayment = route({
  method: "GET",
  path: "/reservations/{id}/payment",
  access: "session",
  tag: "Payments",
  summary: "The outcome of the payment so far",
  pathParameters: ReservationPath,
  replies: [{ status: 200, description: "The payment", schema: Payment }],
  async handle({ path, session, env }) {
    const result = await callTicketType(env, ticketTypeIdOf(path.id), (object) =>
      object.find(path.id, session.accountId),
    );
    if (!result.ok) return refuse({ type: result.refusal });
    const { reservation } = result;
    // A reservation that nobody tried to pay for has no payment to show.
    return reservation.payment === null
      ? problem("not-found")
      : reply(200, presentPayment(reservation, reservation.payment));
  },
});
