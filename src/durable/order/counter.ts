// What the counter hears of what it sells. Pure.

import { type Order, type OrderRefusal, type OrderView, stateOf } from "../../domain/order.ts";
import type { NewOrderRefusal } from "./protocol.ts";

/** Whether its payment begins with it: the money is on the counter, or none is to come. */
export function isPaidOnCreation(order: Order | null): boolean {
  return (order?.counter?.paymentId ?? null) !== null;
}

/**
 * Why money that is on the counter was not taken; null if it was, or if none is there yet.
 * `because`: why the payment did not begin.
 */
export function whyNotTaken(order: Order | null, because: (paymentId: string) => OrderRefusal): NewOrderRefusal | null {
  const paymentId = order?.counter?.paymentId ?? null;
  if (order === null || paymentId === null || order.phase === "confirmed") return null;
  // It goes on: a repeat waits for it again.
  if (stateOf(order) === "held") return { type: "unavailable" };
  return { type: "not_taken", because: because(paymentId) };
}

/** The order as it was made, whatever has become of it since: a replay gets the first reply. */
export function atBirth(view: OrderView): OrderView {
  const { counter = null } = view;
  const items = view.items.map(({ givenBack: _, ...item }) => item);
  const born = { ...view, items, cancelRequested: false, refunds: [] };
  if (counter !== null && counter.paymentId !== null) {
    return { ...born, state: "confirmed", payment: { state: "succeeded", failure: null } };
  }
  const untaken = counter && { ...counter, takenAs: null, takenBy: null };
  return { ...born, state: "held", payment: null, counter: untaken };
}
