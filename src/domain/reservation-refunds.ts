// Refunds of a reservation that was bought alone. Pure.

import { inStepWith, isLate } from "./late-refunds.ts";
import { type Purchase, type Refund, type RefundRefusal, withRefund } from "./refund.ts";
import { type RefundEvent, refundAfter } from "./refund-decisions.ts";
import { type Decision, type Reservation, totalMinor } from "./reservation.ts";
import { changed, refused, unchanged } from "./reservation-decisions.ts";
import { isSold } from "./stock.ts";

export type ReservationRefundRefusal =
  | RefundRefusal
  | { readonly type: "reservation_unknown" | "part_of_order" | "already_refunded" };

export type RefundDecision = Decision<ReservationRefundRefusal>;

/** What `event` does to `reservation` at `nowMs`. Replays come first: callers may retry. */
export function decideRefund(reservation: Reservation | null, event: RefundEvent, nowMs: number): RefundDecision {
  if (reservation === null) return refused({ type: "reservation_unknown" });
  if (reservation.orderId !== null) return refused({ type: "part_of_order" });
  const { state, refunds } = reservation;
  const sale = { purchase: purchaseOf(reservation), refunds, isRefunded: state === "refunded" };
  const refund = refundAfter(sale, event, nowMs);
  if ("type" in refund) return refused(refund);
  if (refunds.includes(refund)) return unchanged(reservation);
  const isNew = !refunds.some(({ id }) => id === refund.id);
  const after = isNew ? givenBackBy(reservation, refund) : reservation;
  const payments = inStepWith(reservation.payments, refund, nowMs);
  return changed({ ...after, payments, refunds: withRefund(refunds, refund) });
}

/** With so many tickets given back in all, and so many of them on sale again. */
export function withGivenBack(reservation: Reservation, givenBack: number, restocked: number): Reservation {
  const state = givenBack === reservation.quantity ? "refunded" : reservation.state;
  return { ...reservation, givenBack, restocked, state };
}

function givenBackBy(reservation: Reservation, { items, restock }: Refund): Reservation {
  const quantity = items.reduce((sum, item) => sum + item.quantity, 0);
  const restocked = reservation.restocked + (restock ? quantity : 0);
  return withGivenBack(reservation, reservation.givenBack + quantity, restocked);
}

/** What was paid for; null while nothing is sold. */
export function purchaseOf(reservation: Reservation): Purchase | null {
  const { id, state, quantity, unitPriceMinor, givenBack, refunds } = reservation;
  const payment = reservation.payments.find((one) => one.state === "succeeded");
  if (!isSold(state) || payment === undefined) return null;
  const items = [{ reservationId: id, quantity, unitPriceMinor, givenBack }];
  const isCharged = payment.method !== null;
  const ofSale = refunds.filter((refund) => !isLate(refund));
  return { paymentId: payment.id, isCharged, paidMinor: totalMinor(reservation), items, refunds: ofSale };
}
