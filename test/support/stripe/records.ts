// What Stripe keeps: payment intents, refunds, disputes, and how each may change. In memory.

import { randomBytes } from "node:crypto";
import { StripeFault } from "./faults.ts";

export type IntentStatus = "requires_action" | "requires_payment_method" | "processing" | "succeeded" | "canceled";
export type RefundStatus = "pending" | "succeeded" | "failed" | "canceled";

export interface CardFault {
  readonly code: string;
  readonly decline_code?: string;
  readonly message: string;
}

export interface Intent {
  readonly id: string;
  readonly object: "payment_intent";
  readonly amount: number;
  amount_received: number;
  readonly currency: string;
  readonly created: number;
  readonly client_secret: string;
  readonly livemode: false;
  readonly metadata: Readonly<Record<string, string>>;
  readonly payment_method: string;
  readonly allowed_payment_method_types: readonly string[];
  status: IntentStatus;
  cancellation_reason: string | null;
  canceled_at: number | null;
  last_payment_error: (CardFault & { readonly type: "card_error" | "invalid_request_error" }) | null;
  latest_charge: string | null;
  next_action: { readonly type: "use_stripe_sdk" | "redirect_to_url" } | null;
}

export interface Refund {
  readonly id: string;
  readonly object: "refund";
  readonly amount: number;
  readonly charge: string;
  readonly created: number;
  readonly currency: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly payment_intent: string;
  readonly reason: string | null;
  status: RefundStatus;
  failure_reason: string | null;
}

export interface Dispute {
  readonly id: string;
  readonly object: "dispute";
  readonly amount: number;
  readonly charge: string;
  readonly created: number;
  readonly currency: string;
  readonly payment_intent: string;
  readonly reason: string;
  readonly evidence_details: { readonly due_by: number };
  status: "needs_response" | "under_review" | "won" | "lost";
}

export interface NewIntent {
  readonly amount: number;
  readonly currency: string;
  readonly metadata: Record<string, string>;
  readonly payment_method: string;
  readonly allowed_payment_method_types: readonly string[];
  /** Whether the browser can go on where the customer has to confirm. */
  readonly isForSdk?: boolean;
}

const DECLINED = "Your card was declined.";
const DECLINES: ReadonlyMap<string, CardFault> = new Map([
  ["chargeDeclined", { code: "card_declined", decline_code: "generic_decline", message: DECLINED }],
  [
    "chargeDeclinedInsufficientFunds",
    { code: "card_declined", decline_code: "insufficient_funds", message: "Your card has insufficient funds." },
  ],
  ["chargeDeclinedLostCard", { code: "card_declined", decline_code: "lost_card", message: DECLINED }],
  ["chargeDeclinedStolenCard", { code: "card_declined", decline_code: "stolen_card", message: DECLINED }],
  ["chargeDeclinedFraudulent", { code: "card_declined", decline_code: "fraudulent", message: DECLINED }],
  ["chargeDeclinedExpiredCard", { code: "expired_card", message: "Your card has expired." }],
  ["chargeDeclinedIncorrectCvc", { code: "incorrect_cvc", message: "Your card's security code is incorrect." }],
  [
    "chargeDeclinedProcessingError",
    { code: "processing_error", message: "An error occurred while processing your card. Try again in a little bit." },
  ],
]);
const AUTHENTICATION_FAILED: CardFault = {
  code: "payment_intent_authentication_failure",
  message: "The provided PaymentMethod has failed authentication.",
};
/** As `pm_card_<what>`, or as `ctoken_<what>`, which Stripe has no such names for. */
const METHOD = /^(?:pm_card|ctoken)_(?:visa_)?(\w+)$/;
const SUCCEEDS = ["visa", "mastercard", "createDispute", "refundFail", "pendingRefund"];
const NEEDS_ACTION = ["threeDSecure2Required", "authenticationRequired"];
/** No card of Stripe's: an intent of another kind of method that takes its time. */
const PROCESSES = "processing";

export class Records {
  readonly intents = new Map<string, Intent>();
  readonly refunds = new Map<string, Refund>();
  readonly disputes = new Map<string, Dispute>();
  readonly #nowMs: () => number;
  readonly #notify: (type: string, about: Intent | Refund | Dispute) => void;

  constructor(nowMs: () => number, notify: (type: string, about: Intent | Refund | Dispute) => void) {
    this.#nowMs = nowMs;
    this.#notify = notify;
  }

  /** Creates an intent and confirms it. */
  create({ isForSdk = false, ...wanted }: NewIntent): Intent {
    const what = METHOD.exec(wanted.payment_method)?.[1] ?? "";
    if (![...SUCCEEDS, ...NEEDS_ACTION, ...DECLINES.keys(), PROCESSES].includes(what)) {
      throw StripeFault.invalid(
        "resource_missing",
        `No such PaymentMethod: '${wanted.payment_method}'`,
        "payment_method",
      );
    }
    const id = newId("pi");
    const intent: Intent = {
      id,
      object: "payment_intent",
      ...wanted,
      amount_received: 0,
      created: this.#seconds(),
      client_secret: `${id}_secret_${randomBytes(12).toString("hex")}`,
      livemode: false,
      status: "requires_payment_method",
      cancellation_reason: null,
      canceled_at: null,
      last_payment_error: null,
      latest_charge: null,
      next_action: null,
    };
    this.intents.set(id, intent);
    const decline = DECLINES.get(what);
    if (decline !== undefined) this.#fail(intent, decline);
    else if (NEEDS_ACTION.includes(what)) this.#requireAction(intent, isForSdk);
    else if (what === PROCESSES) this.#process(intent);
    else this.succeed(id);
    return intent;
  }

  /** The customer passes or fails 3-D Secure, or comes too late. */
  authenticate(id: string, passes: boolean): void {
    const intent = this.intent(id);
    if (intent.status !== "requires_action") return;
    if (passes) this.succeed(id);
    else this.#fail(intent, AUTHENTICATION_FAILED);
  }

  /** Whoever has its client secret confirms a failed intent with another card. */
  revive(id: string): void {
    if (this.intent(id).status === "requires_payment_method") this.succeed(id);
  }

  succeed(id: string): void {
    const intent = this.intent(id);
    if (intent.status === "succeeded" || intent.status === "canceled") return;
    Object.assign(intent, { status: "succeeded", amount_received: intent.amount, next_action: null });
    intent.latest_charge = newId("ch");
    this.#notify("payment_intent.succeeded", intent);
    if (intent.payment_method.endsWith("createDispute")) this.dispute(id);
  }

  cancel(id: string, reason: string | null): Intent {
    const intent = this.intent(id);
    if (intent.status !== "requires_action" && intent.status !== "requires_payment_method") {
      const message = `You cannot cancel this PaymentIntent because it has a status of ${intent.status}.`;
      throw StripeFault.invalid("payment_intent_unexpected_state", message, null, intent);
    }
    Object.assign(intent, { status: "canceled", canceled_at: this.#seconds(), cancellation_reason: reason });
    intent.next_action = null;
    this.#notify("payment_intent.canceled", intent);
    return intent;
  }

  /** Without an amount: what is left. */
  refund(id: string, amount: number | null, metadata: Record<string, string>, reason: string | null): Refund {
    const intent = this.intent(id);
    const { latest_charge: charge } = intent;
    if (charge === null) {
      throw StripeFault.invalid(
        "charge_not_refundable",
        "This PaymentIntent does not have a successful charge to refund.",
        "payment_intent",
      );
    }
    const left = intent.amount_received - this.refundedOf(id);
    if (left === 0)
      throw StripeFault.invalid("charge_already_refunded", `Charge ${charge} has already been refunded.`, null);
    const wanted = amount ?? left;
    if (wanted > left)
      throw StripeFault.invalid(
        "amount_too_large",
        "Refund amount is greater than unrefunded amount on charge.",
        "amount",
      );
    const refund: Refund = {
      id: newId("re"),
      object: "refund",
      amount: wanted,
      charge,
      created: this.#seconds(),
      currency: intent.currency,
      metadata,
      payment_intent: id,
      reason,
      status: intent.payment_method.endsWith("pendingRefund") ? "pending" : "succeeded",
      failure_reason: null,
    };
    this.refunds.set(refund.id, refund);
    this.#notify("refund.created", refund);
    return refund;
  }

  /** Also one that had succeeded: the money comes back to the seller. */
  endRefund(id: string, status: "succeeded" | "failed" | "canceled"): void {
    const refund = this.refunds.get(id);
    if (refund === undefined) throw StripeFault.missing("refund", id);
    refund.status = status;
    refund.failure_reason = status === "failed" ? "expired_or_canceled_card" : null;
    this.#notify(status === "failed" ? "refund.failed" : "refund.updated", refund);
  }

  dispute(id: string): Dispute {
    const intent = this.intent(id);
    const dispute: Dispute = {
      id: newId("du"),
      object: "dispute",
      amount: intent.amount,
      charge: intent.latest_charge ?? "",
      created: this.#seconds(),
      currency: intent.currency,
      payment_intent: id,
      reason: "fraudulent",
      evidence_details: { due_by: this.#seconds() + 7 * 24 * 60 * 60 },
      status: "needs_response",
    };
    this.disputes.set(dispute.id, dispute);
    this.#notify("charge.dispute.created", dispute);
    return dispute;
  }

  endDispute(id: string, status: "won" | "lost"): void {
    const dispute = this.disputes.get(id);
    if (dispute === undefined) throw StripeFault.missing("dispute", id);
    dispute.status = status;
    this.#notify("charge.dispute.closed", dispute);
  }

  intent(id: string): Intent {
    const intent = this.intents.get(id);
    if (intent === undefined) throw StripeFault.missing("payment_intent", id);
    return intent;
  }

  /** What has gone back of an intent, or is on its way. */
  refundedOf(intentId: string): number {
    const standing = [...this.refunds.values()].filter(
      ({ payment_intent, status }) => payment_intent === intentId && status !== "failed" && status !== "canceled",
    );
    return standing.reduce((sum, { amount }) => sum + amount, 0);
  }

  #requireAction(intent: Intent, isForSdk: boolean): void {
    intent.status = "requires_action";
    intent.next_action = { type: isForSdk ? "use_stripe_sdk" : "redirect_to_url" };
    this.#notify("payment_intent.requires_action", intent);
  }

  #process(intent: Intent): void {
    intent.status = "processing";
    this.#notify("payment_intent.processing", intent);
  }

  #fail(intent: Intent, fault: CardFault): void {
    Object.assign(intent, { status: "requires_payment_method", next_action: null });
    const type = fault === AUTHENTICATION_FAILED ? "invalid_request_error" : "card_error";
    intent.last_payment_error = { type, ...fault };
    this.#notify("payment_intent.payment_failed", intent);
  }

  #seconds(): number {
    return Math.floor(this.#nowMs() / 1_000);
  }
}

export function newId(prefix: string): string {
  return `${prefix}_${randomBytes(12).toString("hex")}`;
}
