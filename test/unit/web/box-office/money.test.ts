// Amounts and rates as organisers type them.

import fc from "fast-check";
import { expect, test } from "vitest";
import { exponentOf } from "../../../../src/domain/currency.ts";
import { readAmount, readDecimal, writeAmount, writeDecimal } from "../../../../src/web/box-office/money.ts";

test.each<[text: string, currency: string, amount: number | null]>([
  ["45", "EUR", 4_500],
  ["45.5", "EUR", 4_550],
  ["45,50", "EUR", 4_550],
  [" 45.05 ", "EUR", 4_505],
  ["45.", "EUR", 4_500],
  ["0", "EUR", 0],
  ["45.505", "EUR", null],
  ["4500", "JPY", 4_500],
  ["4500.5", "JPY", null],
  ["4.5", "KWD", 4_500],
  ["4.555", "KWD", 4_555],
  // Of these, browsers know fewer decimals than ISO 4217 has.
  ["4500", "HUF", 450_000],
  ["25000", "IQD", 25_000_000],
  // Nobody knows whether this is a thousand.
  ["1.000,50", "EUR", null],
  ["1 000", "EUR", null],
  ["-1", "EUR", null],
  ["1e3", "EUR", null],
  ["", "EUR", null],
  [".5", "EUR", null],
  // Longer ones are no amounts that a service takes.
  ["1234567890", "EUR", null],
])("%j of %s is %j", (text, currency, amount) => {
  expect(readAmount(text, currency)).toBe(amount);
});

test("what is written is read as the same, with a point and with a comma, in every currency", () => {
  const amounts = fc.integer({ min: 0, max: 99_999_999 });
  fc.assert(
    fc.property(amounts, fc.constantFrom("EUR", "JPY", "KWD", "HUF", "IQD"), (amount, currency) => {
      const written = writeAmount(amount, currency);
      expect(readAmount(written, currency)).toBe(amount);
      expect(readAmount(written.replace(".", ","), currency)).toBe(amount);
      expect(written.split(".")[1]?.length ?? 0).toBe(exponentOf(currency));
    }),
  );
});

test("rates have decimals of their own", () => {
  expect(readDecimal("7,7", 2)).toBe(770);
  expect(writeDecimal(770, 2)).toBe("7.70");
});
