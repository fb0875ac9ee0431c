// The log of an event in words.

import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { asBrowserIn } from "../browser.ts";

type Language = "en" | "de";
/** By hand: the pages have types of their own, with the browser's. */
interface Details {
  detailsText(details: unknown, event: object): string;
}
interface Words {
  readonly language: { value: Language };
}
const PAGES = "../../../../src/web";
const sum = { amount: 3_500, currency: "EUR" };
const EVENT = {
  timezone: "Europe/Berlin",
  tickets: [
    {
      id: "t1",
      name: "Seated",
      price: sum,
      prices: [
        { id: "p1", name: "Members" },
        { id: "p2", name: "" },
      ],
    },
  ],
};

let details: Details;
let words: Words;
beforeAll(async () => {
  asBrowserIn("en-GB");
  details = await import(`${PAGES}/box-office/details.ts`);
  words = await import(`${PAGES}/ui/i18n.ts`);
});
beforeEach(() => {
  words.language.value = "en";
});

describe("a line of the log", () => {
  test.each<[what: string, given: unknown, text: string]>([
    ["nothing", null, ""],
    ["no object", "gone", ""],
    ["what is empty", { name: "", description: null, status: "published" }, "status: published"],
    ["a sum", { name: "Members", price: sum }, "name: Members · price: €35.00"],
    ["a sum in a currency without decimals", { price: { amount: 4_500, currency: "JPY" } }, "price: ¥4,500"],
    ["an amount in the event's only currency", { amount: 3_000, restock: true }, "amount: €30.00 · on sale again: yes"],
    ["a moment", { sales_end: "2027-01-31T22:59:00.000Z" }, "on sale until: Sun, 31 January 2027, 23:59"],
    ["a price by its name", { id: "p1", min_per_order: 1 }, "of: Seated, Members · at least in one order: 1"],
    ["a price without a name", { price: "p2", count: 1_000 }, "price: Seated · number: 1,000"],
    ["an id of something else", { refund: "x9" }, "refund: x9"],
    [
      "prices",
      {
        prices: [
          { name: "A", price: sum },
          { name: "B", price: sum, requires_code: true },
        ],
      },
      "prices: name: A, price: €35.00; name: B, price: €35.00, only with a code: yes",
    ],
    ["a rate", { vat_rate: 550 }, "VAT: 5.50 %"],
    ["what has no word yet", { brand_new: false }, "brand new: no"],
  ])("%s", (_what, given, text) => {
    expect(details.detailsText(given, EVENT)).toBe(text);
  });

  test("speaks German", () => {
    words.language.value = "de";
    const given = { venue: "Pier 7", starts_at: "2027-05-14T18:00:00.000Z", reentry: false };
    expect(details.detailsText(given, EVENT)).toMatch(/^Ort: Pier 7 · Beginn: .*20:00 · Wiedereinlass: nein$/);
  });

  test("says a number where the event has two currencies", () => {
    const other = { ...EVENT.tickets[0], id: "t2", price: { amount: 1, currency: "CHF" }, prices: [] };
    expect(details.detailsText({ amount: 3_000 }, { ...EVENT, tickets: [...EVENT.tickets, other] })).toBe(
      "amount: 3,000",
    );
  });
});
