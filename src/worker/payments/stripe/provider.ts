// Stripe behind the port to a payment provider.

import type Stripe from "stripe";
import { DAY_MS } from "../../../domain/units.ts";
import type { StripeSettings } from "../../../platform/settings.ts";
import type { PaymentProvider } from "../provider.ts";
import { refuseAmount, stepOf } from "./amounts.ts";
import { asServiceError, stripeClient } from "./client.ts";
import { disputesSince, findDispute } from "./disputes.ts";
import { cancel, chargeOnce, lookUp } from "./intents.ts";
import { movements } from "./movements.ts";
import { readNotice } from "./notices.ts";
import { lookUpRefund, refundOnce } from "./refunds.ts";

/** Six connections, and 25 calls a second (https://docs.stripe.com/rate-limits). */
const MAX_CONCURRENT_CALLS = 6;

export function stripeProvider(settings: StripeSettings): PaymentProvider {
  let client: Stripe | null = null;
  // Made on first use: most requests only ask what the provider accepts.
  const calling = async <T>(work: (stripe: Stripe) => Promise<T>): Promise<T> => {
    client ??= stripeClient(settings);
    try {
      return await work(client);
    } catch (fault) {
      throw asServiceError(fault);
    }
  };
  return {
    name: "stripe",
    publishableKey: settings.publishableKey,
    maxConcurrentCalls: MAX_CONCURRENT_CALLS,
    // https://docs.stripe.com/api/idempotent_requests
    idempotencyWindowMs: DAY_MS,
    accepts: (method) => /^(?:pm|ctoken)_[A-Za-z0-9_]+$/.test(method),
    refuseAmount,
    charge: (charge) => calling((stripe) => chargeOnce(stripe, charge)),
    lookUp: (paymentId, reference) => calling((stripe) => lookUp(stripe, paymentId, reference)),
    cancel: (_paymentId, reference) => calling((stripe) => cancel(stripe, reference)),
    refundStepMinor: stepOf,
    refund: (task) => calling((stripe) => refundOnce(stripe, task)),
    lookUpRefund: (task) => calling((stripe) => lookUpRefund(stripe, task)),
    disputesSince: (openedMs) => calling((stripe) => disputesSince(stripe, openedMs)),
    dispute: (id) => calling((stripe) => findDispute(stripe, id)),
    readNotice: (body, signature) => readNotice(body, signature, settings.webhookSecret),
    ledger: (boughtIds, period) => calling((stripe) => movements(stripe, boughtIds, period)),
  };
}
