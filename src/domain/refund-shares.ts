// How the money of refunds is spread over what was paid for. Pure.

export interface RefundItem {
  readonly reservationId: string;
  readonly quantity: number;
}

/** What goes back of one of the items: so many tickets, and so much money. */
export interface RefundShare extends RefundItem {
  readonly amountMinor: number;
}

interface Sold extends RefundItem {
  readonly unitPriceMinor: number;
}

interface GivenBack {
  readonly items: readonly RefundItem[];
  readonly amountMinor: number;
  /** As they were when it was made. Left out before they were kept, and for a new one. */
  readonly shares?: readonly RefundShare[] | undefined;
}

/**
 * The shares of each refund, in the order of the refunds. They add up to its amount, and no item
 * gives back more than it cost. What the refund's own tickets cost comes first, then what else is
 * left of their items, then of the others: each time in proportion, to the smallest unit.
 */
export function sharesOf(sold: readonly Sold[], refunds: readonly GivenBack[]): readonly (readonly RefundShare[])[] {
  let left = sold.map(({ quantity, unitPriceMinor }) => quantity * unitPriceMinor);
  return refunds.map((refund) => {
    const shares = refund.shares ?? sharesOfNext(sold, left, refund);
    const amountOf = (id: string) => shares.find(({ reservationId }) => reservationId === id)?.amountMinor ?? 0;
    left = left.map((leftMinor, index) => leftMinor - amountOf(sold[index]?.reservationId ?? ""));
    return shares;
  });
}

function sharesOfNext(
  sold: readonly Sold[],
  left: readonly number[],
  { items, amountMinor }: GivenBack,
): readonly RefundShare[] {
  const quantities = sold.map(({ reservationId }) => {
    return items.find((item) => item.reservationId === reservationId)?.quantity ?? 0;
  });
  const bounds = [
    sold.map(({ unitPriceMinor }, index) => unitPriceMinor * (quantities[index] ?? 0)),
    left.map((leftMinor, index) => (quantities[index] === 0 ? 0 : leftMinor)),
    left,
  ];
  const given = bounds.reduce((before, bound) => {
    const restMinor = amountMinor - sum(before);
    const weights = left.map((leftMinor, index) => {
      return Math.max(0, Math.min(bound[index] ?? 0, leftMinor) - (before[index] ?? 0));
    });
    const parts = inProportion(Math.min(restMinor, sum(weights)), weights);
    return before.map((minor, index) => minor + (parts[index] ?? 0));
  }, Array<number>(sold.length).fill(0));
  return sold
    .map(({ reservationId }, index) => ({
      reservationId,
      quantity: quantities[index] ?? 0,
      amountMinor: given[index] ?? 0,
    }))
    .filter((share) => share.quantity > 0 || share.amountMinor > 0);
}

/** Parts of an amount of at most the sum of the weights: each is at most its weight. Exact. */
function inProportion(amountMinor: number, weights: readonly number[]): number[] {
  const whole = BigInt(sum(weights));
  let weighed = 0n;
  let givenSoFar = 0n;
  return weights.map((weight) => {
    weighed += BigInt(weight);
    const givenUpTo = whole === 0n ? 0n : (BigInt(amountMinor) * weighed) / whole;
    const part = givenUpTo - givenSoFar;
    givenSoFar = givenUpTo;
    return Number(part);
  });
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}
