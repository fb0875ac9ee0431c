// What becomes of the refunds of one sale, of a reservation or of an order, with each thing that
// happens to them. What that means for the tickets is the sale's own. Pure.

import {
  BUYERS_KEY,
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

export type RefundEvent =
  /** The organiser gives back some or all of it. */
  | { readonly type: "refund"; readonly request: RefundRequest }
  /** The buyer does, all that is left. Null: buyers may not. */
  | { readonly type: "give_back"; readonly refundableUntilMs: number | null }
  | { readonly type: "retry"; readonly refundId: string; readonly key: string }
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

/**
 * The refund as `event` leaves it at `nowMs`: a new one, one of the sale's that has changed, or the
 * same one; or why there is none. Replays come first: callers may retry.
 */
export function refundAfter({ purchase, refunds, isRefunded }: Sale, event: RefundEvent, nowMs: number) {
  switch (event.type) {
    case "refund":
      return plan(purchase, event.request, nowMs);
    case "give_back": {
      const { refundableUntilMs } = event;
      const isReplay = refunds.some(({ key }) => key === BUYERS_KEY);
      const isOpen = refundableUntilMs !== null && nowMs < refundableUntilMs;
      if (!isReplay && isRefunded) return { type: "already_refunded" } as const;
      if (!isReplay && !isOpen) return { type: "not_refundable", refundableUntilMs } as const;
      return plan(purchase, BUYERS_REQUEST, nowMs);
    }
    case "retry": {
      const refund = refunds.find(({ id }) => id === event.refundId);
      return refund === undefined ? UNKNOWN : retried(refund, event.key, nowMs);
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

function plan(purchase: Purchase | null, request: RefundRequest, nowMs: number): Refund | RefundRefusal {
  return purchase === null ? { type: "nothing_paid" } : planRefund(purchase, request, nowMs);
}
