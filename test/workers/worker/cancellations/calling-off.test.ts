// Calling off an event, over HTTP: with the real objects, D1, queue and sandbox.

import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { newId, newPaymentId, newReservationId, orderNameOf } from "../../../../src/platform/ids.ts";
import { sweep } from "../../../../src/worker/service/sweep.ts";
import { cancelAt, markPaid, type Sale, sellAt } from "../../../support/counter.ts";
import { sqlIn } from "../../../support/objects.ts";
import {
  orderObject,
  orderOf,
  outcomeOf,
  payOrder,
  placeOrder,
  type TwoTypes,
  twoTypes,
} from "../../../support/orders.ts";
import {
  addTicket,
  call,
  createEvent,
  hold,
  newPerson,
  objectOf,
  type Person,
  until,
} from "../../../support/service.ts";

const VISA = "pm_card_visa";
const MESSAGE = "The singer is ill.";
const eur = (amount: number) => ({ amount, currency: "EUR", exponent: 2 });

function callOff({ eventId, organizer }: Sale, body: object = { refund: true, message: MESSAGE }) {
  return call("POST", `/events/${eventId}/cancellation`, { token: organizer.token, anyBody: body });
}

function progress({ eventId, organizer }: Sale) {
  return call("GET", `/events/${eventId}/cancellation`, { token: organizer.token });
}

async function finished(sale: Sale) {
  return (
    await until(
      () => progress(sale),
      ({ body }) => body.finished_at !== null,
    )
  ).body;
}

function change({ eventId, organizer }: Sale, body: object) {
  return call("PATCH", `/events/${eventId}`, { token: organizer.token, anyBody: body });
}

async function shown({ token }: Person, id: string) {
  return (await call("GET", `/reservations/${id}`, { token })).body;
}

async function boughtAlone(ticket: string, quantity = 2, method = VISA) {
  const buyer = await newPerson();
  const { id } = (await hold(buyer, ticket, quantity)).body;
  await call("POST", `/reservations/${id}/payment`, { token: buyer.token, body: { payment_method: method } });
  await until(
    () => shown(buyer, id),
    ({ state }) => state === "confirmed",
  );
  return { buyer, id };
}

async function ordered(items: readonly (readonly [ticket: string, quantity: number])[], method = VISA) {
  const buyer = await newPerson();
  const { id } = (await placeOrder(buyer, ...items)).body;
  await payOrder(buyer, id, method);
  expect((await outcomeOf(buyer, id)).body.state).toBe("confirmed");
  return { buyer, id };
}

/** What the sandbox gave back for a reservation or an order. */
async function givenBack(id: string): Promise<number[]> {
  const query = "SELECT amount_minor AS amount FROM sandbox_ledger WHERE reservation_id = ? AND kind = 'refund'";
  const { results } = await env.DB.prepare(`${query} ORDER BY amount`).bind(id).all<{ amount: number }>();
  return results.map(({ amount }) => amount);
}

/** One more event of the same organiser, with tickets for 30 EUR. */
async function anotherEvent({ organizer }: TwoTypes) {
  const eventId = await createEvent(organizer);
  const ticket = await addTicket(organizer, eventId, { price: { amount: 3_000, currency: "EUR" } });
  return { organizer, eventId, ticket };
}

describe("with refunds", () => {
  test.concurrent("what was bought alone and in orders goes back once, and all of it", async () => {
    const sale = await twoTypes();
    const alone = await boughtAlone(sale.stalls, 2);
    const order = await ordered([
      [sale.stalls, 1],
      [sale.parking, 2],
    ]);
    const off = await callOff(sale);
    expect([off.status, off.headers.get("location")]).toEqual([202, `/events/${sale.eventId}/cancellation`]);
    expect(off.body).toEqual({ refund: true, message: MESSAGE, called_off_at: expect.any(String) });
    const done = await finished(sale);
    expect(done).toMatchObject({
      ...off.body,
      refunds: [{ state: "succeeded", refunds: 2, amount: eur(9_000 + 5_500) }],
      by_hand: [],
      failed: [],
      tickets: [
        { ticket: sale.stalls, sold: 3, held: 0, to_refund: 0 },
        { ticket: sale.parking, sold: 2, held: 0, to_refund: 0 },
      ],
    });
    expect(await givenBack(alone.id)).toEqual([9_000]);
    expect(await givenBack(order.id)).toEqual([5_500]);
    expect(await shown(alone.buyer, alone.id)).toMatchObject({
      ...{ state: "refunded", status: "refunded", refunded_quantity: 2, event: { status: "cancelled" } },
      refunds: [{ requested_by: "organizer", amount: eur(9_000), state: "succeeded", restock: false }],
    });
    expect((await orderOf(order.buyer, order.id)).body).toMatchObject({
      ...{ state: "refunded", refunds: [{ amount: eur(5_500), reason: "The event was called off." }] },
    });
    // Everybody sees why.
    const event = await call("GET", `/events/${sale.eventId}`);
    expect(event.body).toMatchObject({ status: "cancelled", cancellation: off.body });
    expect((await hold(await newPerson(), sale.stalls)).body.type).toBe("/problems/not-on-sale");
  });

  test.concurrent("an order keeps what is of another event, until that is called off as well", async () => {
    const sale = await twoTypes();
    const other = await anotherEvent(sale);
    const { buyer, id } = await ordered([
      [sale.stalls, 1],
      [other.ticket, 2],
      [sale.parking, 1],
    ]);
    await callOff(sale);
    expect((await finished(sale)).refunds).toEqual([{ state: "succeeded", refunds: 1, amount: eur(5_000) }]);
    const { body } = await orderOf(buyer, id);
    expect(body).toMatchObject({ state: "confirmed", refunds: [{ amount: eur(5_000) }] });
    expect(body.items.map(({ refunded_quantity }) => refunded_quantity)).toEqual([1, 0, 1]);
    expect(await objectOf(other.ticket).describe()).toMatchObject({ sold: 2 });

    await callOff(other, { refund: true });
    expect((await finished(other)).refunds).toEqual([{ state: "succeeded", refunds: 1, amount: eur(6_000) }]);
    expect(await givenBack(id)).toEqual([5_000, 6_000]);
    expect((await orderOf(buyer, id)).body.state).toBe("refunded");
    expect((await finished(sale)).refunds).toMatchObject([{ amount: eur(5_000) }]);
  });

  test.concurrent("goes back what is left: not what went back before, and at the price that was paid", async () => {
    const sale = await twoTypes();
    const alone = await boughtAlone(sale.stalls, 3);
    const order = await ordered([
      [sale.stalls, 2],
      [sale.parking, 1],
    ]);
    const refund = { restock: true, reason: "" };
    const token = sale.organizer.token;
    const one = [{ reservation: alone.id, quantity: 1 }];
    await call("POST", `/reservations/${alone.id}/refunds`, { token, body: { ...refund, items: one } });
    await call("POST", `/reservations/${alone.id}/refunds`, { token, body: { ...refund, amount: 500 } });
    await call("POST", `/orders/${order.id}/refunds`, { token, body: { ...refund, amount: 1_000 } });
    const price = { amount: 9_900, currency: "EUR" };
    await call("PATCH", `/tickets/${sale.stalls}`, { token, body: { price } });
    await callOff(sale);
    await finished(sale);
    expect(await givenBack(alone.id)).toEqual([500, 4_500, 8_500]);
    expect(await givenBack(order.id)).toEqual([1_000, 8_500]);
  });

  test.concurrent("many are refunded in steps, all of them", async () => {
    const sale = await twoTypes({ capacity: 1_000, max_per_buyer: null });
    await sellMany(sale.stalls, 150);
    await callOff(sale);
    const done = await finished(sale);
    expect(done.refunds).toEqual([{ state: "succeeded", refunds: 150, amount: eur(150 * 4_500) }]);
    const charged = await env.DB.prepare(
      "SELECT COUNT(*) AS n, COUNT(DISTINCT reservation_id) AS each FROM sandbox_ledger WHERE kind = 'refund' AND reservation_id GLOB ?",
    )
      .bind(`${sale.stalls}-*`)
      .first();
    expect(charged).toEqual({ n: 150, each: 150 });
  });

  test.concurrent("what was held is let go, and what cost nothing ends without money", async () => {
    const sale = await twoTypes();
    const free = await addTicket(sale.organizer, sale.eventId, { price: { amount: 0, currency: "EUR" } });
    const guest = await boughtAlone(free, 1);
    const holder = await newPerson();
    const held = (await hold(holder, sale.stalls)).body;
    const order = (await placeOrder(holder, [sale.stalls, 1], [sale.parking, 1])).body;
    await callOff(sale);
    expect((await shown(holder, held.id)).state).toBe("cancelled");
    await until(
      () => orderOf(holder, order.id),
      ({ body }) => body.state === "cancelled",
    );
    expect(await finished(sale)).toMatchObject({ refunds: [], by_hand: [] });
    expect(await shown(guest.buyer, guest.id)).toMatchObject({ state: "refunded", refunds: [{ amount: eur(0) }] });
  });

  test.concurrent("what the counter took is to be given back by hand, and an awaited transfer ends", async () => {
    const sale = await twoTypes();
    const cash = (await sellAt(sale, "cash", [[sale.stalls, 2]])).body;
    const paid = (await sellAt(sale, "transfer", [[sale.parking, 1]])).body;
    await markPaid(sale, paid.id);
    const awaited = (await sellAt(sale, "transfer", [[sale.parking, 1]])).body;
    await sellAt(sale, "free", [[sale.stalls, 1]]);
    await callOff(sale);
    expect(await finished(sale)).toMatchObject({
      refunds: [],
      by_hand: [
        { method: "cash", refunds: 1, amount: eur(9_000), open: { refunds: 1, amount: eur(9_000) } },
        { method: "transfer", refunds: 1, amount: eur(500), open: { refunds: 1, amount: eur(500) } },
      ],
    });
    expect(await givenBack(cash.id)).toEqual([]);
    const late = await markPaid(sale, awaited.id);
    expect([late.status, late.body.type]).toEqual([409, "/problems/already-cancelled"]);
    expect((await cancelAt(sale, awaited.id)).status).toBe(204);
  });

  test.concurrent("what was given back by hand is ticked off, and can be taken back", async () => {
    const sale = await twoTypes();
    const { id } = (await sellAt(sale, "cash", [[sale.stalls, 2]])).body;
    await sellAt(sale, "cash", [[sale.stalls, 1]]);
    await callOff(sale);
    await finished(sale);
    const { token } = sale.organizer;
    const refund = async () => (await call("GET", `/orders/${id}/refunds`, { token })).body[0];
    const made = await refund();
    expect(made).toMatchObject({ method: "cash", state: "succeeded", given_by_hand_at: null });
    const note = (given_by_hand: boolean) =>
      call("PATCH", `/orders/${id}/refunds/${made?.id}`, { token, body: { given_by_hand } });
    const open = async () => (await progress(sale)).body.by_hand[0]?.open;
    const given = await note(true);
    expect([given.status, given.body]).toEqual([200, { ...made, given_by_hand_at: expect.any(String) }]);
    // Twice is once, and keeps the moment.
    expect((await note(true)).body).toEqual(given.body);
    expect(await refund()).toEqual(given.body);
    await until(open, (left) => left?.refunds === 1);
    expect((await progress(sale)).body.by_hand).toEqual([
      { method: "cash", refunds: 2, amount: eur(13_500), open: { refunds: 1, amount: eur(4_500) } },
    ]);
    expect((await note(false)).body).toEqual(made);
    await until(open, (left) => left?.refunds === 2);
    const audit = (await call("GET", `/events/${sale.eventId}/audit`, { token })).body;
    const notes = audit.filter(({ action }) => action === "refund.by-hand");
    expect(notes.map(({ actor, details }) => [actor, details])).toEqual(
      [false, true, true].map((given_by_hand) => [sale.organizer.accountId, { refund: made?.id, given_by_hand }]),
    );
  });

  test.concurrent("what the provider gives back is not ticked off by hand", async () => {
    const sale = await twoTypes();
    const { id } = await ordered([[sale.stalls, 1]]);
    await callOff(sale);
    await finished(sale);
    const { token } = sale.organizer;
    const [refund] = (await call("GET", `/orders/${id}/refunds`, { token })).body;
    expect(refund).toMatchObject({ method: "online", given_by_hand_at: null });
    const noted = await call("PATCH", `/orders/${id}/refunds/${refund?.id}`, { token, body: { given_by_hand: true } });
    expect([noted.status, noted.body]).toMatchObject([409, { type: "/problems/refund-not-by-hand" }]);
  });

  test.concurrent.each([
    ["succeeds afterwards is refunded", "pm_sandbox_slow_2s", "refunded", [4_500]],
    ["fails afterwards lets go", "pm_card_visa_chargeDeclined", "cancelled", []],
  ])("a payment that %s", async (_name, method, status, refunded) => {
    const sale = await twoTypes();
    const buyer = await newPerson();
    const { id } = (await hold(buyer, sale.stalls, 1)).body;
    const paying = { token: buyer.token, body: { payment_method: method } };
    await call("POST", `/reservations/${id}/payment`, paying);
    await callOff(sale);
    await until(
      () => shown(buyer, id),
      (reservation) => reservation.status === status,
    );
    expect(await givenBack(id)).toEqual(refunded);
    const refunds = refunded.map((amount) => ({ state: "succeeded", refunds: 1, amount: eur(amount) }));
    expect(await finished(sale)).toMatchObject({ tickets: [{ held: 0, sold: 0 }, {}], refunds });
  });

  test.concurrent.each([
    ["a reservation's", true],
    ["a reservation's, without refunds of what was sold,", false],
    ["an order's", true],
  ])("%s payment that succeeds afterwards is not finished before its money is back", async (whose, refund) => {
    const sale = await twoTypes();
    await ordered([[sale.parking, 1]]);
    const buyer = await newPerson();
    const isOrder = whose.startsWith("an order");
    const bought = isOrder ? await placeOrder(buyer, [sale.stalls, 1], [sale.parking, 1]) : null;
    const id = bought?.body.id ?? (await hold(buyer, sale.stalls, 1)).body.id;
    const path = `/${isOrder ? "orders" : "reservations"}/${id}/payment` as "/orders/{id}/payment";
    await call("POST", path, { token: buyer.token, body: { payment_method: "pm_sandbox_slow_2s_refund_fails_0s" } });
    await callOff(sale, { refund });
    expect((await progress(sale)).body).toMatchObject({ tickets: [{ held: 1 }, {}], finished_at: null });
    const amount = eur(isOrder ? 5_000 : 4_500);
    const { body } = await until(
      () => progress(sale),
      (found) => found.body.failed.length === 1,
    );
    expect(body.finished_at).toBeNull();
    const owed = { reservation: isOrder ? null : id, order: isOrder ? id : null, amount };
    expect(body.failed).toMatchObject([owed]);
    const retry = `/${isOrder ? "orders" : "reservations"}/${id}/refunds/${body.failed[0]?.refund}/retry`;
    await call("POST", retry as "/orders/{id}/refunds/{refund}/retry", { token: sale.organizer.token });
    const sold = refund ? 1 : 0;
    expect((await finished(sale)).refunds).toEqual([
      { state: "succeeded", refunds: 1 + sold, amount: eur(amount.amount + sold * 500) },
    ]);
  });

  test.concurrent("an order whose payment succeeds afterwards is refunded as a whole, once", async () => {
    const sale = await twoTypes();
    const buyer = await newPerson();
    const { id } = (await placeOrder(buyer, [sale.stalls, 1], [sale.parking, 1])).body;
    await payOrder(buyer, id, "pm_sandbox_slow_2s");
    await callOff(sale);
    await until(
      () => orderOf(buyer, id),
      ({ body }) => body.payment?.state === "refunded",
    );
    await finished(sale);
    expect(await givenBack(id)).toEqual([5_000]);
  });

  test.concurrent("one that fails is shown, is not finished, and is tried again as any other", async () => {
    const sale = await twoTypes();
    const alone = await boughtAlone(sale.stalls, 1, "pm_sandbox_refund_fails_0s");
    const order = await ordered([[sale.parking, 1]], "pm_sandbox_refund_fails_0s");
    await callOff(sale);
    const failed = await until(
      () => progress(sale),
      ({ body }) => body.failed.length === 2,
    );
    expect(failed.body.finished_at).toBeNull();
    expect(failed.body.refunds).toEqual([{ state: "failed", refunds: 2, amount: eur(5_000) }]);
    const ofAlone = failed.body.failed.find(({ reservation }) => reservation === alone.id);
    const ofOrder = failed.body.failed.find((one) => one.order === order.id);
    expect(ofAlone).toMatchObject({ amount: eur(4_500), error: { message: "The money did not arrive." } });
    const token = sale.organizer.token;
    await call("POST", `/reservations/${alone.id}/refunds/${ofAlone?.refund}/retry`, { token });
    await call("POST", `/orders/${order.id}/refunds/${ofOrder?.refund}/retry`, { token });
    expect((await finished(sale)).refunds).toEqual([{ state: "succeeded", refunds: 2, amount: eur(5_000) }]);
  });
});

describe("said again", () => {
  test.concurrent("changes nothing, and refunds nothing twice", async () => {
    const sale = await twoTypes();
    const { id } = await boughtAlone(sale.stalls, 1);
    const [first, second] = [await callOff(sale), await callOff(sale)];
    expect([second.status, second.text]).toEqual([202, first.text]);
    const both = await Promise.all([callOff(sale), callOff(sale, { refund: true })]);
    expect(both.map(({ text }) => text)).toEqual([first.text, first.text]);
    await finished(sale);
    await callOff(sale);
    await sweep(env);
    expect(await givenBack(id)).toEqual([4_500]);
    const { results } = await env.DB.prepare(
      "SELECT details FROM audit_log WHERE action = 'event.call-off' AND object_id = ?",
    )
      .bind(sale.eventId)
      .all<{ details: string }>();
    expect(results.map(({ details }) => JSON.parse(details))).toEqual([{ refund: true, message: MESSAGE }]);
  });

  test.concurrent("adds refunds and a message, once, and takes neither back", async () => {
    const sale = await twoTypes();
    const { id } = await boughtAlone(sale.stalls, 1);
    // By the older way.
    expect((await change(sale, { status: "cancelled" })).body).toMatchObject({
      cancellation: { refund: false, message: "", called_off_at: expect.any(String) },
    });
    expect((await finished(sale)).tickets).toMatchObject([{ to_refund: 1 }, { to_refund: 0 }]);
    expect((await callOff(sale, { refund: false, message: MESSAGE })).body).toMatchObject({ message: MESSAGE });
    const otherwise = await callOff(sale, { refund: true, message: "The band is ill." });
    expect([otherwise.status, otherwise.body]).toMatchObject([
      409,
      { type: "/problems/already-called-off", refund: false, message: MESSAGE },
    ]);
    expect((await callOff(sale, { refund: true })).body).toMatchObject({ refund: true, message: MESSAGE });
    const back = await callOff(sale, { refund: false });
    expect([back.status, back.body]).toMatchObject([409, { refund: true, message: MESSAGE }]);
    for (const status of ["published", "draft"]) {
      const on = await change(sale, { status });
      expect([status, on.status]).toEqual([status, 409]);
    }
    // It stays as it was said.
    expect((await change(sale, { status: "cancelled" })).body.cancellation).toMatchObject({ message: MESSAGE });
    await finished(sale);
    expect(await givenBack(id)).toEqual([4_500]);
  });

  test.concurrent("after it was on again without refunds, begins anew", async () => {
    const sale = await twoTypes();
    await callOff(sale, { refund: false, message: MESSAGE });
    expect((await progress(sale)).status).toBe(200);
    expect((await change(sale, { status: "published" })).body.cancellation).toBeNull();
    expect((await progress(sale)).status).toBe(404);
    const { id } = await boughtAlone(sale.stalls, 1);
    expect((await callOff(sale, { refund: true, message: "Rain." })).status).toBe(202);
    await finished(sale);
    expect(await givenBack(id)).toEqual([4_500]);
  });

  test.concurrent.each([
    [{}, "refund"],
    [{ refund: "yes" }, "refund"],
    [{ refund: true, message: "a\u0007b" }, "message"],
    [{ refund: true, message: "x".repeat(2_001) }, "message"],
    [{ refund: true, message: null }, "message"],
  ])("is refused as %o for its %s, and sells on", async (body, path) => {
    const sale = await twoTypes();
    const refused = await callOff(sale, body);
    expect([refused.status, refused.body]).toMatchObject([422, { errors: [{ path }] }]);
    expect((await hold(await newPerson(), sale.stalls)).status).toBe(201);
  });
});

describe("whatever dies", () => {
  test.concurrent("an object that forgets everything between two steps goes on by itself", async () => {
    const sale = await twoTypes({ capacity: 1_000, max_per_buyer: null });
    const order = await ordered([
      [sale.stalls, 1],
      [sale.parking, 1],
    ]);
    await sellMany(sale.stalls, 150);
    await callOff(sale);
    for (let round = 0; round < 4; round++) {
      // One that is not running has nothing to forget.
      await evictDurableObject(objectOf(sale.stalls)).catch(() => {});
      await evictDurableObject(orderObject(order.id)).catch(() => {});
      await runDurableObjectAlarm(objectOf(sale.stalls));
    }
    const done = await finished(sale);
    expect(done.refunds).toEqual([{ state: "succeeded", refunds: 151, amount: eur(150 * 4_500 + 5_000) }]);
    expect(await givenBack(order.id)).toEqual([5_000]);
  });

  test.concurrent("an object that did not hear of it, or lost its alarm, is told by the sweep", async () => {
    const sale = await twoTypes();
    const { id } = await boughtAlone(sale.stalls, 1);
    await callOff(sale, { refund: false });
    // As if the request had died right after D1 had it.
    await env.DB.prepare(
      "UPDATE events SET cancellation = json_set(cancellation, '$.refund', json('true')), refunding = 1 WHERE id = ?",
    )
      .bind(sale.eventId)
      .run();
    expect((await progress(sale)).body).toMatchObject({ refund: true, finished_at: null });
    await sweep(env);
    await finished(sale);
    expect(await givenBack(id)).toEqual([4_500]);
    const refunding = () =>
      env.DB.prepare("SELECT refunding FROM events WHERE id = ?").bind(sale.eventId).first<number>("refunding");
    expect(await refunding()).toBe(1);
    await sweep(env);
    expect(await refunding()).toBe(0);
  });

  test.concurrent("an order that can't be reached is told again, and the others do not wait for it", async () => {
    const sale = await twoTypes();
    const [lost, found] = [await ordered([[sale.stalls, 1]]), await ordered([[sale.stalls, 1]])];
    // The reservation names an order that is not there.
    const real = await sqlIn(sale.stalls, "SELECT id, order_id FROM reservations WHERE order_id = ?", lost.id);
    await sqlIn(sale.stalls, "UPDATE reservations SET order_id = 'n0n0n0n0n0n0n0n0' WHERE order_id = ?", lost.id);
    await callOff(sale);
    await until(
      () => givenBack(found.id),
      (amounts) => amounts.length === 1,
    );
    expect((await progress(sale)).body).toMatchObject({ finished_at: null, tickets: [{ to_refund: 1 }, {}] });
    await sqlIn(sale.stalls, "UPDATE reservations SET order_id = ? WHERE id = ?", lost.id, String(real[0]?.id));
    await finished(sale);
    expect(await givenBack(lost.id)).toEqual([4_500]);
    expect(orderNameOf(lost.id)).toHaveLength(16);
  });
});

/** Bought one by one, without the requests. */
async function sellMany(ticket: string, count: number): Promise<void> {
  const object = objectOf(ticket);
  const buys = Array.from({ length: count }, () => ({ accountId: newId(), reservationId: newReservationId(ticket) }));
  await object.reserve(buys.map((buy) => ({ ...buy, quantity: 1, idempotencyKey: null })));
  await Promise.all(buys.map((buy) => object.pay({ ...buy, paymentId: newPaymentId(), key: "1", method: VISA })));
  await until(
    () => object.leftOfCallingOff(),
    (left) => left?.held === 0 && left.toRefund >= count,
  );
}
