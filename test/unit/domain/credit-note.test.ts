// Credit notes: what is on them, when there is one, and that in the end they add up.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { correctionsOf, type Issued } from "../../../src/domain/credit-note.ts";
import type { Receipt, ReceiptLine, SoldItem } from "../../../src/domain/receipt.ts";
import { planRefund, type Refund, type RefundState } from "../../../src/domain/refund.ts";
import { sumOf } from "../../../src/domain/sums.ts";
import { vatIn } from "../../../src/domain/vat.ts";

interface Item extends SoldItem {
  readonly seller: string;
  readonly rate: number | null;
}

interface Bought {
  readonly items: readonly Item[];
  readonly refunds: readonly Refund[];
  readonly issued: readonly Issued[];
}

/** With a receipt for each seller, whose number is 7. */
function bought(...items: Item[]): Bought {
  const issued = [...Map.groupBy(items, ({ seller }) => seller)].map(([series, own]): Issued => {
    const seller = { name: series, address: "Here", vatId: null };
    return { series, number: 7, receipt: { kind: "receipt", seller, currency: "EUR", lines: own.map(lineOf) } };
  });
  return { items, refunds: [], issued };
}

function lineOf({ reservationId, quantity, unitPriceMinor, rate }: Item): ReceiptLine {
  const event = { id: "e", name: "An evening", startsAtMs: 0, timezone: "Europe/Berlin", venue: "The hall" };
  const grossMinor = quantity * unitPriceMinor;
  const sums = { grossMinor, rate, vatMinor: vatIn(grossMinor, rate) };
  return { reservationId, event, ticketType: "Stalls", priceName: "", quantity, unitPriceMinor, ...sums };
}

const TYPE = { ticketTypeId: "t", priceName: "" };
const STALLS: Item = { ...TYPE, reservationId: "a", quantity: 3, unitPriceMinor: 333, seller: "Hall", rate: 700 };
const DRINKS: Item = { ...TYPE, reservationId: "b", quantity: 1, unitPriceMinor: 300, seller: "Hall", rate: 1900 };
const PARKING: Item = { ...TYPE, reservationId: "c", quantity: 1, unitPriceMinor: 500, seller: "Parking", rate: null };

/** `tickets`: by reservation. Its amount is what they cost, unless it is named. */
function refunded(sale: Bought, tickets: Readonly<Record<string, number>> | "all", amountMinor?: number): Bought {
  const items = sale.items.map((item) => ({ ...item, givenBack: 0 }));
  const paidMinor = items.reduce((sum, { quantity, unitPriceMinor }) => sum + quantity * unitPriceMinor, 0);
  const purchase = { paymentId: "p", isCharged: true, paidMinor, items, refunds: sale.refunds };
  const key = `${sale.refunds.length}`;
  const made = planRefund(
    purchase,
    {
      ...{ key, request: key, requestedBy: "organizer", restock: true, reason: "" },
      items:
        tickets === "all"
          ? "all"
          : Object.entries(tickets).map(([reservationId, quantity]) => ({ reservationId, quantity })),
      amountMinor: amountMinor ?? null,
    },
    [],
    0,
  );
  if ("type" in made) throw new Error(made.type);
  return { ...sale, refunds: [...sale.refunds, made] };
}

function become(sale: Bought, state: RefundState, which = sale.refunds.length - 1): Bought {
  return { ...sale, refunds: sale.refunds.map((one, index) => (index === which ? { ...one, state } : one)) };
}

/** Issued, with the next number of each series. */
function issue(sale: Bought): Bought {
  const issued = [...sale.issued];
  for (const { series, receipt } of correctionsOf(sale, sale.issued)) {
    const numbers = issued.filter((one) => one.series === series).map(({ number }) => number);
    issued.push({ series, number: Math.max(...numbers) + 1, receipt });
  }
  return { ...sale, issued };
}

function describeOf({ kind, corrects, lines }: Receipt): string {
  const shown = lines.map(({ reservationId, quantity, grossMinor, vatMinor }) => {
    return `${reservationId} ${quantity} ${grossMinor} ${vatMinor}`;
  });
  return `${kind} of ${corrects?.number} for ${corrects?.refundId}: ${shown.join(", ")}`;
}

const corrections = (sale: Bought) => {
  return sale.issued.filter(({ receipt }) => receipt.kind !== "receipt").map(({ receipt }) => describeOf(receipt));
};

describe("a refund", () => {
  test("has a credit note with what is given back, at the price and the rate of then", () => {
    const sale = issue(become(refunded(bought(STALLS, DRINKS), { a: 1 }), "succeeded"));
    expect(corrections(sale)).toEqual(["credit_note of 7 for p-r1: a 1 333 22"]);
    expect(sale.issued.at(-1)).toMatchObject({
      series: "Hall",
      number: 8,
      receipt: {
        seller: { name: "Hall" },
        currency: "EUR",
        lines: [{ ticketType: "Stalls", rate: 700, unitPriceMinor: 333 }],
      },
    });
  });

  test.each<[state: RefundState, count: number]>([
    ["due", 0],
    ["pending", 0],
    ["failed", 0],
    ["succeeded", 1],
  ])("that is %s has %i", (state, count) => {
    expect(corrections(issue(become(refunded(bought(STALLS), "all"), state)))).toHaveLength(count);
  });

  test("of money alone has one as well, of no tickets", () => {
    const sale = issue(become(refunded(bought(STALLS), {}, 100), "succeeded"));
    expect(corrections(sale)).toEqual(["credit_note of 7 for p-r1: a 0 100 7"]);
  });

  test("of tickets without money has none", () => {
    expect(corrections(issue(become(refunded(bought(STALLS), { a: 1 }, 0), "succeeded")))).toEqual([]);
  });

  test("of two sellers has one of each, and of one of them one of that", () => {
    const both = issue(become(refunded(bought(STALLS, PARKING), "all"), "succeeded"));
    expect(corrections(both)).toEqual([
      "credit_note of 7 for p-r1: a 3 999 65",
      "credit_note of 7 for p-r1: c 1 500 0",
    ]);
    const one = issue(become(refunded(bought(STALLS, PARKING), { c: 1 }), "succeeded"));
    expect(corrections(one)).toEqual(["credit_note of 7 for p-r1: c 1 500 0"]);
  });

  test("of a sale without a receipt has none", () => {
    const { issued, ...sale } = become(refunded(bought(STALLS), "all"), "succeeded");
    expect(issued).toHaveLength(1);
    expect(correctionsOf(sale, [])).toEqual([]);
  });

  test("that fails after all has its credit note reversed, once, and another one if it arrives at last", () => {
    let sale = issue(issue(become(refunded(bought(STALLS), "all"), "succeeded")));
    const sources = [correctionsOf({ ...sale, refunds: sale.refunds }, sale.issued.slice(0, 1))[0]?.source];
    for (const state of ["failed", "due", "pending", "succeeded", "succeeded"] as const) {
      const changed = become(sale, state);
      sources.push(...correctionsOf(changed, sale.issued).map(({ source }) => source));
      sale = issue(changed);
    }
    expect(corrections(sale)).toEqual([
      "credit_note of 7 for p-r1: a 3 999 65",
      "reversal of 8 for p-r1: a 3 999 65",
      "credit_note of 7 for p-r1: a 3 999 65",
    ]);
    expect(sources).toEqual(["p-r1", "p-r1/2", "p-r1/3"]);
  });
});

test("VAT that reversals took away with them comes back with the next ones, no more than each gives back", () => {
  // Half of it is VAT, rounded half up: every other cent.
  let sale = bought({ ...STALLS, quantity: 1, unitPriceMinor: 6, rate: 10_000 });
  const cent = () => {
    sale = issue(become(refunded(sale, {}, 1), "succeeded"));
  };
  for (let cents = 0; cents < 4; cents += 1) cent();
  for (const index of [0, 2]) sale = issue(become(sale, "failed", index));
  for (let cents = 0; cents < 2; cents += 1) cent();
  for (const index of [0, 2]) sale = issue(become(sale, "succeeded", index));
  expect(sale.issued.slice(1).map(({ receipt }) => `${receipt.kind} ${receipt.lines[0]?.vatMinor}`)).toEqual([
    ...["credit_note 1", "credit_note 0", "credit_note 1", "credit_note 0", "reversal 1", "reversal 1"],
    ...["credit_note 1", "credit_note 1", "credit_note 1", "credit_note 0"],
  ]);
});

const items = fc
  .array(
    fc.record({
      quantity: fc.integer({ min: 1, max: 4 }),
      unitPriceMinor: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9_999 })),
      seller: fc.constantFrom("Hall", "Parking"),
      rate: fc.constantFrom(null, 0, 250, 700, 1900, 10_000),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((all) => all.map((item, index): Item => ({ ...TYPE, ...item, reservationId: `r${index}` })));

const step = fc.record({
  /** Of a new refund, as far as so much is left; or else a refund changes. */
  amountMinor: fc.option(fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 9_999 })), { nil: null }),
  which: fc.nat(19),
  state: fc.constantFrom<RefundState>("succeeded", "succeeded", "failed", "due"),
  isIssued: fc.boolean(),
});

/** What has been credited of a line, and not reversed. */
function creditedOf(sale: Bought, reservationId: string): readonly [gross: number, vat: number] {
  const sums = (kind: Receipt["kind"]) => {
    const lines = sale.issued.filter(({ receipt }) => receipt.kind === kind).flatMap(({ receipt }) => receipt.lines);
    const own = lines.filter((line) => line.reservationId === reservationId);
    return [sumOf(own, "grossMinor"), sumOf(own, "vatMinor")] as const;
  };
  const [credited, reversed] = [sums("credit_note"), sums("reversal")];
  return [credited[0] - reversed[0], credited[1] - reversed[1]];
}

function paidMinor({ items: all }: Bought): number {
  return all.reduce((sum, { quantity, unitPriceMinor }) => sum + quantity * unitPriceMinor, 0);
}

function leftMinor(sale: Bought): number {
  return paidMinor(sale) - sumOf(sale.refunds, "amountMinor");
}

test("in whatever parts and order money goes back, fails and goes back again, nothing is left in the end", () => {
  fc.assert(
    fc.property(items, fc.array(step, { maxLength: 30 }), (all, steps) => {
      let sale = bought(...all);
      for (const one of steps) {
        const amountMinor = Math.min(one.amountMinor ?? 0, leftMinor(sale));
        if (amountMinor > 0) sale = become(refunded(sale, {}, amountMinor), "succeeded");
        else if (sale.refunds.length > 0) sale = become(sale, one.state, one.which % sale.refunds.length);
        if (one.isIssued) {
          sale = issue(sale);
          expect(correctionsOf(sale, sale.issued)).toEqual([]);
        }
        for (const item of all) {
          const [gross, vat] = creditedOf(sale, item.reservationId);
          const line = lineOf(item);
          expect([gross, vat, gross - vat].every((sum) => sum >= 0)).toBe(true);
          expect(gross <= line.grossMinor && vat <= line.vatMinor).toBe(true);
        }
      }
      for (const { receipt } of sale.issued) {
        for (const { grossMinor, vatMinor } of receipt.lines) {
          expect(vatMinor >= 0 && vatMinor <= grossMinor).toBe(true);
        }
      }
      const [succeeded, amount] = [sale.refunds.filter(({ state }) => state === "succeeded"), "amountMinor"] as const;
      const credited = all.reduce((sum, { reservationId }) => sum + creditedOf(issue(sale), reservationId)[0], 0);
      expect(credited).toBe(sumOf(succeeded, amount));
      if (leftMinor(sale) > 0) sale = refunded(sale, {}, leftMinor(sale));
      for (const index of sale.refunds.keys()) sale = become(sale, "succeeded", index);
      sale = issue(sale);
      for (const item of all) {
        const { grossMinor, vatMinor } = lineOf(item);
        expect(creditedOf(sale, item.reservationId)).toEqual([grossMinor, vatMinor]);
      }
    }),
    { numRuns: 1_000 },
  );
});

test("tickets that are given back one by one, in any order, have credit notes that add up to the receipt", () => {
  fc.assert(
    fc.property(items, fc.array(fc.nat(), { minLength: 40, maxLength: 40 }), (all, order) => {
      const tickets = all.flatMap(({ reservationId, quantity }) => Array<string>(quantity).fill(reservationId));
      const shuffled = tickets.map((one, at) => [order[at] ?? 0, one] as const).toSorted(([a], [b]) => a - b);
      const sale = shuffled.reduce(
        (before, [, id]) => issue(become(refunded(before, { [id]: 1 }), "succeeded")),
        bought(...all),
      );
      for (const item of all) {
        const { grossMinor, vatMinor } = lineOf(item);
        expect(creditedOf(sale, item.reservationId)).toEqual([grossMinor, vatMinor]);
      }
      // Each is what its ticket cost.
      const notes = sale.issued.filter(({ receipt }) => receipt.kind === "credit_note");
      for (const { receipt } of notes) expect(receipt.lines).toMatchObject([{ quantity: 1 }]);
      for (const { receipt } of notes) for (const one of receipt.lines) expect(one.grossMinor).toBe(one.unitPriceMinor);
    }),
  );
});
