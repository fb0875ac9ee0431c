// Ticket types added and changed by their organiser, and what that means for buyers.

import { beforeAll, describe, expect, test } from "vitest";
import { call, hold, newPerson, type OnSale, putOnSale, TICKET, until } from "../../../support/service.ts";

const FREE = { price: { amount: 0, currency: "EUR" } };
const HOUR_MS = 3_600_000;
/** For tests that change nothing of it. */
let shared: OnSale;

beforeAll(async () => {
  shared = await putOnSale();
});

function add({ organizer, eventId }: OnSale, changes: Record<string, unknown> = {}) {
  return call("POST", `/events/${eventId}/tickets`, { token: organizer.token, body: { ...TICKET, ...changes } });
}

function change({ organizer, ticketId }: OnSale, body: unknown) {
  return call("PATCH", `/tickets/${ticketId}`, { token: organizer.token, anyBody: body });
}

function show({ organizer, ticketId }: OnSale) {
  return call("GET", `/tickets/${ticketId}`, { token: organizer.token });
}

/** The ticket type once its counters say so. */
async function counted(sale: OnSale, held: number, sold: number) {
  const answer = await until(
    () => show(sale),
    ({ body }) => body.held === held && body.sold === sold,
  );
  expect(answer.body).toMatchObject({ held, sold });
  return answer;
}

function inHours(hours: number): string {
  return new Date(Date.now() + hours * HOUR_MS).toISOString();
}

describe("adding a ticket type", () => {
  test("answers it in full, and where it is", async () => {
    const answer = await add(shared);
    expect(answer.status).toBe(201);
    expect(answer.headers.get("location")).toBe(`/tickets/${answer.body.id}`);
    const defaults = { description: "", max_per_buyer: 10, sales_start: null, sales_end: null };
    const counters = { available: 100, held: 0, sold: 0 };
    const id = expect.stringMatching(/^[0-9a-z]{16}$/);
    expect(answer.body).toStrictEqual({ ...TICKET, ...defaults, ...counters, id, event: shared.eventId });
    expect((await show({ ...shared, ticketId: answer.body.id })).text).toBe(answer.text);
  });

  test.each<[what: string, fields: Record<string, unknown>]>([
    ["a free one", FREE],
    ["yen, which have no minor unit", { price: { amount: 5_000, currency: "JPY" } }],
    ["dinars, which have a thousand", { price: { amount: 12_345, currency: "KWD" } }],
    ["the dearest", { price: { amount: 100_000_000_000, currency: "EUR" } }],
    ["no limit per buyer", { max_per_buyer: null }],
    ["one a buyer", { max_per_buyer: 1 }],
    ["none to sell yet", { capacity: 0 }],
    ["ten million to sell", { capacity: 10_000_000 }],
    ["a sale window", { sales_start: "2030-01-01T00:00:00.000Z", sales_end: "2030-06-01T00:00:00.000Z" }],
    ["a description", { description: "Near the stage." }],
  ])("takes %s", async (_what, fields) => {
    const answer = await add(shared, fields);
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject(fields);
  });

  test.each(["name", "price", "capacity"])("can't be done without %s", async (field) => {
    const answer = await add(shared, { [field]: undefined });
    expect(answer.status).toBe(422);
    expect(answer.body.errors.map(({ path }) => path)).toEqual([field]);
  });

  test("ends at a hundred for one event", async () => {
    const sale = await putOnSale();
    const answers = await Promise.all(Array.from({ length: 99 }, () => add(sale)));
    expect(answers.filter(({ status }) => status !== 201)).toEqual([]);
    expect(await add(sale)).toMatchObject({ status: 409, body: { type: "/problems/too-many-ticket-types" } });
    expect((await call("GET", `/events/${sale.eventId}`)).body.tickets).toHaveLength(100);
    expect((await add(shared)).status).toBe(201);
  });
});

test.each<[field: string, what: string, value: unknown, path?: string]>([
  ["name", "empty", ""],
  ["name", "201 characters", "n".repeat(201)],
  ["description", "4001 characters", "d".repeat(4_001)],
  ["price", "a number", 4500],
  ["price", "null", null],
  ["price", "without an amount", { currency: "EUR" }, "price.amount"],
  ["price", "without a currency", { amount: 4500 }, "price.currency"],
  ["price", "negative", { amount: -1, currency: "EUR" }, "price.amount"],
  ["price", "half a cent", { amount: 0.5, currency: "EUR" }, "price.amount"],
  ["price", "text", { amount: "4500", currency: "EUR" }, "price.amount"],
  ["price", "too high", { amount: 100_000_000_001, currency: "EUR" }, "price.amount"],
  ["price", "in a currency that is not", { amount: 4500, currency: "ZZZ" }, "price.currency"],
  ["price", "in a currency in small letters", { amount: 4500, currency: "eur" }, "price.currency"],
  ["price", "with a field that is not asked for", { amount: 4500, currency: "EUR", tax: 19 }, "price.tax"],
  ["capacity", "negative", -1],
  ["capacity", "a fraction", 1.5],
  ["capacity", "text", "100"],
  ["capacity", "too high", 10_000_001],
  ["max_per_buyer", "none", 0],
  ["max_per_buyer", "a fraction", 2.5],
  ["max_per_buyer", "too high", 1_001],
  ["max_per_buyer", "text", "unlimited"],
  ["sales_start", "without a time zone", "2030-01-01T00:00:00"],
  ["sales_start", "words", "soon"],
  ["sales_start", "before 1970", "1969-12-31T23:59:59Z"],
  ["sales_start", "milliseconds", 1_893_456_000_000],
  ["sales_end", "empty", ""],
  ["available", "not asked for", 5],
  ["sold", "not asked for", 0],
  ["event", "not asked for", "0123456789abcdef"],
])("A ticket type's bad %s is refused, new or changed: %s", async (field, _what, value, path = field) => {
  const { text } = await show(shared);
  for (const answer of [await add(shared, { [field]: value }), await change(shared, { [field]: value })]) {
    expect(answer.status).toBe(422);
    expect(answer.body.errors.map((error) => error.path)).toEqual([path]);
  }
  expect((await show(shared)).text).toBe(text);
});

test.each([
  ["before it starts", "2030-01-02T00:00:00Z", "2030-01-01T00:00:00Z"],
  ["as it starts", "2030-01-01T00:00:00Z", "2030-01-01T00:00:00Z"],
])("A sale that ends %s is refused, new or changed, in one step or two", async (_what, sales_start, sales_end) => {
  const sale = await putOnSale({ sales_end });
  const { text } = await show(sale);
  const blamesEnd = { path: "sales_end", message: "must be after sales_start" };
  // Never a field that was not sent.
  const blamesStart = { path: "sales_start", message: "must be before sales_end" };
  const refused = [
    { answer: await add(sale, { sales_start, sales_end }), error: blamesEnd },
    { answer: await change(sale, { sales_start, sales_end, name: "Not this either" }), error: blamesEnd },
    { answer: await change(sale, { sales_start, name: "Not this either", capacity: 7 }), error: blamesStart },
  ];
  for (const { answer, error } of refused) {
    expect(answer.status).toBe(422);
    expect(answer.body.errors).toEqual([error]);
  }
  expect((await show(sale)).text).toBe(text);
});

describe("changing a ticket type", () => {
  test.each<[field: string, value: unknown]>([
    ["name", "Circle"],
    ["description", "Far from the stage."],
    ["price", { amount: 5_000, currency: "JPY" }],
    ["capacity", 101],
    ["max_per_buyer", null],
    ["max_per_buyer", 2],
    ["sales_start", "2030-01-01T00:00:00.000Z"],
    ["sales_end", "2030-01-01T00:00:00.000Z"],
  ])("changes its %s to %j and nothing else", async (field, value) => {
    const sale = await putOnSale();
    const before = (await show(sale)).body;
    const answer = await change(sale, { [field]: value });
    expect(answer.status).toBe(200);
    const available = field === "capacity" ? value : before.available;
    expect(answer.body).toStrictEqual({ ...before, [field]: value, available });
    const shown = await until(
      () => show(sale),
      ({ text }) => text === answer.text,
    );
    expect(shown.text).toBe(answer.text);
  });

  test("leaves holds the price they began with; who comes later pays the new one", async () => {
    const sale = await putOnSale();
    const buyer = await newPerson();
    const early = await hold(buyer, sale.ticketId, 2);
    expect((await change(sale, { price: { amount: 900, currency: "JPY" } })).status).toBe(200);
    const shown = await call("GET", `/reservations/${early.body.id}`, { token: buyer.token });
    const wanted = { unit_price: { amount: 4500, currency: "EUR" }, total: { amount: 9000, currency: "EUR" } };
    expect(shown.body).toMatchObject(wanted);
    expect((await call("GET", "/reservations", { token: buyer.token })).list[0]).toMatchObject(wanted);
    const late = await hold(buyer, sale.ticketId, 2);
    expect(late.body.total).toEqual({ amount: 1_800, currency: "JPY" });
  });

  test("with a higher capacity lets buyers take what was sold out", async () => {
    const sale = await putOnSale({ capacity: 2 });
    const buyer = await newPerson();
    await hold(buyer, sale.ticketId, 2);
    expect((await hold(buyer, sale.ticketId, 1)).body.type).toBe("/problems/sold-out");
    expect((await change(sale, { capacity: 5 })).body).toMatchObject({ capacity: 5, available: 3, held: 2 });
    expect((await hold(buyer, sale.ticketId, 3)).status).toBe(201);
  });

  test("can't take back what is held and sold, and then changes nothing at all", async () => {
    const sale = await putOnSale(FREE);
    const buyer = await newPerson();
    const paid = (await hold(buyer, sale.ticketId, 2)).body.id;
    expect((await call("POST", `/reservations/${paid}/payment`, { token: buyer.token, body: {} })).status).toBe(202);
    await hold(buyer, sale.ticketId, 3);
    const { text } = await counted(sale, 3, 2);
    const answer = await change(sale, { capacity: 4, name: "Not this either", price: { amount: 1, currency: "EUR" } });
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({ type: "/problems/capacity-below-committed", held: 3, sold: 2 });
    expect((await show(sale)).text).toBe(text);
    expect((await change(sale, { capacity: 5 })).body).toMatchObject({ capacity: 5, available: 0, held: 3, sold: 2 });
    expect((await hold(buyer, sale.ticketId, 1)).body).toMatchObject({ type: "/problems/sold-out", available: 0 });
  });

  test("moves the sale: closed before its start and from its end on, open in between", async () => {
    const sale = await putOnSale();
    const buyer = await newPerson();
    const outcomes: [sales_start: string | null, sales_end: string | null, status: number][] = [
      [inHours(1), null, 409],
      [inHours(-1), null, 201],
      [inHours(-2), inHours(-1), 409],
      [null, inHours(-1), 409],
      [null, inHours(1), 201],
      [null, null, 201],
    ];
    for (const [sales_start, sales_end, status] of outcomes) {
      expect((await change(sale, { sales_start, sales_end })).status).toBe(200);
      const answer = await hold(buyer, sale.ticketId);
      expect(answer.status, JSON.stringify({ sales_start, sales_end })).toBe(status);
      if (status === 409) expect(answer.body).toMatchObject({ type: "/problems/not-on-sale", sales_start, sales_end });
    }
  });

  test("moves the limit per buyer, which counts what they have; nobody loses what they hold", async () => {
    const sale = await putOnSale({ max_per_buyer: 4 });
    const buyer = await newPerson();
    const { id } = (await hold(buyer, sale.ticketId, 4)).body;
    expect((await hold(buyer, sale.ticketId, 1)).body.type).toBe("/problems/limit-reached");
    expect((await change(sale, { max_per_buyer: 2 })).status).toBe(200);
    expect((await call("GET", `/reservations/${id}`, { token: buyer.token })).body.state).toBe("held");
    const refused = await hold(buyer, sale.ticketId, 1);
    expect(refused.body).toMatchObject({ type: "/problems/limit-reached", max_per_buyer: 2, left_for_you: 0 });
    expect((await change(sale, { max_per_buyer: null })).status).toBe(200);
    expect((await hold(buyer, sale.ticketId, 50)).status).toBe(201);
  });
});
