// What an event's sales brought in: sums, and its part of what is disputed.

import { expect, test } from "vitest";
import {
  byCurrency,
  byMethod,
  type DisputedSale,
  disputedTakings,
  netMinor,
  type Takings,
} from "../../../src/domain/takings.ts";

const EUR: Takings = {
  method: "online",
  currency: "EUR",
  takenMinor: 0,
  givenBackMinor: 0,
  refundingMinor: 0,
  disputedMinor: 0,
  lostMinor: 0,
};

test.each<[what: string, takings: Partial<Takings>, netMinor: number]>([
  ["what was taken", { takenMinor: 9_000 }, 9_000],
  ["less what was given back", { takenMinor: 9_000, givenBackMinor: 1 }, 8_999],
  ["less what is to be given back", { takenMinor: 9_000, refundingMinor: 4_500 }, 4_500],
  ["less what is disputed", { takenMinor: 9_000, disputedMinor: 9_000 }, 0],
  ["less what was lost", { takenMinor: 9_000, lostMinor: 3_000 }, 6_000],
  ["and less than nothing where it went back twice", { takenMinor: 500, givenBackMinor: 500, lostMinor: 500 }, -500],
])("what stays is %s", (_what, takings, want) => {
  expect(netMinor({ ...EUR, ...takings })).toBe(want);
});

type Item = [ticketType: "own" | "another's", quantity: number, unitPriceMinor: number];

test.each<[what: string, state: DisputedSale["state"], amountMinor: number, items: Item[], want: Partial<Takings>]>([
  ["all of a sale", "open", 9_000, [["own", 2, 4_500]], { disputedMinor: 9_000 }],
  ["a part of a sale", "open", 100, [["own", 2, 4_500]], { disputedMinor: 100 }],
  ["one that was lost", "lost", 9_000, [["own", 2, 4_500]], { lostMinor: 9_000 }],
  [
    "a sale with tickets of another event",
    "open",
    1_000,
    [
      ["own", 1, 600],
      ["another's", 1, 400],
    ],
    { disputedMinor: 600 },
  ],
  [
    "a part of one, first",
    "open",
    100,
    [
      ["own", 1, 500],
      ["another's", 2, 500],
    ],
    { disputedMinor: 33 },
  ],
  [
    "a part of one, last",
    "open",
    100,
    [
      ["another's", 2, 500],
      ["own", 1, 500],
    ],
    { disputedMinor: 34 },
  ],
  [
    "one with free tickets",
    "lost",
    500,
    [
      ["own", 1, 0],
      ["another's", 1, 500],
    ],
    {},
  ],
])("of a dispute, %s", (_what, state, amountMinor, items, want) => {
  const sale = {
    method: "online" as const,
    currency: "EUR",
    state,
    amountMinor,
    items: items.map(([whose, quantity, unitPriceMinor], index) => {
      return { reservationId: `r${index}`, quantity, unitPriceMinor, isOfEvent: whose === "own" };
    }),
  };
  expect(disputedTakings(sale)).toEqual({ ...EUR, ...want });
});

test("takings add up by method, and by currency", () => {
  const takings: Takings[] = [
    { ...EUR, takenMinor: 100, givenBackMinor: 1, refundingMinor: 2, disputedMinor: 3, lostMinor: 4 },
    { ...EUR, takenMinor: 900, givenBackMinor: 10, refundingMinor: 20, disputedMinor: 30, lostMinor: 40 },
    { ...EUR, method: "cash", takenMinor: 7_000 },
    { ...EUR, currency: "CHF", takenMinor: 50_000 },
  ];
  const online = {
    ...EUR,
    takenMinor: 1_000,
    givenBackMinor: 11,
    refundingMinor: 22,
    disputedMinor: 33,
    lostMinor: 44,
  };
  expect(byMethod(takings)).toEqual([takings[2], takings[3], online]);
  expect(byCurrency(takings)).toEqual([
    { ...takings[3], method: expect.any(String) },
    { ...online, takenMinor: 8_000, method: expect.any(String) },
  ]);
});
