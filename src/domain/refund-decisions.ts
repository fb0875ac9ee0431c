// What becomes of the refunds of one sale, of a reservation or of an order, with each thing that
// happens to them. What that means for the tickets is the sale's own. Pure.

import {
  BUYERS_KEY,
  CALLED_OFF_KEY,
  leftOf,
  markedByHand,
  type Purchase,
  planRefund,
  type Refund,
  type RefundOutcome,
  type RefundRefusal,
  type RefundRequest,
  refundOfAttempt,
  retried,
  reviewedRefund,
  settledRefund,
} from "./refund.ts";
import type { NamedPass } from "./refund-passes.ts";

export type RefundEvent =
  /** The organiser gives back some or all of it. `passes`: the ones that the request names. */
  | { readonly type: "refund"; readonly request: RefundRequest; readonly passes: readonly NamedPass[] }
  /** The buyer does, all that is left. Null: buyers may not. */
  | { readonly type: "give_back"; readonly refundableUntilMs: number | null }
  /** The event of these reservations was called off, and what is left of them goes back. */
  | { readonly type: "called_off"; readonly reservationIds: readonly string[] }
  | { readonly type: "retry"; readonly refundId: string; readonly key: string }
  /** An account says that it was given back by hand, or takes that back. */
  | { readonly type: "by_hand"; readonly refundId: string; readonly isGiven: boolean; readonly by: string }
  | { readonly type: "settle"; readonly attemptId: string; readonly outcome: RefundOutcome }
  | { readonly type: "review"; readonly attemptId: string };

export interface Sale {
  /** Null while nothing is sold. */
  readonly purchase: Purchase | null;
  readonly refunds: readonly Refund[];
  /** Whether all of it was given back. */
  readonly isRefunded: boolean;
}

/** All that a buyer has left. It can be bought again by others at once. */
const BUYERS_REQUEST: RefundRequest = {
  key: BUYERS_KEY,
  request: "all",
  requestedBy: "buyer",
  items: "all",
  amountMinor: null,
  restock: true,
  reason: "",
};

/** Nothing of a called-off event is on sale again, and what was sold of it stays on record so. */
const CALLED_OFF_REQUEST: Omit<RefundRequest, "key" | "items"> = {
  request: "called off",
  requestedBy: "organizer",
  amountMinor: null,
  restock: false,
  reason: "The event was called off.",
};

/**
 * The refund as `event` leaves it at `nowMs`: a new one, one of the sale's that has changed, or the
 * same one; or why there is none. Replays come first: callers may retry.
 */
export function refundAfter({ purchase, refunds, isRefunded }: Sale, event: RefundEvent, nowMs: number) {
  switch (event.type) {
    case "refund":
      return plan(purchase, event.request, event.passes, nowMs);
    case "give_back": {
      const { refundableUntilMs } = event;
      const isReplay = refunds.some(({ key }) => key === BUYERS_KEY);
      const isOpen = refundableUntilMs !== null && nowMs < refundableUntilMs;
      if (!isReplay && isRefunded) return { type: "already_refunded" } as const;
      if (!isReplay && !isOpen) return { type: "not_refundable", refundableUntilMs } as const;
      return plan(purchase, BUYERS_REQUEST, [], nowMs);
    }
    case "called_off":
      return purchase === null ? NOTHING_PAID : planCalledOff(purchase, event.reservationIds, nowMs);
    case "retry": {
      const refund = refunds.find(({ id }) => id === event.refundId);
      return refund === undefined ? UNKNOWN : retried(refund, event.key, nowMs);
    }
    case "by_hand": {
      const refund = refunds.find(({ id }) => id === event.refundId);
      return refund === undefined ? UNKNOWN : markedByHand(refund, event.isGiven, event.by, nowMs);
    }
    case "settle": {
      const refund = refundOfAttempt(refunds, event.attemptId);
      return refund === null ? UNKNOWN : settledRefund(refund, event.attemptId, event.outcome, nowMs);
    }
    case "review": {
      const refund = refundOfAttempt(refunds, event.attemptId);
      return refund === null ? UNKNOWN : reviewedRefund(refund, nowMs);
    }
  }
}

const UNKNOWN = { type: "refund_unknown" } as const;
const NOTHING_PAID = { type: "nothing_paid" } as const;

function plan(
  purchase: Purchase | null,
  request: RefundRequest,
  named: readonly NamedPass[],
  nowMs: number,
): Refund | RefundRefusal {
  return purchase === null ? NOTHING_PAID : planRefund(purchase, request, named, nowMs);
}

/**
 * What the tickets that are left cost, but no more than is left of the payment. A repeat
 * finds none left, so it needs no key of the caller's.
 */
function planCalledOff(purchase: Purchase, reservationIds: readonly string[], nowMs: number) {
  const items = leftOf(purchase).items.filter(({ reservationId }) => reservationIds.includes(reservationId));
  const [first] = items;
  if (first === undefined) return { type: "already_refunded" } as const;
  const key = `${CALLED_OFF_KEY} ${first.reservationId}`;
  return planRefund(purchase, { ...CALLED_OFF_REQUEST, key, items }, [], nowMs);
}
