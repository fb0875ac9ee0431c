// What the payment consumer is to do for a payment of an order. Pure.

import { type Order, totalOf } from "../../domain/order.ts";
import { isRefundId } from "../../domain/refund.ts";
import { awaitedIn, nothingToDo } from "../shared/awaited.ts";
import { referenceIn, refundInstruction } from "../shared/refund-instructions.ts";
import type { PaymentInstruction } from "../ticket-type/protocol.ts";
import { todoOf } from "./store.ts";

export function instructionFor(order: Order | null, paymentId: string, nowMs: number): PaymentInstruction {
  if (order !== null && isRefundId(paymentId)) return refundInstruction(order, order.currency ?? "", paymentId);
  const payment = order?.payments.find(({ id }) => id === paymentId);
  if (order === null || payment === undefined) return { todo: "unknown" };
  const { method, sinceMs } = payment;
  const todo = todoOf(order, payment);
  if (todo === null || method === null || order.currency === null) return nothingToDo(payment);
  return {
    todo: todo === "refund" ? "refund" : "charge",
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
