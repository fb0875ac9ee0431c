// What is on a receipt, on credit notes after it, and which sales have none.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Credited,
  creditNoteOf,
  identityOf,
  type NoReceipt,
  type Offering,
  type Receipt,
  receiptsFor,
  type Sale,
  type Seller,
} from "../../../src/domain/receipt.ts";
import { sumOf, vatIn } from "../../../src/domain/vat.ts";

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
    givenBackMinor: 0,
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

describe("credit notes", () => {
  test("have what is given back, at the price and the rate of then", () => {
    const [receipt] = receiptsOf(
      sale([
        ["stalls", 3, 333],
        ["drinks", 1, 300],
      ]),
    );
    if (receipt === undefined) throw new Error("there is no receipt");
    const note = creditNoteOf(receipt, [], [{ reservationId: "r0", quantity: 1, grossMinor: 333 }]);
    expect(note).toMatchObject({
      kind: "credit_note",
      seller: HALL,
      lines: [{ quantity: 1, grossMinor: 333, vatMinor: 22 }],
    });
  });

  test("of what the receipt does not have, or of nothing, have no lines", () => {
    const [receipt] = receiptsOf(sale([["stalls", 1, 333]]));
    if (receipt === undefined) throw new Error("there is no receipt");
    const nothing = [
      { reservationId: "r9", quantity: 1, grossMinor: 1 },
      { reservationId: "r0", quantity: 1, grossMinor: 0 },
    ];
    expect(creditNoteOf(receipt, [], nothing).lines).toEqual([]);
  });

  test("add up to the receipt, in every order and all parts, once everything is given back", () => {
    const items = fc.array(
      fc.tuple(fc.constantFrom("stalls", "drinks"), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 9_999 })),
      {
        minLength: 1,
        maxLength: 4,
      },
    );
    fc.assert(
      fc.property(items, fc.array(fc.nat(), { minLength: 40, maxLength: 40 }), (bought, order) => {
        const [receipt] = receiptsOf(sale(bought));
        if (receipt === undefined) throw new Error("there is no receipt");
        const tickets: Credited[] = receipt.lines.flatMap(({ reservationId, quantity, unitPriceMinor }) =>
          Array.from({ length: quantity }, () => ({ reservationId, quantity: 1, grossMinor: unitPriceMinor })),
        );
        const shuffled = tickets.map((one, at) => [order[at] ?? 0, one] as const).toSorted(([a], [b]) => a - b);
        const notes: Receipt[] = [];
        for (const [, one] of shuffled) notes.push(creditNoteOf(receipt, notes, [one]));
        for (const line of receipt.lines) {
          const back = notes.flatMap(({ lines }) => lines.filter((one) => one.reservationId === line.reservationId));
          expect([sumOf(back, "grossMinor"), sumOf(back, "vatMinor")]).toEqual([line.grossMinor, line.vatMinor]);
          expect(line.vatMinor).toBe(vatIn(line.grossMinor, line.rate));
          for (const { vatMinor } of back) expect(vatMinor).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });
});
