// A ticket type with several prices: how it is shown, bought and changed, and what each has left.

import { afterEach, describe, expect, test, vi } from "vitest";
import { ADULT, CHILD, countersOf, holdAt, PRESS, pricesOf, putPricesOnSale } from "../../../support/prices.ts";
import { rowsOf } from "../../../support/records.ts";
import {
  call,
  deadlineOf,
  hold,
  newPerson,
  objectOf,
  type Person,
  pay,
  putOnSale,
  replayOf,
  seen,
  until,
} from "../../../support/service.ts";

afterEach(() => {
  vi.useRealTimers();
});

const LATER = "2031-04-01T10:00:00.000Z";

function organise({ token }: Person, ticketId: string, priceId: string) {
  const path = `/tickets/${ticketId}/prices/${priceId}` as const;
  return {
    change: (body: Record<string, unknown>) => call("PATCH", path, { token, anyBody: body }),
    remove: () => call("DELETE", path, { token }),
  };
}

describe("a ticket type", () => {
  test("with one price shows it, and is bought without naming it", async () => {
    const sale = await putOnSale();
    const { body } = await call("GET", `/tickets/${sale.ticketId}`);
    expect(body.prices).toEqual([
      {
        id: sale.ticketId,
        name: "",
        price: { amount: 4500, currency: "EUR", exponent: 2 },
        capacity: null,
        sales_start: null,
        sales_end: null,
        requires_code: false,
        min_per_order: 1,
        max_per_order: null,
        available: 100,
        sale_state: "open",
        sale_ends_at: "2031-05-01T21:00:00.000Z",
      },
    ]);
    const held = await hold(await newPerson(), sale.ticketId, 3);
    expect(held.body).toMatchObject({ price: sale.ticketId, price_name: "", code: null, total: { amount: 13_500 } });
    expect(await pricesOf(sale)).toMatchObject([{ held: 3, sold: 0, available: 97, withdrawn: false }]);
  });

  test("with several shows all, the first one's as its own, and the cheapest without a code as the event's", async () => {
    const sale = await putPricesOnSale();
    const { body } = await call("GET", `/tickets/${sale.ticketId}`);
    expect(body.price.amount).toBe(4500);
    const shown = body.prices.map((one) => [one.name, one.price.amount, one.requires_code, one.available]);
    expect(shown).toEqual([
      ["Adult", 4500, false, 100],
      ["Child", 2000, false, 100],
      ["Press", 0, true, 100],
    ]);
    expect(body.prices[0]?.id).toBe(sale.ticketId);
    expect(body.prices[0]).not.toHaveProperty("held");
    expect((await call("GET", `/events/${sale.eventId}`)).body.from_price).toMatchObject({ amount: 2000 });
    const { list } = await call("GET", `/events?organizer=${sale.organizer.accountId}`);
    expect(list[0]?.from_price).toMatchObject({ amount: 2000 });
  });

  test.each<[what: string, body: Record<string, unknown>, path: string]>([
    ["neither a price nor prices", { price: undefined }, "price"],
    ["both", { prices: [ADULT] }, "price"],
    ["no prices", { price: undefined, prices: [] }, "prices"],
    ["twenty-one prices", { price: undefined, prices: Array(21).fill(ADULT) }, "prices"],
    [
      "two currencies",
      { price: undefined, prices: [ADULT, { ...CHILD, price: { amount: 100, currency: "USD" } }] },
      "prices",
    ],
    ["a price without a name", { price: undefined, prices: [{ price: ADULT.price }] }, "prices.0.name"],
    [
      "a price that wants more than it allows",
      { price: undefined, prices: [{ ...ADULT, min_per_order: 3, max_per_order: 2 }] },
      "max_per_order",
    ],
    [
      "a price outside its own sale",
      { price: undefined, sales_end: LATER, prices: [{ ...ADULT, sales_end: "2031-04-01T10:00:01Z" }] },
      "sales_end",
    ],
  ])("can't be made with %s", async (_what, fields, path) => {
    const { organizer, eventId } = await putOnSale();
    const body = { name: "Circle", price: ADULT.price, capacity: 10, ...fields };
    const refused = await call("POST", `/events/${eventId}/tickets`, { token: organizer.token, anyBody: body });
    expect(refused).toMatchObject({ status: 422, body: { errors: [{ path }] } });
  });
});

describe("a hold", () => {
  test("is at the price that it names, and says so wherever it is shown", async () => {
    const sale = await putPricesOnSale();
    const [, child = ""] = sale.priceIds;
    const buyer = await newPerson();
    const held = await holdAt(buyer, sale.ticketId, child, 2);
    const shown = { price: child, price_name: "Child", unit_price: { amount: 2000 }, total: { amount: 4000 } };
    expect(held).toMatchObject({ status: 201, body: shown });
    expect((await call("GET", `/reservations/${held.body.id}`, { token: buyer.token })).body).toMatchObject(shown);
    expect((await call("GET", "/reservations", { token: buyer.token })).list).toMatchObject([shown]);
    expect(await countersOf(sale)).toEqual(["0/0", "2/0", "0/0"]);
    // The object's own sums agree with its rows, and with D1.
    const [copy] = await rowsOf("SELECT held, sold, prices FROM ticket_types WHERE id = ?", sale.ticketId);
    expect(copy).toMatchObject({ held: 2, sold: 0 });
    expect(JSON.parse(String(copy?.prices))).toMatchObject([{ held: 0 }, { held: 2 }, { held: 0 }]);
  });

  test("keeps the amount and the name that the price had then", async () => {
    const sale = await putPricesOnSale();
    const [, child = ""] = sale.priceIds;
    const buyer = await newPerson();
    const { body } = await holdAt(buyer, sale.ticketId, child);
    await organise(sale.organizer, sale.ticketId, child).change({
      name: "Under 12",
      price: { amount: 100, currency: "EUR" },
    });
    const now = await call("GET", `/reservations/${body.id}`, { token: buyer.token });
    expect(now.body).toMatchObject({ price_name: "Child", total: { amount: 2000 } });
    await pay(buyer, body.id);
    const paid = await until(
      () => call("GET", `/reservations/${body.id}`, { token: buyer.token }),
      (answer) => answer.body.state === "confirmed",
    );
    expect(paid.body.payment).toMatchObject({ amount: 2000 });
    expect(await countersOf(sale)).toEqual(["0/0", "0/1", "0/0"]);
  });

  test.each<[what: string, price: (ids: readonly string[]) => string | undefined, message: RegExp]>([
    ["none of several", () => undefined, /several prices/],
    ["another ticket type's", () => "0123456789abcdef", /not a price of the ticket type/],
  ])("of %s prices is refused", async (_what, price, message) => {
    const sale = await putPricesOnSale();
    const refused = await holdAt(await newPerson(), sale.ticketId, price(sale.priceIds));
    expect(refused).toMatchObject({
      status: 422,
      body: { errors: [{ path: "price", message: expect.stringMatching(message) }] },
    });
    expect(await countersOf(sale)).toEqual(["0/0", "0/0", "0/0"]);
  });

  test.each([
    [1, 409],
    [2, 201],
    [3, 201],
    [4, 409],
  ])("of %i at a price that is sold in pairs and threes: %i", async (quantity, status) => {
    const sale = await putPricesOnSale([ADULT, { ...CHILD, min_per_order: 2, max_per_order: 3 }]);
    const answer = await holdAt(await newPerson(), sale.ticketId, sale.priceIds[1], quantity);
    expect(answer.status).toBe(status);
    if (status === 409) {
      expect(answer.body).toMatchObject({ type: "/problems/quantity-not-allowed", min_per_order: 2, max_per_order: 3 });
    }
  });

  test("repeated with its key is one hold; the same key at another price is another request", async () => {
    const sale = await putPricesOnSale();
    const [adult, child] = sale.priceIds;
    const buyer = await newPerson();
    const first = await holdAt(buyer, sale.ticketId, adult, 1, { key: "k" });
    expect(seen(await holdAt(buyer, sale.ticketId, adult, 1, { key: "k" }))).toEqual(replayOf(first));
    expect(await holdAt(buyer, sale.ticketId, child, 1, { key: "k" })).toMatchObject({ status: 422 });
    expect(await countersOf(sale)).toEqual(["1/0", "0/0", "0/0"]);
  });
});

describe("a price with a cap", () => {
  test("sells so many, and others sell the rest of the capacity", async () => {
    const sale = await putPricesOnSale([ADULT, { ...CHILD, capacity: 3 }], { capacity: 5, max_per_buyer: null });
    const [adult, child] = sale.priceIds;
    const buyer = await newPerson();
    expect(await holdAt(buyer, sale.ticketId, child, 4)).toMatchObject({ status: 409, body: { available: 3 } });
    expect(await holdAt(buyer, sale.ticketId, child, 3)).toMatchObject({ status: 201 });
    expect(await holdAt(buyer, sale.ticketId, child)).toMatchObject({ status: 409, body: { available: 0 } });
    expect(await holdAt(buyer, sale.ticketId, adult, 3)).toMatchObject({ status: 409, body: { available: 2 } });
    expect(await holdAt(buyer, sale.ticketId, adult, 2)).toMatchObject({ status: 201 });
    expect((await pricesOf(sale)).map(({ available }) => available)).toEqual([0, 0]);
  });

  test("is never passed by buyers who come at once, and is reached", async () => {
    const sale = await putPricesOnSale([ADULT, { ...CHILD, capacity: 5 }], { capacity: 100 });
    const buyers = await Promise.all(Array.from({ length: 20 }, () => newPerson()));
    const answers = await Promise.all(buyers.map((buyer) => holdAt(buyer, sale.ticketId, sale.priceIds[1])));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(5);
    expect(await countersOf(sale)).toEqual(["0/0", "5/0"]);
  });

  test("has its tickets back at the deadline of a hold, though no alarm ran", async () => {
    const sale = await putPricesOnSale([ADULT, { ...CHILD, capacity: 1 }]);
    const child = sale.priceIds[1];
    const { body } = await holdAt(await newPerson(), sale.ticketId, child);
    expect(await holdAt(await newPerson(), sale.ticketId, child)).toMatchObject({ status: 409 });
    vi.useFakeTimers({ toFake: ["Date"], now: deadlineOf(body) });
    expect(await holdAt(await newPerson(), sale.ticketId, child)).toMatchObject({ status: 201 });
  });

  test("can't be made smaller than what is held and sold at it", async () => {
    const sale = await putPricesOnSale([ADULT, { ...CHILD, capacity: 5 }]);
    const child = sale.priceIds[1] ?? "";
    await holdAt(await newPerson(), sale.ticketId, child, 2);
    const { change } = organise(sale.organizer, sale.ticketId, child);
    expect(await change({ capacity: 1 })).toMatchObject({ status: 409, body: { held: 2, sold: 0 } });
    expect(await change({ capacity: 2 })).toMatchObject({ status: 200, body: { capacity: 2, available: 0 } });
  });
});

describe("a price's own sale", () => {
  test("ends before the ticket type's, and what is left is sold at the others", async () => {
    const sale = await putPricesOnSale([ADULT, CHILD]);
    const child = sale.priceIds[1] ?? "";
    const ended = new Date(Date.now() - 1_000).toISOString();
    const { change } = organise(sale.organizer, sale.ticketId, child);
    expect(await change({ sales_end: ended })).toMatchObject({ body: { sale_state: "ended", available: 0 } });
    const refused = await holdAt(await newPerson(), sale.ticketId, child);
    expect(refused.body).toMatchObject({ type: "/problems/not-on-sale", sales_end: ended });
    expect(await holdAt(await newPerson(), sale.ticketId, sale.priceIds[0])).toMatchObject({ status: 201 });
    expect((await call("GET", `/events/${sale.eventId}`)).body.from_price).toMatchObject({ amount: 4500 });
  });

  test("stops when it is withdrawn, and goes on when that is taken back", async () => {
    const sale = await putPricesOnSale([ADULT, CHILD]);
    const child = sale.priceIds[1] ?? "";
    const { change } = organise(sale.organizer, sale.ticketId, child);
    expect(await change({ withdrawn: true })).toMatchObject({ body: { withdrawn: true, sale_state: "ended" } });
    expect(await holdAt(await newPerson(), sale.ticketId, child)).toMatchObject({ status: 409 });
    expect(await change({ withdrawn: false })).toMatchObject({ body: { withdrawn: false, sale_state: "open" } });
    expect(await holdAt(await newPerson(), sale.ticketId, child)).toMatchObject({ status: 201 });
  });
});

describe("an organiser", () => {
  const NEW = { name: "Student", price: { amount: 3000, currency: "EUR" }, capacity: 10 };
  const add = ({ token }: Person, ticketId: string, body: Record<string, unknown> = NEW, key?: string) =>
    call("POST", `/tickets/${ticketId}/prices`, {
      token,
      anyBody: body,
      ...(key === undefined ? {} : { headers: { "idempotency-key": key } }),
    });

  test("adds a price to a ticket type that is being sold", async () => {
    const sale = await putOnSale();
    await hold(await newPerson(), sale.ticketId, 2);
    const added = await add(sale.organizer, sale.ticketId);
    expect(added).toMatchObject({ status: 201, body: { name: "Student", capacity: 10, available: 10, held: 0 } });
    expect(await countersOf(sale)).toEqual(["2/0", "0/0"]);
    await holdAt(await newPerson(), sale.ticketId, added.body.id, 3);
    await holdAt(await newPerson(), sale.ticketId, sale.ticketId, 1);
    expect(await countersOf(sale)).toEqual(["3/0", "3/0"]);
    expect(await objectOf(sale.ticketId).describe()).toMatchObject({ held: 6 });
  });

  test("adds one price with one key, whatever becomes of it", async () => {
    const sale = await putOnSale();
    const first = await add(sale.organizer, sale.ticketId, NEW, "k");
    const { change, remove } = organise(sale.organizer, sale.ticketId, first.body.id);
    await change({ name: "Other" });
    expect(seen(await add(sale.organizer, sale.ticketId, NEW, "k"))).toEqual(replayOf(first));
    expect(await pricesOf(sale)).toHaveLength(2);
    expect(await add(sale.organizer, sale.ticketId, { ...NEW, capacity: 9 }, "k")).toMatchObject({ status: 422 });
    expect(await remove()).toMatchObject({ status: 204 });
    expect(seen(await add(sale.organizer, sale.ticketId, NEW, "k"))).toEqual(replayOf(first));
    expect(await pricesOf(sale)).toHaveLength(1);
  });

  test("adds one price with two requests of one key at once", async () => {
    const sale = await putOnSale();
    const answers = await Promise.all([1, 2, 3].map(() => add(sale.organizer, sale.ticketId, NEW, "k")));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(await pricesOf(sale)).toHaveLength(2);
  });

  test.each<[what: string, body: Record<string, unknown>, status: number, type: string]>([
    ["in another currency", { ...NEW, price: { amount: 100, currency: "USD" } }, 409, "other-currency"],
    ["outside the ticket type's sale", { ...NEW, sales_start: "2030-01-01T00:00:00Z" }, 422, "invalid-request"],
    ["with an unknown field", { ...NEW, colour: "red" }, 422, "invalid-request"],
  ])("adds none %s", async (_what, body, status, type) => {
    const sale = await putOnSale({ sales_start: "2030-02-01T00:00:00Z" });
    expect(await add(sale.organizer, sale.ticketId, body)).toMatchObject({
      status,
      body: { type: `/problems/${type}` },
    });
    expect(await pricesOf(sale)).toHaveLength(1);
  });

  test("adds no twenty-first", async () => {
    const sale = await putPricesOnSale(
      Array.from({ length: 20 }, (_, index) => ({ ...ADULT, name: `Price ${index}` })),
    );
    expect(await add(sale.organizer, sale.ticketId)).toMatchObject({
      status: 409,
      body: { type: "/problems/too-many-prices" },
    });
  });

  test("deletes a price that nobody held, and no other one", async () => {
    const sale = await putPricesOnSale([ADULT, CHILD, PRESS]);
    const [adult = "", child = "", press = ""] = sale.priceIds;
    const buyer = await newPerson();
    const { body } = await holdAt(buyer, sale.ticketId, child);
    await call("DELETE", `/reservations/${body.id}`, { token: buyer.token });
    const inUse = { status: 409, body: { type: "/problems/price-in-use" } };
    expect(await organise(sale.organizer, sale.ticketId, child).remove()).toMatchObject(inUse);
    expect(await organise(sale.organizer, sale.ticketId, adult).remove()).toMatchObject(inUse);
    expect(await organise(sale.organizer, sale.ticketId, press).remove()).toMatchObject({ status: 204 });
    expect(await organise(sale.organizer, sale.ticketId, press).remove()).toMatchObject({ status: 404 });
    expect((await pricesOf(sale)).map(({ name }) => name)).toEqual(["Adult", "Child"]);
  });

  test("of another event can do none of it", async () => {
    const sale = await putPricesOnSale();
    const other = await newPerson("organizer");
    const { change, remove } = organise(other, sale.ticketId, sale.priceIds[1] ?? "");
    expect(await Promise.all([add(other, sale.ticketId), change({ name: "Mine" }), remove()])).toMatchObject([
      { status: 404 },
      { status: 404 },
      { status: 404 },
    ]);
    expect((await pricesOf(sale)).map(({ name }) => name)).toEqual(["Adult", "Child", "Press"]);
  });

  test("finds every change in the audit log", async () => {
    const sale = await putPricesOnSale([ADULT, CHILD]);
    const [, child = ""] = sale.priceIds;
    await add(sale.organizer, sale.ticketId);
    const { change, remove } = organise(sale.organizer, sale.ticketId, child);
    await change({ capacity: 7 });
    await remove();
    const { list } = await call("GET", `/events/${sale.eventId}/audit`, { token: sale.organizer.token });
    expect(list.slice(0, 3).map(({ action }) => action)).toEqual(["price.delete", "price.change", "price.add"]);
  });

  test("who changes the currency finds several prices in the way", async () => {
    const sale = await putPricesOnSale([ADULT, CHILD]);
    const body = { price: { amount: 100, currency: "USD" } };
    const refused = await call("PATCH", `/tickets/${sale.ticketId}`, { token: sale.organizer.token, body });
    expect(refused).toMatchObject({ status: 409, body: { type: "/problems/currency-frozen" } });
    const { body: shown } = await call("GET", `/tickets/${sale.ticketId}`, { token: sale.organizer.token });
    expect(shown.price).toMatchObject({ amount: 4500, currency: "EUR" });
  });
});
