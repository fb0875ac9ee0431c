// What must hold of the refunds of one payment after every step: against the provider's ledger.

import { isLate } from "../../src/domain/late-refunds.ts";
import { attemptIdOf, nextLookMs, type Refund, type RefundState, refundedPaymentId } from "../../src/domain/refund.ts";
import type { Provider } from "./provider.ts";
import type { Row } from "./sqlite.ts";

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
  const ofSale = after.filter((refund) => !isLate(refund));
  const sum = ofSale.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
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
    if (refund.state === "succeeded" && made.some((movement) => provider.isProcessing(movement)))
      faults.push(`${refund.id} succeeded, and the provider has not finished`);
    const wrong = made.find(({ amountMinor }) => amountMinor !== refund.amountMinor);
    if (wrong !== undefined)
      faults.push(`${refund.id} gave back ${wrong.amountMinor} instead of ${refund.amountMinor}`);
  }
  return faults;
}

// First attempts at giving a payment back as a whole, by its state.
const CHARGES: Readonly<Record<string, string>> = { succeeded: "1/0", failed: "0/0" };

/**
 * Why a payment is not what the provider has of it, at rest; null if it is. One that paid for
 * nothing is given back while its refund has succeeded.
 */
export function paymentFault(
  provider: Provider,
  { id, state }: { readonly id: string; readonly state: string },
  refunds: readonly Refund[],
): string | null {
  const charges = provider.chargesOf(id).length;
  const counted = `${charges}/${provider.refundsOf(id).length}`;
  const late = refunds.filter((refund) => isLate(refund) && refundedPaymentId(refund.id) === id);
  const isGivenBack = state === "refund_due" || state === "refunded";
  const wrong = `payment ${id} is ${state}: ${counted}, and ${late.map((refund) => refund.state).join() || "no refund"}`;
  if (!isGivenBack) return counted === CHARGES[state] && late.length === 0 ? null : wrong;
  const isInStep = late.length === 1 && (late[0]?.state === "succeeded") === (state === "refunded");
  return isInStep && charges === 1 ? null : wrong;
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

/** At rest, what needs a person is what can't be given back. */
export function wrongMark(refunds: readonly Refund[], copy: Row | undefined): string | null {
  const marks = refunds.filter(({ state }) => state === "failed").map(attemptIdOf);
  const mark = copy?.unresolved_payment_id ?? null;
  const isRight = mark === null ? marks.length === 0 : marks.includes(String(mark));
  return isRight ? null : `is marked by ${mark}, and what failed is ${marks.join() || "nothing"}`;
}

/** An alarm that was to look at it is lost: a sweep sets it again. */
export function isLookOverdue(refund: Refund, nowMs: number): boolean {
  return (nextLookMs(refund) ?? Number.POSITIVE_INFINITY) <= nowMs;
}

function movementsOf({ movements }: Provider, refund: Refund) {
  return movements.filter(({ refundId }) => refundId === attemptIdOf(refund));
}
