// A buyer's orders over HTTP: made, refused, shown, listed, paid, cancelled.

import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import {
  orderLedger,
  orderObject,
  orderOf,
  outcomeOf,
  payOrder,
  placeOrder,
  stockOf,
  twoTypes,
} from "../../../support/orders.ts";
import { recordingD1 } from "../../../support/recording.ts";
import { sql } from "../../../support/records.ts";
import {
  addTicket,
  call,
  createEvent,
  hold,
  newPerson,
  objectOf,
  pay,
  putOnSale,
  until,
} from "../../../support/service.ts";

const EUR = (amount: number) => ({ amount, currency: "EUR", exponent: 2 });

describe("an order of two ticket types", () => {
  test("is held, paid in one charge, and confirmed with all of its reservations", async () => {
    const { stalls, parking } = await twoTypes();
    const buyer = await newPerson();
    const placed = await placeOrder(buyer, [stalls, 2], [parking, 1]);
    expect(placed.status).toBe(201);
    expect(placed.headers.get("location")).toBe(`/orders/${placed.body.id}`);
    expect(placed.body).toMatchObject({
      items: [
        { ticket: stalls, quantity: 2, unit_price: EUR(4500), total: EUR(9000), ticket_type: { name: "Stalls" } },
        { ticket: parking, quantity: 1, unit_price: EUR(500), total: EUR(500), ticket_type: { name: "Parking" } },
      ],
      total: EUR(9500),
      state: "held",
      status: "held",
      cancel_requested: false,
      payment: null,
    });
    expect(placed.body.expires_in).toBeGreaterThan(890);
    expect(await objectOf(stalls).describe()).toMatchObject({ held: 2, sold: 0 });

    const { list } = await call("GET", "/reservations", { token: buyer.token });
    expect(list.map(({ order, state }) => ({ order, state }))).toEqual([
      { order: placed.body.id, state: "held" },
      { order: placed.body.id, state: "held" },
    ]);

    const paid = await payOrder(buyer, placed.body.id);
    expect(paid.status).toBe(202);
    expect(paid.body).toMatchObject({ state: "pending", total: EUR(9500) });
    const { body } = await outcomeOf(buyer, placed.body.id);
    expect(body).toMatchObject({ state: "confirmed", status: "confirmed", expires_at: null, expires_in: null });
    expect(body.payment).toMatchObject({ state: "succeeded", amount: 9500 });
    expect(await orderLedger(placed.body.id)).toMatchObject([{ kind: "charge", amount_minor: 9500 }]);
    for (const [id, sold] of [
      [stalls, 2],
      [parking, 1],
    ] as const) {
      await until(
        () => objectOf(id).describe(),
        (type) => type?.sold === sold && type.held === 0,
      );
    }
    const after = await until(
      () => call("GET", "/reservations", { token: buyer.token }),
      (answer) => answer.list.every(({ state }) => state === "confirmed"),
    );
    expect(after.list.map(({ total, payment }) => [total.amount, payment?.state])).toEqual(
      expect.arrayContaining([
        [9000, "succeeded"],
        [500, "succeeded"],
      ]),
    );
    expect((await orderOf(buyer, placed.body.id)).body).toEqual(body);
    const { list: orders } = await until(
      () => call("GET", "/orders", { token: buyer.token }),
      (answer) => answer.list[0]?.state === "confirmed",
    );
    expect(orders).toEqual([body]);
  });
});

test.each<[quantity: number, status: number]>([
  [9, 201],
  [10, 409],
])("of %i of the dearest tickets and one more: what can't be charged at once is not held", async (quantity, status) => {
  const organizer = await newPerson("organizer");
  const eventId = await createEvent(organizer);
  const more = { capacity: 10, max_per_buyer: null };
  const [boxes, stalls] = [
    await addTicket(organizer, eventId, { price: { amount: 100_000_000_000, currency: "IDR" }, ...more }),
    await addTicket(organizer, eventId, { price: { amount: 4_500_000, currency: "IDR" }, ...more }),
  ];
  const buyer = await newPerson();
  const placed = await placeOrder(buyer, [boxes, quantity], [stalls, 1]);
  expect(placed.status).toBe(status);
  if (status === 201) return;
  const most = { amount: 999_999_999_999, currency: "IDR", exponent: 2 };
  expect(placed.body).toMatchObject({ type: "/problems/total-too-large", most });
  await until(
    () => stockOf(boxes, stalls),
    (stock) => stock.every(({ held, sold }) => held === 0 && sold === 0),
  );
  expect((await call("GET", "/orders", { token: buyer.token })).list.map(({ state }) => state)).toEqual(["cancelled"]);
});

test("a free order is confirmed at once, without a provider", async () => {
  const free = { price: { amount: 0, currency: "EUR" } };
  const { stalls, parking } = await twoTypes(free, free);
  const buyer = await newPerson();
  const { body } = await placeOrder(buyer, [stalls, 2], [parking, 1]);
  const paid = await call("POST", `/orders/${body.id}/payment`, { token: buyer.token });
  expect(paid.status).toBe(202);
  expect(paid.body).toMatchObject({ state: "succeeded", amount: 0 });
  expect((await orderOf(buyer, body.id)).body.state).toBe("confirmed");
  await until(
    () => stockOf(stalls, parking),
    (stock) =>
      JSON.stringify(stock) ===
      JSON.stringify([
        { held: 0, sold: 2 },
        { held: 0, sold: 1 },
      ]),
  );
  expect(await orderLedger(body.id)).toEqual([]);
});

describe("a refusal names the item and leaves nothing held", () => {
  test.each([
    ["sold out", { capacity: 1 }, "sold-out", { available: 1 }],
    ["beyond the buyer's limit", { max_per_buyer: 1 }, "limit-reached", { left_for_you: 1 }],
    ["not on sale", { sales_start: "2030-12-01T00:00:00Z" }, "not-on-sale", {}],
  ])("%s", async (_name, parking, type, members) => {
    const types = await twoTypes({}, parking);
    const buyer = await newPerson();
    const refused = await placeOrder(buyer, [types.stalls, 2], [types.parking, 2]);
    expect(refused.body).toMatchObject({ type: `/problems/${type}`, status: 409, item: 1, ...members });
    expect(await stockOf(types.stalls, types.parking)).toEqual([
      { held: 0, sold: 0 },
      { held: 0, sold: 0 },
    ]);
    expect((await call("GET", "/orders", { token: buyer.token })).list).toEqual([]);
  });

  test("two items of one ticket type count together", async () => {
    const { stalls, parking } = await twoTypes({ capacity: 3 });
    const buyer = await newPerson();
    const refused = await placeOrder(buyer, [parking, 1], [stalls, 2], [stalls, 2]);
    expect(refused.body).toMatchObject({ type: "/problems/sold-out", item: 2, available: 1 });
    expect(await stockOf(stalls, parking)).toEqual([
      { held: 0, sold: 0 },
      { held: 0, sold: 0 },
    ]);
    expect((await placeOrder(buyer, [parking, 1], [stalls, 2], [stalls, 1])).status).toBe(201);
    expect(await stockOf(stalls)).toEqual([{ held: 3, sold: 0 }]);
  });

  test("tickets of another organiser, in another currency, or that do not exist", async () => {
    const { stalls, organizer } = await twoTypes();
    const buyer = await newPerson();
    const other = await putOnSale();
    const elsewhere = await createEvent(organizer);
    const dollars = await addTicket(organizer, elsewhere, { price: { amount: 100, currency: "USD" } });
    expect((await placeOrder(buyer, [stalls, 1], [other.ticketId, 1])).body).toMatchObject({
      status: 422,
      errors: [{ path: "items.1.ticket", message: "is of another organiser than the first one" }],
    });
    expect((await placeOrder(buyer, [stalls, 1], [dollars, 1])).body).toMatchObject({
      status: 422,
      errors: [{ path: "items.1.ticket", message: "has another currency than the first one" }],
    });
    const unknown = await placeOrder(buyer, [stalls, 1], ["0000000000000000", 1]);
    expect(unknown.body).toMatchObject({ type: "/problems/not-found", item: 1 });
    expect(await stockOf(stalls)).toEqual([{ held: 0, sold: 0 }]);
  });
});

test("what can be bought together is not read from D1 for each order, and nothing is refused because of an old copy", async () => {
  const { stalls, parking, organizer } = await twoTypes();
  const elsewhere = await createEvent(organizer);
  const dollars = await addTicket(organizer, elsewhere, { price: { amount: 100, currency: "USD" } });
  const { DB, statements } = recordingD1();
  const order = async (...tickets: readonly string[]) => {
    const { token } = await newPerson();
    const body = { items: tickets.map((ticket) => ({ ticket, quantity: 1 })) };
    return call("POST", "/orders", { token, settings: { DB }, body });
  };
  for (let orders = 0; orders < 3; orders += 1) expect((await order(stalls, parking)).status).toBe(201);
  // One of each ticket type, which names it, too.
  expect(statements.filter(({ text }) => text.includes('"ticket_types"'))).toHaveLength(2);
  const otherThanFirst = { path: "items.1.ticket", message: "has another currency than the first one" };
  expect((await order(stalls, dollars)).body).toMatchObject({ errors: [otherThanFirst] });
  await env.DB.prepare("UPDATE ticket_types SET currency = 'EUR' WHERE id = ?").bind(dollars).run();
  // The objects know better.
  expect((await order(stalls, dollars)).body).toMatchObject({ errors: [{ path: "items" }] });
});

describe("cancelling", () => {
  test("gives everything back at once", async () => {
    const { stalls, parking } = await twoTypes();
    const buyer = await newPerson();
    const { body } = await placeOrder(buyer, [stalls, 2], [parking, 1]);
    const path = `/orders/${body.id}` as const;
    expect((await call("DELETE", path, { token: buyer.token })).status).toBe(204);
    expect(await stockOf(stalls, parking)).toEqual([
      { held: 0, sold: 0 },
      { held: 0, sold: 0 },
    ]);
    expect((await orderOf(buyer, body.id)).body).toMatchObject({ state: "cancelled", expires_in: null });
    const { list } = await call("GET", "/reservations", { token: buyer.token });
    expect(list.map(({ state }) => state)).toEqual(["cancelled", "cancelled"]);
    expect((await call("DELETE", path, { token: buyer.token })).status).toBe(204);
    expect((await payOrder(buyer, body.id)).body.type).toBe("/problems/already-cancelled");
  });

  test("while the provider charges waits for the outcome, and a success is kept", async () => {
    const { stalls } = await twoTypes();
    const buyer = await newPerson();
    const { body } = await placeOrder(buyer, [stalls, 1]);
    await payOrder(buyer, body.id, "pm_sandbox_slow_1s");
    const deferred = await call("DELETE", `/orders/${body.id}`, { token: buyer.token });
    expect(deferred.status).toBe(202);
    expect(deferred.body).toMatchObject({ state: "held", status: "awaiting_payment", cancel_requested: true });
    expect((await outcomeOf(buyer, body.id)).body).toMatchObject({ state: "confirmed", cancel_requested: false });
    const refused = await call("DELETE", `/orders/${body.id}`, { token: buyer.token });
    expect(refused.body).toMatchObject({ type: "/problems/already-confirmed", detail: "Buyers can't give it back." });
  });

  test("is carried out when the payment fails", async () => {
    const { stalls, parking } = await twoTypes();
    const buyer = await newPerson();
    const { body } = await placeOrder(buyer, [stalls, 1], [parking, 1]);
    await payOrder(buyer, body.id, "pm_sandbox_slow_3600s");
    expect((await call("DELETE", `/orders/${body.id}`, { token: buyer.token })).status).toBe(202);
    const [charge] = await until(
      () => orderLedger(body.id),
      (rows) => rows.length > 0,
    );
    const failure = { code: "card_declined", message: "The card was declined." };
    const settlement = { paymentId: charge?.idempotency_key ?? "", outcome: { state: "failed", failure } } as const;
    await orderObject(body.id).settle([settlement]);
    expect((await outcomeOf(buyer, body.id)).body).toMatchObject({ state: "cancelled", payment: { state: "failed" } });
    await until(
      () => stockOf(stalls, parking),
      (stock) => stock.every(({ held }) => held === 0),
    );
  });
});

test("a declined card leaves everything held, and another card pays", async () => {
  const { stalls, parking } = await twoTypes();
  const buyer = await newPerson();
  const { body } = await placeOrder(buyer, [stalls, 1], [parking, 1]);
  await payOrder(buyer, body.id, "pm_card_visa_chargeDeclined");
  const failed = await outcomeOf(buyer, body.id);
  expect(failed.body).toMatchObject({ state: "held", payment: { state: "failed", error: { code: "card_declined" } } });
  expect((await payOrder(buyer, body.id)).status).toBe(202);
  expect((await outcomeOf(buyer, body.id)).body).toMatchObject({ state: "confirmed", payment: { state: "succeeded" } });
  expect((await orderLedger(body.id)).filter(({ kind }) => kind === "charge")).toHaveLength(2);
  await until(
    () => stockOf(stalls, parking),
    (stock) => stock.every(({ held, sold }) => held === 0 && sold === 1),
  );
});

test("a second payment while one is pending is refused", async () => {
  const { stalls } = await twoTypes();
  const buyer = await newPerson();
  const { body } = await placeOrder(buyer, [stalls, 1]);
  await payOrder(buyer, body.id, "pm_sandbox_slow_2s");
  expect((await payOrder(buyer, body.id)).body.type).toBe("/problems/payment-in-progress");
});

test("a reservation of an order can't be paid or cancelled alone", async () => {
  const { stalls } = await twoTypes();
  const buyer = await newPerson();
  const { body } = await placeOrder(buyer, [stalls, 1]);
  const id = body.items[0]?.reservation ?? "";
  const part = { type: "/problems/part-of-order", status: 409, order: body.id };
  expect((await pay(buyer, id)).body).toMatchObject(part);
  expect((await call("DELETE", `/reservations/${id}`, { token: buyer.token })).body).toMatchObject(part);
  const { body: shown } = await call("GET", `/reservations/${id}`, { token: buyer.token });
  expect(shown).toMatchObject({ order: body.id, state: "held" });
  const { body: alone } = await hold(buyer, stalls);
  expect(alone.order).toBeNull();
});

test("an order is its buyer's alone", async () => {
  const { stalls } = await twoTypes();
  const buyer = await newPerson();
  const { body } = await placeOrder(buyer, [stalls, 1]);
  const { token } = await newPerson("admin");
  const requests = [
    ["GET", ""],
    ["DELETE", ""],
    ["GET", "/payment"],
    ["POST", "/payment"],
  ] as const;
  for (const [method, rest] of requests) {
    const body_ = method === "POST" ? { body: { payment_method: "pm_card_visa" } } : {};
    const others = await call(method, `/orders/${body.id}${rest}`, { token, ...body_ });
    const unknown = await call(method, `/orders/00000000000000000000${rest}`, { token, ...body_ });
    expect([others.status, unknown.status], method).toEqual([404, 404]);
  }
  expect((await call("GET", "/orders", { token })).list).toEqual([]);
  expect((await orderOf(buyer, body.id)).body.state).toBe("held");
});

test("orders are listed by state, as they are shown", async () => {
  const { stalls } = await twoTypes();
  const buyer = await newPerson();
  const ids = { held: "", confirmed: "", cancelled: "", expired: "" };
  for (const state of ["held", "confirmed", "cancelled", "expired"] as const) {
    ids[state] = (await placeOrder(buyer, [stalls, 1])).body.id;
  }
  await payOrder(buyer, ids.confirmed);
  await outcomeOf(buyer, ids.confirmed);
  await call("DELETE", `/orders/${ids.cancelled}`, { token: buyer.token });
  // Its copy does not know yet that it is over.
  await sql("UPDATE orders SET expires_at_ms = 0 WHERE id = ?", ids.expired);
  const list = async (query: string) => {
    const { list } = await call("GET", `/orders${query}`, { token: buyer.token });
    return list.map(({ id, state }) => ({ id, state }));
  };
  const shown = Object.entries(ids).map(([state, id]) => ({ id, state }));
  await until(
    () => list("?state=confirmed"),
    ({ length }) => length > 0,
  );
  expect(await list("")).toEqual(shown.toReversed());
  for (const one of shown) expect(await list(`?state=${one.state}`)).toEqual([one]);
  expect((await call("GET", "/orders?state=paid", { token: buyer.token })).status).toBe(422);
});

describe("an event that is called off", () => {
  async function callOff(organizer: { readonly token: string }, eventId: string) {
    const { token } = organizer;
    expect((await call("PATCH", `/events/${eventId}`, { token, body: { status: "cancelled" } })).status).toBe(200);
  }

  /** Two events of one organiser, with a ticket type each. */
  async function twoEvents() {
    const one = await twoTypes();
    const eventId = await createEvent(one.organizer);
    return { ...one, otherEventId: eventId, other: await addTicket(one.organizer, eventId) };
  }

  test("takes the rest of the order with it", async () => {
    const { stalls, other, organizer, otherEventId } = await twoEvents();
    const buyer = await newPerson();
    const { body } = await placeOrder(buyer, [stalls, 1], [other, 1]);
    await callOff(organizer, otherEventId);
    const stock = await until(
      () => stockOf(stalls, other),
      ([rest]) => rest?.held === 0,
    );
    expect(stock).toEqual([
      { held: 0, sold: 0 },
      { held: 0, sold: 0 },
    ]);
    expect((await orderOf(buyer, body.id)).body).toMatchObject({ state: "cancelled", payment: null });
    expect((await payOrder(buyer, body.id)).body.type).toBe("/problems/already-cancelled");
    expect(await orderLedger(body.id)).toEqual([]);
  });

  test("can't be paid for by an order that did not hear of it", async () => {
    const { stalls, other } = await twoEvents();
    const buyer = await newPerson();
    const { body } = await placeOrder(buyer, [stalls, 1], [other, 1]);
    // As if the announcement to the order were lost.
    await runInDurableObject(objectOf(other), (_, { storage }) => {
      storage.sql.exec("UPDATE ticket_type SET event_status = 'cancelled', on_sale = 0");
    });
    await evictDurableObject(objectOf(other));
    expect((await payOrder(buyer, body.id)).body.type).toBe("/problems/event-cancelled");
    expect((await orderOf(buyer, body.id)).body).toMatchObject({ state: "cancelled", payment: null });
    await until(
      () => stockOf(stalls, other),
      (stock) => stock.every(({ held }) => held === 0),
    );
    expect(await orderLedger(body.id)).toEqual([]);
  });

  test("while the provider charges gets the whole order cancelled, and the money back", async () => {
    const { stalls, other, organizer, otherEventId } = await twoEvents();
    const buyer = await newPerson();
    const { body } = await placeOrder(buyer, [stalls, 1], [other, 1]);
    await payOrder(buyer, body.id, "pm_sandbox_slow_2s");
    await callOff(organizer, otherEventId);
    const { body: end } = await until(
      () => orderOf(buyer, body.id),
      (answer) => answer.body.status === "refunded",
    );
    expect(end).toMatchObject({ state: "cancelled", payment: { state: "refunded", amount: 9000 } });
    expect((await orderLedger(body.id)).map(({ kind }) => kind)).toEqual(["charge", "refund"]);
    expect(await stockOf(stalls, other)).toEqual([
      { held: 0, sold: 0 },
      { held: 0, sold: 0 },
    ]);
  });

  test("after the payment stays paid for: giving back is the organiser's", async () => {
    const { stalls, other, organizer, otherEventId } = await twoEvents();
    const buyer = await newPerson();
    const { body } = await placeOrder(buyer, [stalls, 1], [other, 1]);
    await payOrder(buyer, body.id);
    await outcomeOf(buyer, body.id);
    await callOff(organizer, otherEventId);
    expect((await orderOf(buyer, body.id)).body.state).toBe("confirmed");
    await until(
      () => stockOf(stalls, other),
      (stock) => stock.every(({ sold }) => sold === 1),
    );
  });
});

test("the object of a ticket type that has no such order sells on", async () => {
  const { stalls } = await twoTypes({ capacity: 1 });
  const buyer = await newPerson();
  await placeOrder(buyer, [stalls, 1]);
  expect(await objectOf(stalls).takeOrderSteps("00000000000000000000", [])).toEqual([]);
  expect((await hold(await newPerson(), stalls)).body.type).toBe("/problems/sold-out");
});

describe("an order at several prices", () => {
  const at = (name: string, amount: number, more: Record<string, unknown> = {}) => {
    return { name, price: { amount, currency: "EUR" }, ...more };
  };
  const order = (
    token: string,
    items: readonly { ticket: string; price?: string; quantity: number; code?: string }[],
  ) => call("POST", "/orders", { token, body: { items: [...items] } });

  async function family() {
    const organizer = await newPerson("organizer");
    const eventId = await createEvent(organizer);
    const body = { name: "Stalls", capacity: 10, prices: [at("Adult", 4500), at("Child", 1500, { max_per_order: 2 })] };
    const made = await call("POST", `/events/${eventId}/tickets`, { token: organizer.token, anyBody: body });
    expect(made.status).toBe(201);
    const [adult = "", child = ""] = made.body.prices.map(({ id }) => id);
    return { organizer, ticket: made.body.id, adult, child };
  }

  test("has two adults and a child in one go", async () => {
    const { ticket, adult, child } = await family();
    const { token } = await newPerson();
    const { status, body } = await order(token, [
      { ticket, price: adult, quantity: 2 },
      { ticket, price: child, quantity: 1 },
    ]);
    expect(status).toBe(201);
    expect(body.items.map((item) => [item.price, item.price_name, item.total.amount])).toEqual([
      [adult, "Adult", 9000],
      [child, "Child", 1500],
    ]);
    expect(body.total.amount).toBe(10_500);
  });

  test("is bounded at each price, in however many items", async () => {
    const { ticket, child } = await family();
    const { token } = await newPerson();
    const items = [
      { ticket, price: child, quantity: 1 },
      { ticket, price: child, quantity: 2 },
    ];
    const refused = await order(token, items);
    expect(refused.body).toMatchObject({ type: "/problems/quantity-not-allowed", item: 1, max_per_order: 2 });
    expect(await stockOf(ticket)).toEqual([{ held: 0, sold: 0 }]);
  });

  test("names the item whose price is missing", async () => {
    const { ticket, adult } = await family();
    const { token } = await newPerson();
    const refused = await order(token, [
      { ticket, price: adult, quantity: 1 },
      { ticket, quantity: 1 },
    ]);
    expect(refused.body).toMatchObject({ status: 422, errors: [{ path: "items.1.price" }] });
    expect(await stockOf(ticket)).toEqual([{ held: 0, sold: 0 }]);
  });

  test("takes the uses of a code with its hold, and gives them back with it", async () => {
    const { organizer, ticket, adult } = await family();
    const staff = at("Staff", 0, { requires_code: true });
    const { body: price } = await call("POST", `/tickets/${ticket}/prices`, { token: organizer.token, anyBody: staff });
    const codes = { codes: ["CREW-26"], uses: 2 };
    const path = `/tickets/${ticket}/prices/${price.id}/codes` as const;
    expect((await call("POST", path, { token: organizer.token, anyBody: codes })).status).toBe(201);
    const { token } = await newPerson();
    const items = [
      { ticket, price: adult, quantity: 1 },
      { ticket, price: price.id, quantity: 2, code: "crew-26" },
    ];
    const placed = await order(token, items);
    expect(placed.status).toBe(201);
    // As the ticket type has it, also in the list.
    expect(placed.body.items.map(({ code }) => code)).toEqual([null, "CREW-26"]);
    const { list } = await call("GET", "/orders", { token });
    expect(list[0]?.items).toEqual(placed.body.items);
    const used = await order((await newPerson()).token, items);
    expect(used.body).toMatchObject({ type: "/problems/code-used-up", item: 1 });
    expect((await call("DELETE", `/orders/${placed.body.id}`, { token })).status).toBe(204);
    expect((await order(token, items)).status).toBe(201);
  });
});
