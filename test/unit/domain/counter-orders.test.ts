// What an organiser sells at the counter: each phase of such an order, met with what can happen.

import { describe, expect, test } from "vitest";
import { type Order, type OrderDecision, totalOf } from "../../../src/domain/order.ts";
import { decideOrder } from "../../../src/domain/order-decisions.ts";
import { instructionFor } from "../../../src/durable/order/instructions.ts";
import { acknowledge, ITEMS, order, outcomeOf } from "./order-text.ts";
import { DEADLINE, DECLINED, EARLY, LATE } from "./reservation-text.ts";

const held = ITEMS.map((reservationId) => {
  const price = {
    priceId: null,
    priceName: "",
    code: null,
    unitPriceMinor: 4500,
    currency: "EUR",
    acceptedTerms: null,
  };
  return { reservationId, ...price, expiresAtMs: DEADLINE };
});
const take = (as: "cash" | "transfer", key = "key of p2") =>
  ({ type: "pay", paymentId: "p2", key, method: as, taken: { as, by: "bob" } }) as const;

type Happen = (from: Order) => OrderDecision;
const event =
  (one: Parameters<typeof decideOrder>[1], atMs = EARLY): Happen =>
  (from) =>
    decideOrder(from, one, atMs);
const said =
  (...what: Parameters<typeof acknowledge> extends [Order, ...infer Rest] ? Rest : never): Happen =>
  (from) =>
    acknowledge(from, ...what)(EARLY);

const CASH = "at the counter for cash";
const CASH_TAKEN = `${CASH} taken as cash by eve`;
const TRANSFER = "at the counter for transfer";
const LATER = `${TRANSFER} taken as cash by bob`;
const SUCCESS = { type: "settle", paymentId: "p1", outcome: { state: "succeeded" } } as const;
const FAILURE = { type: "settle", paymentId: "p1", outcome: { state: "failed", failure: DECLINED } } as const;

const CELLS: readonly [from: string, what: string, happen: Happen, to: string][] = [
  [
    `reserving, ${CASH}, items reserving`,
    "all held: money is there, so its payment begins in the same commit",
    event({ type: "reserved", held }),
    `beginning, ${CASH_TAKEN}, items beginning, p1 pending`,
  ],
  [
    `reserving, ${CASH}, items reserving`,
    "one held: nothing is taken for half of it",
    event({ type: "reserved", held: held.slice(0, 1) }),
    `reserving, ${CASH}, items held and reserving`,
  ],
  [
    "reserving, at the counter for free, items reserving",
    "all held",
    event({ type: "reserved", held }),
    "beginning, at the counter for free taken as free by eve, items beginning, p1 pending",
  ],
  [
    `reserving, ${TRANSFER}, items reserving`,
    "all held: the transfer is awaited",
    event({ type: "reserved", held }),
    `held, ${TRANSFER}, items held`,
  ],
  [
    `beginning, ${CASH_TAKEN}, items beginning, p1 pending`,
    "begun: confirmed, and the provider has nothing to charge",
    said("begin", "held"),
    `confirmed, ${CASH_TAKEN}, items begun, p1 succeeded`,
  ],
  [
    `beginning, ${CASH_TAKEN}, items beginning, p1 pending`,
    "called off: no money is taken",
    said("begin", { refusal: "event_cancelled" }),
    `cancelled, ${CASH_TAKEN}, items beginning`,
  ],
  [
    `beginning, ${CASH_TAKEN}, items beginning, p1 pending`,
    "one lost",
    event({ type: "lost", reservationId: ITEMS[0] }),
    `cancelled, ${CASH_TAKEN}, items beginning, p1 failed`,
  ],
  [
    `beginning, ${CASH_TAKEN}, items beginning, p1 pending`,
    "due",
    event({ type: "due" }, DEADLINE),
    `expired, ${CASH_TAKEN}, items beginning, p1 failed`,
  ],
  [
    `held, ${TRANSFER}, items held`,
    "the money has come",
    event(take("transfer")),
    `beginning, ${TRANSFER} taken as transfer by bob, items beginning, p2 pending`,
  ],
  [
    `held, ${TRANSFER}, items held`,
    "cash after all",
    event(take("cash")),
    `beginning, ${LATER}, items beginning, p2 pending`,
  ],
  [
    `held, ${TRANSFER}, items held`,
    "money at the deadline",
    event(take("transfer"), DEADLINE),
    "refused: reservation_expired",
  ],
  [
    `held, ${TRANSFER}, items held`,
    "due at its date",
    event({ type: "due" }, DEADLINE),
    `expired, ${TRANSFER}, items held`,
  ],
  [`held, ${TRANSFER}, items held`, "cancel", event({ type: "cancel" }), `cancelled, ${TRANSFER}, items held`],
  [
    `held, ${TRANSFER}, items held`,
    "called off",
    event({ type: "lost", reservationId: ITEMS[0] }),
    `cancelled, ${TRANSFER}, items released and held`,
  ],
  [
    `beginning, ${LATER}, items beginning, p1 pending`,
    "a second payment",
    event(take("transfer")),
    "refused: payment_in_progress",
  ],
  [
    `beginning, ${LATER}, items beginning, p1 pending`,
    "over: it stays held to its date",
    said("begin", { refusal: "event_over" }),
    `held, ${LATER}, items beginning`,
  ],
  [`confirmed, ${LATER}, items begun, p1 succeeded`, "money again", event(take("cash")), "refused: already_confirmed"],
  [`confirmed, ${LATER}, items begun, p1 succeeded`, "cancel", event({ type: "cancel" }), "refused: already_confirmed"],
  [`expired, ${TRANSFER}, items held`, "late money", event(take("transfer"), LATE), "refused: reservation_expired"],
  [`cancelled, ${TRANSFER}, items held`, "late money", event(take("transfer")), "refused: already_cancelled"],
];

test.each(CELLS)("%s, %s", (from, _what, happen, to) => {
  expect(outcomeOf(happen(order(from)))).toBe(to);
});

describe("the payment provider", () => {
  const situations = [...new Set(CELLS.flatMap(([from, , , to]) => [from, to]))].filter((text) => text.includes("p1"));

  test.each(situations)("has nothing to do for %s", (text) => {
    expect(instructionFor(order(text), "p1", null, LATE).todo).toBe("nothing");
  });

  test.each(situations)("changes nothing of %s, whatever it says", (text) => {
    const one = order(text);
    for (const outcome of [SUCCESS, FAILURE]) {
      // Of a payment that failed a success says that money must go back.
      if (text.includes("p1 failed") && outcome === SUCCESS) continue;
      expect(outcomeOf(decideOrder(one, outcome, EARLY))).toBe(`unchanged: ${text}`);
    }
  });
});

test.each([...new Set(CELLS.map(([from]) => from))])("who it was sold to is erased of %s, and nothing else", (text) => {
  const before = order(text);
  const counter = before.counter && {
    ...before.counter,
    customerName: "Ada",
    customerEmail: "ada@example.test",
    note: "7",
  };
  const decision = decideOrder({ ...before, counter }, { type: "erase_customer" }, LATE);
  const note = before.counter && { ...before.counter, note: "7" };
  expect(decision).toEqual({ type: "changed", order: { ...before, counter: note, version: before.version + 1 } });
  expect(decideOrder(before, { type: "erase_customer" }, LATE).type).toBe("unchanged");
});

test("a repeated key asks for the same payment", () => {
  const paid = order(`confirmed, ${LATER}, items begun, p1 succeeded`);
  const payments = paid.payments.map((payment) => ({ ...payment, method: "cash" }));
  const repeated = (as: "cash" | "transfer") => decideOrder({ ...paid, payments }, take(as, "key of p1"), LATE);
  expect(totalOf(paid)).toBe(9000);
  expect(repeated("cash").type).toBe("unchanged");
  expect(outcomeOf(repeated("transfer"))).toBe("refused: idempotency_key_reused");
});
