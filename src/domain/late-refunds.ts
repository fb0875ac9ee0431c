// Payments that the provider charged and that paid for nothing, because they came too late: the
// service gives them back whole. Pure.

import { inState, type Payment } from "./payment.ts";
import { firstAttempt, type Refund, refundedPaymentId } from "./refund.ts";
import type { RefundItem, RefundShare } from "./refund-shares.ts";

/** What was to be paid for. */
interface Wanted extends RefundItem {
  readonly unitPriceMinor: number;
}

interface Paid {
  readonly payments: readonly Payment[];
  readonly refunds: readonly Refund[];
}

/** Whether it is of such a payment: it has nothing to do with what was sold. */
export function isLate({ requestedBy }: Pick<Refund, "requestedBy">): boolean {
  return requestedBy === "service";
}

/** All that the payment has charged goes back. */
export function withLateRefund<Bought extends Paid>(
  bought: Bought,
  payment: Payment,
  wanted: readonly Wanted[],
  nowMs: number,
): Bought {
  const after = inState(payment, "refund_due", nowMs);
  const payments = bought.payments.map((one) => (one.id === payment.id ? after : one));
  return { ...bought, payments, refunds: [...bought.refunds, lateRefund(payment.id, wanted, nowMs)] };
}

/** The payment is given back while its refund has succeeded, and not before or after. */
export function inStepWith(payments: readonly Payment[], refund: Refund, nowMs: number): readonly Payment[] {
  if (!isLate(refund)) return payments;
  const state = refund.state === "succeeded" ? "refunded" : "refund_due";
  const paymentId = refundedPaymentId(refund.id);
  return payments.map((one) => (one.id === paymentId && one.state !== state ? inState(one, state, nowMs) : one));
}

/**
 * With the refunds of payments that an earlier version gave back: it kept none. What that called
 * given back is looked at no more.
 */
export function refundsWithLate({ payments, refunds }: Paid, wanted: readonly Wanted[]): readonly Refund[] {
  const isKept = ({ id }: Payment) => refunds.some((one) => isLate(one) && refundedPaymentId(one.id) === id);
  const late = payments.flatMap((payment): Refund[] => {
    const { id, state, method, sinceMs, needsPerson } = payment;
    const isGivenBack = state === "refund_due" || state === "refunded";
    if (!isGivenBack || method === null || isKept(payment)) return [];
    const due = { ...lateRefund(id, wanted, sinceMs), needsPerson };
    return [state === "refund_due" ? due : { ...due, state: "succeeded", looks: Number.MAX_SAFE_INTEGER }];
  });
  return late.length === 0 ? refunds : [...refunds, ...late];
}

function lateRefund(paymentId: string, wanted: readonly Wanted[], nowMs: number): Refund {
  const shares = wanted.map(({ reservationId, quantity, unitPriceMinor }): RefundShare => {
    return { reservationId, quantity: 0, amountMinor: quantity * unitPriceMinor };
  });
  return {
    id: `${paymentId}-r1`,
    key: `late ${paymentId}`,
    request: "late",
    requestedBy: "service",
    items: [],
    amountMinor: shares.reduce((sum, { amountMinor }) => sum + amountMinor, 0),
    shares,
    isAtProvider: true,
    restock: false,
    reason: "The payment succeeded when the tickets were not held any more.",
    state: "due",
    ...firstAttempt(nowMs),
  };
}
