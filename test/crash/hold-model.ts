// What one hold may do, written a second time: the checker must not share the product's mistakes.

import type { Answered, CancelAnswer, GivingBack } from "./operations.ts";

/** `refunded`: all of it was given back. */
export type HoldState = "held" | "confirmed" | "refunded" | "cancelled" | "expired";
/** How the provider will answer, as far as the caller's payment method tells. */
export type Outcome = "succeeds" | "fails";
/** `refunded`: it came too late, and the money goes back or has gone back. */
export type PaymentState = "pending" | "succeeded" | "failed" | "refunded";

export interface ModelPayment {
  readonly outcome: Outcome;
  /** Its reply came while it was pending: then the provider may charge, and no deadline counts. */
  readonly isAccepted: boolean;
  readonly state: PaymentState;
}

export interface ModelHold {
  /** Part of an order, which alone decides what becomes of it. */
  readonly isOrdered: boolean;
  readonly quantity: number;
  readonly givenBack: number;
  readonly state: HoldState;
  /** A cancel or the deadline met a pending payment, and waits for its outcome. */
  readonly releaseAs: "cancelled" | "expired" | null;
  /** The event was called off while it was held. */
  readonly isCalledOff: boolean;
  readonly payments: readonly ModelPayment[];
}

export function fresh(isOrdered: boolean, quantity: number): ModelHold {
  const begins = { releaseAs: null, isCalledOff: false, payments: [] };
  return { isOrdered, quantity, givenBack: 0, state: "held", ...begins };
}

/** The state that a refusal speaks of; `not_found` is never true of a hold that was granted. */
const REFUSED_AS = {
  already_confirmed: "confirmed",
  already_refunded: "refunded",
  already_cancelled: "cancelled",
  reservation_expired: "expired",
  not_found: null,
} as const;

/** Its order lets go of it. */
export interface Release {
  readonly type: "release";
  readonly as: "cancelled" | "expired";
}

/** A hold's own operations; the moment of its deadline is one. */
export type HoldOperation =
  | Extract<Answered, { type: "cancel" | "pay" | "show" | "refund" }>
  | Release
  | { readonly type: "due" };

/** The hold after this answer; itself if that changes nothing; null if it is impossible here. */
export function answered(hold: ModelHold, operation: HoldOperation): ModelHold | null {
  switch (operation.type) {
    case "due":
      return due(hold);
    case "cancel":
      return hold.isOrdered ? orderCancelled(hold) : cancelled(hold, operation.answer);
    case "release":
      return released(hold, operation.as);
    case "pay":
      return paid(hold, operation);
    case "refund":
      return givenBack(hold, operation);
    case "show": {
      const { answer } = operation;
      if (answer === "not_found") return null;
      const payment = hold.payments.at(-1)?.state ?? null;
      const isSame = answer.state === hold.state && answer.payment === payment && answer.givenBack === hold.givenBack;
      return isSame ? hold : null;
    }
  }
}

function givenBack(hold: ModelHold, { answer, quantity }: GivingBack): ModelHold | null {
  switch (answer) {
    case "nothing_paid":
      return isSold(hold) ? null : hold;
    case "refund_exceeds":
      return hold.state === "refunded" ? hold : null;
    case "done": {
      const given = hold.givenBack + quantity;
      if (hold.state !== "confirmed" || given > hold.quantity) return null;
      return { ...hold, givenBack: given, state: given === hold.quantity ? "refunded" : "confirmed" };
    }
  }
}

/** The hold once its event is called off: a pending payment may still fail, or come too late. */
export function calledOff(hold: ModelHold): ModelHold {
  if (hold.state !== "held") return hold;
  if (!isPending(hold)) return { ...hold, state: "cancelled", releaseAs: null };
  return { ...hold, releaseAs: hold.releaseAs ?? "cancelled", isCalledOff: true };
}

/** The hold once the provider has decided its pending payment; null where none is pending. */
export function settled(hold: ModelHold): ModelHold | null {
  const payment = hold.payments.at(-1);
  if (payment?.state !== "pending") return null;
  const settledAs = (state: PaymentState) => [...hold.payments.slice(0, -1), { ...payment, state }];
  if (payment.outcome === "fails") {
    return { ...hold, state: hold.releaseAs ?? "held", releaseAs: null, payments: settledAs("failed") };
  }
  // An order asks all of its ticket types before it confirms any: a calling-off after that is late.
  if (hold.isCalledOff && !hold.isOrdered) {
    return { ...hold, state: "cancelled", releaseAs: null, payments: settledAs("refunded") };
  }
  return { ...hold, state: "confirmed", releaseAs: null, payments: settledAs("succeeded") };
}

/** What was given back of it aside. */
export function hasStock(hold: ModelHold): boolean {
  return hold.state === "held" || isSold(hold);
}

function isSold({ state }: ModelHold): boolean {
  return state === "confirmed" || state === "refunded";
}

function isPending({ payments }: ModelHold): boolean {
  return payments.some(({ state }) => state === "pending");
}

function due(hold: ModelHold): ModelHold {
  if (hold.state !== "held") return hold;
  if (!isPending(hold)) return { ...hold, state: "expired", releaseAs: null };
  return hold.releaseAs === null ? { ...hold, releaseAs: "expired" } : hold;
}

/** An order that was cancelled holds nothing. At its deadline a hold may have ended by itself. */
function orderCancelled(hold: ModelHold): ModelHold | null {
  if (isSold(hold)) return null;
  return released(hold, "cancelled");
}

/** Whatever payment is pending: it will not be charged, or is given back. */
function released(hold: ModelHold, as: Release["as"]): ModelHold {
  if (hold.state !== "held") return hold;
  const isPaid = hold.payments.some((it) => it.state === "pending" && it.isAccepted && it.outcome === "succeeds");
  if (isPaid && as === "expired") return hold;
  const payments = hold.payments.map((payment) =>
    payment.state === "pending" ? ({ ...payment, state: "failed" } as const) : payment,
  );
  return { ...hold, state: as, releaseAs: null, payments };
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
    case "given_back":
      return hold.state === "refunded" ? hold : null;
    default:
      return hold.state === REFUSED_AS[answer] ? hold : null;
  }
}

function paid(hold: ModelHold, { answer, outcome }: Extract<Answered, { type: "pay" }>): ModelHold | null {
  const free = hold.state === "held" && !isPending(hold);
  // Of one that has ended, nobody remembers whether that was before: `prepare` compares the times.
  if (hold.isCalledOff && hold.state === "held") return answer === "event_cancelled" ? hold : null;
  switch (answer) {
    case "event_cancelled":
      return hold.state === "cancelled" || hold.state === "expired" ? hold : null;
    case "accepted":
    case "unknown":
      return free ? withPayment(hold, { outcome, isAccepted: answer === "accepted", state: "pending" }) : null;
    case "confirmed":
      if (!free) return null;
      return withPayment({ ...hold, state: "confirmed" }, { outcome, isAccepted: true, state: "succeeded" });
    case "payment_in_progress":
      return hold.state === "held" && isPending(hold) ? hold : null;
    default:
      return hold.state === REFUSED_AS[answer] ? hold : null;
  }
}

function withPayment(hold: ModelHold, payment: ModelPayment): ModelHold {
  return { ...hold, payments: [...hold.payments, payment] };
}
