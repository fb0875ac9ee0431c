// Stripe's notices: what is signed, and which payment it is about.

import Stripe from "stripe";
import { type AnyPaymentMessage, messageAbout } from "../owners.ts";
import type { DisputeMessage } from "../provider.ts";

/** How old a signature may be: Stripe's own advice against replays. */
const TOLERANCE_SECONDS = 300;

/** The event, or null where Stripe did not sign it within the tolerance. */
export async function verifiedEvent(body: string, signature: string, secret: string): Promise<Stripe.Event | null> {
  try {
    const crypto = Stripe.createSubtleCryptoProvider();
    return await Stripe.webhooks.constructEventAsync(body, signature, secret, TOLERANCE_SECONDS, crypto);
  } catch {
    return null;
  }
}

/** The dispute, or the payment with the object that owns it, that an event is about; or null. */
export function messageOf({ data, type }: Stripe.Event): AnyPaymentMessage | DisputeMessage | null {
  if (data.object.object === "dispute") return { disputeId: data.object.id };
  if (!("metadata" in data.object)) return null;
  const { payment, refund, bought } = data.object.metadata ?? {};
  // A refund has the id of its attempt as well.
  const paymentId = refund ?? payment;
  if (paymentId === undefined || bought === undefined) return null;
  // Each decline has several notices. Only a success of what has failed here costs more calls.
  const reference = type.endsWith(".succeeded") ? intentIdIn(data.object) : undefined;
  return messageAbout(bought, { paymentId, reference });
}

/** With it the intent is found without a list. */
function intentIdIn(object: object): string | undefined {
  const { object: type, id, payment_intent: intentId } = object as Readonly<Record<string, unknown>>;
  const found = type === "payment_intent" ? id : intentId;
  return typeof found === "string" ? found : undefined;
}
