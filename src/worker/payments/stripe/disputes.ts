// What Stripe says of disputed payments.

import type Stripe from "stripe";
import { SECOND_MS } from "../../../domain/units.ts";
import type { Dispute } from "../provider.ts";
import { fromStripe } from "./amounts.ts";

const PER_PAGE = 100;
const MOST = 1_000;

export async function disputesSince(stripe: Stripe, openedMs: number): Promise<readonly Dispute[]> {
  const created = { gte: Math.floor(openedMs / SECOND_MS) };
  const list = stripe.disputes.list({ created, limit: PER_PAGE, expand: ["data.payment_intent"] });
  return (await list.autoPagingToArray({ limit: MOST })).flatMap((dispute) => read(dispute) ?? []);
}

export async function findDispute(stripe: Stripe, id: string): Promise<Dispute | null> {
  try {
    return read(await stripe.disputes.retrieve(id, { expand: ["payment_intent"] }));
  } catch (fault) {
    if ((fault as { readonly code?: string }).code === "resource_missing") return null;
    throw fault;
  }
}

/** Null: the payment is of another service on the same account. */
function read(dispute: Stripe.Dispute): Dispute | null {
  const { id, payment_intent: intent, reason, status, created, evidence_details: evidence } = dispute;
  if (intent === null || typeof intent === "string") return null;
  const { payment: paymentId, bought: boughtId } = intent.metadata;
  if (paymentId === undefined || boughtId === undefined) return null;
  const currency = dispute.currency.toUpperCase();
  const amountMinor = fromStripe(dispute.amount, currency);
  const state = stateOf(status);
  const dueBy = state === "open" ? (evidence?.due_by ?? null) : null;
  const openedAtMs = created * SECOND_MS;
  const respondByMs = dueBy === null ? null : dueBy * SECOND_MS;
  return { id, paymentId, boughtId, amountMinor, currency, state, reason, openedAtMs, respondByMs };
}

/** `warning_…` asks before it takes; `prevented` gives the money back without asking. */
function stateOf(status: Stripe.Dispute.Status): Dispute["state"] {
  switch (status) {
    case "won":
    case "warning_closed":
      return "won";
    case "lost":
    case "prevented":
      return "lost";
    default:
      return "open";
  }
}
