// Payment intents: one for each payment, made and confirmed in one call, with our id as its key.

import Stripe from "stripe";
import type { PaymentFailure } from "../../../domain/payment.ts";
import { HOUR_MS } from "../../../domain/units.ts";
import type { Charge } from "../../../durable/ticket-type/protocol.ts";
import { startMsOf } from "../../../platform/ids.ts";
import { type ChargeOutcome, paymentsOf } from "../provider.ts";
import { stripeAmount } from "./amounts.ts";
import { createdIn } from "./client.ts";
import { failureOf, METHOD_REFUSED, NOT_CARRIED_OUT, outcomeOf, PROCESSING } from "./outcomes.ts";

type Intent = Stripe.PaymentIntent;

/**
 * How long ago a payment began that is searched for before it is listed. Stripe's search learns of
 * what is new within a minute, or in an outage up to an hour late
 * (https://docs.stripe.com/api/payment_intents/search). The other hour is for a charge that waited
 * its turn. Finding nothing costs a call, and decides nothing.
 */
const SEARCHED_AFTER_MS = 2 * HOUR_MS;

/** Charges, or finds what an earlier try came to. */
export async function chargeOnce(stripe: Stripe, charge: Charge): Promise<ChargeOutcome> {
  const { paymentId, reservationId, amountMinor, currency, method } = charge;
  const amount = stripeAmount(amountMinor, currency);
  if (typeof amount !== "number") return { state: "failed", failure: NOT_CARRIED_OUT };
  try {
    const intent = await stripe.paymentIntents.create(
      {
        amount,
        currency: currency.toLowerCase(),
        confirm: true,
        ...(method.startsWith("ctoken_") ? { confirmation_token: method } : { payment_method: method }),
        // The buyer's browser confirms at the bank what needs it, with `handleNextAction`.
        use_stripe_sdk: true,
        // Cards, and the wallets that hold them. Others are settled after days, or leave the page.
        allowed_payment_method_types: ["card"],
        metadata: { payment: paymentId, bought: reservationId },
      },
      { idempotencyKey: paymentId },
    );
    // A repeated request gets its first reply again, and the intent has gone on since.
    return conclude(
      stripe,
      isReplay(intent.lastResponse.headers) ? await stripe.paymentIntents.retrieve(intent.id) : intent,
    );
  } catch (fault) {
    return afterFault(stripe, paymentId, fault);
  }
}

/** The outcome of the payment's intent; null if there is none. `intentId`: if it is known. */
export async function lookUp(stripe: Stripe, paymentId: string, intentId?: string): Promise<ChargeOutcome | null> {
  const id = intentId ?? (await searchIntentId(stripe, paymentId));
  // By its id it comes as it is now. A search may return it as it was an hour ago.
  const intent = id === null ? await findInList(stripe, paymentId) : await stripe.paymentIntents.retrieve(id);
  return intent && conclude(stripe, intent);
}

/** Sees to it that an intent never succeeds. One that has ended can't be cancelled any more. */
export async function cancel(stripe: Stripe, intentId: string): Promise<ChargeOutcome> {
  try {
    return { state: "failed", failure: failureOf(await stripe.paymentIntents.cancel(intentId)) };
  } catch (fault) {
    if (!isUnexpectedState(fault)) throw fault;
    // It has ended meanwhile, one way or the other.
    return outcomeOf(await stripe.paymentIntents.retrieve(intentId)) ?? PROCESSING;
  }
}

/** Stripe's id of the payment's intent, which never changes; null if there is none. */
export async function findIntentId(stripe: Stripe, paymentId: string): Promise<string | null> {
  return (await searchIntentId(stripe, paymentId)) ?? (await findInList(stripe, paymentId))?.id ?? null;
}

/** An old payment's, in one call, however many began beside it. Null: the list may have it. */
async function searchIntentId(stripe: Stripe, paymentId: string): Promise<string | null> {
  // A fresh one, as most are that are looked up, may not be in the index yet: a call in vain.
  if (Date.now() < startMsOf(paymentId) + SEARCHED_AFTER_MS) return null;
  try {
    // Our ids are letters and digits, so none can end the quotes.
    const { data } = await stripe.paymentIntents.search({ query: `metadata["payment"]:"${paymentId}"`, limit: 1 });
    return data.find(({ metadata }) => metadata.payment === paymentId)?.id ?? null;
  } catch (fault) {
    // Sellers in India have no search (400), and it may be out of order while the list works.
    const { StripeInvalidRequestError, StripeAPIError } = Stripe.errors;
    if (fault instanceof StripeInvalidRequestError || fault instanceof StripeAPIError) return null;
    throw fault;
  }
}

/** As it is now. Takes a call for each hundred intents of its hours. */
async function findInList(stripe: Stripe, paymentId: string): Promise<Intent | null> {
  const startMs = startMsOf(paymentId);
  const created = createdIn(paymentsOf(startMs, startMs));
  for await (const intent of stripe.paymentIntents.list({ created, limit: 100 })) {
    if (intent.metadata.payment === paymentId) return intent;
  }
  return null;
}

/** A failed intent can be confirmed later by anybody with its secret, so it is cancelled first. */
async function conclude(stripe: Stripe, intent: Intent): Promise<ChargeOutcome> {
  return outcomeOf(intent) ?? cancel(stripe, intent.id);
}

/** What an error came to. Throws it where nobody knows. */
async function afterFault(stripe: Stripe, paymentId: string, fault: unknown): Promise<ChargeOutcome> {
  if (!(fault instanceof Stripe.errors.StripeError)) throw fault;
  if (fault.payment_intent !== undefined) return conclude(stripe, fault.payment_intent);
  // Refused before there was an intent, so nothing was charged.
  if (fault instanceof Stripe.errors.StripeInvalidRequestError) return { state: "failed", failure: refusal(fault) };
  const isUncertain =
    fault instanceof Stripe.errors.StripeAPIError || fault instanceof Stripe.errors.StripeIdempotencyError;
  // For a day the same reply would come again, although all may have been done.
  const found = isUncertain && fault.statusCode !== 409 ? await lookUp(stripe, paymentId) : null;
  if (found !== null) return found;
  // The first request with the key is over, and has left no intent.
  if (isUncertain && isReplay(fault.headers)) return { state: "failed", failure: NOT_CARRIED_OUT };
  throw fault;
}

export function isReplay(headers: HeadersInit | undefined): boolean {
  return new Headers(headers).get("idempotent-replayed") === "true";
}

function refusal({ param }: Stripe.errors.StripeError): PaymentFailure {
  return param === "payment_method" || param === "confirmation_token" ? METHOD_REFUSED : NOT_CARRIED_OUT;
}

function isUnexpectedState(fault: unknown): boolean {
  return fault instanceof Stripe.errors.StripeError && fault.code === "payment_intent_unexpected_state";
}
