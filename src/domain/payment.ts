// The life of a payment. Pure: no clock, no storage.

import { DAY_MS, MINUTE_MS } from "./units.ts";

/**
 * `refund_due` and `refunded`: the provider charged, and what was paid for could not be given. Its
 * refund says how far it is.
 */
export type PaymentState = "pending" | "succeeded" | "failed" | "refund_due" | "refunded";

/** Why a payment failed: the provider's code (`card_declined`) and a sentence for people. */
export interface PaymentFailure {
  readonly code: string;
  readonly message: string;
}

/** Why the payment provider could not charge an amount. */
export type AmountRefusal =
  | { readonly type: "currency_not_chargeable" }
  /** `stepMinor`: it charges multiples of it only. */
  | { readonly type: "amount_too_fine"; readonly stepMinor: number }
  | { readonly type: "amount_too_small"; readonly leastMinor: number }
  | { readonly type: "amount_too_large"; readonly mostMinor: number };

/** Why what is bought at once can't be charged at once. */
export type TotalRefusal = { readonly type: "total_too_large"; readonly mostMinor: number; readonly currency: string };

/** `reference`: the provider's own id of the charge. Earlier workers leave it out. */
export type PaymentOutcome =
  | { readonly state: "succeeded"; readonly reference?: string }
  | { readonly state: "failed"; readonly failure: PaymentFailure };

/** What the provider waits for: the buyer confirms the charge at the card's bank (3-D Secure). */
export interface RequiredAction {
  /** The provider's own id of the charge. */
  readonly reference: string;
  /** With it anybody can complete the charge: for the buyer's browser, and for nobody else. */
  readonly clientSecret: string;
}

/** `untilMs`: then the charge is cancelled, and what the cancel finds decides. */
export interface PaymentAction extends RequiredAction {
  readonly untilMs: number;
}

export interface Payment {
  readonly id: string;
  /** The buyer's idempotency key: the same key asks for the same payment. */
  readonly key: string;
  /** The provider's name for what to charge. Null where nothing is charged. */
  readonly method: string | null;
  readonly state: PaymentState;
  readonly failure: PaymentFailure | null;
  /** When its present state began. */
  readonly sinceMs: number;
  /** It has been unsettled for a day. The service keeps trying, and a person should look at it. */
  readonly needsPerson: boolean;
  /** Null unless it is pending and waits for its buyer. */
  readonly action: PaymentAction | null;
  /** The provider's own id of a charge that has succeeded: refunds need it. Null if unknown. */
  readonly reference: string | null;
}

/** What its buyer may see of it, in RPC, in replies, and over sockets. */
export interface PaymentView extends Pick<Payment, "state" | "failure"> {
  /** Left out by D1, and in the reply to the request that begins it. */
  readonly pendingSinceMs?: number;
  /** Objects of version 6 leave it out, and so does D1. */
  readonly action?: Pick<PaymentAction, "clientSecret" | "untilMs"> | null;
}

export interface PaymentRequest {
  readonly paymentId: string;
  /** The same key asks for the same payment. */
  readonly key: string;
  readonly method: string | null;
}

/** How long a payment or a refund may stay unsettled before a person should look at it. */
export const UNSETTLED_TOO_LONG_MS = DAY_MS;

/** How long a buyer has to confirm a charge at the bank, even if the hold ends sooner. */
export const LEAST_ACTION_MS = 10 * MINUTE_MS;

/** The earlier payment with the request's key, or null. A key belongs to one method. */
export function replayOf(
  payments: readonly Payment[],
  request: PaymentRequest,
  totalMinor: number,
): Payment | "idempotency_key_reused" | null {
  const earlier = payments.find(({ key }) => key === request.key);
  if (earlier === undefined) return null;
  return earlier.method === methodFor(request, totalMinor) ? earlier : "idempotency_key_reused";
}

/** A new payment. Nothing is charged for free tickets, so their payment succeeds at once. */
export function beginPayment(
  request: PaymentRequest,
  totalMinor: number,
  nowMs: number,
): Payment | "payment_method_required" {
  const method = methodFor(request, totalMinor);
  if (totalMinor > 0 && method === null) return "payment_method_required";
  return {
    id: request.paymentId,
    key: request.key,
    method,
    state: totalMinor === 0 ? "succeeded" : "pending",
    failure: null,
    sinceMs: nowMs,
    needsPerson: false,
    action: null,
    reference: null,
  };
}

/**
 * The payment as it waits for its buyer, or the same one where it does already, or is settled. No
 * money is taken for an event that is over, so it waits no longer than that.
 */
export function awaitingAction(
  payment: Payment,
  action: RequiredAction,
  expiresAtMs: number,
  eventEndsMs: number | null,
): Payment {
  if (payment.state !== "pending" || payment.action !== null) return payment;
  const leastMs = Math.max(expiresAtMs, payment.sinceMs + LEAST_ACTION_MS);
  return { ...payment, action: { ...action, untilMs: Math.min(leastMs, eventEndsMs ?? leastMs) } };
}

/** `isEnding`: the charge is being cancelled, so there is nothing left for the buyer to do. */
export function paymentViewOf({ state, failure, sinceMs, action }: Payment, isEnding: boolean): PaymentView {
  if (state !== "pending") return { state, failure };
  const view = { state, failure, pendingSinceMs: sinceMs };
  if (action === null || isEnding) return view;
  return { ...view, action: { clientSecret: action.clientSecret, untilMs: action.untilMs } };
}

/** Success is final. Failure is not: a payment given up on may have gone through after all. */
export function isSettledBy(payment: Payment, outcome: PaymentOutcome): boolean {
  return payment.state === "failed" ? outcome.state === "failed" : payment.state !== "pending";
}

export function inState(payment: Payment, state: PaymentState, nowMs: number): Payment {
  return { ...payment, state, failure: null, sinceMs: nowMs, needsPerson: false, action: null };
}

/** A payment that the provider has charged. */
export function asCharged(payment: Payment, { reference = null }: { readonly reference?: string | null }): Payment {
  return { ...payment, action: null, reference: reference ?? payment.reference };
}

export function asFailed(payment: Payment, failure: PaymentFailure, nowMs: number): Payment {
  return { ...inState(payment, "failed", nowMs), failure };
}

/** The payment marked for a person, or the same one where it is too early, or marked already. */
export function reviewed(payment: Payment, nowMs: number): Payment {
  const isTooLong = payment.state === "pending" && nowMs >= payment.sinceMs + UNSETTLED_TOO_LONG_MS;
  return isTooLong && !payment.needsPerson ? { ...payment, needsPerson: true } : payment;
}

/** When it was paid for; null while it is not. */
export function paidAtMs(payments: readonly Payment[]): number | null {
  return payments.find(({ state }) => state === "succeeded")?.sinceMs ?? null;
}

/** Whether its money is not where it should be: not charged yet, or not given back. */
export function isUnsettled({ state }: Payment): boolean {
  return state === "pending" || state === "refund_due";
}

/** `wait`: look now and then whether the buyer has confirmed it. `end`: cancel it. */
export type Todo = "charge" | "wait" | "end";

/** What is to be done for it at the provider; null where there is nothing, or for its refund. */
export function todoFor(payment: Payment, isToEnd: boolean): Todo | null {
  if (payment.state !== "pending") return null;
  if (payment.action === null) return "charge";
  return isToEnd ? "end" : "wait";
}

/** What matters to the buyer: the payment that paid, else a refund, else the latest. */
export function currentPayment(payments: readonly Payment[]): Payment | null {
  return (
    payments.find(({ state }) => state === "succeeded") ??
    payments.find(({ state }) => state === "refund_due" || state === "refunded") ??
    payments.at(-1) ??
    null
  );
}

function methodFor(request: PaymentRequest, totalMinor: number): string | null {
  return totalMinor === 0 ? null : request.method;
}
