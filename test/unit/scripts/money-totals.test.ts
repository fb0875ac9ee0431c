// What reconciling prints of the money.

import { expect, test } from "vitest";
import { MoneyTotals } from "../../../scripts/lib/money-totals.ts";

const money = (amount: number, currency: string) => ({ amount, currency, exponent: 2 });

function sums(currency: string, taken: number, given_back: number, disputed: number) {
  return {
    taken: money(taken, currency),
    given_back: money(given_back, currency),
    disputed: money(disputed, currency),
  };
}

test("adds up the parts, by currency", () => {
  const totals = new MoneyTotals();
  const euros = sums("EUR", 9_050, 450, 1);
  const yen = sums("JPY", 9_000, 0, 0);
  totals.add({ money: [{ here: euros, at_provider: euros }] });
  totals.add({
    money: [
      { here: euros, at_provider: euros },
      { here: yen, at_provider: yen },
    ],
  });
  expect(totals.lines()).toEqual([
    "EUR: taken 181.00, given back 9.00, disputed 0.02. So says the payment provider.",
    "JPY: taken 9000, given back 0, disputed 0. So says the payment provider.",
  ]);
  expect(totals.addUp()).toBe(true);
});

test.each([
  ["taken", sums("EUR", 101, 0, 0)],
  ["given back", sums("EUR", 100, 1, 0)],
  ["disputed", sums("EUR", 100, 0, 1)],
])("says where the provider has it otherwise, by a cent: %s", (_what, at_provider) => {
  const totals = new MoneyTotals();
  totals.add({ money: [{ here: sums("EUR", 100, 0, 0), at_provider }] });
  const [here, there] = totals.lines();
  expect(here).toBe("EUR: taken 1.00, given back 0.00, disputed 0.00");
  expect(there).toMatch(/^ {2}The payment provider says: .*[01]\.01/);
  expect(totals.addUp()).toBe(false);
});

test("a service of an earlier version, or without a provider, says nothing of it", () => {
  const totals = new MoneyTotals();
  for (const part of [{}, { money: [] }]) totals.add(part);
  expect([totals.lines(), totals.addUp()]).toEqual([[], true]);
});
