// The shapes that both replies and the objects' sockets send. The worker's schemas describe them.

import type { PaymentView, ReservationView } from "../domain/reservation.ts";
import { available } from "../domain/stock.ts";
import type { Availability } from "./availability/port.ts";

export function presentReservation(reservation: ReservationView) {
  const { id, ticketTypeId, quantity, unitPriceMinor, currency, state, expiresAtMs, createdAtMs } = reservation;
  return {
    id,
    ticket: ticketTypeId,
    quantity,
    unit_price: money(unitPriceMinor, currency),
    total: money(unitPriceMinor * quantity, currency),
    state,
    expires_at: iso(expiresAtMs),
    created_at: iso(createdAtMs),
    payment: reservation.payment === null ? null : presentPayment(reservation, reservation.payment),
  };
}

/** Amount and currency are null for a payment that failed, because nothing was charged. */
export function presentPayment(
  reservation: Pick<ReservationView, "unitPriceMinor" | "quantity" | "currency">,
  payment: PaymentView,
) {
  const { state, failure } = payment;
  if (state === "failed") return { state, amount: null, currency: null, error: failure };
  const amount = reservation.unitPriceMinor * reservation.quantity;
  return { state, amount, currency: reservation.currency, error: null };
}

/** `seq`: of two messages, the one with the higher one is newer. */
export function presentAvailability(ticketType: Availability) {
  const { ticketTypeId, version, capacity } = ticketType;
  return { ticket: ticketTypeId, seq: version, capacity, available: available(ticketType) };
}

/** The `id` of an availability message in an event stream. */
export function availabilityMessageId({ ticket, seq }: { readonly ticket: string; readonly seq: number }): string {
  return `${ticket}:${seq}`;
}

/** The `id` of a reservation's message. A client that reconnects says so which one it saw last. */
export function reservationMessageId({
  state,
  payment,
}: Pick<ReturnType<typeof presentReservation>, "state" | "payment">): string {
  return payment === null ? state : `${state}:${payment.state}`;
}

/** In the currency's minor unit. */
export function money(amountMinor: number, currency: string) {
  return { amount: amountMinor, currency };
}

export function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}

export function isoOrNull(atMs: number | null): string | null {
  return atMs === null ? null : iso(atMs);
}
