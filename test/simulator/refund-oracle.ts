// What must hold of the refunds of one payment after every step: against the provider's ledger.

import { attemptIdOf, nextLookMs, type Refund, type RefundState } from "../../src/domain/refund.ts";
import type { Provider } from "./provider.ts";

// One that succeeded may fail, and one that failed may be tried again.
const STEPS: Readonly<Record<RefundState, readonly RefundState[]>> = {
  due: ["due", "pending", "succeeded", "failed"],
  pending: ["pending", "succeeded", "failed"],
  succeeded: ["succeeded", "failed"],
  failed: ["failed", "due", "succeeded"],
};

/** In words; empty where all is right. */
export function refundFaults(
  provider: Provider,
  before: readonly Refund[],
  after: readonly Refund[],
  paidMinor: number,
): string[] {
  const sum = after.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  const faults = sum > paidMinor ? [`${sum} goes back of ${paidMinor}`] : [];
  for (const { id, state, amountMinor } of before) {
    const now = after.find((refund) => refund.id === id);
    const isStep = now !== undefined && STEPS[state].includes(now.state) && now.amountMinor === amountMinor;
    if (!isStep) faults.push(`refund ${id} went from ${state} to ${now?.state}`);
  }
  for (const refund of after.filter((one) => one.isAtProvider && !before.includes(one))) {
    const made = movementsOf(provider, refund);
    if (made.length > 1) faults.push(`${attemptIdOf(refund)} was given back ${made.length} times`);
    if (refund.state === "succeeded" && made.length === 0)
      faults.push(`${refund.id} succeeded, and no money went back`);
    const wrong = made.find(({ amountMinor }) => amountMinor !== refund.amountMinor);
    if (wrong !== undefined)
      faults.push(`${refund.id} gave back ${wrong.amountMinor} instead of ${refund.amountMinor}`);
  }
  return faults;
}

/** At rest the provider's word is the refund's, unless it is still looked for. */
export function refundFaultsAtRest(provider: Provider, refunds: readonly Refund[], nowMs: number): string[] {
  return refunds
    .filter(({ isAtProvider }) => isAtProvider)
    .flatMap((refund) => {
      const [made] = movementsOf(provider, refund);
      const has = made === undefined ? "not made" : made.declined ? "failed" : "succeeded";
      // The money came back unheard of: the service looks later.
      const isLookedFor = has === "failed" && (nextLookMs(refund) ?? 0) > nowMs;
      return has === refund.state || isLookedFor
        ? []
        : [`refund ${refund.id} is ${refund.state}, and at the provider ${has}`];
    });
}

/** An alarm that was to look at it is lost: a sweep sets it again. */
export function isLookOverdue(refund: Refund, nowMs: number): boolean {
  return (nextLookMs(refund) ?? Number.POSITIVE_INFINITY) <= nowMs;
}

function movementsOf({ movements }: Provider, refund: Refund) {
  return movements.filter(({ refundId }) => refundId === attemptIdOf(refund));
}
