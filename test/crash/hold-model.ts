// What one hold may do, written a second time: the checker must not share the product's mistakes.

import type { Answered, CancelAnswer } from "./operations.ts";

export type HoldState = "held" | "confirmed" | "cancelled" | "expired";
/** How the provider will answer, as far as the caller's payment method tells. */
export type Outcome = "succeeds" | "fails" | "either";
export type PaymentState = "pending" | "succeeded" | "failed" | "refund_due" | "refunded";

export interface ModelPayment {
  readonly outcome: Outcome;
  readonly state: PaymentState;
}

export interface ModelHold {
  readonly state: HoldState;
  /** A cancel or the deadline met a pending payment, and waits for its outcome. */
  readonly releaseAs: "cancelled" | "expired" | null;
  readonly payments: readonly ModelPayment[];
}

export const FRESH: ModelHold = { state: "held", releaseAs: null, payments: [] };

/** The state that a refusal speaks of; `not_found` is never true of a hold that was granted. */
const REFUSED_AS = {
  already_confirmed: "confirmed",
  already_cancelled: "cancelled",
  reservation_expired: "expired",
  not_found: null,
} as const;

/** A hold's own operations; the moment of its deadline is one. */
export type HoldOperation = Extract<Answered, { type: "cancel" | "pay" | "show" }> | { readonly type: "due" };

/** The hold after this answer; itself if that changes nothing; null if it is impossible here. */
export function answered(hold: ModelHold, operation: HoldOperation): ModelHold | null {
  switch (operation.type) {
    case "due":
      return due(hold);
    case "cancel":
      return cancelled(hold, operation.answer);
    case "pay":
      return paid(hold, operation);
    case "show": {
      const { answer } = operation;
      if (answer === "not_found") return null;
      return answer.state === hold.state && answer.payment === shownPayment(hold) ? hold : null;
    }
  }
}

/** What may happen by itself next. `stockLeft`: whether the hold's tickets could be taken again. */
export function byItself(hold: ModelHold, stockLeft: boolean): ModelHold[] {
  return hold.payments.flatMap((payment, index) => {
    const becomes = (state: PaymentState, changes: Partial<ModelHold> = {}): ModelHold => ({
      ...hold,
      ...changes,
      payments: hold.payments.map((other, at) => (at === index ? { ...payment, state } : other)),
    });
    const next: ModelHold[] = [];
    const mayFail = payment.state === "pending" && payment.outcome !== "succeeds";
    // A payment that was given up on may have gone through after all.
    const maySucceed =
      (payment.state === "pending" && payment.outcome !== "fails") ||
      (payment.state === "failed" && payment.outcome === "either");
    if (mayFail)
      next.push(becomes("failed", hold.releaseAs === null ? {} : { state: hold.releaseAs, releaseAs: null }));
    if (maySucceed) {
      const keeps = hold.state === "held" || (hold.state !== "confirmed" && stockLeft);
      next.push(keeps ? becomes("succeeded", { state: "confirmed", releaseAs: null }) : becomes("refund_due"));
    }
    if (payment.state === "refund_due") next.push(becomes("refunded"));
    return next;
  });
}

/** Whether nothing that anybody could see will happen to it any more. */
export function isClosed({ state, payments }: ModelHold): boolean {
  if (state === "held") return false;
  if (state === "confirmed") return true;
  return payments.every(({ state, outcome }) => state === "refunded" || (state === "failed" && outcome !== "either"));
}

/** Whether a payment of it that fails may turn out to have succeeded. */
export function mayComeBack({ payments }: ModelHold): boolean {
  return payments.some(({ state, outcome }) => outcome === "either" && (state === "pending" || state === "failed"));
}

export function hasStock({ state }: ModelHold): boolean {
  return state === "held" || state === "confirmed";
}

/** The payment that the service shows: the one that paid, else one given back, else the latest. */
function shownPayment({ payments }: ModelHold): PaymentState | null {
  const states = payments.map(({ state }) => state);
  const given = states.find((state) => state === "succeeded");
  return given ?? states.find((state) => state === "refund_due" || state === "refunded") ?? states.at(-1) ?? null;
}

function isPending({ payments }: ModelHold): boolean {
  return payments.some(({ state }) => state === "pending");
}

function due(hold: ModelHold): ModelHold {
  if (hold.state !== "held") return hold;
  if (!isPending(hold)) return { ...hold, state: "expired", releaseAs: null };
  return hold.releaseAs === null ? { ...hold, releaseAs: "expired" } : hold;
}

function cancelled(hold: ModelHold, answer: CancelAnswer): ModelHold | null {
  const deferred = hold.state === "held" && isPending(hold);
  switch (answer) {
    case "done":
      if (hold.state === "cancelled") return hold;
      return hold.state === "held" && !deferred ? { ...hold, state: "cancelled", releaseAs: null } : null;
    case "deferred":
      if (!deferred) return null;
      return hold.releaseAs === null ? { ...hold, releaseAs: "cancelled" } : hold;
    case "unknown":
      return cancelled(hold, deferred ? "deferred" : "done");
    default:
      return hold.state === REFUSED_AS[answer] ? hold : null;
  }
}

function paid(hold: ModelHold, { answer, outcome }: Extract<Answered, { type: "pay" }>): ModelHold | null {
  const free = hold.state === "held" && !isPending(hold);
  switch (answer) {
    case "accepted":
    case "unknown":
      return free ? { ...hold, payments: [...hold.payments, { outcome, state: "pending" }] } : null;
    case "confirmed":
      if (!free) return null;
      return { ...hold, state: "confirmed", payments: [...hold.payments, { outcome, state: "succeeded" }] };
    case "payment_in_progress":
      return hold.state === "held" && isPending(hold) ? hold : null;
    default:
      return hold.state === REFUSED_AS[answer] ? hold : null;
  }
}
