// How the money of refunds is spread over what was paid for.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type RefundItem, sharesOf } from "../../../src/domain/refund-shares.ts";

/** Three of 45.00, one of 5.00, and one that is free. */
const SOLD = [
  { reservationId: "a", quantity: 3, unitPriceMinor: 4_500 },
  { reservationId: "b", quantity: 1, unitPriceMinor: 500 },
  { reservationId: "c", quantity: 1, unitPriceMinor: 0 },
];

type Tickets = Readonly<Record<string, number>>;

function refund(tickets: Tickets, amountMinor: number) {
  const items = Object.entries(tickets).map(([reservationId, quantity]) => ({ reservationId, quantity }));
  return { items, amountMinor };
}

/** Of the last one: `a 1 4500` is one ticket of `a` and 45.00. */
function shares(...refunds: ReturnType<typeof refund>[]): string {
  const last = sharesOf(SOLD, refunds).at(-1) ?? [];
  return last
    .map(({ reservationId, quantity, amountMinor }) => `${reservationId} ${quantity} ${amountMinor}`)
    .join(", ");
}

describe("a refund of", () => {
  test.each<[what: string, refunds: ReturnType<typeof refund>[], want: string]>([
    ["tickets is what they cost", [refund({ a: 2, b: 1 }, 9_500)], "a 2 9000, b 1 500"],
    ["tickets without money", [refund({ a: 1 }, 0)], "a 1 0"],
    ["free tickets", [refund({ c: 1 }, 0)], "c 1 0"],
    ["tickets less a fee, in proportion", [refund({ a: 2, b: 1 }, 9_000)], "a 2 8526, b 1 474"],
    ["a ticket and more money than it cost, at first of the same item", [refund({ a: 1 }, 9_600)], "a 1 9600"],
    ["more than its item cost, of the others", [refund({ b: 1 }, 1_400)], "a 0 900, b 1 500"],
    ["money alone, in proportion", [refund({}, 1_400)], "a 0 1350, b 0 50"],
    ["one cent", [refund({}, 1)], "b 0 1"],
    ["all", [refund({ a: 3, b: 1, c: 1 }, 14_000)], "a 3 13500, b 1 500, c 1 0"],
    [
      "what is left after money went back alone",
      [refund({}, 1_400), refund({ a: 3, b: 1 }, 12_600)],
      "a 3 12150, b 1 450",
    ],
    [
      "a ticket of an item of which less is left",
      [refund({ a: 1 }, 13_000), refund({ a: 1 }, 900)],
      "a 1 500, b 0 400",
    ],
  ])("%s", (_what, refunds, want) => {
    expect(shares(...refunds)).toBe(want);
  });

  test("anything stays as it was kept, and later ones are of what that leaves", () => {
    const kept = { ...refund({}, 500), shares: [{ reservationId: "b", quantity: 0, amountMinor: 500 }] };
    expect(sharesOf(SOLD, [kept, refund({}, 100)])).toEqual([
      kept.shares,
      [{ reservationId: "a", quantity: 0, amountMinor: 100 }],
    ]);
  });
});

const sold = fc.array(
  fc.record({
    quantity: fc.integer({ min: 1, max: 10 }),
    // Yen and cents, and dinars that no number of tickets exceeds.
    unitPriceMinor: fc.oneof(fc.nat(20), fc.nat(99_999), fc.integer({ min: 1e12, max: 1e13 })),
  }),
  { minLength: 1, maxLength: 5 },
);
const asked = fc.array(
  fc.record({ share: fc.double({ min: 0, max: 1, noNaN: true }), named: fc.array(fc.nat(9), { maxLength: 5 }) }),
  {
    maxLength: 8,
  },
);

test("shares add up to each refund and never exceed an item, and all refunds to what was paid", () => {
  fc.assert(
    fc.property(sold, asked, (lines, wanted) => {
      const items = lines.map((line, index) => ({ ...line, reservationId: `r${index}` }));
      const paidMinor = items.reduce((sum, { quantity, unitPriceMinor }) => sum + quantity * unitPriceMinor, 0);
      const left = items.map(({ quantity }) => quantity);
      let leftMinor = paidMinor;
      const parts = wanted.map(({ share, named }) => {
        const tickets = named.flatMap((quantity, index): RefundItem[] => {
          const taken = Math.min(quantity, left[index] ?? 0);
          if (taken === 0) return [];
          left[index] = (left[index] ?? 0) - taken;
          return [{ reservationId: `r${index}`, quantity: taken }];
        });
        const amountMinor = Math.floor(leftMinor * share);
        leftMinor -= amountMinor;
        return { items: tickets, amountMinor };
      });
      const refunds = [...parts, { items: [], amountMinor: leftMinor }];
      const all = sharesOf(items, refunds);
      for (const [index, each] of all.entries()) {
        const { items: tickets, amountMinor } = refunds[index] ?? { items: [], amountMinor: 0 };
        expect(each.reduce((sum, one) => sum + one.amountMinor, 0)).toBe(amountMinor);
        for (const one of each) expect(one.amountMinor).toBeGreaterThanOrEqual(0);
        expect(
          each
            .filter(({ quantity }) => quantity > 0)
            .map(({ reservationId, quantity }) => ({ reservationId, quantity })),
        ).toEqual(tickets);
        // What was kept with each refund is what comes of all of them.
        const kept = refunds.slice(0, index).map((one, at) => ({ ...one, shares: all[at] }));
        expect(sharesOf(items, [...kept, { items: tickets, amountMinor }]).at(-1)).toEqual(each);
      }
      const sums = items.map(({ reservationId }) =>
        all.flat().reduce((sum, one) => sum + (one.reservationId === reservationId ? one.amountMinor : 0), 0),
      );
      expect(sums).toEqual(items.map(({ quantity, unitPriceMinor }) => quantity * unitPriceMinor));
    }),
  );
});
