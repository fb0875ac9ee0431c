// What ends a sale: the end of its event, and that the event is called off.

import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import { sweep } from "../../../../src/worker/service/sweep.ts";
import { alarmOf, sqlIn, stopClock } from "../../../support/objects.ts";
import {
  addTicket,
  call,
  createEvent,
  hold,
  newPerson,
  type OnSale,
  objectOf,
  type Person,
  pay,
  putOnSale,
  until,
} from "../../../support/service.ts";
import { openStream } from "../../../support/watching.ts";

const NOW_MS = Date.UTC(2031, 3, 1);
const ENDS_AT = "2031-05-01T21:00:00.000Z";
const SLOW = "pm_sandbox_slow_3600s";
const FREE = { price: { amount: 0, currency: "EUR" } };

stopClock(NOW_MS);

async function changeEvent({ organizer: { token }, eventId }: OnSale, body: Record<string, string>) {
  expect((await call("PATCH", `/events/${eventId}`, { token, anyBody: body })).status).toBe(200);
}

const callOff = (sale: OnSale) => changeEvent(sale, { status: "cancelled" });
const endIt = (sale: OnSale) =>
  changeEvent(sale, { starts_at: "2031-03-30T18:00:00Z", ends_at: "2031-03-30T21:00:00Z" });

async function show({ token }: Person, id: string) {
  return (await call("GET", `/reservations/${id}`, { token })).body;
}

/** What the provider says of the only payment of a reservation. */
async function settle(id: string, state: "succeeded" | "failed") {
  const [row = {}] = await sqlIn(id, "SELECT id FROM payments WHERE reservation_id = ?", id);
  const failure = { code: "card_declined", message: "The card was declined." };
  const outcome = state === "failed" ? { state, failure } : ({ state } as const);
  return objectOf(id).settle([{ paymentId: String(Object.values(row)[0]), outcome }]);
}

async function isListed({ eventId, organizer }: OnSale, options: { token?: string } = {}): Promise<boolean> {
  const { list } = await call("GET", `/events?available=true&organizer=${organizer.accountId}`, options);
  return list.some(({ id }) => id === eventId);
}

describe("an event that is over", () => {
  test("is not sold, although its ticket type names no end of the sale", async () => {
    const organizer = await newPerson("organizer");
    const eventId = await createEvent(organizer, {
      starts_at: "2031-03-30T18:00:00Z",
      ends_at: "2031-03-30T21:00:00Z",
    });
    const ticketId = await addTicket(organizer, eventId);
    const refused = await hold(await newPerson(), ticketId);
    const sales_end = "2031-03-30T21:00:00.000Z";
    expect(refused.body).toMatchObject({ status: 409, type: "/problems/not-on-sale", sales_start: null, sales_end });
  });

  test("is over for its objects the moment that it is moved into the past, and on sale again once it is moved back", async () => {
    const sale = await putOnSale();
    const buyer = await newPerson();
    await endIt(sale);
    expect((await hold(buyer, sale.ticketId)).body.type).toBe("/problems/not-on-sale");
    expect((await call("GET", `/tickets/${sale.ticketId}`)).body).toMatchObject({ sale_state: "ended", available: 0 });
    await changeEvent(sale, { starts_at: "2031-05-01T18:00:00Z", ends_at: ENDS_AT });
    expect((await hold(buyer, sale.ticketId)).status).toBe(201);
  });

  test.each([
    ["tickets", {}],
    ["free tickets", FREE],
  ])("is not paid any more: %s", async (_what, ticket) => {
    const sale = await putOnSale(ticket);
    const buyer = await newPerson();
    const { id } = (await hold(buyer, sale.ticketId)).body;
    await endIt(sale);
    expect((await pay(buyer, id)).body).toMatchObject({ status: 409, type: "/problems/event-over" });
    expect(await show(buyer, id)).toMatchObject({ state: "held", payment: null });
  });

  test("is its buyer's who paid before the end, and a late success of a released hold is given back", async () => {
    const sale = await putOnSale();
    const buyer = await newPerson();
    const [inTime, late] = [(await hold(buyer, sale.ticketId)).body.id, (await hold(buyer, sale.ticketId)).body.id];
    for (const id of [inTime, late]) expect((await pay(buyer, id, SLOW)).status).toBe(202);
    await settle(late, "failed");
    expect((await call("DELETE", `/reservations/${late}`, { token: buyer.token })).status).toBe(204);
    await endIt(sale);
    for (const id of [inTime, late]) await settle(id, "succeeded");
    expect(await show(buyer, inTime)).toMatchObject({ state: "confirmed", payment: { state: "succeeded" } });
    expect(await show(buyer, late)).toMatchObject({ state: "cancelled", payment: { state: "refund_due" } });
  });

  test("is not in available=true, from the moment of its end", async () => {
    const sale = await putOnSale();
    const asOwner = { token: sale.organizer.token };
    const endsAtMs = NOW_MS + 60_000;
    await changeEvent(sale, { starts_at: new Date(NOW_MS).toISOString(), ends_at: new Date(endsAtMs).toISOString() });
    vi.setSystemTime(endsAtMs - 1);
    expect(await isListed(sale, asOwner)).toBe(true);
    vi.setSystemTime(endsAtMs);
    expect(await isListed(sale, asOwner)).toBe(false);
    await sweep(env);
    expect(await isListed(sale)).toBe(false);
    await changeEvent(sale, { ends_at: "2031-06-01T21:00:00Z" });
    expect(await isListed(sale, asOwner)).toBe(true);
    await endIt(sale);
    expect(await isListed(sale, asOwner)).toBe(false);
  });

  test("has no sale that begins later, but may always be moved to before that", async () => {
    const sale = await putOnSale();
    const { token } = sale.organizer;
    const errors = [{ path: "sales_start", message: "must be before the event ends" }];
    const body = { name: "Late", price: FREE.price, capacity: 1, sales_start: ENDS_AT };
    const added = await call("POST", `/events/${sale.eventId}/tickets`, { token, body });
    expect(added).toMatchObject({ status: 422, body: { errors } });
    const changed = await call("PATCH", `/tickets/${sale.ticketId}`, { token, body: { sales_start: ENDS_AT } });
    expect(changed).toMatchObject({ status: 422, body: { errors } });
    const start = { sales_start: "2031-05-01T20:59:59.999Z" };
    expect((await call("PATCH", `/tickets/${sale.ticketId}`, { token, body: start })).status).toBe(200);
    await endIt(sale);
    const renamed = await call("PATCH", `/tickets/${sale.ticketId}`, { token, body: { capacity: 7 } });
    expect(renamed).toMatchObject({ status: 200, body: { sale_state: "ended", capacity: 7, ...start } });
  });
});

describe("an event that is called off", () => {
  test.each([
    ["tickets", {}],
    ["free tickets", FREE],
  ])("releases its holds at once, and takes no money for them: %s", async (_what, ticket) => {
    const sale = await putOnSale(ticket);
    const buyer = await newPerson();
    const { id } = (await hold(buyer, sale.ticketId, 2)).body;
    await callOff(sale);
    expect(await objectOf(id).describe()).toMatchObject({ held: 0, sold: 0 });
    expect((await pay(buyer, id)).body).toMatchObject({ status: 409, type: "/problems/event-cancelled" });
    expect(await show(buyer, id)).toMatchObject({ state: "cancelled", payment: null });
    expect((await call("DELETE", `/reservations/${id}`, { token: buyer.token })).status).toBe(204);
  });

  test("answers a payment that had begun as before, and gives the money back when it succeeds", async () => {
    const sale = await putOnSale();
    const buyer = await newPerson();
    const { id } = (await hold(buyer, sale.ticketId)).body;
    const send = () =>
      call("POST", `/reservations/${id}/payment`, {
        token: buyer.token,
        body: { payment_method: SLOW },
        headers: { "idempotency-key": "key" },
      });
    const first = await send();
    await callOff(sale);
    expect(await show(buyer, id)).toMatchObject({ state: "held", payment: { state: "pending" } });
    expect(await send()).toMatchObject({ status: 202, text: first.text });
    expect(await settle(id, "succeeded")).toEqual([{ ok: true, state: "cancelled" }]);
    expect(await show(buyer, id)).toMatchObject({ state: "cancelled", payment: { state: "refund_due" } });
  });

  test("cancels a hold whose payment fails, and takes back nothing for a late success", async () => {
    const sale = await putOnSale();
    const buyer = await newPerson();
    const { id } = (await hold(buyer, sale.ticketId)).body;
    await pay(buyer, id, SLOW);
    await callOff(sale);
    expect(await settle(id, "failed")).toEqual([{ ok: true, state: "cancelled" }]);
    expect(await settle(id, "succeeded")).toEqual([{ ok: true, state: "cancelled" }]);
    expect(await show(buyer, id)).toMatchObject({ state: "cancelled", payment: { state: "refund_due" } });
  });

  test("leaves what was paid for to its buyer", async () => {
    const sale = await putOnSale(FREE);
    const buyer = await newPerson();
    const { id } = (await hold(buyer, sale.ticketId)).body;
    expect((await pay(buyer, id)).status).toBe(202);
    await callOff(sale);
    expect(await show(buyer, id)).toMatchObject({ state: "confirmed" });
    expect((await pay(buyer, id)).body.type).toBe("/problems/already-confirmed");
  });

  test("releases many holds in bounded steps, the alarm those that are left, and nobody finds one standing", async () => {
    const sale = await putOnSale({ capacity: 1_000, max_per_buyer: null });
    const buyer = await newPerson();
    const { accountId } = buyer;
    const ids = Array.from({ length: 900 }, (_, n) => `${sale.ticketId}-${String(n).padStart(20, "0")}`);
    const requests = ids.map((reservationId) => ({ reservationId, accountId, quantity: 1, idempotencyKey: null }));
    await objectOf(sale.ticketId).reserve(requests);
    const standing = () => sqlIn(sale.ticketId, "SELECT held FROM ticket_type");
    await callOff(sale);
    expect(await standing()).toEqual([{ held: 800 }]);
    const last = ids.at(-1) ?? "";
    expect((await pay(buyer, last)).body.type).toBe("/problems/event-cancelled");
    expect(await show(buyer, last)).toMatchObject({ state: "cancelled" });
    for (let alarms = 0; JSON.stringify(await standing()) !== '[{"held":0}]'; alarms++) {
      expect(alarms).toBeLessThan(3);
      expect(await alarmOf(sale.ticketId)).toBeLessThanOrEqual(NOW_MS);
      expect(await runDurableObjectAlarm(objectOf(sale.ticketId))).toBe(true);
    }
    expect(await sqlIn(sale.ticketId, "SELECT DISTINCT state FROM reservations")).toEqual([{ state: "cancelled" }]);
  });

  test("sells again what it released once it is on again, and no hold outlives that", async () => {
    const sale = await putOnSale({ capacity: 200, max_per_buyer: null });
    const buyer = await newPerson();
    const { accountId } = buyer;
    const ids = Array.from({ length: 200 }, (_, n) => `${sale.ticketId}-${String(n).padStart(20, "0")}`);
    await objectOf(sale.ticketId).reserve(
      ids.map((reservationId) => ({ reservationId, accountId, quantity: 1, idempotencyKey: null })),
    );
    const object = objectOf(sale.ticketId);
    const eventEndsMs = Date.parse(ENDS_AT);
    // With no turn for the alarm in between.
    await Promise.all([
      object.announce({ onSale: false, onSaleVersion: 2, eventStatus: "cancelled", eventEndsMs }),
      object.announce({ onSale: true, onSaleVersion: 3, eventStatus: "published", eventEndsMs }),
    ]);
    expect(await object.describe()).toMatchObject({ held: 0, sold: 0 });
    expect((await hold(buyer, sale.ticketId, 200)).status).toBe(201);
  });

  test("is seen by all who watch: of the ticket type, of the event, and of a reservation", async () => {
    const sale = await putOnSale();
    const buyer = await newPerson();
    const { id } = (await hold(buyer, sale.ticketId, 2)).body;
    const says = (text: string) => (all: string) => all.includes(text);
    const streams = await Promise.all([
      openStream(`/tickets/${sale.ticketId}/live`),
      openStream(`/events/${sale.eventId}/live`),
      openStream<{ state: string }>(`/reservations/${id}/live`, { token: buyer.token }),
    ]);
    const [ticket, event, reservation] = streams;
    for (const stream of [ticket, event]) await stream.until(says('"available":98,"sale_state":"open"'));
    await callOff(sale);
    for (const stream of [ticket, event]) await stream.until(says('"available":0,"sale_state":"cancelled"'));
    await reservation.toEnd();
    expect(reservation.messages.at(-1)).toMatchObject({ state: "cancelled" });
    for (const stream of [ticket, event]) await stream.cancel();
  });

  test("is seen by who watches although it leaves all numbers as they are", async () => {
    const sale = await putOnSale({ capacity: 0 });
    const stream = await openStream(`/tickets/${sale.ticketId}/live`);
    await stream.until((text) => text.includes('"sale_state":"open"'));
    await changeEvent(sale, { ends_at: "2031-05-01T22:00:00Z" });
    await stream.until((text) => text.includes('"sale_ends_at":"2031-05-01T22:00:00.000Z"'));
    await callOff(sale);
    await stream.until((text) => text.includes('"sale_state":"cancelled"'));
    await stream.cancel();
  });

  test("is not in available=true from that moment on", async () => {
    const sale = await putOnSale();
    await callOff(sale);
    expect(await isListed(sale, { token: sale.organizer.token })).toBe(false);
    await changeEvent(sale, { status: "published" });
    await until(
      () => isListed(sale, { token: sale.organizer.token }),
      (is) => is,
    );
  });
});

test("an object of before, which knows no end of its event, sells as before until the sweep announces it", async () => {
  const sale = await putOnSale();
  const buyer = await newPerson();
  await sqlIn(sale.ticketId, "UPDATE ticket_type SET event_status = 'draft', event_ends_ms = NULL, event_version = 0");
  await env.DB.prepare("UPDATE events SET announced_version = 0, ends_at_ms = ? WHERE id = ?")
    .bind(NOW_MS, sale.eventId)
    .run();
  await evictDurableObject(objectOf(sale.ticketId));
  expect((await hold(buyer, sale.ticketId)).status).toBe(201);
  await sweep(env);
  expect((await hold(buyer, sale.ticketId)).body.type).toBe("/problems/not-on-sale");
  const event = env.DB.prepare("SELECT announced_version AS version FROM events WHERE id = ?").bind(sale.eventId);
  expect(await event.first()).toEqual({ version: 1 });
});
