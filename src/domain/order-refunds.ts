// Refunds of an order: it owns the payment, and says what its ticket types take back. Pure.

import { inStepWith, isLate } from "./late-refunds.ts";
import { type Order, stateOf, totalOf } from "./order.ts";
import { type Purchase, type Refund, type RefundRefusal, withRefund } from "./refund.ts";
import { type RefundEvent, refundAfter } from "./refund-decisions.ts";
import { isSold } from "./stock.ts";

export type OrderRefundRefusal = RefundRefusal | { readonly type: "order_unknown" | "already_refunded" };

export type OrderRefundDecision =
  | { readonly type: "changed" | "unchanged"; readonly order: Order }
  | { readonly type: "refused"; readonly refusal: OrderRefundRefusal };

/** What `event` does to `order` at `nowMs`. Replays come first: callers may retry. */
export function decideOrderRefund(order: Order | null, event: RefundEvent, nowMs: number): OrderRefundDecision {
  if (order === null) return refused({ type: "order_unknown" });
  const { refunds } = order;
  const sale = { purchase: purchaseOfOrder(order), refunds, isRefunded: stateOf(order) === "refunded" };
  const refund = refundAfter(sale, event, nowMs);
  if ("type" in refund) return refused(refund);
  if (refunds.includes(refund)) return { type: "unchanged", order };
  const isNew = !refunds.some(({ id }) => id === refund.id);
  const items = isNew ? givenBackBy(order, refund) : order.items;
  const payments = inStepWith(order.payments, refund, nowMs);
  return changed({ ...order, items, payments, refunds: withRefund(refunds, refund) });
}

/** What was paid for; null while nothing is sold. */
export function purchaseOfOrder(order: Order): Purchase | null {
  const payment = order.payments.find(({ state }) => state === "succeeded");
  if (payment === undefined || !isSold(stateOf(order))) return null;
  const { items } = order;
  const refunds = order.refunds.filter((refund) => !isLate(refund));
  // What the counter took, it gives back by hand.
  const isCharged = payment.method !== null && order.counter === null;
  return { paymentId: payment.id, isCharged, paidMinor: totalOf(order), items, refunds };
}

function givenBackBy(order: Order, refund: Refund): Order["items"] {
  const quantityOf = (id: string) => refund.items.find((item) => item.reservationId === id)?.quantity ?? 0;
  return order.items.map((item) => {
    const quantity = quantityOf(item.reservationId);
    if (quantity === 0) return item;
    const restocked = item.restocked + (refund.restock ? quantity : 0);
    return { ...item, givenBack: item.givenBack + quantity, restocked };
  });
}

function changed(order: Order): OrderRefundDecision {
  return { type: "changed", order: { ...order, version: order.version + 1 } };
}

function refused(refusal: OrderRefundRefusal): OrderRefundDecision {
  return { type: "refused", refusal };
}
