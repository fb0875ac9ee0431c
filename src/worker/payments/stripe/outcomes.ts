// What a payment intent of Stripe's says about the payment that it was made for. Pure.

import type Stripe from "stripe";
import type { PaymentFailure } from "../../../domain/payment.ts";
import { SECOND_MS } from "../../../domain/units.ts";
import type { ChargeOutcome } from "../provider.ts";

/** Thieves learn only that the card was declined (https://docs.stripe.com/declines/codes). */
const NOT_TO_BE_SHOWN = new Set(["fraudulent", "lost_card", "merchant_blacklist", "pickup_card", "stolen_card"]);
const DECLINED: PaymentFailure = { code: "card_declined", message: "Your card was declined." };
const NOT_AUTHENTICATED: PaymentFailure = {
  code: "authentication_required",
  message: "The card's bank asked for a confirmation, which did not come in time. Nothing was charged.",
};
const AUTHENTICATION_FAILED: PaymentFailure = {
  code: "authentication_failed",
  message: "The card's bank did not confirm the payment. Nothing was charged.",
};
export const NOT_CARRIED_OUT: PaymentFailure = {
  code: "payment_not_carried_out",
  message: "The payment provider did not carry out the payment. Nothing was charged.",
};
export const METHOD_REFUSED: PaymentFailure = {
  code: "payment_method_refused",
  message: "The payment provider does not take this payment method. Nothing was charged.",
};
/** How soon a payment that is under way is looked at again, should no notice of it come. */
const LOOK_AGAIN_MS = 5 * SECOND_MS;
export const PROCESSING = { state: "processing", retryAfterMs: LOOK_AGAIN_MS } as const;

/** Null: it has failed, and a client with its secret could confirm it all the same. */
export function outcomeOf(intent: Stripe.PaymentIntent): ChargeOutcome | null {
  switch (intent.status) {
    case "succeeded":
      return { state: "succeeded", reference: intent.id };
    case "canceled":
      return { state: "failed", failure: failureOf(intent) };
    case "processing":
      return PROCESSING;
    case "requires_action": {
      const { id: reference, client_secret: clientSecret } = intent;
      return clientSecret === null ? null : { state: "action_required", action: { reference, clientSecret } };
    }
    default:
      return null;
  }
}

/** Stripe's own words, which are for the customer, where it lets them be shown. */
export function failureOf({ last_payment_error: error }: Stripe.PaymentIntent): PaymentFailure {
  if (error === null) return NOT_AUTHENTICATED;
  if (error.code === "payment_intent_authentication_failure") return AUTHENTICATION_FAILED;
  if (error.type !== "card_error") return NOT_CARRIED_OUT;
  const { code = DECLINED.code, decline_code, message = DECLINED.message } = error;
  if (decline_code !== undefined && NOT_TO_BE_SHOWN.has(decline_code)) return DECLINED;
  const says = code === DECLINED.code && decline_code !== "generic_decline" ? decline_code : code;
  return { code: says ?? code, message };
}
