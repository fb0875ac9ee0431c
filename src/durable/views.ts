// What the object tells others of a reservation. Pure.

import type { PaymentInstruction, PaymentView, ReservationView } from "./protocol.ts";
import { currentPayment, isUnsettled, type Reservation, totalMinor } from "./reservation.ts";

export function viewOf(reservation: Reservation, ticketTypeId: string): ReservationView {
  const { id, accountId, quantity, unitPriceMinor, currency, state, createdAtMs, expiresAtMs } = reservation;
  const payment = currentPayment(reservation);
  return {
    ...{ id, ticketTypeId, accountId, quantity, unitPriceMinor, currency, state, createdAtMs, expiresAtMs },
    payment: payment === null ? null : { state: payment.state, failure: payment.failure },
  };
}

/** What the first of several equal requests was answered: pending, or done where there was nothing to charge. */
export function firstAnswer(reservation: Reservation): PaymentView {
  return { state: totalMinor(reservation) === 0 ? "succeeded" : "pending", failure: null };
}

export function instruction(reservation: Reservation | null, paymentId: string): PaymentInstruction {
  const payment = reservation?.payments.find((candidate) => candidate.id === paymentId);
  if (reservation === null || payment === undefined) return { todo: "unknown" };
  if (payment.method === null || !isUnsettled(payment)) return { todo: "nothing" };
  return {
    todo: payment.state === "refund_due" ? "refund" : "charge",
    sinceMs: payment.sinceMs,
    charge: {
      paymentId,
      reservationId: reservation.id,
      amountMinor: totalMinor(reservation),
      currency: reservation.currency,
      method: payment.method,
    },
  };
}
