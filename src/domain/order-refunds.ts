// Refunds of an order: it owns the payment, and says what its ticket types take back. Pure.

import { type Order, stateOf, totalOf } from "./order.ts";
import {
  BUYERS_KEY,
  type Purchase,
  planRefund,
  type Refund,
  type RefundItem,
  type RefundRefusal,
  type RefundRequest,
  refundOfAttempt,
  retried,
  reviewedRefund,
  settledRefund,
  withRefund,
} from "./refund.ts";
import { buyersRequest, type RefundEvent } from "./reservation-refunds.ts";
import { isSold } from "./stock.ts";

export type OrderRefundRefusal = RefundRefusal | { readonly type: "order_unknown" | "already_refunded" };

export type OrderRefundDecision =
  | { readonly type: "changed" | "unchanged"; readonly order: Order }
  | { readonly type: "refused"; readonly refusal: OrderRefundRefusal };

/** What `event` does to `order` at `nowMs`. Replays come first: callers may retry. */
export function decideOrderRefund(order: Order | null, event: RefundEvent, nowMs: number): OrderRefundDecision {
  if (order === null) return refused({ type: "order_unknown" });
  switch (event.type) {
    case "refund":
      return decideGivingBack(order, event.request, nowMs);
    case "give_back": {
      const { refundableUntilMs } = event;
      const isReplay = order.refunds.some(({ key }) => key === BUYERS_KEY);
      const isOpen = refundableUntilMs !== null && nowMs < refundableUntilMs;
      if (!isReplay && stateOf(order) === "refunded") return refused({ type: "already_refunded" });
      if (!isReplay && !isOpen) return refused({ type: "not_refundable", refundableUntilMs });
      return decideGivingBack(order, buyersRequest(), nowMs);
    }
    case "retry": {
      const refund = order.refunds.find(({ id }) => id === event.refundId);
      if (refund === undefined) return refused({ type: "refund_unknown" });
      return replaced(order, refund, retried(refund, event.key, nowMs));
    }
    case "settle":
    case "review": {
      const refund = refundOfAttempt(order.refunds, event.attemptId);
      if (refund === null) return refused({ type: "refund_unknown" });
      const isReview = event.type === "review";
      const after = isReview
        ? reviewedRefund(refund, nowMs)
        : settledRefund(refund, event.attemptId, event.outcome, nowMs);
      return replaced(order, refund, after);
    }
  }
}

/** What was paid for; null while nothing is sold. */
export function purchaseOfOrder(order: Order): Purchase | null {
  const payment = order.payments.find(({ state }) => state === "succeeded");
  if (payment === undefined || !isSold(stateOf(order))) return null;
  const { items, refunds } = order;
  // What the counter took, it gives back by hand.
  const isCharged = payment.method !== null && order.counter === null;
  return { paymentId: payment.id, isCharged, paidMinor: totalOf(order), items, refunds };
}

function decideGivingBack(order: Order, request: RefundRequest, nowMs: number): OrderRefundDecision {
  const purchase = purchaseOfOrder(order);
  if (purchase === null) return refused({ type: "nothing_paid" });
  const refund = planRefund(purchase, request, nowMs);
  if ("type" in refund) return refused(refund);
  if (order.refunds.includes(refund)) return { type: "unchanged", order };
  const quantityOf = (id: string) => refund.items.find((item: RefundItem) => item.reservationId === id)?.quantity ?? 0;
  const items = order.items.map((item) => {
    const quantity = quantityOf(item.reservationId);
    if (quantity === 0) return item;
    const restocked = item.restocked + (refund.restock ? quantity : 0);
    return { ...item, givenBack: item.givenBack + quantity, restocked };
  });
  return changed({ ...order, items, refunds: withRefund(order.refunds, refund) });
}

function replaced(order: Order, before: Refund, after: Refund | RefundRefusal): OrderRefundDecision {
  if ("type" in after) return refused(after);
  if (after === before) return { type: "unchanged", order };
  return changed({ ...order, refunds: withRefund(order.refunds, after) });
}

function changed(order: Order): OrderRefundDecision {
  return { type: "changed", order: { ...order, version: order.version + 1 } };
}

function refused(refusal: OrderRefundRefusal): OrderRefundDecision {
  return { type: "refused", refusal };
}
