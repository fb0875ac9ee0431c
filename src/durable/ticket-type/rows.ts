// The rows of the object's tables, and the plain data that they stand for.

import type { Payment, PaymentState } from "../../domain/payment.ts";
import type { Reservation, ReservationState } from "../../domain/reservation.ts";
import type { TicketTypeState } from "./protocol.ts";

export const RESERVATION_COLUMNS =
  "id, account_id, quantity, unit_price_minor, currency, state, release_as, created_at_ms, expires_at_ms, version";
export const PAYMENT_COLUMNS =
  "id, reservation_id, key, method, state, failure_code, failure_message, since_ms, needs_person";

export type TicketTypeRow = {
  id: string;
  capacity: number;
  held: number;
  sold: number;
  on_sale: number;
  on_sale_version: number;
  price_minor: number;
  currency: string;
  max_per_buyer: number | null;
  sales_start_ms: number | null;
  sales_end_ms: number | null;
  version: number;
};

export type ReservationRow = {
  id: string;
  account_id: string;
  quantity: number;
  unit_price_minor: number;
  currency: string;
  state: string;
  release_as: string | null;
  created_at_ms: number;
  expires_at_ms: number;
  version: number;
};

export type PaymentRow = {
  id: string;
  reservation_id: string;
  key: string;
  method: string | null;
  state: string;
  failure_code: string | null;
  failure_message: string | null;
  since_ms: number;
  needs_person: number;
};

export function toTicketType(row: TicketTypeRow): TicketTypeState {
  return {
    ticketTypeId: row.id,
    capacity: row.capacity,
    held: row.held,
    sold: row.sold,
    onSale: row.on_sale === 1,
    onSaleVersion: row.on_sale_version,
    priceMinor: row.price_minor,
    currency: row.currency,
    maxPerBuyer: row.max_per_buyer,
    salesStartMs: row.sales_start_ms,
    salesEndMs: row.sales_end_ms,
    version: row.version,
  };
}

// Only the object writes these tables, so their texts are of the types that it wrote.
export function toReservation(row: ReservationRow, payments: Payment[]): Reservation {
  return {
    id: row.id,
    accountId: row.account_id,
    quantity: row.quantity,
    unitPriceMinor: row.unit_price_minor,
    currency: row.currency,
    state: row.state as ReservationState,
    releaseAs: row.release_as as Reservation["releaseAs"],
    createdAtMs: row.created_at_ms,
    expiresAtMs: row.expires_at_ms,
    version: row.version,
    payments,
  };
}

export function toPayment(row: PaymentRow): Payment {
  const failure =
    row.failure_code === null ? null : { code: row.failure_code, message: row.failure_message ?? row.failure_code };
  return {
    id: row.id,
    key: row.key,
    method: row.method,
    state: row.state as PaymentState,
    failure,
    sinceMs: row.since_ms,
    needsPerson: row.needs_person === 1,
  };
}
