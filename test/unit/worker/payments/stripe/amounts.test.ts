// Amounts as Stripe takes them, over all currencies that prices may be in.

import { describe, expect, test } from "vitest";
import { exponentOf, isCurrency } from "../../../../../src/domain/currency.ts";
import { fromStripe, stepOf, stripeAmount } from "../../../../../src/worker/payments/stripe/amounts.ts";

const ALL = [...lettersOf3()].filter(isCurrency);
/** Not among the currencies that Stripe charges cards in. */
const REFUSED = "BTN CUP ERN GHS IQD IRR KPW LYD MRU SDG SSP SVC SYP TMT VED VES ZWG".split(" ");
/** The amount of 12 whole units, where Stripe's minor unit is not ISO 4217's. */
const OTHERWISE: Readonly<Record<string, number>> = { ISK: 1_200, UGX: 1_200, MGA: 12 };

describe("60,000 whole units of each currency", () => {
  test.each(ALL.filter((code) => !REFUSED.includes(code)))("%s", (currency) => {
    const exponent = exponentOf(currency);
    // Enough that it is no less than Stripe's least.
    const wholeUnits = 60_000;
    const amount = stripeAmount(wholeUnits * 10 ** exponent, currency);
    expect(amount).toBe((OTHERWISE[currency] ?? 12 * 10 ** exponent) * 5_000);
    expect(fromStripe(Number(amount), currency)).toBe(wholeUnits * 10 ** exponent);
  });
});

test("each has a least amount: a table of Stripe's, or one by what it is worth", () => {
  const chargeable = ALL.filter((code) => !REFUSED.includes(code));
  const tooLittle = (currency: string) => stripeAmount(stepOf(currency), currency);
  const without = chargeable.filter((currency) => typeof tooLittle(currency) === "number");
  expect(without).toEqual([]);
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
  ["KRW", 49, { type: "amount_too_small", leastMinor: 50 }],
  ["ZAR", 49, { type: "amount_too_small", leastMinor: 50 }],
  ["VND", 19_999, { type: "amount_too_small", leastMinor: 20_000 }],
  ["VND", 20_000, 20_000],
  ["KWD", 190, { type: "amount_too_small", leastMinor: 200 }],
  ["UGX", 1_999, { type: "amount_too_small", leastMinor: 2_000 }],
  ["MGA", 499_900, { type: "amount_too_small", leastMinor: 500_000 }],
  ["MGA", 500_000, 5_000],
  ["ISK", 99, { type: "amount_too_small", leastMinor: 100 }],
  ["IDR", 999_999_999_999, 999_999_999_999],
  ["IDR", 1_000_000_000_000, { type: "amount_too_large", mostMinor: 999_999_999_999 }],
  ["COP", 9_999_999_999, 9_999_999_999],
  ["COP", 10_000_000_000, { type: "amount_too_large", mostMinor: 9_999_999_999 }],
  ["INR", 999_999_999, 999_999_999],
  ["INR", 1_000_000_000, { type: "amount_too_large", mostMinor: 999_999_999 }],
  ["JPY", 100_000_000, { type: "amount_too_large", mostMinor: 99_999_999 }],
  ["EUR", 100_000_000, { type: "amount_too_large", mostMinor: 99_999_999 }],
  ["ISK", 999_999, 99_999_900],
  ["ISK", 1_000_000, { type: "amount_too_large", mostMinor: 999_999 }],
  ["KWD", 1_230, 1_230],
  ["KWD", 1_234, { type: "amount_too_fine", stepMinor: 10 }],
  ["MGA", 1_250, { type: "amount_too_fine", stepMinor: 100 }],
  ["UGX", 5_000, 500_000],
])("%s %i", (currency, amountMinor, want) => {
  expect(stripeAmount(amountMinor, currency)).toEqual(want);
});

function* lettersOf3(): Generator<string> {
  const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
  for (const a of letters) for (const b of letters) for (const c of letters) yield a + b + c;
}
