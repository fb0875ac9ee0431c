// What is left to do for an order's reservations. Pure: a function of the order alone, so that
// nothing is forgotten, whatever dies between two steps.

import { isEnded, type Order, type OrderItem, type OrderStep, paymentIdOf, pendingPayment } from "./order.ts";
import type { PaymentFailure } from "./payment.ts";
import { namedBy } from "./refund-passes.ts";

const NOT_CHARGED: PaymentFailure = { code: "order_not_paid", message: "The order's payment did not begin." };
const GIVEN_BACK: PaymentFailure = {
  code: "order_cancelled",
  message: "The order was cancelled, and its money goes back.",
};

type ReleaseStep = Extract<OrderStep, { readonly type: "release" }>;

/** The next step for each reservation that is not yet as the order wants it. */
export function stepsOf(order: Order): OrderStep[] {
  const leftovers = order.leftovers.map(releaseUnpaid);
  return [...leftovers, ...order.items.flatMap((item) => stepOf(order, item) ?? [])];
}

/**
 * What became of a payment, as the ticket type has it, of one of the order's reservations. Null
 * while that is not decided.
 */
export function outcomeFor(order: Order | null, reservationId: string, paymentId: string): OrderStep | null {
  const item = order?.items.find((one) => one.reservationId === reservationId);
  // The order was refused or has been deleted: both only after everything was released.
  if (order === null || item === undefined) return releaseUnpaid(reservationId);
  if (order.phase === "confirmed") return { type: "confirm", reservationId, paymentId };
  if (isEnded(order)) return releaseOf(order, item);
  const isLive = paymentIdOf(order, item) === paymentId && item.paymentId === pendingPayment(order)?.id;
  return isLive ? null : { type: "fail", reservationId, paymentId, failure: failureOf(order, item) };
}

/** What an order that was given up on may hold. No payment has begun on it. */
export function releaseUnpaid(reservationId: string): ReleaseStep {
  return release(reservationId, "cancelled", NOT_CHARGED);
}

function stepOf(order: Order, item: OrderItem): OrderStep | null {
  const { reservationId, phase } = item;
  const paymentId = paymentIdOf(order, item);
  const isFrozen = phase === "beginning" || phase === "begun" || phase === "prepared";
  switch (order.phase) {
    case "reserving":
      return phase === "reserving" ? { type: "reserve", reservationId } : null;
    case "held":
    case "beginning":
      if (isFrozen && item.paymentId !== pendingPayment(order)?.id) {
        return { type: "fail", reservationId, paymentId, failure: failureOf(order, item) };
      }
      return phase === "beginning" ? { type: "begin", reservationId, paymentId } : null;
    case "charging":
      return null;
    case "preparing":
      return phase === "begun" ? { type: "prepare", reservationId, paymentId } : null;
    case "confirmed":
      if (phase !== "confirmed") return { type: "confirm", reservationId, paymentId };
      return item.takenBack === item.givenBack ? null : giveBack(order, item);
    case "refused":
    case "cancelled":
    case "expired":
      return phase === "released" ? null : releaseOf(order, item);
  }
}

function giveBack({ refunds }: Order, { reservationId, givenBack, restocked }: OrderItem): OrderStep {
  const passes = namedBy(refunds, reservationId);
  const step = { type: "give_back", reservationId, givenBack, restocked } as const;
  return passes.length === 0 ? step : { ...step, passes };
}

function releaseOf(order: Order, item: OrderItem): OrderStep {
  return release(item.reservationId, order.phase === "expired" ? "expired" : "cancelled", failureOf(order, item));
}

function release(reservationId: string, as: "cancelled" | "expired", failure: PaymentFailure): ReleaseStep {
  return { type: "release", reservationId, as, failure };
}

/** What the reservation's buyer reads about the payment that did not pay for it. */
function failureOf({ payments }: Order, { paymentId }: OrderItem): PaymentFailure {
  const payment = payments.find(({ id }) => id === paymentId);
  if (payment === undefined) return NOT_CHARGED;
  return payment.failure ?? GIVEN_BACK;
}
