// Differences between D1's records of disputes and the payment provider's. Pure.

import type { DisputeRow } from "../payments/disputes.ts";
import type { Dispute } from "../payments/provider.ts";
import { type Charged, type Finding, finding } from "./differences.ts";

/**
 * `opened`: of all payments since the first of these, as far as the provider lists them, and each
 * that D1 has of these. A dispute is recorded for each event that was
 * paid for, and all of its rows are to be alike.
 */
export function disputeFindings(
  charged: readonly Pick<Charged, "id" | "about">[],
  rows: readonly DisputeRow[],
  opened: readonly Dispute[],
): Finding[] {
  const rowsOf = Map.groupBy(rows, ({ providerId }) => providerId);
  const known = new Set(opened.map(({ id }) => id));
  return charged.flatMap(({ id, about }) => {
    const ofThis = opened.filter(({ boughtId }) => boughtId === id);
    const unknown = rows.filter(({ boughtId, providerId }) => boughtId === id && !known.has(providerId));
    return [
      ...ofThis.flatMap((dispute): Finding[] => {
        const found = rowsOf.get(dispute.id) ?? [];
        const of = { ...about, paymentId: dispute.paymentId };
        if (found.length === 0) return [finding("dispute_unrecorded", null, dispute, of)];
        const wrong = found.find((row) => !isCopy(row, dispute));
        return wrong === undefined ? [] : [finding("dispute_copy", shown(wrong), dispute, of)];
      }),
      ...unknown.map((row) => finding("dispute_not_known", shown(row), null, { ...about, paymentId: row.paymentId })),
    ];
  });
}

function isCopy(row: DisputeRow, { paymentId, boughtId, amountMinor, currency, state }: Dispute): boolean {
  const isOfPayment = row.paymentId === paymentId && row.boughtId === boughtId;
  return isOfPayment && row.amountMinor === amountMinor && row.currency === currency && row.state === state;
}

function shown({ providerId, paymentId, boughtId, amountMinor, currency, state }: DisputeRow) {
  return { id: providerId, paymentId, boughtId, amountMinor, currency, state };
}
