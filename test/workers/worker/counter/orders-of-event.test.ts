// An event's orders in its organiser's list, and what a day brought in.

import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { cancelAt, counterOrder, markPaid, ordersAt, reportAt, sellAt } from "../../../support/counter.ts";
import {
  orderLedger,
  outcomeOf,
  payOrder,
  placeOrder,
  stockOf,
  type TwoTypes,
  twoTypes,
} from "../../../support/orders.ts";
import { reconcile } from "../../../support/reconciling.ts";
import { rowsOf, sql } from "../../../support/records.ts";
import {
  addTicket,
  call,
  createEvent,
  hold,
  newPerson,
  type Person,
  pagesOf,
  pay,
  replayOf,
  seen,
  until,
} from "../../../support/service.ts";

const EUR = (amount: number) => ({ amount, currency: "EUR", exponent: 2 });
const BERLIN = { timezone: "Europe/Berlin" };

/** Every order of a method and in a state that there is, by its name. */
interface Evening extends TwoTypes {
  readonly ids: Readonly<Record<string, string>>;
  readonly buyer: Person;
  readonly admin: Person;
}

let evening: Evening;

beforeAll(async () => {
  const sale = await twoTypes();
  const { stalls, parking } = sale;
  const [buyer, admin] = [await newPerson(), await newPerson("admin")];
  const byAdmin = { ...sale, organizer: admin };
  const sold = async (...parameters: Parameters<typeof sellAt>) => (await sellAt(...parameters)).body.id;
  const placed = async () => (await placeOrder(buyer, [stalls, 2], [parking, 1])).body.id;
  const ids = {
    cash: await sold(sale, "cash", [[stalls, 2]]),
    "cash of an admin": await sold(byAdmin, "cash", [[parking, 1]]),
    free: await sold(sale, "free", [[stalls, 3]]),
    awaited: await sold(sale, "transfer", [[stalls, 1]]),
    "paid by transfer": await sold(sale, "transfer", [[stalls, 1]]),
    "paid in cash after all": await sold(sale, "transfer", [[parking, 2]]),
    "cancelled transfer": await sold(sale, "transfer", [[stalls, 1]]),
    "expired transfer": await sold(sale, "transfer", [[stalls, 1]]),
    "held online": await placed(),
    "paid online": await placed(),
  };
  await markPaid(sale, ids["paid by transfer"]);
  await markPaid(byAdmin, ids["paid in cash after all"], "cash");
  await cancelAt(sale, ids["cancelled transfer"]);
  // As where its deadline has passed, and its copy does not know yet.
  await sql("UPDATE orders SET expires_at_ms = 1 WHERE id = ?", ids["expired transfer"]);
  await payOrder(buyer, ids["paid online"]);
  await outcomeOf(buyer, ids["paid online"]);
  await until(
    () => rowsOf("SELECT state FROM event_orders WHERE order_id = ?", ids["paid online"]),
    ([row]) => row?.state === "confirmed",
  );
  evening = { ...sale, ids, buyer, admin };
});

describe("the list of an event's orders", () => {
  const ALL = [
    ...["paid online", "held online", "expired transfer", "cancelled transfer", "paid in cash after all"],
    ...["paid by transfer", "awaited", "free", "cash of an admin", "cash"],
  ];

  test.each<[query: string, names: readonly string[]]>([
    ["", ALL],
    ["method=online", ["paid online", "held online"]],
    ["method=cash", ["paid in cash after all", "cash of an admin", "cash"]],
    ["method=transfer", ["expired transfer", "cancelled transfer", "paid by transfer", "awaited"]],
    ["method=free", ["free"]],
    ["state=held", ["held online", "awaited"]],
    ["state=expired", ["expired transfer"]],
    ["state=cancelled", ["cancelled transfer"]],
    ["method=transfer&state=confirmed", ["paid by transfer"]],
    ["method=transfer&state=expired", ["expired transfer"]],
    ["method=free&state=held", []],
    ["day=2020-01-01", []],
  ])("%j has the newest first", async (query, names) => {
    const { status, list } = await ordersAt(evening, query);
    expect(status).toBe(200);
    const nameOf = new Map(Object.entries(evening.ids).map(([name, id]) => [id, name]));
    expect(list.map(({ id }) => nameOf.get(id))).toEqual(names);
  });

  test("has all of today's on today, and each once, page by page", async () => {
    const { organizer, eventId } = evening;
    const { day } = (await reportAt(evening)).body;
    const whole = (await ordersAt(evening, `day=${day}`)).list;
    expect(whole).toHaveLength(ALL.length);
    const pages = await pagesOf(`/events/${eventId}/orders?limit=3&day=${day}`, { token: organizer.token });
    expect(pages.map(({ list }) => list.length)).toEqual([3, 3, 3, 1]);
    expect(pages.flatMap(({ list }) => list).map(({ id }) => id)).toEqual(whole.map(({ id }) => id));
  });

  test("shows an order as its own page does", async () => {
    for (const one of (await ordersAt(evening)).list.filter(({ id }) => id !== evening.ids["expired transfer"])) {
      const { expires_in: _of, ...shown } = (await counterOrder(evening, one.id)).body;
      expect(one).toMatchObject(shown);
    }
  });

  test("of another event has none of them", async () => {
    const other = await createEvent(evening.organizer);
    expect((await ordersAt({ ...evening, eventId: other })).list).toEqual([]);
    expect((await reportAt({ ...evening, eventId: other })).body).toMatchObject({ totals: [], by: [] });
    const { status } = await counterOrder({ ...evening, eventId: other }, evening.ids.cash ?? "");
    expect(status).toBe(404);
  });
});

/** On which nothing was given back. */
function untouched(amount: number) {
  return { taken: EUR(amount), refunds: 0, refunded_tickets: 0, given_back: EUR(0), net: EUR(amount) };
}

describe("the report of a day", () => {
  test("has what was taken on it, by method and by who took it: nothing that is awaited, cancelled or held", async () => {
    const { organizer, admin } = evening;
    const { status, body } = await reportAt(evening);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ...BERLIN,
      totals: [
        { method: "cash", orders: 3, tickets: 5, taken: EUR(9000 + 500 + 1000) },
        { method: "free", orders: 1, tickets: 3, taken: EUR(0) },
        { method: "online", orders: 1, tickets: 3, taken: EUR(9500) },
        { method: "transfer", orders: 1, tickets: 1, taken: EUR(4500) },
      ],
    });
    const byAdmin = { method: "cash", orders: 2, tickets: 3, ...untouched(1500), account: admin.accountId };
    const byOrganizer = { method: "cash", orders: 1, tickets: 2, ...untouched(9000), account: organizer.accountId };
    expect(body.by).toHaveLength(5);
    expect(body.by).toEqual(
      expect.arrayContaining([
        byAdmin,
        byOrganizer,
        { method: "online", orders: 1, tickets: 3, ...untouched(9500), account: null },
      ]),
    );
    const sum = (lines: typeof body.totals) => lines.reduce((all, { taken }) => all + taken.amount, 0);
    expect(sum(body.by)).toBe(sum(body.totals));
  });

  test("begins and ends with the day of the event's place", async () => {
    const sale = await twoTypes();
    const { id } = (await sellAt(sale, "cash", [[sale.stalls, 1]])).body;
    const paidAt = (at: string) => sql("UPDATE orders SET paid_at_ms = ? WHERE id = ?", Date.parse(at), id);
    const ordersOn = async (day: string) =>
      (await reportAt(sale, `day=${day}`)).body.totals.map(({ orders }) => orders);
    expect((await reportAt(sale, "day=2027-06-12")).body).toMatchObject({
      from: "2027-06-11T22:00:00.000Z",
      until: "2027-06-12T22:00:00.000Z",
    });
    await paidAt("2027-06-11T22:00:00Z");
    expect([await ordersOn("2027-06-11"), await ordersOn("2027-06-12")]).toEqual([[], [1]]);
    await paidAt("2027-06-12T21:59:59.999Z");
    expect([await ordersOn("2027-06-12"), await ordersOn("2027-06-13")]).toEqual([[1], []]);
  });

  test.each(["2027-02-30", "2027-6-1", "today", "2027-06-12T00:00:00Z", "1969-12-31", ""])(
    "has no day %j",
    async (day) => {
      for (const { status, body } of [await reportAt(evening, `day=${day}`), await ordersAt(evening, `day=${day}`)]) {
        expect([status, body.type]).toEqual([422, "/problems/invalid-request"]);
      }
    },
  );
});

/** Money alone goes back, unless the body says what else. */
async function refundOf(
  { organizer }: Pick<TwoTypes, "organizer">,
  path: `/${"orders" | "reservations"}/${string}`,
  body: object,
) {
  const whole = { restock: false, reason: "Rain", ...body };
  const answer = await call("POST", `${path}/refunds`, { token: organizer.token, anyBody: whole });
  expect(answer.status, answer.text).toBe(201);
  return answer.body;
}

describe("what was given back", () => {
  test("of a reservation that was bought alone is in the report as that is, once the money has gone", async () => {
    const sale = await twoTypes();
    const buyer = await newPerson();
    const { id } = (await hold(buyer, sale.stalls, 2)).body;
    await pay(buyer, id);
    const taken = await until(
      () => reportAt(sale),
      ({ body }) => body.totals.length > 0,
    );
    const line = { method: "online", orders: 1, tickets: 2, ...untouched(9000) };
    expect(taken.body).toMatchObject({ totals: [line], by: [{ ...line, account: null }] });
    await refundOf(sale, `/reservations/${id}`, { items: [{ reservation: id, quantity: 1 }], amount: 4000 });
    const back = await until(
      () => reportAt(sale),
      ({ body }) => body.totals[0]?.refunds === 1,
    );
    expect(back.body.totals).toEqual([
      { ...line, refunds: 1, refunded_tickets: 1, given_back: EUR(4000), net: EUR(5000) },
    ]);
    // One that is under way, or came back, does not count.
    const become = (state: string) =>
      sql(`UPDATE reservations SET refunds = json_set(refunds, '$[0].state', ?) WHERE id = ?`, state, id);
    for (const state of ["pending", "failed", "due"]) {
      await become(state);
      expect((await reportAt(sale)).body.totals).toEqual([line]);
    }
    await become("succeeded");
    expect((await reportAt(sale)).body.totals).toEqual(back.body.totals);
  });

  test("counts on its own day, and is who gave it back's", async () => {
    const sale = await twoTypes();
    const admin = await newPerson("admin");
    const { id } = (await sellAt(sale, "cash", [[sale.stalls, 1]])).body;
    await refundOf({ organizer: admin }, `/orders/${id}`, { all: true, amount: 4500 });
    await until(
      () => rowsOf("SELECT 1 FROM event_refunds WHERE sale_id = ?", id),
      (rows) => rows.length > 0,
    );
    await sql("UPDATE orders SET paid_at_ms = ? WHERE id = ?", Date.parse("2027-06-11T12:00:00Z"), id);
    const givenBackAt = (at: string) =>
      sql("UPDATE orders SET refunds = json_set(refunds, '$[0].sinceMs', ?) WHERE id = ?", Date.parse(at), id);
    await givenBackAt("2027-06-11T21:59:59.999Z");
    const same = (await reportAt(sale, "day=2027-06-11")).body;
    const none = { orders: 0, tickets: 0, taken: EUR(0) };
    const back = { refunds: 1, refunded_tickets: 1, given_back: EUR(4500) };
    expect(same.totals).toMatchObject([{ method: "cash", orders: 1, taken: EUR(4500), ...back, net: EUR(0) }]);
    expect(same.by).toHaveLength(2);
    expect(same.by).toEqual(
      expect.arrayContaining([
        { method: "cash", orders: 1, tickets: 1, ...untouched(4500), account: sale.organizer.accountId },
        { method: "cash", ...none, ...back, net: EUR(-4500), account: admin.accountId },
      ]),
    );
    await givenBackAt("2027-06-11T22:00:00Z");
    expect((await reportAt(sale, "day=2027-06-11")).body.totals).toMatchObject([untouched(4500)]);
    expect((await reportAt(sale, "day=2027-06-12")).body.totals).toEqual([
      { method: "cash", ...none, ...back, net: EUR(-4500) },
    ]);
    expect((await reportAt(sale, "day=2027-06-13")).body.totals).toEqual([]);
  });
});

test("an order for two events of one organiser is in both, with the part of each", async () => {
  const sale = await twoTypes();
  const eventId = await createEvent(sale.organizer);
  const other = { ...sale, eventId };
  const ticket = await addTicket(sale.organizer, eventId, { price: { amount: 700, currency: "EUR" } });
  const buyer = await newPerson();
  const { id } = (await placeOrder(buyer, [sale.stalls, 2], [ticket, 3])).body;
  await payOrder(buyer, id);
  await outcomeOf(buyer, id);
  await until(
    () => rowsOf("SELECT state FROM event_orders WHERE order_id = ?", id),
    (rows) => rows.length === 2 && rows.every(({ state }) => state === "confirmed"),
  );
  for (const [at, name, quantity, amount] of [
    [sale, sale.stalls, 2, 9000],
    [other, ticket, 3, 2100],
  ] as const) {
    const shown = (await counterOrder(at, id)).body;
    expect(shown.items.map((item) => [item.ticket, item.quantity])).toEqual([[name, quantity]]);
    expect(shown).toMatchObject({ total: EUR(amount), payment: { amount } });
    expect((await ordersAt(at)).list).toMatchObject([{ id, total: EUR(amount) }]);
    expect((await reportAt(at)).body.totals).toMatchObject([{ orders: 1, tickets: quantity, taken: EUR(amount) }]);
  }
  // A tenth of it goes back: of what each event sold a tenth.
  await refundOf(sale, `/orders/${id}`, { amount: 1110 });
  await until(
    () => reportAt(sale),
    ({ body }) => body.totals[0]?.refunds === 1,
  );
  for (const [at, taken, back] of [
    [sale, 9000, 900],
    [other, 2100, 210],
  ] as const) {
    const line = { refunds: 1, refunded_tickets: 0, given_back: EUR(back), net: EUR(taken - back) };
    expect((await reportAt(at)).body.totals).toMatchObject([{ ...line, taken: EUR(taken) }]);
  }
});

test("cash is given back by hand: the provider hears of nothing, and the day it was taken on keeps it", async () => {
  const sale = await twoTypes();
  const first = await sellAt(sale, "cash", [[sale.stalls, 2]], { key: "mine" });
  const { id } = first.body;
  const body = { all: true, restock: true, reason: "Rain" } as const;
  const giveBack = (key: string) =>
    call("POST", `/orders/${id}/refunds`, {
      token: sale.organizer.token,
      body,
      headers: { "idempotency-key": key },
    });
  const refund = await giveBack("back");
  expect([refund.status, refund.body]).toMatchObject([
    201,
    { state: "succeeded", method: "cash", requested_by: "organizer", amount: EUR(9000) },
  ]);
  expect(refund.body.given_by_hand_at).toBe(refund.body.created_at);
  // It has been handed over: again, it is the same one, and nobody else hands it over once more.
  expect(seen(await giveBack("back"))).toEqual(replayOf(refund));
  expect(await giveBack("again")).toMatchObject({ status: 409, body: { type: "/problems/refund-exceeds" } });
  const retried = await call("POST", `/orders/${id}/refunds/${refund.body.id}/retry`, { token: sale.organizer.token });
  expect(retried).toMatchObject({ status: 409, body: { type: "/problems/refund-not-failed" } });
  for (const answer of [await cancelAt(sale, id), await markPaid(sale, id)])
    expect([answer.status, answer.body?.type]).toEqual([409, "/problems/already-refunded"]);
  expect(await orderLedger(id)).toEqual([]);
  const kept = await until(
    () => rowsOf("SELECT refunds ->> '$[0].by' AS account, unfinished FROM orders WHERE id = ?", id),
    ([row]) => row?.account !== null,
  );
  expect(kept).toEqual([{ account: sale.organizer.accountId, unfinished: 0 }]);
  expect(await reconcile(sale.organizer)).toMatchObject({ kinds: [] });
  expect(await stockOf(sale.stalls)).toEqual([{ held: 0, sold: 0 }]);
  const refunded = await until(
    () => ordersAt(sale, "state=refunded"),
    ({ list }) => list.length > 0,
  );
  expect(refunded.list).toMatchObject([{ id, method: "cash" }]);
  expect((await ordersAt(sale, "state=confirmed")).list).toEqual([]);
  expect((await ordersAt(sale)).list).toHaveLength(1);
  expect((await reportAt(sale)).body.totals).toEqual([
    {
      ...{ method: "cash", orders: 1, tickets: 2, taken: EUR(9000) },
      ...{ refunds: 1, refunded_tickets: 2, given_back: EUR(9000), net: EUR(0) },
    },
  ]);
  expect((await counterOrder(sale, id)).body).toMatchObject({ state: "refunded" });
  expect(seen(await sellAt(sale, "cash", [[sale.stalls, 2]], { key: "mine" }))).toEqual(replayOf(first));
});

test("a part of a transfer goes back by hand, whatever the provider could give back, and where there is none", async () => {
  const sale = await twoTypes();
  const { id } = (await sellAt(sale, "transfer", [[sale.stalls, 2]])).body;
  await markPaid(sale, id);
  const body = { amount: 501, restock: false, reason: "A seat with no view" } as const;
  const settings = { PAYMENT_PROVIDER: "none" };
  const refund = await call("POST", `/orders/${id}/refunds`, { token: sale.organizer.token, body, settings });
  expect(refund).toMatchObject({ status: 201, body: { state: "succeeded", method: "transfer", amount: EUR(501) } });
  expect((await counterOrder(sale, id)).body).toMatchObject({ state: "confirmed", refunds: [{ method: "transfer" }] });
});

test("D1 has for each event exactly what its orders, and what was made alone, add up to, also when a copy is deleted", async () => {
  const summed = `SELECT event_id, orders.id AS order_id, coalesce(counter ->> 'takenAs', counter ->> 'method', 'online') AS method,
      state, orders.created_at_ms, sum(item.value ->> 'quantity') AS tickets,
      sum((item.value ->> 'quantity') * (item.value ->> 'unitPriceMinor')) AS amount_minor
    FROM orders, json_each(items) AS item JOIN ticket_types ON ticket_types.id = item.value ->> 'ticketTypeId'
    GROUP BY orders.id, event_id
    UNION ALL SELECT event_id, reservations.id, 'online', state, created_at_ms, quantity, quantity * unit_price_minor
    FROM reservations JOIN ticket_types ON ticket_types.id = ticket_type_id WHERE order_id IS NULL
    ORDER BY order_id, event_id`;
  const kept = `SELECT event_id, order_id, method, state, created_at_ms, tickets, amount_minor
    FROM event_orders ORDER BY order_id, event_id`;
  const rows = await rowsOf(kept);
  expect(rows.length).toBeGreaterThan(10);
  expect(rows).toEqual(await rowsOf(summed));
  const sold = `SELECT id, refunds FROM orders UNION ALL SELECT id, refunds FROM reservations WHERE order_id IS NULL`;
  const givenBack = `SELECT sale.id AS sale_id, refund.value ->> 'id' AS refund_id, event_id,
      sum(share.value ->> 'quantity') AS tickets, sum(share.value ->> 'amountMinor') AS amount_minor
    FROM (${sold}) AS sale, json_each(refunds) AS refund, json_each(refund.value -> 'shares') AS share
    JOIN ticket_types ON share.value ->> 'reservationId' LIKE ticket_types.id || '-%'
    WHERE refund.value ->> 'state' = 'succeeded' GROUP BY sale.id, refund_id, event_id ORDER BY sale_id, refund_id, event_id`;
  const keptBack = `SELECT sale_id, refund_id, event_id, tickets, amount_minor FROM event_refunds ORDER BY sale_id, refund_id, event_id`;
  const back = await rowsOf(keptBack);
  expect(back.length).toBeGreaterThan(3);
  expect(back).toEqual(await rowsOf(givenBack));
  const [one] = back;
  await sql("DELETE FROM orders WHERE id = ?", one?.sale_id ?? "");
  await sql("DELETE FROM reservations WHERE id = ?", one?.sale_id ?? "");
  expect(await rowsOf(keptBack)).toEqual(back.filter(({ sale_id }) => sale_id !== one?.sale_id));
  await env.DB.prepare("DELETE FROM orders WHERE id = ?").bind(evening.ids.awaited).run();
  await env.DB.prepare(
    "DELETE FROM reservations WHERE rowid = (SELECT max(rowid) FROM reservations WHERE order_id IS NULL)",
  ).run();
  expect(await rowsOf(kept)).toEqual(await rowsOf(summed));
  expect((await call("GET", "/health")).status).toBe(200);
});
