// Stripe behind the port to a payment provider.

import { DAY_MS } from "../../../domain/units.ts";
import type { StripeSettings } from "../../../platform/settings.ts";
import type { PaymentProvider } from "../provider.ts";
import { stripeAmount } from "./amounts.ts";
import { asServiceError, stripeClient } from "./client.ts";
import { chargeOnce, lookUp } from "./intents.ts";
import { movements } from "./movements.ts";
import { isRefunded, refundOnce } from "./refunds.ts";

/** Six connections, and 25 calls a second (https://docs.stripe.com/rate-limits). */
const MAX_CONCURRENT_CALLS = 6;

export function stripeProvider(settings: StripeSettings): PaymentProvider {
  const stripe = stripeClient(settings);
  return {
    name: "stripe",
    publishableKey: settings.publishableKey,
    maxConcurrentCalls: MAX_CONCURRENT_CALLS,
    // https://docs.stripe.com/api/idempotent_requests
    idempotencyWindowMs: DAY_MS,
    accepts: (method) => /^(?:pm|ctoken)_[A-Za-z0-9_]+$/.test(method),
    refuseAmount(amountMinor, currency) {
      const amount = stripeAmount(amountMinor, currency);
      return typeof amount === "number" ? null : amount;
    },
    charge: (charge) => calling(() => chargeOnce(stripe, charge)),
    lookUp: (paymentId) => calling(() => lookUp(stripe, paymentId)),
    refund: ({ paymentId }) => calling(() => refundOnce(stripe, paymentId)),
    lookUpRefund: (paymentId) => calling(() => isRefunded(stripe, paymentId)),
    ledger: (boughtIds, period) => calling(() => movements(stripe, boughtIds, period)),
  };
}

async function calling<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (fault) {
    throw asServiceError(fault);
  }
}
