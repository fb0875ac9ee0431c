// What was charged, given back and disputed, by the objects' records and by the payment provider's,
// to be added up. Pure.

import { attemptIdOf, isUnderWay, type Refund, refundedPaymentId } from "../../domain/refund.ts";
import { sumsBy } from "../../domain/sums.ts";
import type { DisputeRow } from "../payments/disputes.ts";
import type { Dispute, Movement } from "../payments/provider.ts";
import type { Charged } from "./differences.ts";

/** In the currency's minor unit. A dispute that was won counts nowhere. */
export interface MoneySums {
  readonly currency: string;
  readonly takenMinor: number;
  readonly givenBackMinor: number;
  readonly disputedMinor: number;
  readonly takenAtProviderMinor: number;
  readonly givenBackAtProviderMinor: number;
  readonly disputedAtProviderMinor: number;
}

const NOTHING = {
  takenMinor: 0,
  givenBackMinor: 0,
  disputedMinor: 0,
  takenAtProviderMinor: 0,
  givenBackAtProviderMinor: 0,
  disputedAtProviderMinor: 0,
};
const COLUMNS = Object.keys(NOTHING) as (keyof typeof NOTHING)[];

/** One for each currency, in their order. */
export function byCurrency(sums: readonly MoneySums[]): MoneySums[] {
  return sumsBy(sums, ({ currency }) => currency, COLUMNS);
}

/**
 * Of one reservation or order, or of what only D1 has: then without a record of an object. What is
 * under way there is left out on both sides. `rows`, `opened`: of its disputes.
 */
export function moneyOf(
  charged: Pick<Charged, "total" | "payments" | "refunds"> | null,
  movements: readonly Movement[],
  rows: readonly DisputeRow[],
  opened: readonly Dispute[],
): MoneySums[] {
  const settled = movements.filter((one) => one.state === "succeeded" && !isUnderWayIn(charged, one));
  const disputes = new Map(rows.map((row) => [row.providerId, row])).values();
  return byCurrency([
    ...(charged === null ? [] : ownSums(charged)),
    ...[...disputes].filter(isAgainstSeller).map((row) => sums(row.currency, { disputedMinor: row.amountMinor })),
    ...settled.map(({ kind, currency, amountMinor }) =>
      sums(
        currency,
        kind === "charge" ? { takenAtProviderMinor: amountMinor } : { givenBackAtProviderMinor: amountMinor },
      ),
    ),
    ...opened
      .filter(isAgainstSeller)
      .map(({ currency, amountMinor }) => sums(currency, { disputedAtProviderMinor: amountMinor })),
  ]);
}

function ownSums({ total: { amountMinor, currency }, payments, refunds }: NonNullable<Parameters<typeof moneyOf>[0]>) {
  const isLate = ({ state }: Charged["payments"][number]) => state === "refund_due" || state === "refunded";
  // A payment that came too late goes back as a whole, which its own state says.
  const late = new Set(payments.filter(isLate).map(({ id }) => id));
  const isGivenBack = ({ id, isAtProvider, state }: Refund) =>
    isAtProvider && state === "succeeded" && !late.has(refundedPaymentId(id));
  return [
    ...payments
      .filter((payment) => payment.state === "succeeded" || isLate(payment))
      .map(({ state }) =>
        sums(currency, { takenMinor: amountMinor, givenBackMinor: state === "refunded" ? amountMinor : 0 }),
      ),
    ...refunds.filter(isGivenBack).map((refund) => sums(currency, { givenBackMinor: refund.amountMinor })),
  ];
}

function isUnderWayIn(charged: Parameters<typeof moneyOf>[0], { kind, paymentId, refundId }: Movement): boolean {
  const state = charged?.payments.find(({ id }) => id === paymentId)?.state;
  if (kind === "charge") return state === "pending";
  const refund = charged?.refunds.find((one) => attemptIdOf(one) === refundId);
  return refund === undefined ? state === "refund_due" : isUnderWay(refund);
}

function isAgainstSeller({ state }: Pick<Dispute, "state">): boolean {
  return state !== "won";
}

function sums(currency: string, some: Partial<typeof NOTHING>): MoneySums {
  return { currency, ...NOTHING, ...some };
}
