// At the counter of an event: what its organiser sells for cash, for a transfer, or free of charge.

import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import { newId } from "../../../../src/platform/ids.ts";
import { accessToken } from "../../../../src/worker/auth/tokens.ts";
import { cancelAt, counterOrder, markPaid, sellAt } from "../../../support/counter.ts";
import { sqlIn } from "../../../support/objects.ts";
import {
  orderLedger,
  orderObject,
  payOrder,
  placeOrder,
  stockOf,
  type TwoTypes,
  twoTypes,
} from "../../../support/orders.ts";
import { ADULT, CHILD, countersOf, makeCodes, putPricesOnSale } from "../../../support/prices.ts";
import { rowsOf } from "../../../support/records.ts";
import { call, hold, newPerson, objectOf, replayOf, seen } from "../../../support/service.ts";

const EUR = (amount: number) => ({ amount, currency: "EUR", exponent: 2 });
const DAY_MS = 86_400_000;
const inDays = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString();

afterEach(() => {
  vi.useRealTimers();
});

/** The clock is ahead from now on; alarms keep to the platform's own. */
function later(ms: number): void {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.setSystemTime(Date.now() + ms);
}

/** The same, whose organiser has signed in again since. */
async function signedIn<S extends TwoTypes>(sale: S): Promise<S> {
  const { accountId } = sale.organizer;
  return { ...sale, organizer: { ...sale.organizer, token: await accessToken(env, accountId) } };
}

async function nothingCharged(orderId: string): Promise<void> {
  expect(await orderLedger(orderId)).toEqual([]);
  expect(await orderObject(orderId).instructions(["any"])).toEqual([{ todo: "unknown" }]);
}

describe("sold at once", () => {
  test("for cash: confirmed with its first reply, and nobody asks the payment provider", async () => {
    const sale = await twoTypes();
    const { stalls, parking, organizer, eventId } = sale;
    const customer = { name: "Ada Lovelace", email: "Ada@example.test" };
    const sold = await sellAt(
      sale,
      "cash",
      [
        [stalls, 2],
        [parking, 1],
      ],
      { customer, note: "at the door" },
    );
    expect(sold.status).toBe(201);
    expect(sold.headers.get("location")).toBe(`/events/${eventId}/orders/${sold.body.id}`);
    expect(sold.body).toMatchObject({
      state: "confirmed",
      status: "confirmed",
      expires_at: null,
      total: EUR(9500),
      payment: { state: "succeeded", amount: 9500 },
      method: "cash",
      sold_by: organizer.accountId,
      taken_by: organizer.accountId,
      customer,
      note: "at the door",
    });
    expect(await stockOf(stalls, parking)).toEqual([
      { held: 0, sold: 2 },
      { held: 0, sold: 1 },
    ]);
    await nothingCharged(sold.body.id);
    expect((await counterOrder(sale, sold.body.id)).body).toEqual(sold.body);
  });

  test("free of charge: nothing is to be paid, whatever the price", async () => {
    const sale = await twoTypes();
    const sold = await sellAt(sale, "free", [[sale.stalls, 3]]);
    expect(sold.body).toMatchObject({ state: "confirmed", total: EUR(0), method: "free", payment: { amount: 0 } });
    expect(sold.body.items).toMatchObject([{ quantity: 3, unit_price: EUR(0) }]);
    expect(await stockOf(sale.stalls)).toEqual([{ held: 0, sold: 3 }]);
    await nothingCharged(sold.body.id);
  });

  test("an order that can't be held as a whole is not held at all", async () => {
    const sale = await twoTypes({}, { capacity: 1 });
    const { stalls, parking } = sale;
    const sold = await sellAt(sale, "cash", [
      [stalls, 2],
      [parking, 2],
    ]);
    expect(sold.body).toMatchObject({ type: "/problems/sold-out", item: 1, available: 1 });
    expect(await stockOf(stalls, parking)).toEqual([
      { held: 0, sold: 0 },
      { held: 0, sold: 0 },
    ]);
  });

  test("the last tickets, while 50 buyers want them: exactly as many as there are", async () => {
    const sale = await twoTypes({ capacity: 30 });
    const buyers = await Promise.all(Array.from({ length: 50 }, () => newPerson()));
    const replies = await Promise.all([
      ...buyers.map((buyer) => placeOrder(buyer, [sale.stalls, 1])),
      ...Array.from({ length: 25 }, () => sellAt(sale, "cash", [[sale.stalls, 1]])),
    ]);
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(30);
    const [stock] = await stockOf(sale.stalls);
    const sold = replies.slice(50).filter(({ status }) => status === 201).length;
    expect(stock).toEqual({ held: 30 - sold, sold });
    for (const { status, body } of replies) if (status !== 201) expect(body.type).toBe("/problems/sold-out");
  });
});

describe("a transfer", () => {
  test("is awaited until its own date, and then taken, in the same stock", async () => {
    const sale = await twoTypes();
    const until = inDays(20);
    const sold = await sellAt(sale, "transfer", [[sale.stalls, 2]], { pay_until: until });
    expect(sold.body).toMatchObject({
      state: "held",
      expires_at: until,
      payment: null,
      method: "transfer",
      taken_by: null,
    });
    expect(await stockOf(sale.stalls)).toEqual([{ held: 2, sold: 0 }]);
    later(19 * DAY_MS);
    await orderObject(sold.body.id).wake();
    await objectOf(sale.stalls).wake();
    const admin = await newPerson("admin");
    const paid = await markPaid({ ...sale, organizer: admin }, sold.body.id);
    expect([paid.status, paid.body]).toMatchObject([200, { state: "succeeded", total: EUR(9000) }]);
    expect((await counterOrder(await signedIn(sale), sold.body.id)).body).toMatchObject({
      state: "confirmed",
      method: "transfer",
      sold_by: sale.organizer.accountId,
      taken_by: admin.accountId,
    });
    expect(await stockOf(sale.stalls)).toEqual([{ held: 0, sold: 2 }]);
    await nothingCharged(sold.body.id);
  });

  test("is awaited for 14 days, but not beyond the event", async () => {
    const sale = await twoTypes();
    const sold = await sellAt(sale, "transfer", [[sale.stalls, 1]]);
    expect(sold.body.expires_in).toBeGreaterThan((14 * DAY_MS) / 1_000 - 60);
    expect(sold.body.expires_in).toBeLessThanOrEqual((14 * DAY_MS) / 1_000);
    const soon = { starts_at: inDays(2), ends_at: inDays(3) };
    await call("PATCH", `/events/${sale.eventId}`, { token: sale.organizer.token, body: soon });
    const next = await sellAt(sale, "transfer", [[sale.stalls, 1]]);
    expect(next.body.expires_at).toBe(soon.ends_at);
  });

  test("that does not come expires at its date, and late money is not taken", async () => {
    const sale = await twoTypes();
    const sold = await sellAt(sale, "transfer", [[sale.stalls, 2]], { pay_until: inDays(3) });
    later(3 * DAY_MS);
    const now = await signedIn(sale);
    const late = await markPaid(now, sold.body.id);
    expect([late.status, late.body.type]).toEqual([410, "/problems/reservation-expired"]);
    await orderObject(sold.body.id).wake();
    expect((await counterOrder(now, sold.body.id)).body).toMatchObject({ state: "expired", taken_by: null });
    expect(await stockOf(sale.stalls)).toEqual([{ held: 0, sold: 0 }]);
    expect((await cancelAt(now, sold.body.id)).body.type).toBe("/problems/reservation-expired");
  });

  test("may be paid in cash after all, once", async () => {
    const sale = await twoTypes();
    const { id } = (await sellAt(sale, "transfer", [[sale.stalls, 1]])).body;
    const first = await markPaid(sale, id, "cash", "mine");
    expect(first.status).toBe(200);
    expect(seen(await markPaid(sale, id, "cash", "mine"))).toEqual(replayOf(first));
    expect((await markPaid(sale, id, "transfer", "mine")).body.type).toBe("/problems/idempotency-key-reused");
    expect((await markPaid(sale, id)).body.type).toBe("/problems/already-confirmed");
    // Another account's key is another key.
    const admin = await newPerson("admin");
    const others = await markPaid({ ...sale, organizer: admin }, id, "cash", "mine");
    expect(others.body.type).toBe("/problems/already-confirmed");
    expect((await counterOrder(sale, id)).body.method).toBe("cash");
    expect((await cancelAt(sale, id)).body.type).toBe("/problems/already-confirmed");
  });

  test("is cancelled: its tickets are available again, and it can't be paid", async () => {
    const sale = await twoTypes({ capacity: 2 });
    const { id } = (await sellAt(sale, "transfer", [[sale.stalls, 2]])).body;
    expect((await cancelAt(sale, id)).status).toBe(204);
    expect((await cancelAt(sale, id)).status).toBe(204);
    expect((await markPaid(sale, id)).body.type).toBe("/problems/already-cancelled");
    expect((await sellAt(sale, "cash", [[sale.stalls, 2]])).status).toBe(201);
  });

  test("is known to its event when its object has forgotten it", async () => {
    const sale = await twoTypes();
    const [cancelled, expired] = await Promise.all(
      ["a", "b"].map(
        async () => (await sellAt(sale, "transfer", [[sale.stalls, 1]], { pay_until: inDays(1) })).body.id,
      ),
    );
    if (cancelled === undefined || expired === undefined) throw new Error("not sold");
    await cancelAt(sale, cancelled);
    later(2 * DAY_MS);
    await orderObject(expired).wake();
    later(60 * DAY_MS);
    for (const id of [cancelled, expired]) {
      await orderObject(id).wake();
      expect(await orderObject(id).audit()).toBeNull();
    }
    const now = await signedIn(sale);
    expect((await counterOrder(now, cancelled)).body).toMatchObject({ state: "cancelled", method: "transfer" });
    expect((await counterOrder(now, expired)).body.state).toBe("expired");
    expect((await cancelAt(now, cancelled)).status).toBe(204);
    expect((await markPaid(now, cancelled)).body.type).toBe("/problems/already-cancelled");
    expect((await markPaid(now, expired)).body.type).toBe("/problems/reservation-expired");
  });

  test.each<[name: string, method: "cash" | "transfer" | "free", pay_until: () => string, message: string]>([
    ["of what is paid at once", "cash", () => inDays(1), "is for a transfer"],
    ["of a free order", "free", () => inDays(1), "is for a transfer"],
    ["in the past", "transfer", () => inDays(-1), "must be in the future"],
    ["in 31 days", "transfer", () => inDays(31), "must be within 30 days"],
    ["after the event", "transfer", () => inDays(4), "must not be after the end of the event"],
  ])("has no date %s", async (_name, method, pay_until, message) => {
    const sale = await twoTypes();
    const soon = { starts_at: inDays(2), ends_at: inDays(3) };
    await call("PATCH", `/events/${sale.eventId}`, { token: sale.organizer.token, body: soon });
    for (const key of [undefined, "mine"]) {
      const more = { pay_until: pay_until(), ...(key === undefined ? {} : { key }) };
      const { status, body } = await sellAt(sale, method, [[sale.stalls, 1]], more);
      expect([status, body.type]).toEqual([422, "/problems/invalid-request"]);
      expect(JSON.parse(JSON.stringify(body)).errors).toMatchObject([{ path: "pay_until", message }]);
    }
    expect(await stockOf(sale.stalls)).toEqual([{ held: 0, sold: 0 }]);
  });
});

describe("beyond what buyers may:", () => {
  const PAST = { sales_start: "2020-01-01T00:00:00Z", sales_end: "2020-02-01T00:00:00Z" };
  const FUTURE = { sales_start: "2030-01-01T00:00:00Z" };

  test.each([
    ["after the sale", PAST],
    ["before it", FUTURE],
    ["beyond a buyer's limit", { max_per_buyer: 1 }],
  ])("%s", async (_name, ticket) => {
    const sale = await twoTypes(ticket);
    for (const method of ["cash", "free", "transfer"] as const) {
      expect((await sellAt(sale, method, [[sale.stalls, 2]])).status).toBe(201);
    }
  });

  test("outside the sale, too, what was held and is due is sold", async () => {
    const sale = await twoTypes({ capacity: 2 });
    expect((await hold(await newPerson(), sale.stalls, 2)).status).toBe(201);
    await call("PATCH", `/tickets/${sale.stalls}`, { token: sale.organizer.token, body: PAST });
    expect((await sellAt(sale, "cash", [[sale.stalls, 2]])).body.type).toBe("/problems/sold-out");
    later(900_000);
    expect((await sellAt(sale, "cash", [[sale.stalls, 2]])).status).toBe(201);
  });

  test("beyond a price's bounds for one order, and without its code", async () => {
    const press = { ...CHILD, name: "Press", requires_code: true };
    const sale = await putPricesOnSale([ADULT, { ...CHILD, max_per_order: 2 }, press]);
    const [, child, pressId] = sale.priceIds;
    if (child === undefined || pressId === undefined) throw new Error("no prices");
    const sold = await sellAt(sale, "cash", [
      [sale.ticketId, 3, { price: child }],
      [sale.ticketId, 2, { price: pressId }],
    ]);
    expect(sold.body).toMatchObject({ state: "confirmed", total: EUR(10_000) });
    const codes = await makeCodes(sale, pressId, ["FRIENDS"], 1);
    const code = codes[0] ?? "";
    expect((await sellAt(sale, "cash", [[sale.ticketId, 2, { price: pressId, code }]])).body.type).toBe(
      "/problems/code-used-up",
    );
    expect((await sellAt(sale, "cash", [[sale.ticketId, 1, { price: pressId, code: "WRONG" }]])).body.type).toBe(
      "/problems/code-refused",
    );
    expect((await sellAt(sale, "cash", [[sale.ticketId, 1, { code }]])).body.items).toMatchObject([
      { price: pressId, code: "FRIENDS" },
    ]);
  });
});

describe("never", () => {
  test("beyond a capacity, or a price's cap", async () => {
    const sale = await putPricesOnSale([ADULT, { ...CHILD, capacity: 3 }], { capacity: 5 });
    const [adult, child] = sale.priceIds;
    if (adult === undefined || child === undefined) throw new Error("no prices");
    for (const method of ["cash", "free", "transfer"] as const) {
      const capped = await sellAt(sale, method, [[sale.ticketId, 4, { price: child }]]);
      expect(capped.body).toMatchObject({ type: "/problems/sold-out", available: 3 });
      const full = await sellAt(sale, method, [[sale.ticketId, 6, { price: adult }]]);
      expect(full.body).toMatchObject({ type: "/problems/sold-out", available: 5 });
    }
    expect((await sellAt(sale, "cash", [[sale.ticketId, 3, { price: child }]])).status).toBe(201);
    expect((await sellAt(sale, "free", [[sale.ticketId, 1, { price: child }]])).body.type).toBe("/problems/sold-out");
    expect(await countersOf(sale)).toEqual(["0/0", "0/3"]);
  });

  test.each([
    ["that is not published", { status: "draft" }, "draft"],
    ["that was called off", { status: "cancelled" }, "cancelled"],
    ["that is over", { starts_at: "2020-01-01T00:00:00Z", ends_at: "2020-01-02T00:00:00Z" }, "ended"],
  ])("for an event %s", async (_name, change, sale_state) => {
    const sale = await twoTypes();
    const { token } = sale.organizer;
    expect((await call("PATCH", `/events/${sale.eventId}`, { token, anyBody: change })).status).toBe(200);
    for (const method of ["cash", "free", "transfer"] as const) {
      const { status, body } = await sellAt(sale, method, [[sale.stalls, 1]]);
      expect([status, body]).toMatchObject([409, { type: "/problems/not-on-sale", sale_state }]);
    }
  });

  test("at a price that was taken off sale", async () => {
    const sale = await putPricesOnSale([ADULT, CHILD]);
    const { token } = sale.organizer;
    const path = `/tickets/${sale.ticketId}/prices/${sale.priceIds[1]}` as const;
    expect((await call("PATCH", path, { token, body: { withdrawn: true } })).status).toBe(200);
    const { body } = await sellAt(sale, "cash", [[sale.ticketId, 1, { price: sale.priceIds[1] ?? "" }]]);
    expect(body.type).toBe("/problems/not-on-sale");
  });

  test("when the event was called off after all: what is awaited is let go, and no money taken", async () => {
    const sale = await twoTypes();
    const { id } = (await sellAt(sale, "transfer", [[sale.stalls, 1]])).body;
    const body = { status: "cancelled" } as const;
    await call("PATCH", `/events/${sale.eventId}`, { token: sale.organizer.token, body });
    const { status } = await markPaid(sale, id);
    expect(status).toBe(409);
    expect((await counterOrder(sale, id)).body).toMatchObject({ state: "cancelled", payment: null });
    expect(await stockOf(sale.stalls)).toEqual([{ held: 0, sold: 0 }]);
  });

  test("tickets of another event", async () => {
    const [sale, other] = [await twoTypes(), await twoTypes()];
    const replies = [];
    for (const ticket of [other.stalls, newId()]) {
      replies.push(
        await sellAt(sale, "cash", [
          [sale.stalls, 1],
          [ticket, 1],
        ]),
      );
    }
    expect(replies[0]?.status).toBe(404);
    expect(replies[0]?.text).toBe(replies[1]?.text);
    expect(await stockOf(sale.stalls, other.stalls)).toEqual([
      { held: 0, sold: 0 },
      { held: 0, sold: 0 },
    ]);
  });
});

describe("a request that is repeated with its key", () => {
  test.each(["cash", "free", "transfer"] as const)("has one effect and one answer: %s", async (method) => {
    const sale = await twoTypes();
    const ask = (quantity: number) => sellAt(sale, method, [[sale.stalls, quantity]], { key: "mine" });
    const [first, ...same] = await Promise.all([ask(2), ask(2), ask(2)]);
    for (const one of same) expect(one.body).toEqual(first?.body);
    expect((await ask(3)).body.type).toBe("/problems/idempotency-key-reused");
    const [stock] = await stockOf(sale.stalls);
    expect((stock?.held ?? 0) + (stock?.sold ?? 0)).toBe(2);
  });

  test("finds its order also when its date has passed, or its money has come", async () => {
    const sale = await twoTypes();
    const pay_until = inDays(1);
    const ask = (by = sale) => sellAt(by, "transfer", [[sale.stalls, 2]], { key: "mine", pay_until });
    const first = await ask();
    await markPaid(sale, first.body.id, "cash");
    expect(seen(await ask())).toEqual(replayOf(first));
    later(2 * DAY_MS);
    const { expires_in: _then, ...born } = first.body;
    const { expires_in: _now, ...again } = (await ask(await signedIn(sale))).body;
    expect(again).toEqual(born);
    expect(await stockOf(sale.stalls)).toEqual([{ held: 0, sold: 2 }]);
  });
});

describe("nobody else", () => {
  test("sees, marks or cancels what the counter sold", async () => {
    const sale = await twoTypes();
    const { id } = (await sellAt(sale, "transfer", [[sale.stalls, 1]])).body;
    const buyer = await newPerson();
    const own = await twoTypes();
    for (const organizer of [buyer, own.organizer]) {
      const mine = { ...sale, organizer };
      const want = organizer === buyer ? 403 : 404;
      expect((await counterOrder(mine, id)).status).toBe(want);
      expect((await markPaid(mine, id)).status).toBe(want);
      expect((await cancelAt(mine, id)).status).toBe(want);
      expect((await sellAt(mine, "cash", [[sale.stalls, 1]])).status).toBe(want);
    }
    // Nor by an event of their own, nor as an order of theirs.
    expect((await counterOrder(own, id)).status).toBe(404);
    expect((await markPaid(own, id)).status).toBe(404);
    expect((await cancelAt(own, id)).status).toBe(404);
    for (const { token } of [sale.organizer, buyer]) {
      expect((await call("GET", `/orders/${id}`, { token })).status).toBe(404);
      expect((await payOrder({ token } as typeof buyer, id)).status).toBe(404);
      expect((await call("GET", "/orders", { token })).list).toEqual([]);
      expect((await call("GET", "/reservations", { token })).list).toEqual([]);
    }
    expect((await counterOrder(sale, id)).body.state).toBe("held");
  });

  test("pays for or cancels what a buyer made online, and its organiser sees the event's part of it", async () => {
    const sale = await twoTypes();
    const buyer = await newPerson();
    const { id } = (await placeOrder(buyer, [sale.stalls, 1])).body;
    expect((await counterOrder(sale, id)).body).toMatchObject({
      method: "online",
      state: "held",
      sold_by: null,
      customer: null,
      total: EUR(4500),
    });
    // Its address, and nothing else of the account.
    const { buyer: shown, ...order } = (await counterOrder(sale, id)).body;
    expect(shown).toEqual({ email: expect.stringContaining("@"), guest: false });
    expect(JSON.stringify(order)).not.toContain(buyer.accountId);
    for (const answer of [await markPaid(sale, id, "cash"), await cancelAt(sale, id)]) {
      expect([answer.status, answer.body.type]).toEqual([409, "/problems/not-of-counter"]);
    }
    expect(await stockOf(sale.stalls)).toEqual([{ held: 1, sold: 0 }]);
  });
});

test("a buyer's own limit does not count what the counter sold, nor the other way round", async () => {
  const sale = await twoTypes({ max_per_buyer: 2 });
  await sellAt(sale, "cash", [[sale.stalls, 5]]);
  expect((await hold(sale.organizer, sale.stalls, 2)).status).toBe(201);
  expect((await sellAt(sale, "free", [[sale.stalls, 5]])).status).toBe(201);
});

test("the audit log says who sold, took and cancelled what, and nothing about the customer", async () => {
  const sale = await twoTypes();
  const customer = { name: "Ada Lovelace", email: "ada@example.test" };
  const { id } = (await sellAt(sale, "transfer", [[sale.stalls, 1]], { customer, note: "a secret" })).body;
  await markPaid(sale, id, "cash");
  await markPaid(sale, id);
  const { id: cancelled } = (await sellAt(sale, "transfer", [[sale.stalls, 1]])).body;
  await cancelAt(sale, cancelled);
  const refused = await sellAt(sale, "cash", [[sale.stalls, 1_000]]);
  expect(refused.status).toBe(409);
  const { list, text } = await call("GET", `/events/${sale.eventId}/audit`, { token: sale.organizer.token });
  const entries = list.filter(({ object }) => object.type === "order").reverse();
  expect(entries.map(({ action }) => action)).toEqual([
    ...["order.sell", "order.pay", "order.pay", "order.pay-refused"],
    ...["order.sell", "order.cancel", "order.sell", "order.sell-refused"],
  ]);
  expect(entries[0]).toMatchObject({
    actor: sale.organizer.accountId,
    object: { type: "order", id },
    event: sale.eventId,
    details: { method: "transfer", items: [{ ticket: sale.stalls, quantity: 1 }] },
  });
  expect(entries[1]?.details).toEqual({ method: "cash" });
  expect(text).not.toMatch(/Ada|ada@|secret/);
});

test("the audit log has a sale once, however often its request is repeated, and again after it was refused", async () => {
  const sale = await twoTypes({ capacity: 2 });
  const sell = () => sellAt(sale, "cash", [[sale.stalls, 2]], { key: "once" });
  const other = (await sellAt(sale, "transfer", [[sale.stalls, 1]])).body;
  expect((await sell()).status).toBe(409);
  await cancelAt(sale, other.id);
  for (let time = 0; time < 3; time++) expect((await sell()).status).toBe(201);
  const reused = await sellAt(sale, "cash", [[sale.stalls, 1]], { key: "once" });
  expect(reused.status).toBe(422);
  const { list } = await call("GET", `/events/${sale.eventId}/audit`, { token: sale.organizer.token });
  const actions = list.filter(({ object }) => object.type === "order").map(({ action }) => action);
  expect(actions.reverse()).toEqual([
    ...["order.sell", "order.sell", "order.sell-refused", "order.cancel"],
    ...["order.sell", "order.sell", "order.sell-refused"],
  ]);
});

test("copies in D1 of orders and reservations have the event where a buyer's have an account", async () => {
  const sale = await twoTypes();
  const { id } = (await sellAt(sale, "cash", [[sale.stalls, 1]])).body;
  const [row] = await rowsOf("SELECT account_id, state, paid_at_ms FROM orders WHERE id = ?", id);
  expect(row).toMatchObject({ account_id: sale.eventId, state: "confirmed" });
  expect(Number(row?.paid_at_ms)).toBeGreaterThan(Date.now() - 60_000);
  const rows = await sqlIn(sale.stalls, "SELECT account_id FROM reservations");
  expect(rows).toEqual([{ account_id: sale.eventId }]);
  expect(await env.DB.prepare("SELECT count(*) AS n FROM accounts WHERE id = ?").bind(sale.eventId).first("n")).toBe(0);
});
