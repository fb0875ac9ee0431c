// A reservation as its copies have it. Pure.

import { isUnsettled } from "../../domain/payment.ts";
import type { Reservation } from "../../domain/reservation.ts";
import { viewOf } from "../../domain/reservation-view.ts";
import type { AuditedReservation, ReservationCopy } from "./protocol.ts";

/** The row that D1 should have, column by column. */
export function copyOf(reservation: Reservation, ticketTypeId: string): ReservationCopy {
  const { payment, ...fields } = viewOf(reservation, ticketTypeId);
  const unresolved = reservation.payments.find(({ needsPerson }) => needsPerson) ?? null;
  return {
    ...fields,
    version: reservation.version,
    paymentState: payment?.state ?? null,
    paymentFailureCode: payment?.failure?.code ?? null,
    paymentFailureMessage: payment?.failure?.message ?? null,
    unsettled: reservation.payments.some(isUnsettled),
    unresolvedPaymentId: unresolved?.id ?? null,
    unresolvedPaymentState: unresolved === null ? null : unresolved.state === "refund_due" ? "refund_due" : "pending",
    unresolvedSinceMs: unresolved?.sinceMs ?? null,
  };
}

/** Including its chargeable payments. */
export function audited(reservation: Reservation, ticketTypeId: string): AuditedReservation {
  const charged = reservation.payments.filter(({ method }) => method !== null);
  return {
    copy: copyOf(reservation, ticketTypeId),
    payments: charged.map(({ id, state }) => ({ id, state })),
  };
}
