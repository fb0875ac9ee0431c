// Refunds: money and tickets that go back of what was paid for. Pure.

import type { PaymentFailure } from "./payment.ts";
import { type NamedPass, type NamedPassRefusal, type RefundedItem, refuseNamed } from "./refund-passes.ts";
import { type RefundItem, type RefundShare, sharesOf } from "./refund-shares.ts";
import { DAY_MS } from "./units.ts";

/**
 * `due`: the provider has not taken it yet. `pending`: it has, and has not finished. One that
 * succeeded may fail later, because the buyer's bank sends the money back.
 */
export type RefundState = "due" | "pending" | "succeeded" | "failed";

/** Tickets that are given back, money that is, or both. */
export interface Refund {
  /** The payment's id and a running number: it tells when that was made. */
  readonly id: string;
  /** The same key asks for the same refund. */
  readonly key: string;
  /** The request in a canonical form: the same key with another request is refused. */
  readonly request: string;
  /** `service`: nobody asked. It is all that a late payment has charged. */
  readonly requestedBy: "organizer" | "buyer" | "service";
  /** The organiser's account, or an admin's. Left out for a buyer's, and before it was kept. */
  readonly by?: string | undefined;
  /** Empty where only money goes back. */
  readonly items: readonly RefundedItem[];
  readonly amountMinor: number;
  /** What of it is for which item. Left out before it was kept. */
  readonly shares?: readonly RefundShare[] | undefined;
  /** Whether the provider gives it back: not what it never had, nor nothing. */
  readonly isAtProvider: boolean;
  /**
   * Of what is not at the provider: who said when that it was given back by hand; null: nobody, or
   * not any more. Left out before anybody said anything.
   */
  readonly byHand?: { readonly atMs: number; readonly by: string } | null | undefined;
  /** Whether its tickets are on sale again. */
  readonly restock: boolean;
  readonly reason: string;
  readonly state: RefundState;
  readonly failure: PaymentFailure | null;
  readonly createdAtMs: number;
  /** When its present state began. */
  readonly sinceMs: number;
  /** From 1. Each one has an id of its own at the provider. */
  readonly attempt: number;
  /** The key of the request that began the present attempt; null for the first. */
  readonly retryKey: string | null;
  /** How often it was looked at since it succeeded. */
  readonly looks: number;
  /** It has been under way for a day. The service keeps trying, and a person should look at it. */
  readonly needsPerson: boolean;
}

/** What others may see of it. */
export interface RefundView
  extends Omit<
    Refund,
    "key" | "request" | "by" | "byHand" | "isAtProvider" | "attempt" | "retryKey" | "looks" | "needsPerson"
  > {
  /** Null where nothing is given back by hand, or not yet. Earlier versions leave it out. */
  readonly givenByHandAtMs?: number | null | undefined;
}

/** What one payment paid for, and what has gone back of it. */
export interface Purchase {
  readonly paymentId: string;
  /** Whether the provider has the money. */
  readonly isCharged: boolean;
  readonly paidMinor: number;
  readonly items: readonly (RefundItem & {
    /** The price at which it was bought. */
    readonly unitPriceMinor: number;
    readonly givenBack: number;
  })[];
  readonly refunds: readonly Refund[];
}

/** `amountMinor`: null for what the tickets cost, but no more than is left. */
export interface RefundRequest extends Pick<Refund, "key" | "request" | "requestedBy" | "by" | "restock" | "reason"> {
  readonly items: readonly RefundedItem[] | "all";
  readonly amountMinor: number | null;
}

export type RefundOutcome =
  | { readonly state: "pending" | "succeeded" }
  | { readonly state: "failed"; readonly failure: PaymentFailure };

/** What can still go back. */
export interface LeftToRefund {
  readonly leftMinor: number;
  readonly items: readonly RefundItem[];
}

export type RefundRefusal =
  /** It is held, or has ended: nothing was sold. */
  | { readonly type: "nothing_paid" }
  | ({ readonly type: "refund_exceeds" } & LeftToRefund)
  /** `item`: its index in the request. */
  | { readonly type: "refund_item_unknown"; readonly item: number }
  | NamedPassRefusal
  | { readonly type: "refund_unknown" }
  | { readonly type: "refund_not_failed"; readonly state: RefundState }
  | { readonly type: "refund_not_by_hand" }
  /** Buyers may not give it back, or could until then. */
  | { readonly type: "not_refundable"; readonly refundableUntilMs: number | null }
  | { readonly type: "idempotency_key_reused" };

/** How long a refund may be under way before a person should look at it. */
const UNDER_WAY_TOO_LONG_MS = DAY_MS;

/** One that succeeded is looked at so long after, in case no notice of its failure came. */
const LOOKED_AT_AFTER_MS: readonly number[] = [DAY_MS, 7 * DAY_MS, 30 * DAY_MS];

export const LOOKS = LOOKED_AT_AFTER_MS.length;

/** The payment's id, the number of the refund, and that of the attempt from the second on. */
const ATTEMPT_ID = /^(.+)-r(\d+)(?:\.\d+)?$/;

/** A buyer gives back all that is left, once. */
export const BUYERS_KEY = "buyer";
/** Refunds of a called-off event have keys that begin with it. No account has this id. */
export const CALLED_OFF_KEY = "called-off";

/**
 * The refund that a request asks for, an earlier one with its key, or why there can be none.
 * `named`: the passes that it names, where there are any.
 */
export function planRefund(
  purchase: Purchase,
  request: RefundRequest,
  named: readonly NamedPass[],
  nowMs: number,
): Refund | RefundRefusal {
  const earlier = purchase.refunds.find(({ key }) => key === request.key);
  if (earlier !== undefined) return earlier.request === request.request ? earlier : { type: "idempotency_key_reused" };
  const left = leftOf(purchase);
  const items = request.items === "all" ? left.items : merged(request.items);
  const unknown = items.findIndex((item) => !purchase.items.some(isSameItem(item)));
  if (unknown >= 0) return { type: "refund_item_unknown", item: unknown };
  const refusal = request.items === "all" ? null : refuseNamed(request.items, named);
  if (refusal !== null) return refusal;
  const amountMinor = request.amountMinor ?? Math.min(costOf(items, purchase), left.leftMinor);
  const isTooMany = items.some((item) => item.quantity > (left.items.find(isSameItem(item))?.quantity ?? 0));
  const isNothing = items.length === 0 && amountMinor === 0;
  if (isTooMany || isNothing || amountMinor > left.leftMinor) return { type: "refund_exceeds", ...left };
  const { key, requestedBy, by, restock, reason } = request;
  const isAtProvider = amountMinor > 0 && purchase.isCharged;
  return {
    id: `${purchase.paymentId}-r${purchase.refunds.length + 1}`,
    key,
    request: request.request,
    requestedBy,
    by,
    items,
    amountMinor,
    shares: sharesOf(purchase.items, [...purchase.refunds, { items, amountMinor }]).at(-1),
    isAtProvider,
    restock,
    reason,
    // Where no money moves, or somebody hands it over, nothing is left to do here.
    state: isAtProvider ? "due" : "succeeded",
    ...firstAttempt(nowMs),
  };
}

/** How each refund begins. */
export function firstAttempt(nowMs: number) {
  const begins = { createdAtMs: nowMs, sinceMs: nowMs };
  return { ...begins, attempt: 1, retryKey: null, failure: null, looks: 0, needsPerson: false };
}

/** What a failed refund was to give back is still the buyer's: another try takes it. */
export function leftOf({ paidMinor, items, refunds }: Purchase): LeftToRefund {
  return {
    leftMinor: paidMinor - refundedMinor(refunds),
    items: items
      .map(({ reservationId, quantity, givenBack }) => ({ reservationId, quantity: quantity - givenBack }))
      .filter(({ quantity }) => quantity > 0),
  };
}

/** What went back, or is to. */
export function refundedMinor(refunds: readonly Pick<Refund, "amountMinor">[]): number {
  return refunds.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
}

/** Another attempt at a refund that failed; the same refund for a repeated request. */
export function retried(refund: Refund, key: string, nowMs: number): Refund | RefundRefusal {
  if (refund.retryKey === key) return refund;
  if (refund.state !== "failed") return { type: "refund_not_failed", state: refund.state };
  return { ...inRefundState(refund, "due", nowMs), attempt: refund.attempt + 1, retryKey: key };
}

/** With what an account says of giving it back by hand. The same refund where that is no news. */
export function markedByHand(refund: Refund, isGiven: boolean, by: string, nowMs: number): Refund | RefundRefusal {
  if (!isByHand(refund)) return { type: "refund_not_by_hand" };
  if (isGiven === (givenByHandAtMs(refund) !== null)) return refund;
  return { ...refund, byHand: isGiven ? { atMs: nowMs, by } : null };
}

/** After what the provider said of an attempt. The same refund where that is no news. */
export function settledRefund(refund: Refund, attemptId: string, outcome: RefundOutcome, nowMs: number): Refund {
  // An earlier attempt failed for good, and another one is under way.
  if (attemptIdOf(refund) !== attemptId) return refund;
  if (outcome.state === "succeeded" && refund.state === "succeeded") return lookedAt(refund, nowMs);
  if (outcome.state === refund.state) return refund;
  // Over with the provider, one way or the other: what it said before comes late.
  if (outcome.state === "pending" && refund.state !== "due") return refund;
  const settled = inRefundState(refund, outcome.state, nowMs);
  return outcome.state === "failed" ? { ...settled, failure: outcome.failure } : settled;
}

/** The refund marked for a person, or the same one where it is too early, or marked already. */
export function reviewedRefund(refund: Refund, nowMs: number): Refund {
  const isTooLong = isUnderWay(refund) && nowMs >= refund.sinceMs + UNDER_WAY_TOO_LONG_MS;
  return isTooLong && !refund.needsPerson ? { ...refund, needsPerson: true } : refund;
}

/** When a person should look at it, if it stays as it is; null where nobody need. */
export function reviewAtMs(refund: Refund): number | null {
  return isUnderWay(refund) && !refund.needsPerson ? refund.sinceMs + UNDER_WAY_TOO_LONG_MS : null;
}

/** When one that succeeded is looked at again; null for any other, and after the last look. */
export function nextLookMs({ state, sinceMs, looks, isAtProvider }: Refund): number | null {
  const afterMs = LOOKED_AT_AFTER_MS[looks];
  return state === "succeeded" && isAtProvider && afterMs !== undefined ? sinceMs + afterMs : null;
}

/** Whether the provider still has something to do. */
export function isUnderWay({ state }: Pick<Refund, "state">): boolean {
  return state === "due" || state === "pending";
}

/**
 * The refund's id at the provider, and the key under which that does it once. Of a late payment the
 * first attempt has the payment's own id, as in versions that kept no refund of it.
 */
export function attemptIdOf({ id, attempt, requestedBy }: Pick<Refund, "id" | "attempt" | "requestedBy">): string {
  if (attempt > 1) return `${id}.${attempt}`;
  return requestedBy === "service" ? refundedPaymentId(id) : id;
}

/** The payment whose money goes back, by the id of a refund or of an attempt. */
export function refundedPaymentId(refundId: string): string {
  return ATTEMPT_ID.exec(refundId)?.[1] ?? refundId;
}

/** The refund that an attempt is of. */
export function refundIdOf(attemptId: string): string {
  const [, paymentId, number] = ATTEMPT_ID.exec(attemptId) ?? [];
  return paymentId === undefined ? attemptId : `${paymentId}-r${number}`;
}

export function isRefundId(id: string): boolean {
  return ATTEMPT_ID.test(id);
}

/** The refund that most needs a person; null where none does. */
export function refundForPerson(refunds: readonly Refund[]): Refund | null {
  return refunds.find(({ state }) => state === "failed") ?? refunds.find(({ needsPerson }) => needsPerson) ?? null;
}

export function refundViewOf(refund: Refund): RefundView {
  const { key, request, by, byHand, isAtProvider, attempt, retryKey, looks, needsPerson, ...view } = refund;
  return { ...view, givenByHandAtMs: givenByHandAtMs(refund) };
}

/** Money that the provider never had. */
function isByHand({ isAtProvider, amountMinor }: Refund): boolean {
  return !isAtProvider && amountMinor > 0;
}

/** Who makes a refund hands the money over; what a calling-off makes is yet to be. */
function givenByHandAtMs(refund: Refund): number | null {
  if (!isByHand(refund)) return null;
  const { byHand, key, createdAtMs } = refund;
  if (byHand === undefined) return key.startsWith(`${CALLED_OFF_KEY} `) ? null : createdAtMs;
  return byHand?.atMs ?? null;
}

/** As the first reply to its request had it. */
export function asMade(refund: RefundView): RefundView {
  // Where no money moves it has never been anything else.
  const isDoneAtOnce = refund.state === "succeeded" && refund.sinceMs === refund.createdAtMs;
  if (isDoneAtOnce) return { ...refund, givenByHandAtMs: refund.amountMinor > 0 ? refund.createdAtMs : null };
  return { ...refund, state: "due", failure: null, sinceMs: refund.createdAtMs };
}

/** The refund that an attempt is, or was, made for. */
export function refundOfAttempt(refunds: readonly Refund[], attemptId: string): Refund | null {
  const id = refundIdOf(attemptId);
  const isFirst = (refund: Refund) => attemptIdOf({ ...refund, attempt: 1 }) === attemptId;
  return refunds.find((refund) => refund.id === id || isFirst(refund)) ?? null;
}

/** The refunds with `after` in the place of the one with its id, or behind them. */
export function withRefund(refunds: readonly Refund[], after: Refund): readonly Refund[] {
  const isThere = refunds.some(({ id }) => id === after.id);
  return isThere ? refunds.map((refund) => (refund.id === after.id ? after : refund)) : [...refunds, after];
}

function inRefundState(refund: Refund, state: RefundState, nowMs: number): Refund {
  return { ...refund, state, failure: null, sinceMs: nowMs, looks: 0, needsPerson: false };
}

/** A look that was not due, such as after a notice, does not count. */
function lookedAt(refund: Refund, nowMs: number): Refund {
  const atMs = nextLookMs(refund);
  return atMs !== null && nowMs >= atMs ? { ...refund, looks: refund.looks + 1 } : refund;
}

function costOf(items: readonly RefundItem[], purchase: Purchase): number {
  return items.reduce((sum, item) => {
    const unitPriceMinor = purchase.items.find(isSameItem(item))?.unitPriceMinor ?? 0;
    return sum + unitPriceMinor * item.quantity;
  }, 0);
}

/** A reservation that is named twice counts with both. */
function merged(items: readonly RefundedItem[]): RefundedItem[] {
  return [...Map.groupBy(items, ({ reservationId }) => reservationId)].map(([reservationId, group]) => {
    const quantity = group.reduce((sum, item) => sum + item.quantity, 0);
    const passes = group.flatMap((item) => item.passes ?? []);
    return passes.length === 0 ? { reservationId, quantity } : { reservationId, quantity, passes };
  });
}

function isSameItem({ reservationId }: RefundItem): (item: RefundItem) => boolean {
  return (item) => item.reservationId === reservationId;
}
