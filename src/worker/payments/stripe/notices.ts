// Stripe's notices: what is signed, and which payment it is about.

import Stripe from "stripe";
import { messageAbout } from "../owners.ts";
import type { Notice } from "../provider.ts";

/** How old a signature may be: Stripe's own advice against replays. */
const TOLERANCE_SECONDS = 300;

/** What the endpoint in Stripe's dashboard is to be sent (docs/operations.md). */
export const NOTICE_TYPES: readonly string[] = [
  "payment_intent.succeeded",
  "payment_intent.payment_failed",
  "payment_intent.canceled",
  "payment_intent.processing",
  "refund.updated",
  "refund.failed",
  "charge.dispute.created",
  "charge.dispute.updated",
  "charge.dispute.closed",
] satisfies Stripe.Event["type"][];

/** What a notice is about, or null where Stripe did not sign it within the tolerance. */
export async function readNotice(body: string, signature: string, secret: string): Promise<Notice | null> {
  try {
    const crypto = Stripe.createSubtleCryptoProvider();
    const event = await Stripe.webhooks.constructEventAsync(body, signature, secret, TOLERANCE_SECONDS, crypto);
    return { about: aboutWhat(event) };
  } catch {
    return null;
  }
}

export function aboutWhat({ data: { object }, type }: Stripe.Event): Notice["about"] {
  if (!NOTICE_TYPES.includes(type)) return null;
  if (object.object === "dispute") return { disputeId: object.id };
  if (!("metadata" in object)) return null;
  const { payment, refund, bought } = object.metadata ?? {};
  // A refund has the id of its attempt as well.
  const paymentId = refund ?? payment;
  if (paymentId === undefined || bought === undefined) return null;
  // With its id an intent is found without a list. Each decline has several notices: only a success
  // of what has failed here may cost more calls.
  const reference = type === "payment_intent.succeeded" && "id" in object ? object.id : undefined;
  return messageAbout(bought, { paymentId, reference });
}
