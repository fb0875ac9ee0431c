// Refunds of a reservation that was bought alone. Pure.

import {
  BUYERS_KEY,
  type Purchase,
  planRefund,
  type Refund,
  type RefundOutcome,
  type RefundRefusal,
  type RefundRequest,
  refundOfAttempt,
  retried,
  reviewedRefund,
  settledRefund,
  withRefund,
} from "./refund.ts";
import { type Decision, type Reservation, totalMinor } from "./reservation.ts";
import { changed, refused, unchanged } from "./reservation-decisions.ts";
import { isSold } from "./stock.ts";

export type RefundEvent =
  /** The organiser gives back some or all of it. */
  | { readonly type: "refund"; readonly request: RefundRequest }
  /** The buyer does, all that is left. Null: buyers may not. */
  | { readonly type: "give_back"; readonly refundableUntilMs: number | null }
  | { readonly type: "retry"; readonly refundId: string; readonly key: string }
  | { readonly type: "settle"; readonly attemptId: string; readonly outcome: RefundOutcome }
  | { readonly type: "review"; readonly attemptId: string };

export type ReservationRefundRefusal =
  | RefundRefusal
  | { readonly type: "reservation_unknown" | "part_of_order" | "already_refunded" };

export type RefundDecision = Decision<ReservationRefundRefusal>;

/** What `event` does to `reservation` at `nowMs`. Replays come first: callers may retry. */
export function decideRefund(reservation: Reservation | null, event: RefundEvent, nowMs: number): RefundDecision {
  if (reservation === null) return refused({ type: "reservation_unknown" });
  if (reservation.orderId !== null) return refused({ type: "part_of_order" });
  switch (event.type) {
    case "refund":
      return decideGivingBack(reservation, event.request, nowMs);
    case "give_back":
      return decideBuyersRefund(reservation, event.refundableUntilMs, nowMs);
    case "retry": {
      const refund = reservation.refunds.find(({ id }) => id === event.refundId);
      if (refund === undefined) return refused({ type: "refund_unknown" });
      return replaced(reservation, refund, retried(refund, event.key, nowMs));
    }
    case "settle":
    case "review": {
      const refund = refundOfAttempt(reservation.refunds, event.attemptId);
      if (refund === null) return refused({ type: "refund_unknown" });
      const isReview = event.type === "review";
      const after = isReview
        ? reviewedRefund(refund, nowMs)
        : settledRefund(refund, event.attemptId, event.outcome, nowMs);
      return replaced(reservation, refund, after);
    }
  }
}

/** All that a buyer has left. It can be bought again by others at once. */
export function buyersRequest(): RefundRequest {
  return {
    key: BUYERS_KEY,
    request: "all",
    requestedBy: "buyer",
    items: "all",
    amountMinor: null,
    restock: true,
    reason: "",
  };
}

/** With so many tickets given back in all, and so many of them on sale again. */
export function withGivenBack(reservation: Reservation, givenBack: number, restocked: number): Reservation {
  const state = givenBack === reservation.quantity ? "refunded" : reservation.state;
  return { ...reservation, givenBack, restocked, state };
}

function decideGivingBack(reservation: Reservation, request: RefundRequest, nowMs: number): RefundDecision {
  const purchase = purchaseOf(reservation);
  if (purchase === null) return refused({ type: "nothing_paid" });
  const refund = planRefund(purchase, request, nowMs);
  if ("type" in refund) return refused(refund);
  if (reservation.refunds.includes(refund)) return unchanged(reservation);
  const quantity = refund.items.reduce((sum, item) => sum + item.quantity, 0);
  const restocked = reservation.restocked + (refund.restock ? quantity : 0);
  const after = withGivenBack(reservation, reservation.givenBack + quantity, restocked);
  return changed({ ...after, refunds: withRefund(reservation.refunds, refund) });
}

function decideBuyersRefund(reservation: Reservation, refundableUntilMs: number | null, nowMs: number): RefundDecision {
  const isReplay = reservation.refunds.some(({ key }) => key === BUYERS_KEY);
  const isOpen = refundableUntilMs !== null && nowMs < refundableUntilMs;
  if (!isReplay && reservation.state === "refunded") return refused({ type: "already_refunded" });
  if (!isReplay && !isOpen) return refused({ type: "not_refundable", refundableUntilMs });
  return decideGivingBack(reservation, buyersRequest(), nowMs);
}

/** What was paid for; null while nothing is sold. */
export function purchaseOf(reservation: Reservation): Purchase | null {
  const { id, state, quantity, unitPriceMinor, givenBack, refunds } = reservation;
  const payment = reservation.payments.find((one) => one.state === "succeeded");
  if (!isSold(state) || payment === undefined) return null;
  const items = [{ reservationId: id, quantity, unitPriceMinor, givenBack }];
  const isCharged = payment.method !== null;
  return { paymentId: payment.id, isCharged, paidMinor: totalMinor(reservation), items, refunds };
}

function replaced(reservation: Reservation, before: Refund, after: Refund | RefundRefusal): RefundDecision {
  if ("type" in after) return refused(after);
  if (after === before) return unchanged(reservation);
  return changed({ ...reservation, refunds: withRefund(reservation.refunds, after) });
}
