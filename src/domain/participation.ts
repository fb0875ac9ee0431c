// What an order does with one of its reservations. The reservation's own machine is the
// participant's side of the order: a payment that is pending for the order keeps the hold. Pure.

import type { OrderStep } from "./order.ts";
import { asFailed, inState, type Payment } from "./payment.ts";
import type { Decision, Reservation } from "./reservation.ts";
import {
  changed,
  decideFailed,
  endOf,
  refused,
  refusePayment,
  unchanged,
  withPayment,
} from "./reservation-decisions.ts";
import { withGivenBack } from "./reservation-refunds.ts";
import { isSold, type SalePeriod } from "./stock.ts";

/** A step that the ticket type takes for a reservation that is there. */
export type ParticipantStep = Exclude<OrderStep, { readonly type: "reserve" }>;

/** What the order's `step` does to `reservation` at `nowMs`. Each step may be repeated. */
export function decideOrderStep(
  reservation: Reservation | null,
  orderId: string,
  step: ParticipantStep,
  period: SalePeriod,
  nowMs: number,
): Decision {
  if (reservation?.orderId !== orderId) return refused("reservation_unknown");
  switch (step.type) {
    case "begin":
      return decideBegin(reservation, step.paymentId, period, nowMs);
    case "prepare":
      // Nothing but the order ends a hold with a pending payment, so yes needs no record.
      if (pending(reservation, step.paymentId) === null) return refused("payment_unknown");
      return period.eventStatus === "cancelled" ? refused("event_cancelled") : unchanged(reservation);
    case "confirm":
      return decideConfirm(reservation, step.paymentId, nowMs);
    case "fail": {
      const payment = pending(reservation, step.paymentId);
      if (payment === null) return unchanged(reservation);
      return decideFailed(reservation, payment, step.failure, period, nowMs);
    }
    case "release":
      return decideReleased(reservation, step, nowMs);
    case "give_back":
      return decideGivenBack(reservation, step);
  }
}

/** The same checks as of a payment for one reservation. Nothing is charged for it here. */
function decideBegin(reservation: Reservation, paymentId: string, period: SalePeriod, nowMs: number): Decision {
  const earlier = reservation.payments.find(({ id }) => id === paymentId);
  if (earlier?.state === "pending") return unchanged(reservation);
  const refusal = refusePayment(reservation, period, nowMs);
  if (refusal !== null) return refused(refusal);
  // It has failed already: this call was under way for long, and the order has gone on.
  if (earlier !== undefined) return refused("payment_unknown");
  const payment: Payment = {
    id: paymentId,
    key: paymentId,
    method: null,
    state: "pending",
    failure: null,
    sinceMs: nowMs,
    needsPerson: false,
    action: null,
    reference: null,
  };
  return changed({ ...reservation, payments: [...reservation.payments, payment] });
}

/** Whatever has happened since the payment began: the order was promised that this can be done. */
function decideConfirm(reservation: Reservation, paymentId: string, nowMs: number): Decision {
  if (isSold(reservation.state)) return unchanged(reservation);
  const payment = pending(reservation, paymentId);
  if (reservation.state !== "held") return refused(endOf(reservation.state));
  if (payment === null) return refused("payment_unknown");
  const paid = withPayment(reservation, inState(payment, "succeeded", nowMs));
  return changed({ ...paid, state: "confirmed", releaseAs: null });
}

/** The order says how many were given back in all, so a step that comes twice or late is none. */
function decideGivenBack(
  reservation: Reservation,
  { givenBack, restocked }: Extract<ParticipantStep, { readonly type: "give_back" }>,
): Decision {
  // The order asks for it once this has been confirmed.
  if (!isSold(reservation.state)) return refused("payment_unknown");
  if (givenBack <= reservation.givenBack) return unchanged(reservation);
  return changed(withGivenBack(reservation, givenBack, restocked));
}

function decideReleased(
  reservation: Reservation,
  { as, failure }: Extract<ParticipantStep, { readonly type: "release" }>,
  nowMs: number,
): Decision {
  if (reservation.state === "confirmed" || reservation.state === "refunded") return refused(endOf(reservation.state));
  if (reservation.state !== "held") return unchanged(reservation);
  const payments = reservation.payments.map(
    (payment): Payment => (payment.state === "pending" ? asFailed(payment, failure, nowMs) : payment),
  );
  return changed({ ...reservation, state: as, releaseAs: null, payments });
}

function pending({ payments }: Reservation, paymentId: string): Payment | null {
  return payments.find(({ id, state }) => id === paymentId && state === "pending") ?? null;
}
