// Differences between an order, its reservations and its copy in D1. Pure.

import { type Order, type OrderItem, paymentIdOf, stateOf, totalOf } from "../../domain/order.ts";
import type { PaymentState } from "../../domain/payment.ts";
import { isSold, type ReservationState } from "../../domain/stock.ts";
import type { OrderAudit } from "../../durable/order/protocol.ts";
import type { AuditedReservation } from "../../durable/ticket-type/protocol.ts";
import type { OrderRow } from "../orders/queries.ts";
import { type Charged, type Finding, finding, rowFindings } from "./differences.ts";

/** By id, as the ticket types have them: null for one that is not there. Others were not asked. */
export type Reservations = ReadonlyMap<string, AuditedReservation | null>;

export function orderCopyFindings({ order, copy }: OrderAudit, row: OrderRow | null): Finding[] {
  const about = { orderId: order.id };
  // Nobody sees it. D1 may have the copy of an earlier one with its id.
  if (copy === null) return [];
  if (row === null) return [finding("order_not_copied", copy, null, about)];
  return rowFindings("order_copy", copy, row, about);
}

/** All of its reservations are confirmed, or none; and one payment paid for what is confirmed. */
export function orderFindings(order: Order, reservations: Reservations): Finding[] {
  const paid = order.payments.filter(({ state }) => state === "succeeded").map(({ id }) => id);
  const isPaid = paid.length === (order.phase === "confirmed" ? 1 : 0);
  const { phase } = order;
  return [
    ...(isPaid ? [] : [finding("order_payment", { phase }, { succeeded: paid }, { orderId: order.id })]),
    ...order.items.flatMap((item) => itemFindings(order, item, reservations.get(item.reservationId))),
  ];
}

/** A reservation that says it is part of this order; null where the order does not exist. */
export function claimFindings(order: Order | null, orderId: string, { copy }: AuditedReservation): Finding[] {
  const isIts = order?.items.some(({ reservationId }) => reservationId === copy.id);
  // What a refused order held is let go, and the order forgotten.
  const isOver = copy.state === "cancelled" || copy.state === "expired";
  if (isIts || order?.leftovers.includes(copy.id) || isOver) return [];
  return [finding("reservation_of_no_order", null, copy, { reservationId: copy.id, orderId })];
}

/** What the provider is to have charged for the order; null for one that holds nothing yet. */
export function chargedForOrder(order: Order): Charged | null {
  const { id, currency, counter = null } = order;
  if (currency === null) return null;
  // The provider knows nothing of what the counter took.
  const payments = counter === null ? order.payments.filter(({ method }) => method !== null) : [];
  const total = { amountMinor: totalOf(order), currency };
  // Objects of version 1 have none.
  return { id, about: { orderId: id }, total, payments, refunds: order.refunds ?? [] };
}

function itemFindings(order: Order, item: OrderItem, found: AuditedReservation | null | undefined): Finding[] {
  if (found === undefined) return [];
  const about = { reservationId: item.reservationId, orderId: order.id };
  const expected = expectedOf(order, item);
  const actual = found === null ? null : actualOf(found);
  const isState = isExpectedState(order, item, found?.copy.state ?? null);
  const isRight = isState && (found === null || (hasTerms(expected, found) && givenBackOf(found) >= item.takenBack));
  const wrong = isRight ? [] : [finding("order_reservation", expected, actual, about)];
  const live = (found?.parts ?? []).filter(({ state }) => state === "pending" || state === "succeeded");
  if (found?.parts === undefined || isExpectedPart(order, item, live)) return wrong;
  return [...wrong, finding("order_payment_part", { phase: order.phase, payment: item.paymentId }, live, about)];
}

/** Null: the ticket type does not have it. It forgets what has ended, as the order does. */
function isExpectedState(order: Order, item: OrderItem, state: ReservationState | null): boolean {
  const hasEnded = state === null || state === "cancelled" || state === "expired";
  switch (order.phase) {
    case "reserving":
      return state !== "confirmed";
    case "confirmed":
      // Until its ticket type has taken back what was given back, it is on the way.
      if (item.takenBack !== item.givenBack) return isSold(state);
      return state === (item.givenBack === item.quantity ? "refunded" : "confirmed");
    case "refused":
    case "cancelled":
    case "expired":
      return hasEnded;
    default:
      return state === "held";
  }
}

/** `live`: parts that are pending or succeeded. There is one while the payment is, and of it. */
function isExpectedPart(
  order: Order,
  item: OrderItem,
  live: readonly { readonly id: string; readonly state: PaymentState }[],
): boolean {
  const isKnown = order.payments.some(({ id }) => id === item.paymentId);
  const isIts = live.length === 1 && isKnown && live[0]?.id === paymentIdOf(order, item);
  switch (order.phase) {
    case "beginning":
      return live.length === 0 || (isIts && live[0]?.state === "pending");
    case "charging":
    case "preparing":
      return isIts && live[0]?.state === "pending";
    case "confirmed":
      return isIts && live[0]?.state === "succeeded";
    default:
      return live.length === 0;
  }
}

/** Objects of version 6 have none. */
function givenBackOf({ copy }: AuditedReservation): number {
  return copy.givenBack ?? 0;
}

function expectedOf(order: Order, { quantity, priceId, unitPriceMinor, takenBack }: OrderItem) {
  const { id, accountId, currency, phase } = order;
  const terms = { quantity, priceId, unitPriceMinor, currency, givenBack: takenBack };
  return { order: id, state: stateOf(order), phase, accountId, ...terms };
}

function actualOf(found: AuditedReservation) {
  const { orderId, state, accountId, quantity, priceId, unitPriceMinor, currency } = found.copy;
  const givenBack = givenBackOf(found);
  return { order: orderId, state, accountId, quantity, priceId, unitPriceMinor, currency, givenBack };
}

/** Before everything is held the order does not know the terms. */
function hasTerms(expected: ReturnType<typeof expectedOf>, found: AuditedReservation): boolean {
  if (expected.state === null) return true;
  const actual = actualOf(found);
  const names = ["order", "accountId", "quantity", "priceId", "unitPriceMinor", "currency"] as const;
  return names.every((name) => expected[name] === actual[name]);
}
