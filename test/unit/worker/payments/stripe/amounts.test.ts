// Amounts as Stripe takes them, over all currencies that prices may be in.

import { describe, expect, test } from "vitest";
import { exponentOf, isCurrency } from "../../../../../src/domain/currency.ts";
import { fromStripe, stripeAmount } from "../../../../../src/worker/payments/stripe/amounts.ts";

const ALL = [...lettersOf3()].filter(isCurrency);
/** Not among the currencies that Stripe charges cards in. */
const REFUSED = "BTN CUP ERN GHS IQD IRR KPW LYD MRU SDG SSP SVC SYP TMT VED VES ZWG".split(" ");
/** The amount of 12 whole units, where Stripe's minor unit is not ISO 4217's. */
const OTHERWISE: Readonly<Record<string, number>> = { ISK: 1_200, UGX: 1_200, MGA: 12 };

describe("12 whole units of each currency", () => {
  test.each(ALL.filter((code) => !REFUSED.includes(code)))("%s", (currency) => {
    const exponent = exponentOf(currency);
    // Enough that it is no less than Stripe's least.
    const wholeUnits = 12_000;
    const amount = stripeAmount(wholeUnits * 10 ** exponent, currency);
    expect(amount).toBe((OTHERWISE[currency] ?? 12 * 10 ** exponent) * 1_000);
    expect(fromStripe(Number(amount), currency)).toBe(wholeUnits * 10 ** exponent);
  });
});

test("the currencies that Stripe does not take are refused", () => {
  for (const currency of REFUSED)
    expect(stripeAmount(120_000, currency), currency).toEqual({ type: "currency_not_chargeable" });
});

test.each<[currency: string, amountMinor: number, want: ReturnType<typeof stripeAmount>]>([
  ["EUR", 50, 50],
  ["EUR", 49, { type: "amount_too_small", leastMinor: 50 }],
  ["HUF", 17_499, { type: "amount_too_small", leastMinor: 17_500 }],
  ["JPY", 50, 50],
  ["JPY", 49, { type: "amount_too_small", leastMinor: 50 }],
  ["EUR", 99_999_999, 99_999_999],
  ["EUR", 100_000_000, { type: "amount_too_large", mostMinor: 99_999_999 }],
  ["ISK", 999_999, 99_999_900],
  ["ISK", 1_000_000, { type: "amount_too_large", mostMinor: 999_999 }],
  ["KWD", 1_230, 1_230],
  ["KWD", 1_234, { type: "amount_too_fine", stepMinor: 10 }],
  ["MGA", 1_200, 12],
  ["MGA", 1_250, { type: "amount_too_fine", stepMinor: 100 }],
  ["UGX", 500, 50_000],
])("%s %i", (currency, amountMinor, want) => {
  expect(stripeAmount(amountMinor, currency)).toEqual(want);
});

function* lettersOf3(): Generator<string> {
  const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
  for (const a of letters) for (const b of letters) for (const c of letters) yield a + b + c;
}
