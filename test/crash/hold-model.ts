// What one hold may do, written a second time: the checker must not share the product's mistakes.

import type { Answered, CancelAnswer } from "./operations.ts";

export type HoldState = "held" | "confirmed" | "cancelled" | "expired";
/** How the provider will answer, as far as the caller's payment method tells. */
export type Outcome = "succeeds" | "fails";
export type PaymentState = "pending" | "succeeded" | "failed";

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
      return answer.state === hold.state && answer.payment === (hold.payments.at(-1)?.state ?? null) ? hold : null;
    }
  }
}

/** The hold once the provider has decided its pending payment; null where none is pending. */
export function settled(hold: ModelHold): ModelHold | null {
  const payment = hold.payments.at(-1);
  if (payment?.state !== "pending") return null;
  const isPaid = payment.outcome === "succeeds";
  const payments = [...hold.payments.slice(0, -1), { ...payment, state: isPaid ? "succeeded" : "failed" } as const];
  return { state: isPaid ? "confirmed" : (hold.releaseAs ?? "held"), releaseAs: null, payments };
}

export function hasStock({ state }: ModelHold): boolean {
  return state === "held" || state === "confirmed";
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
