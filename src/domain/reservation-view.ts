// What others may see of a reservation: the same in RPC, in replies, and over sockets. Pure.

import { currentPayment, type PaymentFailure, type PaymentState } from "./payment.ts";
import type { Reservation } from "./reservation.ts";
import type { ReservationState } from "./stock.ts";

export interface PaymentView {
  readonly state: PaymentState;
  readonly failure: PaymentFailure | null;
}

export interface ReservationView {
  readonly id: string;
  readonly ticketTypeId: string;
  readonly accountId: string;
  readonly quantity: number;
  readonly unitPriceMinor: number;
  readonly currency: string;
  readonly state: ReservationState;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly payment: PaymentView | null;
}

export function viewOf(reservation: Reservation, ticketTypeId: string): ReservationView {
  const payment = currentPayment(reservation.payments);
  return {
    id: reservation.id,
    ticketTypeId,
    accountId: reservation.accountId,
    quantity: reservation.quantity,
    unitPriceMinor: reservation.unitPriceMinor,
    currency: reservation.currency,
    state: reservation.state,
    createdAtMs: reservation.createdAtMs,
    expiresAtMs: reservation.expiresAtMs,
    payment: payment === null ? null : { state: payment.state, failure: payment.failure },
  };
}
