// Refunds as one column of the row that they belong to, in an object's tables and in D1.

import { isLate } from "../domain/late-refunds.ts";
import type { Refund } from "../domain/refund.ts";

/** Null where there is none, as with nearly all that is sold. */
export function refundsAsText(refunds: readonly Refund[]): string | null {
  return refunds.length === 0 ? null : JSON.stringify(refunds);
}

export function readRefunds(text: string | null): readonly Refund[] {
  return text === null ? [] : JSON.parse(text);
}

/** In D1 refunds of late payments have a column of their own: nothing was sold for that money. */
interface RefundColumns {
  readonly refunds: string | null;
  readonly lateRefunds: string | null;
}

export function refundColumns(refunds: readonly Refund[]): RefundColumns {
  return {
    refunds: refundsAsText(refunds.filter((refund) => !isLate(refund))),
    lateRefunds: refundsAsText(refunds.filter(isLate)),
  };
}

/** Objects of earlier versions leave the second column out. */
export function readRefundColumns({ refunds, lateRefunds = null }: Partial<RefundColumns>): readonly Refund[] {
  return [...readRefunds(refunds ?? null), ...readRefunds(lateRefunds)];
}
