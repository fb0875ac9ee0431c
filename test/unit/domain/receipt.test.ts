// What is on a receipt, and which sales have none.

import { describe, expect, test } from "vitest";
import {
  identityOf,
  type NoReceipt,
  type Offering,
  type Receipt,
  receiptsFor,
  type Sale,
  type Seller,
} from "../../../src/domain/receipt.ts";

const HALL: Seller = { name: "The Hall GmbH", address: "Kastanienallee 1\n10435 Berlin", vatId: "DE 123" };
const PARKING: Seller = { name: "Park & Pay", address: "Nordring 7", vatId: null };
const EVENT = { id: "e", name: "An evening", startsAtMs: 0, timezone: "Europe/Berlin", venue: "The hall" };

function offering(unlike: Partial<Offering> = {}): Offering {
  return { ticketType: "Stalls", event: EVENT, organizerId: "ada", seller: HALL, rate: 700, ...unlike };
}

function sale(items: readonly (readonly [ticketTypeId: string, quantity: number, unitPriceMinor: number])[]): Sale {
  return {
    id: "s",
    currency: "EUR",
    isSold: true,
    refunds: [],
    items: items.map(([ticketTypeId, quantity, unitPriceMinor], index) => {
      return { reservationId: `r${index}`, ticketTypeId, priceName: "Adult", quantity, unitPriceMinor };
    }),
  };
}

const offerings = new Map([
  ["stalls", offering()],
  ["drinks", offering({ ticketType: "Drinks", rate: 1900 })],
  ["parking", offering({ ticketType: "Parking", seller: PARKING, rate: null })],
  ["nobody's", offering({ seller: null })],
]);

function receiptsOf(one: Sale): readonly Receipt[] {
  const made = receiptsFor(one, offerings);
  if (typeof made === "string") throw new Error(made);
  return made.map(({ receipt }) => receipt);
}

describe("a sale", () => {
  test("has a receipt with a line for each item, and the VAT of each", () => {
    const [receipt, ...others] = receiptsOf(
      sale([
        ["stalls", 2, 4500],
        ["drinks", 3, 333],
      ]),
    );
    expect(others).toEqual([]);
    expect(receipt).toMatchObject({ kind: "receipt", seller: HALL, currency: "EUR" });
    expect(receipt?.lines).toMatchObject([
      { reservationId: "r0", ticketType: "Stalls", priceName: "Adult", grossMinor: 9000, rate: 700, vatMinor: 589 },
      { reservationId: "r1", ticketType: "Drinks", quantity: 3, unitPriceMinor: 333, grossMinor: 999, vatMinor: 160 },
    ]);
  });

  test("of several sellers has one for each", () => {
    const made = receiptsOf(
      sale([
        ["stalls", 1, 4500],
        ["parking", 1, 500],
        ["drinks", 1, 300],
      ]),
    );
    expect(made.map(({ seller, lines }) => [seller.name, lines.map(({ ticketType }) => ticketType)])).toEqual([
      ["The Hall GmbH", ["Stalls", "Drinks"]],
      ["Park & Pay", ["Parking"]],
    ]);
    expect(made[1]?.lines).toMatchObject([{ rate: null, vatMinor: 0 }]);
  });

  test("of one seller who is written in two ways has one", () => {
    const moved = { ...HALL, name: "THE HALL", address: "Elsewhere", vatId: "de123" };
    const both = new Map([...offerings, ["drinks", offering({ seller: moved })]]);
    expect(
      receiptsFor(
        sale([
          ["stalls", 1, 1],
          ["drinks", 1, 1],
        ]),
        both,
      ),
    ).toMatchObject([{ receipt: { seller: HALL } }]);
  });

  test.each<[name: string, one: Sale, why: NoReceipt]>([
    ["that is not paid", { ...sale([["stalls", 1, 4500]]), isSold: false }, "not_paid"],
    [
      "that was free",
      sale([
        ["stalls", 2, 0],
        ["drinks", 1, 0],
      ]),
      "free",
    ],
    ["of an event without a seller", sale([["nobody's", 1, 4500]]), "no_seller"],
    [
      "of which one event has no seller",
      sale([
        ["stalls", 1, 4500],
        ["nobody's", 1, 0],
      ]),
      "no_seller",
    ],
    ["of what nobody knows any more", sale([["gone", 1, 4500]]), "no_seller"],
  ])("%s has none", (_name, one, why) => {
    expect(receiptsFor(one, offerings)).toBe(why);
  });

  test("has free items on its receipt, beside what was paid", () => {
    const [receipt] = receiptsOf(
      sale([
        ["stalls", 1, 4500],
        ["drinks", 1, 0],
      ]),
    );
    expect(receipt?.lines.map(({ grossMinor, vatMinor }) => [grossMinor, vatMinor])).toEqual([
      [4500, 294],
      [0, 0],
    ]);
  });
});

test.each<[what: string, one: Partial<Seller>, other: Partial<Seller>, isSame: boolean]>([
  ["another address", {}, { address: "Elsewhere" }, true],
  ["another name with the same VAT id", {}, { name: "Other" }, true],
  ["blanks and case in the VAT id", {}, { vatId: "de123" }, true],
  ["another VAT id", {}, { vatId: "DE 124" }, false],
  ["blanks and case in a name without one", { vatId: null }, { vatId: null, name: "the  hall gmbh " }, true],
  ["another name without one", { vatId: null }, { vatId: null, name: "The Hall AG" }, false],
  ["a VAT id that came later", { vatId: null }, {}, false],
  ["a name that reads like a VAT id", { vatId: null, name: "de123" }, { vatId: "de123" }, false],
])("numbers are counted on, or not: %s", (_what, one, other, isSame) => {
  expect(identityOf({ ...HALL, ...one }) === identityOf({ ...HALL, ...other })).toBe(isSame);
});
