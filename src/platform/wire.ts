// The shapes that both replies and the objects' sockets send. The worker's schemas describe them.

import { methodOf, type SaleMethod } from "../domain/counter.ts";
import { exponentOf } from "../domain/currency.ts";
import { type OrderView, totalOf } from "../domain/order.ts";
import { passIdOf } from "../domain/pass.ts";
import type { PaymentView } from "../domain/payment.ts";
import { offerAt, type Price, type TicketTypeOffer } from "../domain/price.ts";
import type { RefundView } from "../domain/refund.ts";
import { type ReservationView, statusOf } from "../domain/reservation.ts";
import {
  availableIn,
  type EventStatus,
  isSold,
  type Offered,
  type Stock,
  saleEndMs,
  saleStateOf,
} from "../domain/stock.ts";
import { SECOND_MS } from "../domain/units.ts";
import type { Availability } from "./availability/port.ts";

/** What a reservation is for, as D1 has it. */
export interface ReservationNames {
  readonly ticketType: { readonly id: string; readonly name: string } | null;
  readonly event: {
    readonly id: string;
    readonly name: string;
    readonly startsAtMs: number;
    readonly endsAtMs: number;
    readonly timezone: string;
    readonly venue: string;
    readonly status: EventStatus;
  } | null;
}

export type PresentedNames = ReturnType<typeof presentNames>;

/** Where D1 can't be read. */
export const NAMELESS: PresentedNames = { ticket_type: null, event: null };

export function presentNames({ ticketType, event }: ReservationNames) {
  if (ticketType === null || event === null) return { ticket_type: null, event: null };
  const { id, name, startsAtMs, endsAtMs, timezone, venue, status } = event;
  return {
    ticket_type: { id: ticketType.id, name: ticketType.name },
    event: { id, name, starts_at: iso(startsAtMs), ends_at: iso(endsAtMs), timezone, venue, status },
  };
}

export function presentReservation(reservation: ReservationView, names: PresentedNames, nowMs: number) {
  const { id, ticketTypeId, quantity, unitPriceMinor, currency, state, expiresAtMs, createdAtMs } = reservation;
  return {
    id,
    order: reservation.orderId ?? null,
    ticket: ticketTypeId,
    ticket_type: names.ticket_type,
    event: names.event,
    price: reservation.priceId ?? ticketTypeId,
    price_name: reservation.priceName ?? "",
    code: reservation.code ?? null,
    terms: presentTermsAccepted(reservation.acceptedTerms, createdAtMs),
    quantity,
    unit_price: money(unitPriceMinor, currency),
    total: money(unitPriceMinor * quantity, currency),
    state,
    status: statusOf(reservation),
    // What is confirmed does not expire.
    expires_at: isSold(state) ? null : iso(expiresAtMs),
    // Rounded down: nobody should believe to have time that is over.
    expires_in: state === "held" ? Math.max(0, Math.floor((expiresAtMs - nowMs) / SECOND_MS)) : null,
    cancel_requested: reservation.cancelRequested === true,
    created_at: iso(createdAtMs),
    payment: reservation.payment === null ? null : presentPayment(reservation, reservation.payment),
    refunded_quantity: reservation.givenBack ?? 0,
    refunds: (reservation.refunds ?? []).map((refund) => presentRefund(refund, currency, "online")),
  };
}

/** What the items of an order are for, by ticket type. */
export type NamesByTicketType = ReadonlyMap<string, PresentedNames>;

export function presentNamedOrder(order: OrderView, names: NamesByTicketType, nowMs: number) {
  const { id, items, currency, state, expiresAtMs, createdAtMs, cancelRequested, payment, refunds = [] } = order;
  return {
    id,
    items: items.map(({ ticketTypeId, quantity, unitPriceMinor, ...item }) => ({
      reservation: item.reservationId,
      ticket: ticketTypeId,
      ticket_type: names.get(ticketTypeId)?.ticket_type ?? null,
      event: names.get(ticketTypeId)?.event ?? null,
      price: item.priceId ?? ticketTypeId,
      price_name: item.priceName,
      code: item.code,
      terms: presentTermsAccepted(item.acceptedTerms, createdAtMs),
      quantity,
      refunded_quantity: item.givenBack ?? 0,
      unit_price: money(unitPriceMinor, currency),
      total: money(unitPriceMinor * quantity, currency),
    })),
    total: money(totalOf(order), currency),
    state,
    status: statusOf({ state, payment, refunds }),
    // What is confirmed does not expire.
    expires_at: isSold(state) ? null : iso(expiresAtMs),
    expires_in: state === "held" ? Math.max(0, Math.floor((expiresAtMs - nowMs) / SECOND_MS)) : null,
    cancel_requested: cancelRequested,
    created_at: iso(createdAtMs),
    payment: payment === null ? null : presentPaymentOf(money(totalOf(order), currency), payment),
    refunds: refunds.map((refund) => presentRefund(refund, currency, methodOf(order.counter ?? null))),
  };
}

/** `method`: of what it is a refund of. */
export function presentRefund(refund: RefundView, currency: string, method: SaleMethod) {
  const { id, requestedBy, items, amountMinor, restock, reason, state, failure, createdAtMs, sinceMs } = refund;
  const { givenByHandAtMs = null } = refund;
  return {
    id,
    requested_by: requestedBy,
    items: items.map(({ reservationId, quantity, passes = [] }) => ({
      reservation: reservationId,
      quantity,
      passes: passes.map((number) => passIdOf({ reservationId, number })),
    })),
    amount: money(amountMinor, currency),
    method,
    restock,
    reason,
    state,
    error: failure,
    created_at: iso(createdAtMs),
    since: iso(sinceMs),
    given_by_hand_at: isoOrNull(givenByHandAtMs),
  };
}

/** They are accepted with the request that holds the tickets. */
export function presentTermsAccepted(version: string | null | undefined, acceptedAtMs: number) {
  return version === null || version === undefined ? null : { version, accepted_at: iso(acceptedAtMs) };
}

export function presentPayment(
  reservation: Pick<ReservationView, "unitPriceMinor" | "quantity" | "currency">,
  payment: PaymentView,
) {
  const { unitPriceMinor, quantity, currency } = reservation;
  return presentPaymentOf(money(unitPriceMinor * quantity, currency), payment);
}

/** Amount and currency are null for a payment that failed, because nothing was charged. */
export function presentPaymentOf(total: ReturnType<typeof money>, payment: PaymentView) {
  const { state, failure, pendingSinceMs = null, action = null } = payment;
  const waits = { pending_since: isoOrNull(pendingSinceMs), next_action: action && presentAction(action) };
  if (state === "failed") return { state, amount: null, currency: null, total, error: failure, ...waits };
  const { amount, currency } = total;
  return { state, amount, currency, total, error: null, ...waits };
}

function presentAction({ clientSecret, untilMs }: NonNullable<PaymentView["action"]>) {
  return { type: "authenticate" as const, client_secret: clientSecret, expires_at: iso(untilMs) };
}

/**
 * `seq`: of two messages, the one with the higher one is newer. There is no message when the clock
 * alone opens or ends a sale: `sales_start` and `sale_ends_at` say when it does.
 */
export function presentAvailability(ticketType: Availability & TicketTypeOffer, nowMs: number) {
  const { ticketTypeId, version, capacity } = ticketType;
  return {
    ticket: ticketTypeId,
    seq: version,
    capacity,
    ...presentSale(ticketType, ticketType, nowMs),
    prices: ticketType.prices.map((price) => ({ id: price.id, ...presentSaleAt(price, ticketType, nowMs) })),
  };
}

/** As `presentSale`, at one price. What is left of a code is not known to everybody. */
/** What its door has let in. `seq`: of the last change of a pass. */
export function presentDoorCounts(
  ticketTypeId: string,
  seq: number,
  counts: {
    readonly admitted: number;
    readonly inside: number;
    readonly gates: readonly { readonly gate: string; readonly admitted: number }[];
  },
) {
  return { ticket: ticketTypeId, seq, ...counts };
}

export function presentSaleAt(price: Price, ticketType: TicketTypeOffer, nowMs: number) {
  const offer = offerAt({ price, code: null }, ticketType);
  return presentSale(offer, offer, nowMs);
}

/** When tickets are on sale, and what is left of them: nothing, once the sale is over. */
export function presentSale(period: Offered, stock: Stock, nowMs: number) {
  const state = saleStateOf(period, nowMs);
  return {
    available: availableIn(state, stock),
    sale_state: state,
    sales_start: isoOrNull(period.salesStartMs),
    sale_ends_at: isoOrNull(saleEndMs(period)),
  };
}

/** The `id` of an availability message in an event stream. */
export function availabilityMessageId({ ticket, seq }: { readonly ticket: string; readonly seq: number }): string {
  return `${ticket}:${seq}`;
}

/**
 * The `id` of a reservation's or an order's message. A client that reconnects says so which one it
 * saw last.
 */
export function reservationMessageId({
  state,
  payment,
  refunds = [],
}: {
  readonly state: string;
  readonly payment: { readonly state: string } | null;
  readonly refunds?: readonly { readonly state: string }[];
}): string {
  const states = [state, ...(payment === null ? [] : [payment.state]), ...refunds.map((refund) => refund.state)];
  return states.join(":");
}

/** In the currency's minor unit, which has `exponent` decimal places. */
export function money(amountMinor: number, currency: string) {
  return { amount: amountMinor, currency, exponent: exponentOf(currency) };
}

export function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}

export function isoOrNull(atMs: number | null): string | null {
  return atMs === null ? null : iso(atMs);
}
