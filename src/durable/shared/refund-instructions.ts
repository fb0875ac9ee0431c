// What the payment consumer is to do for an attempt at a refund. Pure.

import type { Payment } from "../../domain/payment.ts";
import { attemptIdOf, type Refund, refundedPaymentId } from "../../domain/refund.ts";

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

/**
 * What the provider is to do for an attempt. `sinceMs`: when the refund began to be as it is.
 * `refund` with `charge`: the same as `give_back`, by the name that Workers of version 1 know.
 */
export type RefundInstruction =
  | { readonly todo: "give_back" | "look_up_refund"; readonly refund: RefundTask; readonly sinceMs: number }
  | {
      readonly todo: "refund";
      /** Objects of the version before leave it out. */
      readonly refund?: RefundTask;
      readonly charge: Omit<RefundTask, "attemptId">;
      /** Objects of version 1 leave it out. */
      readonly sinceMs?: number;
    };

interface Refunded {
  /** The reservation or the order. */
  readonly id: string;
  readonly payments: readonly Payment[];
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
  { id, payments }: Refunded,
  currency: string,
  refund: Refund,
  attemptId: string,
): RefundInstruction | { readonly todo: "nothing" } {
  const paymentId = refundedPaymentId(attemptId);
  const { method = null, reference = null } = payments.find((payment) => payment.id === paymentId) ?? {};
  const isOver = refund.state === "failed" || !refund.isAtProvider || method === null;
  if (isOver || attemptIdOf(refund) !== attemptId) return { todo: "nothing" };
  const { amountMinor, sinceMs, state } = refund;
  const charge = { paymentId, reservationId: id, amountMinor, currency, method, ...referenceIn({ reference }) };
  const task = { attemptId, ...charge };
  if (state !== "due") return { todo: "look_up_refund", sinceMs, refund: task };
  return attemptId === paymentId
    ? { todo: "refund", sinceMs, charge, refund: task }
    : { todo: "give_back", sinceMs, refund: task };
}
