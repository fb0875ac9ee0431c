// How many tickets there are, who may take them, and what a change of state does to them.

import { describe, expect, test } from "vitest";
import {
  availableIn,
  type ChangeRefusal,
  moveStock,
  type ReservationState,
  type ReserveRefusal,
  refuseChange,
  refuseReserve,
  restocked,
  type SalePeriod,
  type SaleRules,
  type SaleState,
  type Stock,
  saleStateOf,
} from "../../../src/domain/stock.ts";

const OPENS = Date.UTC(2031, 4, 1, 9);
const CLOSES = Date.UTC(2031, 4, 2, 9);
const DURING = OPENS + 1;

const ten: Stock = { capacity: 10, held: 0, sold: 0 };
const anyTime: SaleRules = {
  eventStatus: "published",
  eventEndsMs: null,
  priceMinor: 4500,
  currency: "EUR",
  maxPerBuyer: null,
  salesStartMs: null,
  salesEndMs: null,
};
const withWindow: SaleRules = { ...anyTime, salesStartMs: OPENS, salesEndMs: CLOSES };
const withLimit: SaleRules = { ...anyTime, maxPerBuyer: 4 };

/** A state as a table's heading: null is before there was a reservation. */
type Before = `${ReservationState | null}`;

interface Asked {
  readonly stock?: Stock;
  readonly rules?: SaleRules;
  readonly quantity?: number;
  /** What the buyer holds and owns already. */
  readonly theirs?: number;
  readonly atMs?: number;
}

const notOnSale = (saleState: SaleState, salesStartMs: number | null, salesEndMs: number | null): ReserveRefusal => ({
  type: "not_on_sale",
  salesStartMs,
  salesEndMs,
  saleState,
});
const limitReached = (leftForBuyer: number): ReserveRefusal => ({
  type: "limit_reached",
  maxPerBuyer: 4,
  leftForBuyer,
});
const soldOut = (left: number): ReserveRefusal => ({ type: "sold_out", available: left });

describe("the sale window", () => {
  const onlyOpens = { ...anyTime, salesStartMs: OPENS };
  const onlyCloses = { ...anyTime, salesEndMs: CLOSES };
  test.each<[name: string, asked: Asked, refusal: ReserveRefusal | null]>([
    ["is closed just before it opens", { rules: withWindow, atMs: OPENS - 1 }, notOnSale("upcoming", OPENS, CLOSES)],
    ["is open the moment it opens", { rules: withWindow, atMs: OPENS }, null],
    ["is open just before it closes", { rules: withWindow, atMs: CLOSES - 1 }, null],
    ["is closed the moment it closes", { rules: withWindow, atMs: CLOSES }, notOnSale("ended", OPENS, CLOSES)],
    ["may have no end", { rules: onlyOpens, atMs: CLOSES * 2 }, null],
    ["has a beginning without an end", { rules: onlyOpens, atMs: OPENS - 1 }, notOnSale("upcoming", OPENS, null)],
    ["may have no beginning", { rules: onlyCloses, atMs: 0 }, null],
    ["has an end without a beginning", { rules: onlyCloses, atMs: CLOSES }, notOnSale("ended", null, CLOSES)],
    ["may be open on both sides", { atMs: 0 }, null],
    [
      "ends with the event",
      { rules: { ...withWindow, eventEndsMs: DURING }, atMs: DURING },
      notOnSale("ended", OPENS, DURING),
    ],
    [
      "ends with the event even without an end",
      { rules: { ...anyTime, eventEndsMs: 5 }, atMs: 5 },
      notOnSale("ended", null, 5),
    ],
    [
      "ends before its event",
      { rules: { ...withWindow, eventEndsMs: CLOSES + 1 }, atMs: CLOSES },
      notOnSale("ended", OPENS, CLOSES),
    ],
    [
      "does not matter while the event is not on",
      { rules: { ...anyTime, eventStatus: "draft" } },
      notOnSale("draft", null, null),
    ],
    [
      "is told while the event is not on",
      { rules: { ...withWindow, eventStatus: "cancelled" }, atMs: DURING },
      notOnSale("cancelled", OPENS, CLOSES),
    ],
  ])("%s", expectRefusal);
});

describe("the state of a sale", () => {
  const ENDS = CLOSES + 1;
  const published: SalePeriod = { eventStatus: "published", eventEndsMs: ENDS, salesStartMs: null, salesEndMs: null };
  test.each<[name: string, period: Partial<SalePeriod>, atMs: number, state: SaleState]>([
    ["is that of a draft, whatever its window", { eventStatus: "draft", salesStartMs: OPENS }, OPENS - 1, "draft"],
    ["is that of a draft, even of one that is over", { eventStatus: "draft" }, ENDS, "draft"],
    ["is that of an event that was called off", { eventStatus: "cancelled" }, DURING, "cancelled"],
    ["is that of a called-off event when that is over, too", { eventStatus: "cancelled" }, ENDS, "cancelled"],
    ["is upcoming just before its start", { salesStartMs: OPENS }, OPENS - 1, "upcoming"],
    ["is open the moment it starts", { salesStartMs: OPENS }, OPENS, "open"],
    ["is open just before its end", { salesEndMs: CLOSES }, CLOSES - 1, "open"],
    ["has ended at its end", { salesEndMs: CLOSES }, CLOSES, "ended"],
    ["without an end is open until just before the event ends", {}, ENDS - 1, "open"],
    ["without an end has ended with the event", {}, ENDS, "ended"],
    ["has ended with the event if its own end is later", { salesEndMs: ENDS + 1 }, ENDS, "ended"],
    ["without a start is open at any time before its end", { eventEndsMs: 1 }, 0, "open"],
    ["is open while nobody said when the event ends", { eventEndsMs: null }, ENDS * 2, "open"],
    ["has ended if the event ends as the sale starts", { salesStartMs: ENDS }, DURING, "ended"],
    ["is upcoming if the event ends just after that", { salesStartMs: ENDS - 1 }, DURING, "upcoming"],
  ])("%s", (_name, period, atMs, state) => {
    expect(saleStateOf({ ...published, ...period }, atMs)).toBe(state);
  });

  test.each<[state: SaleState, left: number]>([
    ["draft", 3],
    ["upcoming", 3],
    ["open", 3],
    ["ended", 0],
    ["cancelled", 0],
  ])("%s: of 3 that are left, buyers see %i", (state, left) => {
    expect(availableIn(state, { capacity: 10, held: 3, sold: 4 })).toBe(left);
  });
});

describe("the limit per buyer", () => {
  test.each<[name: string, asked: Asked, refusal: ReserveRefusal | null]>([
    ["may be reached at once", { rules: withLimit, quantity: 4 }, null],
    ["may not be passed at once", { rules: withLimit, quantity: 5 }, limitReached(4)],
    ["may be reached with what they have", { rules: withLimit, quantity: 1, theirs: 3 }, null],
    ["may not be passed with what they have", { rules: withLimit, quantity: 2, theirs: 3 }, limitReached(1)],
    ["leaves nothing once reached", { rules: withLimit, quantity: 1, theirs: 4 }, limitReached(0)],
    ["leaves nothing, not less, where it was lowered since", { rules: withLimit, theirs: 6 }, limitReached(0)],
    ["may be none", { quantity: 10, stock: { ...ten, capacity: 1_000 }, theirs: 900 }, null],
  ])("%s", expectRefusal);
});

describe("the stock", () => {
  test.each<[name: string, asked: Asked, refusal: ReserveRefusal | null]>([
    ["can be taken whole", { quantity: 10 }, null],
    ["can't be taken beyond the whole", { quantity: 11 }, soldOut(10)],
    ["gives its last ticket", { stock: { capacity: 10, held: 4, sold: 5 } }, null],
    ["has no more than its last ticket", { stock: { capacity: 10, held: 4, sold: 5 }, quantity: 2 }, soldOut(1)],
    ["is out when all are held", { stock: { capacity: 10, held: 10, sold: 0 } }, soldOut(0)],
    ["is out when all are sold", { stock: { capacity: 10, held: 0, sold: 10 } }, soldOut(0)],
    ["may be nothing from the start", { stock: { capacity: 0, held: 0, sold: 0 } }, soldOut(0)],
  ])("%s", expectRefusal);
});

describe("of several reasons, the one that waiting can't change comes first", () => {
  const none: Stock = { capacity: 10, held: 0, sold: 10 };
  const all: Asked = { stock: none, rules: { ...withWindow, maxPerBuyer: 4 }, theirs: 4 };
  test.each<[name: string, asked: Asked, refusal: ReserveRefusal | null]>([
    ["the window before the limit and the stock", { ...all, atMs: CLOSES }, notOnSale("ended", OPENS, CLOSES)],
    ["the limit before the stock", { ...all, atMs: DURING }, limitReached(0)],
    ["the stock last", { ...all, atMs: DURING, theirs: 0 }, soldOut(0)],
  ])("%s", expectRefusal);
});

describe("an organiser's change", () => {
  const tight: ChangeRefusal = { type: "capacity_below_committed", held: 3, sold: 4 };
  const empty: ChangeRefusal = { type: "sales_window_empty" };
  const frozen: ChangeRefusal = { type: "currency_frozen", currency: "EUR" };
  test.each<
    [name: string, capacity: number, sales: Partial<SaleRules>, refusal: ChangeRefusal | null, heldIn?: string]
  >([
    ["may leave more than what is held and sold", 8, {}, null],
    ["may leave just what is held and sold", 7, {}, null],
    ["may not take back what is held and sold", 6, {}, tight],
    ["may close the sales a moment after they open", 7, { salesStartMs: OPENS, salesEndMs: OPENS + 1 }, null],
    ["may not close the sales as they open", 7, { salesStartMs: OPENS, salesEndMs: OPENS }, empty],
    ["may not close the sales before they open", 7, { salesStartMs: CLOSES, salesEndMs: OPENS }, empty],
    ["may leave the sales without an end", 7, { salesStartMs: OPENS }, null],
    ["may leave the sales without a beginning", 7, { salesEndMs: 0 }, null],
    ["may name another currency before the first hold", 7, { currency: "USD" }, null],
    ["may not name another currency after it", 7, { currency: "USD" }, frozen, "EUR"],
    ["may name another price after it", 7, { currency: "EUR", priceMinor: 1 }, null, "EUR"],
  ])("%s", (_name, capacity, sales, refusal, heldIn) => {
    expect(refuseChange({ capacity, held: 3, sold: 4 }, { ...anyTime, ...sales }, heldIn ?? null)).toEqual(refusal);
  });
});

describe("a reservation of 2 moves held and sold", () => {
  const after: readonly ReservationState[] = ["held", "confirmed", "cancelled", "expired", "refunded"];
  const before: readonly (ReservationState | null)[] = [null, ...after];
  const moves: Record<Before, Record<ReservationState, [held: number, sold: number]>> = {
    null: { held: [2, 0], confirmed: [0, 2], cancelled: [0, 0], expired: [0, 0], refunded: [0, 2] },
    held: { held: [0, 0], confirmed: [-2, 2], cancelled: [-2, 0], expired: [-2, 0], refunded: [-2, 2] },
    confirmed: { held: [2, -2], confirmed: [0, 0], cancelled: [0, -2], expired: [0, -2], refunded: [0, 0] },
    cancelled: { held: [2, 0], confirmed: [0, 2], cancelled: [0, 0], expired: [0, 0], refunded: [0, 2] },
    expired: { held: [2, 0], confirmed: [0, 2], cancelled: [0, 0], expired: [0, 0], refunded: [0, 2] },
    // What was given back without going on sale again stays sold.
    refunded: { held: [2, -2], confirmed: [0, 0], cancelled: [0, -2], expired: [0, -2], refunded: [0, 0] },
  };
  const pairs = before.flatMap((from) => after.map((to) => ({ from, to, move: moves[`${from}`][to] })));

  test.each(pairs)("$from to $to: $move", ({ from, to, move: [held, sold] }) => {
    const stock: Stock = Object.freeze({ capacity: 20, held: 5, sold: 7 });
    expect(moveStock(stock, 2, from, to)).toEqual({ capacity: 20, held: 5 + held, sold: 7 + sold });
  });

  test("and what goes on sale again is not sold any more", () => {
    const stock: Stock = Object.freeze({ capacity: 20, held: 5, sold: 7 });
    expect(restocked(stock, 2)).toEqual({ capacity: 20, held: 5, sold: 5 });
  });
});

function expectRefusal(_name: string, asked: Asked, refusal: ReserveRefusal | null): void {
  const { stock = ten, rules = anyTime, quantity = 1, theirs = 0, atMs = DURING } = asked;
  expect(refuseReserve(stock, rules, quantity, theirs, atMs)).toEqual(refusal);
}
