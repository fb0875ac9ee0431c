// What Stripe has on record of some reservations and orders, for reconciling.

import type Stripe from "stripe";
import type { Movement, Period } from "../provider.ts";
import { fromStripe } from "./amounts.ts";
import { createdIn } from "./client.ts";
import { outcomeOf } from "./outcomes.ts";
import { refundOutcomeOf } from "./refunds.ts";

/** Charges that began in the period, with their refunds, however late. */
export async function movements(stripe: Stripe, boughtIds: readonly string[], begun: Period): Promise<Movement[]> {
  const wanted = new Set(boughtIds);
  const found: Movement[] = [];
  const list = stripe.paymentIntents.list({
    created: createdIn(begun),
    limit: 100,
    expand: ["data.latest_charge.refunds"],
  });
  for await (const intent of list) {
    const { payment: paymentId, bought: reservationId } = intent.metadata;
    if (paymentId === undefined || reservationId === undefined || !wanted.has(reservationId)) continue;
    const currency = intent.currency.toUpperCase();
    const of = { paymentId, reservationId, currency };
    const amountMinor = fromStripe(intent.amount, currency);
    found.push({ ...of, kind: "charge", refundId: null, amountMinor, state: chargeState(intent) });
    const refunds = await refundsOf(stripe, intent);
    found.push(...refunds.map((refund) => ({ ...of, kind: "refund" as const, ...refund })));
  }
  return found;
}

function chargeState(intent: Stripe.PaymentIntent): Movement["state"] {
  const state = outcomeOf(intent)?.state ?? "failed";
  return state === "action_required" ? "processing" : state;
}

type GivenBack = Pick<Movement, "amountMinor" | "state" | "refundId">;

/** A charge that is read with others has its newest ten refunds alone. */
async function refundsOf(stripe: Stripe, { id, latest_charge: charge }: Stripe.PaymentIntent): Promise<GivenBack[]> {
  if (charge === null || typeof charge === "string") return [];
  const newest = charge.refunds;
  if (newest?.has_more !== true) return (newest?.data ?? []).map(movementOf);
  const all: GivenBack[] = [];
  for await (const refund of stripe.refunds.list({ payment_intent: id, limit: 100 })) all.push(movementOf(refund));
  return all;
}

function movementOf(refund: Stripe.Refund): GivenBack {
  const { state } = refundOutcomeOf(refund);
  return {
    refundId: refund.metadata?.refund ?? null,
    amountMinor: fromStripe(refund.amount, refund.currency.toUpperCase()),
    state: state === "pending" ? "processing" : state,
  };
}
