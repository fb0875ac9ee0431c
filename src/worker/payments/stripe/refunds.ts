// Refunds of charges, in whole or in part. Each attempt has an id, which is its key at Stripe.

import Stripe from "stripe";
import type { PaymentFailure } from "../../../domain/payment.ts";
import type { RefundOutcome } from "../../../domain/refund.ts";
import type { RefundTask } from "../../../durable/ticket-type/protocol.ts";
import { ServiceError } from "../../../platform/errors.ts";
import { toStripe } from "./amounts.ts";
import { findIntentId, isReplay } from "./intents.ts";

const REFUSED: PaymentFailure = {
  code: "refund_refused",
  message: "The payment provider does not carry out this refund.",
};
const MESSAGE = "The money did not arrive, and is back with the payment provider.";

/** Gives back, or finds what an earlier try came to. */
export async function refundOnce(stripe: Stripe, task: RefundTask): Promise<RefundOutcome> {
  const { attemptId, paymentId, reservationId, amountMinor, currency } = task;
  const intentId = await intentIdOf(stripe, task);
  if (intentId === null) throw new ServiceError("Stripe has no payment that could be refunded");
  try {
    const refund = await stripe.refunds.create(
      {
        payment_intent: intentId,
        amount: toStripe(amountMinor, currency),
        metadata: { payment: paymentId, bought: reservationId, refund: attemptId },
      },
      { idempotencyKey: `refund ${attemptId}` },
    );
    // A repeated request gets its first reply again, and the refund has gone on since.
    const isOld = isReplay(refund.lastResponse.headers);
    return refundOutcomeOf(isOld ? await stripe.refunds.retrieve(refund.id) : refund);
  } catch (fault) {
    return afterFault(stripe, intentId, attemptId, fault);
  }
}

/** The outcome of an attempt's refund; null if there is none. */
export async function lookUpRefund(stripe: Stripe, task: RefundTask): Promise<RefundOutcome | null> {
  const intentId = await intentIdOf(stripe, task);
  return intentId === null ? null : findRefund(stripe, intentId, task.attemptId);
}

/** Payments that an earlier version settled have no reference. */
async function intentIdOf(stripe: Stripe, { paymentId, reference }: RefundTask): Promise<string | null> {
  return reference ?? findIntentId(stripe, paymentId);
}

export function refundOutcomeOf({ status, failure_reason: reason }: Stripe.Refund): RefundOutcome {
  if (status === "succeeded") return { state: "succeeded" };
  if (status !== "failed" && status !== "canceled") return { state: "pending" };
  return { state: "failed", failure: { code: reason ?? status, message: MESSAGE } };
}

/** The attempt's own; where a person made others at Stripe, what they came to. */
async function findRefund(stripe: Stripe, intentId: string, attemptId: string): Promise<RefundOutcome | null> {
  const all: Stripe.Refund[] = [];
  for await (const refund of stripe.refunds.list({ payment_intent: intentId, limit: 100 })) {
    if (refund.metadata?.refund === attemptId) return refundOutcomeOf(refund);
    all.push(refund);
  }
  const byHand = all.filter((refund) => refund.metadata?.refund === undefined);
  return byHand.length === 0 ? null : outcomeByHand(await stripe.paymentIntents.retrieve(intentId), all, byHand);
}

/**
 * Once nothing is left of the charge its buyer has all of it, whichever refund that was. Which one
 * a part was for nobody knows.
 */
function outcomeByHand(
  { amount_received: receivedMinor }: Stripe.PaymentIntent,
  all: readonly Stripe.Refund[],
  byHand: readonly Stripe.Refund[],
): RefundOutcome | null {
  const standing = all.filter((refund) => refundOutcomeOf(refund).state !== "failed");
  const isWhole = standing.reduce((sum, { amount }) => sum + amount, 0) >= receivedMinor;
  const wanted = isWhole ? "pending" : "failed";
  const found = (isWhole ? standing : byHand).map(refundOutcomeOf).find(({ state }) => state === wanted);
  return found ?? (isWhole ? { state: "succeeded" } : null);
}

/** What an error came to. Throws it where nobody knows. */
async function afterFault(stripe: Stripe, intentId: string, attemptId: string, fault: unknown): Promise<RefundOutcome> {
  if (!(fault instanceof Stripe.errors.StripeError)) throw fault;
  const isRefused = fault instanceof Stripe.errors.StripeInvalidRequestError;
  const isKept = fault instanceof Stripe.errors.StripeAPIError;
  if (!isRefused && !isKept) throw fault;
  // The first try may have been carried out, whatever the reply to this one.
  const found = await findRefund(stripe, intentId, attemptId);
  if (found !== null) return found;
  if (isRefused) return { state: "failed", failure: REFUSED };
  // For a day the same reply would come again: the first request is over, and has left no refund.
  if (isReplay(fault.headers)) return { state: "failed", failure: REFUSED };
  throw fault;
}
