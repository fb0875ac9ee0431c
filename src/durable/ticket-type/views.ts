// What the object tells others of a reservation. Pure.

import { currentPayment, isUnsettled, type Reservation, totalMinor } from "../../domain/reservation.ts";
import type { PaymentView } from "../../domain/reservation-view.ts";
import type { AuditedReservation, PaymentInstruction, ReservationCopy } from "./protocol.ts";

/** What the first of several equal requests was answered: pending, or done where there was nothing to charge. */
export function firstAnswer(reservation: Reservation): PaymentView {
  return { state: totalMinor(reservation) === 0 ? "succeeded" : "pending", failure: null };
}

/** What D1 should say of a reservation: its row there, column by column. */
export function copyOf(reservation: Reservation, ticketTypeId: string): ReservationCopy {
  const { id, accountId, quantity, unitPriceMinor, currency, state, createdAtMs, expiresAtMs, version } = reservation;
  const payment = currentPayment(reservation);
  const unresolved = reservation.payments.find(({ needsPerson }) => needsPerson) ?? null;
  return {
    ...{ id, ticketTypeId, accountId, quantity, unitPriceMinor, currency, state, createdAtMs, expiresAtMs, version },
    paymentState: payment?.state ?? null,
    paymentFailureCode: payment?.failure?.code ?? null,
    paymentFailureMessage: payment?.failure?.message ?? null,
    unsettled: reservation.payments.some(isUnsettled),
    unresolvedPaymentId: unresolved?.id ?? null,
    unresolvedPaymentState: unresolved === null ? null : unresolved.state === "refund_due" ? "refund_due" : "pending",
    unresolvedSinceMs: unresolved?.sinceMs ?? null,
  };
}

export function audited(reservation: Reservation, ticketTypeId: string): AuditedReservation {
  const charged = reservation.payments.filter(({ method }) => method !== null);
  return {
    copy: copyOf(reservation, ticketTypeId),
    payments: charged.map(({ id, state }) => ({ id, state })),
  };
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
