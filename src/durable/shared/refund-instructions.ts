// What the payment consumer is to do for an attempt at a refund. Pure.

import type { Payment } from "../../domain/payment.ts";
import { attemptIdOf, type Refund, refundedPaymentId, refundOfAttempt } from "../../domain/refund.ts";

/** A refund that the provider is to carry out, or to look up. */
export interface RefundTask {
  /** Unique, and another one with each attempt. It is the provider's idempotency key. */
  readonly attemptId: string;
  readonly paymentId: string;
  /** What was paid for: a reservation or an order. */
  readonly reservationId: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly method: string;
  /** The provider's own id of the charge, where it is known. */
  readonly reference?: string;
}

/** What the provider is to do for an attempt. `sinceMs`: when the refund began to be as it is. */
export interface RefundInstruction {
  readonly todo: "give_back" | "look_up_refund";
  readonly refund: RefundTask;
  readonly sinceMs: number;
}

interface Refunded {
  /** The reservation or the order. */
  readonly id: string;
  readonly payments: readonly Payment[];
  readonly refunds: readonly Refund[];
}

/** Nothing where it is unknown: payments of an earlier version have none. */
export function referenceIn({ reference }: Pick<Payment, "reference">): { readonly reference?: string } {
  return reference === null ? {} : { reference };
}

/**
 * One that succeeded is looked up again: a message about it comes of a notice, or when a look is
 * due. One that failed is over, until another attempt.
 */
export function refundInstruction(
  { id, payments, refunds }: Refunded,
  currency: string,
  attemptId: string,
): RefundInstruction | { readonly todo: "nothing" | "unknown" } {
  const refund = refundOfAttempt(refunds, attemptId);
  const paymentId = refundedPaymentId(attemptId);
  const { method = null, reference = null } = payments.find((payment) => payment.id === paymentId) ?? {};
  if (refund === null) return { todo: "unknown" };
  const isOver = refund.state === "failed" || !refund.isAtProvider || method === null;
  if (isOver || attemptIdOf(refund) !== attemptId) return { todo: "nothing" };
  const { amountMinor, sinceMs, state } = refund;
  return {
    todo: state === "due" ? "give_back" : "look_up_refund",
    sinceMs,
    refund: {
      attemptId,
      paymentId,
      reservationId: id,
      amountMinor,
      currency,
      method,
      ...referenceIn({ reference }),
    },
  };
}
