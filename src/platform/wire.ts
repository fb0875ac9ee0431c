// The shapes that both replies and the objects' sockets send. The worker's schemas describe them.

import type { PaymentView, ReservationView } from "../domain/reservation-view.ts";
import { available, type Stock } from "../domain/stock.ts";

export interface WireMoney {
  /** In the currency's minor unit. */
  amount: number;
  currency: string;
}

export interface WirePayment {
  state: PaymentView["state"];
  amount: number | null;
  currency: string | null;
  error: { code: string; message: string } | null;
}

export interface WireReservation {
  id: string;
  ticket: string;
  quantity: number;
  unit_price: WireMoney;
  total: WireMoney;
  state: ReservationView["state"];
  expires_at: string;
  created_at: string;
  payment: WirePayment | null;
}

export interface WireAvailability {
  ticket: string;
  /** The ticket type's version: of two messages, the one with the higher `seq` is newer. */
  seq: number;
  capacity: number;
  available: number;
}

export function presentReservation(reservation: ReservationView): WireReservation {
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
): WirePayment {
  const { state, failure } = payment;
  if (state === "failed") return { state, amount: null, currency: null, error: failure };
  const amount = reservation.unitPriceMinor * reservation.quantity;
  return { state, amount, currency: reservation.currency, error: null };
}

export function presentAvailability(
  ticketType: Stock & { readonly ticketTypeId: string; readonly version: number },
): WireAvailability {
  const { ticketTypeId, version, capacity } = ticketType;
  return { ticket: ticketTypeId, seq: version, capacity, available: available(ticketType) };
}

export function money(amountMinor: number, currency: string): WireMoney {
  return { amount: amountMinor, currency };
}

export function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}

export function isoOrNull(atMs: number | null): string | null {
  return atMs === null ? null : iso(atMs);
}
