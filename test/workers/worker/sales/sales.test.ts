// What an event has sold, in all and over time, for its organiser.

import { beforeAll, expect, test } from "vitest";
import { sellAt } from "../../../support/counter.ts";
import { outcomeOf, payOrder, placeOrder, type TwoTypes, twoTypes } from "../../../support/orders.ts";
import { rowsOf, sql } from "../../../support/records.ts";
import { call, hold, newPerson, type Person, pay, until } from "../../../support/service.ts";

const EUR = (amount: number) => ({ amount, currency: "EUR", exponent: 2 });
const NOTHING = { tickets: 0, refunded_tickets: 0, taken: EUR(0), given_back: EUR(0) };

let sale: TwoTypes;
let buyer: Person;

beforeAll(async () => {
  sale = await twoTypes();
  buyer = await newPerson();
});

async function salesOf(query = "") {
  return await call("GET", `/events/${sale.eventId}/sales?${query}`, { token: sale.organizer.token });
}

/** Once D1 has the copies. */
async function sold(tickets: number) {
  const body = async () => (await salesOf("interval=hour")).body;
  return await until(body, ({ totals }) => (totals[0]?.tickets ?? 0) === tickets);
}

test("an event that has sold nothing shows its ticket types, their prices and empty intervals", async () => {
  await hold(buyer, sale.stalls, 2);
  const { body } = await salesOf();
  expect(body).toMatchObject({ timezone: "Europe/Berlin", interval: "day", totals: [], first_sale_at: null });
  expect(body.ticket_types.map(({ ticket, held }) => [ticket, held])).toEqual([
    [sale.stalls, 2],
    [sale.parking, 0],
  ]);
  expect(body.ticket_types.map(({ prices }) => prices)).toEqual(
    [sale.stalls, sale.parking].map((price) => [{ price, price_name: "", ...NOTHING, refunding: EUR(0) }]),
  );
  expect(body.series).toHaveLength(31);
  expect(body.series.every(({ prices }) => prices.length === 0)).toBe(true);
});

test("what is bought alone, in an order and at the counter is sold at once, and given back by refunds", async () => {
  const { stalls, parking, organizer } = sale;
  const { id: alone } = (await hold(buyer, stalls, 2)).body;
  await pay(buyer, alone, "pm_card_visa");
  const { id: order } = (await placeOrder(buyer, [stalls, 1], [parking, 3])).body;
  await payOrder(buyer, order);
  expect((await outcomeOf(buyer, order)).body.state).toBe("confirmed");
  await sellAt(sale, "cash", [[parking, 1]]);
  const { first_sale_at: first } = await sold(7);
  const ageMs = Date.now() - Date.parse(first ?? "");
  // The hour may have ended since.
  expect(ageMs >= 0 && ageMs < 2 * 3_600_000 && Date.parse(first ?? "") % 3_600_000 === 0).toBe(true);
  for (const path of [`/orders/${order}`, `/reservations/${alone}`] as const) {
    const made = await call("POST", `${path}/refunds` as "/orders/{id}/refunds", {
      token: organizer.token,
      anyBody: { restock: true, reason: "", all: true, amount: 1_000 },
    });
    expect(made.status).toBe(201);
  }
  const { body } = await until(
    () => salesOf("interval=hour"),
    ({ body }) => body.totals[0]?.given_back.amount === 2_000,
  );
  const total = { tickets: 7, refunded_tickets: 6, taken: EUR(15_500), given_back: EUR(2_000), refunding: EUR(0) };
  expect(body.totals).toEqual([total]);
  // Of the order's 10 EUR back, 45 parts of 60 are for the stalls.
  const ofStalls = { tickets: 3, refunded_tickets: 3, taken: EUR(13_500), given_back: EUR(1_750) };
  const ofParking = { tickets: 4, refunded_tickets: 3, taken: EUR(2_000), given_back: EUR(250) };
  expect(body.ticket_types.map(({ prices }) => prices)).toEqual([
    [{ price: stalls, price_name: "", ...ofStalls, refunding: EUR(0) }],
    [{ price: parking, price_name: "", ...ofParking, refunding: EUR(0) }],
  ]);
  // All within the last hour or two.
  const points = body.series.flatMap(({ prices }) => prices);
  const sum = (key: "tickets" | "refunded_tickets") => points.reduce((sum, point) => sum + point[key], 0);
  expect([sum("tickets"), sum("refunded_tickets")]).toEqual([7, 6]);
  expect(new Set(points.map(({ ticket }) => ticket))).toEqual(new Set([stalls, parking]));
});

test("days are those of the event's time zone, when clocks change, too", async () => {
  // The last quarter of 28 March 2027, which has 23 hours, and the first one of the next day.
  const [some] = await rowsOf("SELECT id FROM reservations WHERE order_id IS NULL AND state = 'refunded'");
  await sql("UPDATE reservations SET refunds = NULL WHERE id = ?", some?.id ?? "");
  for (const time of ["2027-03-28T21:59:59Z", "2027-03-28T22:00:00Z"]) {
    await sql("UPDATE reservations SET paid_at_ms = ? WHERE id = ?", Date.parse(time), some?.id ?? "");
    const { body } = await salesOf("from=2027-03-28T10:00:00Z&to=2027-03-29T10:00:00Z");
    const hours = body.series.map(({ from, to }) => (Date.parse(to) - Date.parse(from)) / 3_600_000);
    expect(hours).toEqual([23, 24]);
    const isFirst = time === "2027-03-28T21:59:59Z";
    expect(body.series.map(({ prices }) => prices.map(({ tickets }) => tickets))).toEqual(
      isFirst ? [[2], []] : [[], [2]],
    );
  }
});

test.each([
  ["interval=week", "interval"],
  ["from=2027-03-28T10:00:00Z&to=2027-03-27T10:00:00Z", "from"],
  ["interval=quarter-hour&from=2027-01-01T00:00:00Z&to=2027-01-05T04:01:00Z", "interval"],
  ["interval=day&from=2000-01-01T00:00:00Z&to=9999-12-31T00:00:00Z", "interval"],
  ["from=yesterday", "from"],
])("refuses %s", async (query, path) => {
  const { status, body } = await salesOf(query);
  expect(status).toBe(422);
  expect((body as unknown as { errors: { path: string }[] }).errors.map((error) => error.path)).toEqual([path]);
});
