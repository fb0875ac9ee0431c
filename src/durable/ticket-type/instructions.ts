// What the payment consumer is to do at the provider, as the object knows it. Pure.

import { isUnsettled } from "../../domain/payment.ts";
import { type Reservation, totalMinor } from "../../domain/reservation.ts";
import type { PaymentInstruction } from "./protocol.ts";

/** `reservations` includes the payment's own, if there is one. */
export function instructionFor(paymentId: string, reservations: readonly Reservation[]): PaymentInstruction {
  const reservation = reservations.find(({ payments }) => payments.some(({ id }) => id === paymentId));
  const payment = reservation?.payments.find(({ id }) => id === paymentId);
  if (reservation === undefined || payment === undefined) return { todo: "unknown" };
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
