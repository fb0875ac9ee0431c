// What the payment consumer is to do for a payment of an order. Pure.

import { type Order, totalOf } from "../../domain/order.ts";
import { refundOfAttempt } from "../../domain/refund.ts";
import { awaitedIn, nothingToDo } from "../shared/awaited.ts";
import { referenceIn, refundInstruction } from "../shared/refund-instructions.ts";
import type { PaymentInstruction } from "../ticket-type/protocol.ts";
import { todoOf } from "./store.ts";

/** Whether one of the payments waits for its buyer, who has no longer than the events go on. */
export function awaitsBuyer(order: Order | null, paymentIds: readonly string[]): boolean {
  return order?.payments.some(({ id, action }) => action !== null && paymentIds.includes(id)) ?? false;
}

/** `eventEndsMs`: when the first of its events ends, as far as that is known. */
export function instructionFor(
  order: Order | null,
  paymentId: string,
  eventEndsMs: number | null,
  nowMs: number,
): PaymentInstruction {
  if (order === null) return { todo: "unknown" };
  const refund = refundOfAttempt(order.refunds, paymentId);
  if (refund !== null) return refundInstruction(order, order.currency ?? "", refund, paymentId);
  const payment = order.payments.find(({ id }) => id === paymentId);
  if (payment === undefined) return { todo: "unknown" };
  const { method, sinceMs } = payment;
  const todo = todoOf(order, payment);
  if (todo === null || method === null || order.currency === null) return nothingToDo(payment);
  // The event may have been moved since the payment began to wait.
  const isOver = todo === "end" || (eventEndsMs !== null && nowMs >= eventEndsMs);
  return {
    todo: "charge",
    sinceMs,
    ...awaitedIn(payment, isOver, nowMs),
    charge: {
      paymentId,
      reservationId: order.id,
      amountMinor: totalOf(order),
      currency: order.currency,
      method,
      ...referenceIn(payment),
    },
  };
}
