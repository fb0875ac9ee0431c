// Refunds as one column of the row that they belong to, in an object's tables and in D1.

import type { Refund } from "../domain/refund.ts";

/** Null where there is none, as with nearly all that is sold. */
export function refundsAsText(refunds: readonly Refund[]): string | null {
  return refunds.length === 0 ? null : JSON.stringify(refunds);
}

export function readRefunds(text: string | null): readonly Refund[] {
  return text === null ? [] : JSON.parse(text);
}
