// The VAT in a price: exact, rounded half up line by line, in currencies with any decimals.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sumOf } from "../../../src/domain/sums.ts";
import { MAX_VAT_RATE, vatByRate, vatIn } from "../../../src/domain/vat.ts";

test.each<[what: string, grossMinor: number, rate: number | null, vatMinor: number]>([
  ["19 % in EUR 119.00", 119_00, 1900, 19_00],
  ["19 % in EUR 45.00", 45_00, 1900, 7_18],
  ["19 % in one cent", 1, 1900, 0],
  ["19 % in three cents, 0.479", 3, 1900, 0],
  ["19 % in four cents, 0.639", 4, 1900, 1],
  ["7 % in EUR 45.00", 45_00, 700, 2_94],
  ["7.7 % in CHF 100.00", 100_00, 770, 7_15],
  ["8.1 % in CHF 12.35", 12_35, 810, 93],
  ["25 % in two öre, 0.4", 2, 2500, 0],
  ["25 % in SEK 250.00", 250_00, 2500, 50_00],
  ["10 % in JPY 4500, which has no decimals", 4500, 1000, 409],
  ["8 % in JPY 1", 1, 800, 0],
  ["5 % in KWD 4.500, which has three", 4_500, 500, 214],
  ["5 % in KWD 10.000", 10_000, 500, 476],
  ["100 % in one cent: half a cent goes up", 1, 10_000, 1],
  ["100 % in three cents: 1.5 goes up", 3, 10_000, 2],
  ["0 %", 45_00, 0, 0],
  ["none", 45_00, null, 0],
  ["19 % in nothing", 0, 1900, 0],
  ["0.01 % in EUR 100.01", 100_01, 1, 1],
  ["19 % in the dearest line there may be, where doubles err", 100_000_000_000_000, 1900, 15_966_386_554_622],
])("%s", (_what, grossMinor, rate, vatMinor) => {
  expect(vatIn(grossMinor, rate)).toBe(vatMinor);
});

const gross = fc.integer({ min: 0, max: 100_000_000_000_000 });
const rate = fc.integer({ min: 0, max: MAX_VAT_RATE });

describe("whatever the amount and the rate", () => {
  test("VAT is the nearest amount, and of two the higher one", () => {
    fc.assert(
      fc.property(gross, rate, (grossMinor, rate) => {
        // Twice the error, in units of 1 / (10000 + rate).
        const error =
          2n * (BigInt(grossMinor) * BigInt(rate) - BigInt(vatIn(grossMinor, rate)) * BigInt(10_000 + rate));
        const whole = BigInt(10_000 + rate);
        expect(error >= -whole && error < whole).toBe(true);
      }),
    );
  });

  test("VAT grows with both, and is never more than the price", () => {
    fc.assert(
      fc.property(gross, gross, rate, rate, (one, other, low, high) => {
        const [less, more] = [Math.min(one, other), Math.max(one, other)];
        const [lower, higher] = [Math.min(low, high), Math.max(low, high)];
        expect(vatIn(less, lower)).toBeLessThanOrEqual(vatIn(more, lower));
        expect(vatIn(less, lower)).toBeLessThanOrEqual(vatIn(less, higher));
        expect(vatIn(more, higher)).toBeLessThanOrEqual(more);
      }),
    );
  });

  test("sums by rate are the lines' own, net and VAT are the price, and each rate is there once", () => {
    const line = fc
      .record({ grossMinor: fc.nat(1_000_000), rate: fc.constantFrom(null, 0, 700, 1900) })
      .map((one) => ({ ...one, vatMinor: vatIn(one.grossMinor, one.rate) }));
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const sums = vatByRate(lines);
        expect(sumOf(sums, "grossMinor")).toBe(sumOf(lines, "grossMinor"));
        expect(sumOf(sums, "vatMinor")).toBe(sumOf(lines, "vatMinor"));
        for (const { netMinor, vatMinor, grossMinor } of sums) expect(netMinor + vatMinor).toBe(grossMinor);
        const rates = sums.map(({ rate }) => rate ?? -1);
        expect(rates).toEqual([...new Set(lines.map(({ rate }) => rate ?? -1))].toSorted((one, other) => other - one));
      }),
    );
  });
});

test("VAT is rounded line by line: three lines of EUR 0.10 have three times their VAT, not that of the total", () => {
  const lines = Array.from({ length: 3 }, () => ({ grossMinor: 10, rate: 1900, vatMinor: vatIn(10, 1900) }));
  expect(vatByRate(lines)).toEqual([{ rate: 1900, grossMinor: 30, vatMinor: 6, netMinor: 24 }]);
  expect(vatIn(30, 1900)).toBe(5);
});
