// The payment or refund of a reservation or an order that needs a person, for its copy in D1. Pure.

import type { Payment } from "../../domain/payment.ts";
import { attemptIdOf, type Refund, refundForPerson } from "../../domain/refund.ts";

interface Unresolved {
  readonly unresolvedPaymentId: string | null;
  readonly unresolvedPaymentState: "pending" | "refund_due" | "refund_failed" | null;
  readonly unresolvedSinceMs: number | null;
}

/** A payment first: it keeps tickets. */
export function unresolvedOf({
  payments,
  refunds,
}: {
  readonly payments: readonly Payment[];
  readonly refunds: readonly Refund[];
}): Unresolved {
  const payment = payments.find(({ state, needsPerson }) => state === "pending" && needsPerson);
  if (payment !== undefined) {
    return { unresolvedPaymentId: payment.id, unresolvedPaymentState: "pending", unresolvedSinceMs: payment.sinceMs };
  }
  const refund = refundForPerson(refunds);
  return {
    unresolvedPaymentId: refund && attemptIdOf(refund),
    unresolvedPaymentState: refund && (refund.state === "failed" ? "refund_failed" : "refund_due"),
    unresolvedSinceMs: refund?.sinceMs ?? null,
  };
}
