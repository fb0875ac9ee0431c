// What the payment consumer is to do for a payment of an order. Pure.

import { type Order, totalOf } from "../../domain/order.ts";
import { refundOfAttempt } from "../../domain/refund.ts";
import { awaitedIn, nothingToDo } from "../shared/awaited.ts";
import { referenceIn, refundInstruction } from "../shared/refund-instructions.ts";
import type { PaymentInstruction } from "../ticket-type/protocol.ts";
import { todoOf } from "./store.ts";

export function instructionFor(order: Order | null, paymentId: string, nowMs: number): PaymentInstruction {
  if (order === null) return { todo: "unknown" };
  const refund = refundOfAttempt(order.refunds, paymentId);
  if (refund !== null) return refundInstruction(order, order.currency ?? "", refund, paymentId);
  const payment = order.payments.find(({ id }) => id === paymentId);
  if (payment === undefined) return { todo: "unknown" };
  const { method, sinceMs } = payment;
  const todo = todoOf(order, payment);
  if (todo === null || method === null || order.currency === null) return nothingToDo(payment);
  return {
    todo: "charge",
    sinceMs,
    ...awaitedIn(payment, todo === "end", nowMs),
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
