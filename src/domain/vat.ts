// The VAT in a price. Pure.

import { sumOf } from "./sums.ts";

/** The highest rate: 100 %, in hundredths of a percent. */
export const MAX_VAT_RATE = 10_000;

/**
 * The VAT that `grossMinor` includes, in the currency's minor unit, rounded half up. `rate` is in
 * hundredths of a percent: 1900 is 19 %. Null: none. Exact, however large the amount.
 */
export function vatIn(grossMinor: number, rate: number | null): number {
  if (rate === null) return 0;
  const whole = BigInt(10_000 + rate);
  return Number((2n * BigInt(grossMinor) * BigInt(rate) + whole) / (2n * whole));
}

/** Part of a receipt whose amounts have one rate. */
export interface VatAmount {
  /** Null: no VAT. */
  readonly rate: number | null;
  readonly netMinor: number;
  readonly vatMinor: number;
  readonly grossMinor: number;
}

/** The sums of lines by rate, the highest rate first. What is added up was rounded line by line. */
export function vatByRate(lines: readonly Pick<VatAmount, "rate" | "vatMinor" | "grossMinor">[]): VatAmount[] {
  const rates = [...Map.groupBy(lines, ({ rate }) => rate)].toSorted(([one], [other]) => (other ?? -1) - (one ?? -1));
  return rates.map(([rate, ofRate]) => {
    const grossMinor = sumOf(ofRate, "grossMinor");
    const vatMinor = sumOf(ofRate, "vatMinor");
    return { rate, netMinor: grossMinor - vatMinor, vatMinor, grossMinor };
  });
}
