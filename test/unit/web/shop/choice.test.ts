// What an order had that came to nothing is chosen once more, as far as it is still to be had.

import { expect, test } from "vitest";
import {
  type Choice,
  choiceOf,
  chooseAgain,
  chooseQuantity,
  chooseWhatIsLeft,
  isLess,
  leftOf,
} from "../../../../src/web/shop/choice.ts";
import type { EventDetail, Order, Ticket, TicketPrice } from "../../../../src/web/ui/api-types.ts";

type Left = Partial<Pick<TicketPrice, "available" | "min_per_order" | "max_per_order" | "sale_state">>;

const price = (id: string, left: Left = {}) =>
  ({ id, available: 9, min_per_order: 1, max_per_order: null, sale_state: "open", ...left }) as TicketPrice;
const ticket = (prices: TicketPrice[], left: Partial<Ticket> = {}) =>
  ({ available: 9, max_per_buyer: null, sale_state: "open", prices, ...left }) as Ticket;
const event = (...tickets: Ticket[]) => ({ id: "e1", tickets }) as EventDetail;

test.each<[name: string, event: EventDetail, wanted: Choice["quantities"], left: Choice["quantities"]]>([
  ["all of it", event(ticket([price("a"), price("b")])), { a: 2, b: 1 }, { a: 2, b: 1 }],
  ["of two kinds", event(ticket([price("a")]), ticket([price("b")])), { a: 2, b: 1 }, { a: 2, b: 1 }],
  [
    "what the ticket type has left",
    event(ticket([price("a"), price("b")], { available: 3 })),
    { a: 2, b: 2 },
    { a: 2, b: 1 },
  ],
  ["what the price has left", event(ticket([price("a", { available: 1 })])), { a: 2 }, { a: 1 }],
  [
    "what one person may have",
    event(ticket([price("a"), price("b")], { max_per_buyer: 3 })),
    { a: 2, b: 2 },
    { a: 2, b: 1 },
  ],
  ["what an order may have", event(ticket([price("a", { max_per_order: 2 })])), { a: 4 }, { a: 2 }],
  [
    "nothing of what is sold from four on, with three left",
    event(ticket([price("a", { available: 3, min_per_order: 4 })])),
    { a: 4 },
    {},
  ],
  ["nothing sold out", event(ticket([price("a")], { available: 0 })), { a: 2 }, {}],
  ["nothing that is not on sale", event(ticket([price("a")], { sale_state: "ended" })), { a: 2 }, {}],
  [
    "nothing at a price that ended",
    event(ticket([price("a", { sale_state: "ended" }), price("b")])),
    { a: 2, b: 1 },
    { b: 1 },
  ],
  ["nothing that is hidden by now", event(ticket([price("b")])), { a: 2 }, {}],
])("%s", (_name, at, wanted, left) => {
  expect(leftOf(at, wanted)).toEqual(left);
});

const item = (eventId: string, priceId: string, quantity: number, code: string | null = null) =>
  ({ event: { id: eventId }, price: priceId, quantity, code }) as Order["items"][number];
const order = { items: [item("e1", "a", 2), item("e1", "b", 1, "LANTERN"), item("e2", "c", 1)] } as Order;

test("what is of the event comes back with its code, and grows as tickets come back", () => {
  const of = (available: number) => event(ticket([price("a"), price("b")], { available }));
  chooseAgain(order, "e1");
  chooseWhatIsLeft(of(2));
  expect(choiceOf("e1").value).toMatchObject({ quantities: { a: 2 }, codes: { b: "LANTERN" } });
  expect(isLess(choiceOf("e1").value)).toBe(true);
  chooseWhatIsLeft(of(9));
  expect(choiceOf("e1").value.quantities).toEqual({ a: 2, b: 1 });
  expect(isLess(choiceOf("e1").value)).toBe(false);
});

test("what the visitor changes then stays as they have it", () => {
  chooseAgain(order, "e1");
  chooseQuantity("e1", "a", 1);
  chooseWhatIsLeft(event(ticket([price("a")], { available: 9 })));
  expect(choiceOf("e1").value.quantities).toEqual({ a: 1, b: 1 });
  expect(isLess(choiceOf("e1").value)).toBe(false);
});

test("what has ended is chosen no more, and what is sold out stays, for it may come back", () => {
  for (const id of ["a", "b"]) chooseQuantity("e3", id, 2);
  const ended = ticket([price("a", { sale_state: "ended" })]);
  const soldOut = ticket([price("b", { available: 0 })], { available: 0 });
  chooseWhatIsLeft({ ...event(ended, soldOut), id: "e3" });
  expect(choiceOf("e3").value.quantities).toEqual({ b: 2 });
});
