// Prices of a ticket type: which one a buyer gets, what is for sale at it, and how organisers
// change them.

import { describe, expect, test } from "vitest";
import {
  type Choice,
  type ChosenPrice,
  type Code,
  changePrices,
  choosePrice,
  firstPrice,
  foldCode,
  leftAt,
  MAX_PRICES,
  movePrices,
  newPrice,
  offerAgain,
  offerAt,
  type Price,
  type PriceChange,
  type PriceRefusal,
  type PriceRules,
  pricesOpenedBy,
  refuseChosen,
  refusePrices,
  restockPrices,
  type TicketTypeOffer,
  usesTaken,
  withFirstAmount,
} from "../../../src/domain/price.ts";
import { available, type SalePeriod, saleEndMs, saleStateOf } from "../../../src/domain/stock.ts";

const OPENS = Date.UTC(2031, 4, 1, 9);
const CLOSES = Date.UTC(2031, 4, 30, 9);
const DURING = OPENS + 1;
const WINDOW = { salesStartMs: OPENS, salesEndMs: CLOSES };
const PERIOD: SalePeriod = { eventStatus: "published", eventEndsMs: null, salesStartMs: null, salesEndMs: null };

const ADULT = { ...firstPrice("t", 4500), name: "Adult" };
const CHILD = price({ id: "child", name: "Child", amountMinor: 2000 });
const PRESS = price({ id: "press", name: "Press", amountMinor: 0, requiresCode: true });
const FRIENDS = price({ id: "friends", name: "Friends", amountMinor: 3000, requiresCode: true });
const ALL = [ADULT, CHILD, PRESS, FRIENDS];

function price(rules: Partial<Price> & Pick<Price, "id">): Price {
  return { ...firstPrice("t", 100), ...rules };
}

function code(priceId: string, maxUses: number | null = null, uses = 0): Code {
  return { priceId, code: "X", maxUses, uses };
}

function offerOf(prices: readonly Price[], unlike: Partial<TicketTypeOffer> = {}): TicketTypeOffer {
  const rules = { priceMinor: 4500, currency: "EUR", maxPerBuyer: null };
  return { ...PERIOD, ...rules, capacity: 10, held: 0, sold: 0, prices, ...unlike };
}

describe("the price that a buyer gets", () => {
  const at = (priceId: string | null, typed: string | null = null): Choice => ({ priceId, code: typed });
  test.each<[name: string, prices: readonly Price[], codes: Code[], choice: Choice, want: string]>([
    ["needs no name where there is one", [ADULT], [], at(null), "t"],
    ["may be named where there is one", [ADULT], [], at("t"), "t"],
    ["must be named where there are several", ALL, [], at(null), "price_required"],
    ["is the one that is named", ALL, [], at("child"), "child"],
    ["must be one of them", ALL, [], at("nobody's"), "price_unknown"],
    ["needs its code", ALL, [], at("press"), "code_refused"],
    ["needs a code of its own", ALL, [code("friends")], at("press", "X"), "code_refused"],
    ["is opened by its code", ALL, [code("press")], at("press", "X"), "press with X"],
    [
      "is opened by its code, though that opens another one, too",
      ALL,
      [code("friends"), code("press")],
      at("press", "X"),
      "press with X",
    ],
    ["is found by a code alone, if that opens one", ALL, [code("press")], at(null, "X"), "press with X"],
    [
      "is not found by a code that opens several",
      ALL,
      [code("press"), code("friends")],
      at(null, "X"),
      "price_required",
    ],
    ["is not found by a wrong code", ALL, [], at(null, "X"), "price_required"],
    ["needs no code that it does not ask for", ALL, [], at("child", "X"), "code_refused"],
    [
      "of one ticket type with one price may need a code",
      [{ ...ADULT, requiresCode: true }],
      [code("t")],
      at(null, "X"),
      "t with X",
    ],
    ["of that ticket type is not given without", [{ ...ADULT, requiresCode: true }], [], at(null), "code_refused"],
  ])("%s", (_name, prices, codes, choice, want) => {
    const chosen = choosePrice(prices, codes, choice, false);
    const text = (one: ChosenPrice) => one.price.id + (one.code === null ? "" : ` with ${one.code.code}`);
    expect("type" in chosen ? chosen.type : text(chosen)).toBe(want);
  });

  test.each<[name: string, prices: readonly Price[], codes: Code[], want: unknown]>([
    ["its own", ALL, [code("press")], ["press"]],
    ["all of its own", ALL, [code("friends"), code("press", 2, 1)], ["friends", "press"]],
    ["none, where there is no such code", ALL, [], { type: "code_refused" }],
    ["none that asks for no code any more", [ADULT, CHILD], [code("child")], { type: "code_refused" }],
    ["none that is withdrawn", [ADULT, { ...PRESS, isWithdrawn: true }], [code("press")], { type: "code_refused" }],
    ["none where it is used up", ALL, [code("press", 2, 2)], { type: "code_used_up", usesLeft: 0 }],
    ["those for which it is not used up", ALL, [code("press", 2, 2), code("friends", 2, 1)], ["friends"]],
  ])("a code opens %s", (_name, prices, codes, want) => {
    expect(pricesOpenedBy(prices, codes)).toEqual(want);
  });

  test.each([
    [" early bird ", "EARLYBIRD"],
    ["Straße", "STRASSE"],
    ["ＦＵＬＬ", "FULL"],
    ["a\u00a0b", "AB"],
  ])("a code %j is compared as %j", (typed, folded) => {
    expect(foldCode(typed)).toBe(folded);
    expect(foldCode(folded)).toBe(folded);
  });
});

describe("how many may be taken at once", () => {
  const pair = price({ id: "pair", minPerOrder: 2, maxPerOrder: 4 });
  const bounds = { type: "quantity_not_allowed", minPerOrder: 2, maxPerOrder: 4 } as const;
  test.each<[quantity: number, chosen: ChosenPrice, refusal: PriceRefusal | null]>([
    [1, { price: pair, code: null }, bounds],
    [2, { price: pair, code: null }, null],
    [4, { price: pair, code: null }, null],
    [5, { price: pair, code: null }, bounds],
    [900, { price: CHILD, code: null }, null],
    [3, { price: PRESS, code: code("press", 5, 2) }, null],
    [4, { price: PRESS, code: code("press", 5, 2) }, { type: "code_used_up", usesLeft: 3 }],
    [1, { price: PRESS, code: code("press", 5, 5) }, { type: "code_used_up", usesLeft: 0 }],
    [900, { price: PRESS, code: code("press") }, null],
  ])("%i of %j: %j", (quantity, chosen, refusal) => {
    expect(refuseChosen(chosen, quantity, false)).toEqual(refusal);
  });
});

describe("what is for sale at a price", () => {
  const capped = price({ id: "early", capacity: 4, held: 1, sold: 1 });
  test.each<[name: string, chosen: ChosenPrice, taken: number, left: number]>([
    ["all of the ticket type", { price: CHILD, code: null }, 3, 7],
    ["its own part", { price: capped, code: null }, 3, 2],
    ["no more than the ticket type has", { price: capped, code: null }, 9, 1],
    ["what its code is good for", { price: PRESS, code: code("press", 5, 4) }, 3, 1],
    ["no more than is left, whatever its code is good for", { price: PRESS, code: code("press", 50) }, 9, 1],
  ])("is %s", (_name, chosen, sold, left) => {
    expect(available(offerAt(chosen, offerOf(ALL, { sold })))).toBe(left);
  });

  test("costs what the price says, in its currency", () => {
    const offer = offerAt({ price: CHILD, code: null }, offerOf(ALL));
    expect([offer.priceMinor, offer.currency]).toEqual([2000, "EUR"]);
  });

  test.each<
    [name: string, rules: Partial<Price>, own: Partial<SalePeriod>, atMs: number, state: string, endMs: number | null]
  >([
    ["with the ticket type", {}, WINDOW, DURING, "open", CLOSES],
    ["later than the ticket type", { salesStartMs: DURING + 5 }, WINDOW, DURING, "upcoming", CLOSES],
    ["for a shorter time", { salesEndMs: DURING }, WINDOW, DURING, "ended", DURING],
    ["not before the ticket type", { salesStartMs: OPENS - 9 }, WINDOW, OPENS - 1, "upcoming", CLOSES],
    ["not after the ticket type", { salesEndMs: CLOSES + 9 }, WINDOW, CLOSES, "ended", CLOSES],
    ["not once it is withdrawn", { isWithdrawn: true }, WINDOW, DURING, "ended", CLOSES],
    ["not in a draft", {}, { ...WINDOW, eventStatus: "draft" }, DURING, "draft", CLOSES],
    [
      "not when it is withdrawn from a called-off event",
      { isWithdrawn: true },
      { eventStatus: "cancelled" },
      DURING,
      "cancelled",
      null,
    ],
  ])("is on sale %s", (_name, rules, own, atMs, state, endMs) => {
    const offer = offerAt({ price: price({ id: "x", ...rules }), code: null }, offerOf(ALL, own));
    expect([saleStateOf(offer, atMs), saleEndMs(offer)]).toEqual([state, endMs]);
  });

  test("is the same for a reservation that was made before, and the code has what it has now", () => {
    const offer = offerOf([ADULT, { ...PRESS, capacity: 8 }]);
    const again = offerAgain({ priceId: "press", code: "X" }, offer, [code("press", 3, 1)]);
    expect([available(again), again.priceMinor]).toEqual([2, 0]);
    expect(available(offerAgain({ priceId: null, code: null }, offer, []))).toBe(10);
    expect(() => offerAgain({ priceId: "gone", code: null }, offer, [])).toThrow("no such price");
  });

  test.each<[priceId: string | null, left: number]>([
    [null, 7],
    ["early", 2],
    ["nobody's", 7],
  ])("leaves at %s: %i", (priceId, left) => {
    expect(leftAt(offerOf([ADULT, capped], { sold: 3 }), priceId)).toBe(left);
  });
});

describe("counters", () => {
  test.each<[priceId: string | null, from: "held" | null, to: "held" | "confirmed" | "expired", moved: string[]]>([
    [null, null, "held", ["t 2/0 held before", "child 0/0"]],
    ["child", null, "held", ["t 0/0", "child 2/0 held before"]],
    ["child", "held", "confirmed", ["t 0/0", "child -2/2 held before"]],
    [null, "held", "expired", ["t -2/0 held before", "child 0/0"]],
  ])("of %s move from %s to %s", (priceId, from, to, moved) => {
    const after = movePrices(Object.freeze([ADULT, CHILD]), priceId, 2, from, to);
    expect(after.map(({ id, held, sold, wasHeld }) => `${id} ${held}/${sold}${wasHeld ? " held before" : ""}`)).toEqual(
      moved,
    );
  });

  test.each<[priceId: string | null, after: string[]]>([
    [null, ["t 0/3", "child 0/5"]],
    ["child", ["t 0/5", "child 0/3"]],
  ])("of %s go back as two are on sale again", (priceId, after) => {
    const sold = [ADULT, CHILD].map((price) => Object.freeze({ ...price, sold: 5 }));
    const back = restockPrices(Object.freeze(sold), priceId, 2);
    expect(back.map(({ id, held, sold }) => `${id} ${held}/${sold}`)).toEqual(after);
  });

  test.each([
    [null, "held", 2],
    [null, "confirmed", 2],
    ["held", "confirmed", 0],
    ["held", "held", 0],
    ["held", "expired", -2],
    ["held", "cancelled", -2],
    ["confirmed", "cancelled", -2],
    ["expired", "confirmed", 2],
    ["cancelled", "expired", 0],
    ["confirmed", "refunded", 0],
  ] as const)("a reservation of 2 takes uses of its code from %s to %s: %i", (from, to, taken) => {
    expect(usesTaken(2, from, to)).toBe(taken + 0);
  });
});

describe("an organiser's change of prices", () => {
  const rulesOf = (one: Partial<PriceRules>): PriceRules => {
    const { held, sold, wasHeld, ...rules } = price({ id: "new", ...one });
    return rules;
  };
  const add = (rules: Partial<PriceRules>): PriceChange => ({ type: "add", rules: rulesOf(rules) });
  const change = (id: string, rules: Partial<Omit<PriceRules, "id">>): PriceChange => ({ type: "change", id, rules });
  const USED = price({ id: "used", held: 1, sold: 2, wasHeld: true, capacity: 9 });
  const full = Array.from({ length: MAX_PRICES }, (_, index) => price({ id: `p${index}` }));

  test.each<[name: string, prices: readonly Price[], change: PriceChange, want: string]>([
    ["adds one at the end", [ADULT, CHILD], add({ amountMinor: 9 }), "t 4500, child 2000, new 9"],
    ["leaves one that is there", [ADULT, CHILD], add({ id: "child", amountMinor: 9 }), "t 4500, child 2000"],
    [
      "adds the twentieth",
      full.slice(1),
      add({ amountMinor: 9 }),
      `${full
        .slice(1)
        .map(({ id }) => `${id} 100`)
        .join(", ")}, new 9`,
    ],
    ["adds no more than twenty", full, add({}), "too_many_prices"],
    ["changes one", [ADULT, CHILD], change("child", { amountMinor: 7 }), "t 4500, child 7"],
    ["changes the first", [ADULT, CHILD], change("t", { amountMinor: 7 }), "t 7, child 2000"],
    ["changes nothing of one that is not there", [ADULT], change("child", {}), "no_such_price"],
    ["may leave just what is held and sold", [ADULT, USED], change("used", { capacity: 3 }), "t 4500, used 100"],
    [
      "may not take back what is held and sold",
      [ADULT, USED],
      change("used", { capacity: 2 }),
      "price_capacity_below_committed",
    ],
    [
      "may not want more at least than at most",
      [ADULT],
      change("t", { minPerOrder: 3, maxPerOrder: 2 }),
      "price_order_bounds",
    ],
    ["may want as many at least as at most", [ADULT], change("t", { minPerOrder: 2, maxPerOrder: 2 }), "t 4500"],
    [
      "may not end the sale as it starts",
      [ADULT],
      change("t", { salesStartMs: DURING, salesEndMs: DURING }),
      "price_window_empty",
    ],
    [
      "may not start before the ticket type's sale",
      [ADULT],
      add({ salesStartMs: OPENS - 1 }),
      "price_window_outside start",
    ],
    ["may start with the ticket type's sale", [ADULT], add({ salesStartMs: OPENS }), "t 4500, new 100"],
    ["may not end after the ticket type's sale", [ADULT], add({ salesEndMs: CLOSES + 1 }), "price_window_outside end"],
    ["may end with the ticket type's sale", [ADULT], add({ salesEndMs: CLOSES }), "t 4500, new 100"],
    ["deletes one that nobody held", [ADULT, CHILD], { type: "delete", id: "child" }, "t 4500"],
    ["deletes none that somebody held", [ADULT, USED], { type: "delete", id: "used" }, "price_has_sales"],
    ["never deletes the first", [ADULT, CHILD], { type: "delete", id: "t" }, "price_is_first"],
    ["deletes none that is not there", [ADULT], { type: "delete", id: "child" }, "no_such_price"],
  ])("%s", (_name, prices, wanted, want) => {
    const after = changePrices(prices, wanted, { ...PERIOD, ...WINDOW });
    const refusal = (one: { type: string }) => ("side" in one ? `${one.type} ${one.side}` : one.type);
    expect(
      "type" in after ? refusal(after) : after.map(({ id, amountMinor }) => `${id} ${amountMinor}`).join(", "),
    ).toBe(want);
  });

  test("keeps what is held and sold", () => {
    expect(changePrices([ADULT, USED], change("used", { name: "New" }), PERIOD)).toEqual([
      ADULT,
      { ...USED, name: "New" },
    ]);
  });

  test("of the ticket type's own price changes the first one", () => {
    expect(withFirstAmount([ADULT, CHILD], 1).map(({ amountMinor }) => amountMinor)).toEqual([1, 2000]);
  });

  test("of a new ticket type is refused for each of its prices", () => {
    expect(refusePrices([ADULT, CHILD], PERIOD)).toBeNull();
    const bad = newPrice(rulesOf({ minPerOrder: 3, maxPerOrder: 2 }));
    expect(refusePrices([ADULT, bad], PERIOD)).toEqual({ type: "price_order_bounds" });
  });
});
