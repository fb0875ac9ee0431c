// Refunds of whole charges, one for each payment.

import Stripe from "stripe";
import { ServiceError } from "../../../platform/errors.ts";
import { findIntent } from "./intents.ts";

export async function refundOnce(stripe: Stripe, paymentId: string): Promise<void> {
  const intent = await findIntent(stripe, paymentId);
  if (intent === null) throw new ServiceError("Stripe has no payment that could be refunded");
  try {
    const refund = await stripe.refunds.create(
      { payment_intent: intent.id, metadata: { payment: paymentId } },
      { idempotencyKey: `refund ${paymentId}` },
    );
    if (!stands(refund)) throw new ServiceError(`a refund at Stripe is ${refund.status}`);
  } catch (fault) {
    const isDone = fault instanceof Stripe.errors.StripeError && fault.code === "charge_already_refunded";
    if (!isDone) throw fault;
  }
}

export async function isRefunded(stripe: Stripe, paymentId: string): Promise<boolean> {
  const intent = await findIntent(stripe, paymentId);
  if (intent === null) return false;
  const { data } = await stripe.refunds.list({ payment_intent: intent.id, limit: 100 });
  return data.some(stands);
}

function stands({ status }: Stripe.Refund): boolean {
  return status === "succeeded" || status === "pending" || status === "requires_action";
}
