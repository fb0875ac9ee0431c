// What organisers and buyers give back, over HTTP: with the real objects, D1, queue and sandbox.

import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { newReservationId } from "../../../../src/platform/ids.ts";
import { outcomeOf, payOrder, placeOrder, stockOf, type TwoTypes, twoTypes } from "../../../support/orders.ts";
import {
  addTicket,
  call,
  createEvent,
  hold,
  newPerson,
  type OnSale,
  type Person,
  putOnSale,
  seen,
  until,
} from "../../../support/service.ts";

const VISA = "pm_card_visa";
const REASON = "You are ill.";
const SOON = () => new Date(Date.now() + 3_600_000).toISOString();
const eur = (amount: number) => ({ amount, currency: "EUR", exponent: 2 });

let sale: OnSale & { readonly organizer: Person };

beforeAll(async () => {
  sale = await putOnSale({ capacity: 1_000, max_per_buyer: null });
});

/** Somebody who has paid 45 EUR each for so many tickets, and what can be done with them. */
async function owner(quantity = 3, method = VISA, { ticketId, organizer } = sale) {
  const buyer = await newPerson();
  const { id } = (await hold(buyer, ticketId, quantity)).body;
  const path = `/reservations/${id}` as const;
  await call("POST", `${path}/payment`, { token: buyer.token, body: { payment_method: method } });
  const show = () => call("GET", path, { token: buyer.token });
  await until(show, ({ body }) => body.state === "confirmed");
  const refund = (body: Record<string, unknown>, key?: string) =>
    call("POST", `${path}/refunds`, {
      token: organizer.token,
      anyBody: { restock: true, reason: REASON, ...body },
      headers: key === undefined ? {} : { "idempotency-key": key },
    });
  const list = (token = organizer.token) => call("GET", `${path}/refunds`, { token });
  const settled = () => until(list, (page) => page.list.every(({ state }) => state === "succeeded"));
  const ledger = () => refundsAt(id);
  return { buyer, id, path, show, refund, list, settled, ledger, giveBack: () => giveBack(buyer, path) };
}

function giveBack({ token }: Person, path: `/reservations/${string}`) {
  return call("DELETE", path, { token });
}

/** What the sandbox gave back for a reservation or an order, by the id that it knows each by. */
async function refundsAt(id: string): Promise<[key: string, amount: number][]> {
  const query = "SELECT idempotency_key AS key, amount_minor AS amount FROM sandbox_ledger WHERE reservation_id = ?";
  const all = env.DB.prepare(`${query} AND kind = 'refund' ORDER BY idempotency_key`).bind(id);
  return (await all.all<{ key: string; amount: number }>()).results.map(({ key, amount }) => [key, amount]);
}

async function auditOf(id: string): Promise<[action: string, details: unknown][]> {
  const query =
    "SELECT action, details FROM audit_log WHERE object_id = ? AND action LIKE 'refund%' ORDER BY at_ms, id";
  const { results } = await env.DB.prepare(query).bind(id).all<{ action: string; details: string | null }>();
  return results.map(({ action, details }) => [action, details === null ? null : JSON.parse(details)]);
}

async function changeEvent({ organizer, eventId }: { organizer: Person; eventId: string }, body: object) {
  return call("PATCH", `/events/${eventId}`, { token: organizer.token, anyBody: body });
}

test("a request that held, and is repeated after a refund, gets its own reply again", async () => {
  const buyer = await newPerson();
  const headers = { "idempotency-key": "hold" };
  const body = { ticket: sale.ticketId, quantity: 2 };
  const holding = () => call("POST", "/reservations", { token: buyer.token, body, headers });
  const first = await holding();
  const path = `/reservations/${first.body.id}` as const;
  await call("POST", `${path}/payment`, { token: buyer.token, body: { payment_method: VISA } });
  const state = async () => (await call("GET", path, { token: buyer.token })).body.state;
  await until(state, (state) => state === "confirmed");
  const all = { all: true, restock: true, reason: REASON } as const;
  expect((await call("POST", `${path}/refunds`, { token: sale.organizer.token, body: all })).status).toBe(201);
  expect(await state()).toBe("refunded");
  const again = await holding();
  expect(again.headers.get("Idempotent-Replayed")).toBe("true");
  expect({ ...again.body, expires_in: null }).toEqual({ ...first.body, expires_in: null });
});

describe("a reservation that was bought alone", () => {
  test.concurrent("goes back in parts and then whole, and never more than was paid", async () => {
    const { id, show, refund, settled, ledger, list, buyer } = await owner();
    const one = await refund({ items: [{ reservation: id, quantity: 1 }] });
    expect(one.status).toBe(201);
    expect(one.body).toMatchObject({
      ...{ requested_by: "organizer", items: [{ reservation: id, quantity: 1 }], amount: eur(4_500), method: "online" },
      ...{ restock: true, reason: REASON, state: "due", error: null },
    });
    expect((await show()).body).toMatchObject({ state: "confirmed", quantity: 3, refunded_quantity: 1 });
    // A fee is kept.
    expect((await refund({ items: [{ reservation: id, quantity: 1 }], amount: 4_000 })).status).toBe(201);
    const tooMany = await refund({ items: [{ reservation: id, quantity: 2 }], amount: 1 });
    const tooMuch = await refund({ amount: 5_001 });
    for (const refused of [tooMany, tooMuch]) {
      expect(refused.status).toBe(409);
      expect(refused.body).toMatchObject({
        ...{ type: "/problems/refund-exceeds", left: eur(5_000), items: [{ reservation: id, quantity: 1 }] },
      });
    }
    // Only money.
    expect((await refund({ amount: 1_000 })).body).toMatchObject({ items: [], amount: eur(1_000) });
    const rest = await refund({ all: true });
    expect(rest.body).toMatchObject({ items: [{ reservation: id, quantity: 1 }], amount: eur(4_000) });
    expect((await refund({ all: true })).body).toMatchObject({ type: "/problems/refund-exceeds", items: [] });
    expect((await refund({ amount: 1 })).body).toMatchObject({ left: eur(0) });

    const all = (await settled()).list;
    expect(all.map(({ amount }) => amount.amount)).toEqual([4_500, 4_000, 1_000, 4_000]);
    expect((await ledger()).map(([, amount]) => amount)).toEqual([4_500, 4_000, 1_000, 4_000]);
    expect((await ledger()).map(([key]) => key)).toEqual(all.map((refund) => refund.id));
    const shown = (await show()).body;
    expect(shown).toMatchObject({ state: "refunded", status: "refunded", refunded_quantity: 3, expires_at: null });
    expect(shown.refunds).toEqual(all);
    expect((await list(buyer.token)).list).toEqual(all);
    const listed = () => call("GET", "/reservations?state=refunded", { token: buyer.token });
    expect((await until(listed, (page) => page.list[0]?.status === "refunded")).list).toEqual([shown]);
  });

  test.concurrent("puts its tickets on sale again, or not, in the same commit", async () => {
    const own = await putOnSale({ capacity: 4, max_per_buyer: 2 });
    const { id, refund, buyer } = await owner(2, VISA, own);
    expect(await stockOf(own.ticketId)).toEqual([{ held: 0, sold: 2 }]);
    await refund({ items: [{ reservation: id, quantity: 1 }], restock: false });
    expect(await stockOf(own.ticketId)).toEqual([{ held: 0, sold: 2 }]);
    await refund({ items: [{ reservation: id, quantity: 1 }] });
    expect(await stockOf(own.ticketId)).toEqual([{ held: 0, sold: 1 }]);
    // Of four, one stays out of sale. The buyer's limit is theirs again.
    expect((await hold(buyer, own.ticketId, 2)).status).toBe(201);
    expect((await hold(await newPerson(), own.ticketId, 2)).body).toMatchObject({ available: 1 });
  });

  test.concurrent("is refunded once with one key, which is good for one request", async () => {
    const { id, refund, settled, ledger } = await owner();
    const body = { items: [{ reservation: id, quantity: 1 }] };
    const first = await refund(body, "key-1");
    await settled();
    const again = await refund(body, "key-1");
    expect([again.status, again.headers.get("idempotent-replayed")]).toEqual([201, "true"]);
    expect(again.text).toBe(first.text);
    expect((await refund({ ...body, restock: false }, "key-1")).body.type).toBe("/problems/idempotency-key-reused");
    expect(await ledger()).toEqual([[first.body.id, 4_500]]);
  });

  test.concurrent("is refunded once, though the provider's reply is lost", async () => {
    const { id, refund, settled, ledger } = await owner(3, "pm_sandbox_lost_reply");
    const made = await refund({ items: [{ reservation: id, quantity: 1 }] });
    await settled();
    expect(await ledger()).toEqual([[made.body.id, 4_500]]);
  });

  test.concurrent("goes to the first of two organisers who give back the same at once", async () => {
    const { refund, settled, ledger } = await owner();
    const both = await Promise.all([refund({ all: true }), refund({ all: true })]);
    expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
    await settled();
    expect(await ledger()).toEqual([[expect.any(String), 13_500]]);
  });

  test.concurrent("is not refunded while it is held, or has ended", async () => {
    const buyer = await newPerson();
    const { id } = (await hold(buyer, sale.ticketId)).body;
    const path = `/reservations/${id}` as const;
    const refund = () =>
      call("POST", `${path}/refunds`, {
        token: sale.organizer.token,
        body: { all: true, restock: true, reason: "" },
      });
    expect((await refund()).body.type).toBe("/problems/nothing-paid");
    await call("DELETE", path, { token: buyer.token });
    expect((await refund()).body.type).toBe("/problems/nothing-paid");
  });

  test.concurrent("costs the provider nothing where it cost nothing", async () => {
    const free = await putOnSale({ price: { amount: 0, currency: "EUR" }, capacity: 5 });
    const { refund, show, ledger } = await owner(2, VISA, free);
    expect((await refund({ all: true })).body).toMatchObject({ amount: eur(0), state: "succeeded" });
    expect((await show()).body).toMatchObject({ state: "refunded", status: "refunded" });
    expect(await ledger()).toEqual([]);
    expect(await stockOf(free.ticketId)).toEqual([{ held: 0, sold: 0 }]);
  });

  test.concurrent("gives back what was paid, whatever tickets cost by now", async () => {
    const own = await putOnSale({ capacity: 5 });
    const { refund, settled, ledger } = await owner(1, VISA, own);
    const price = { amount: 9_900, currency: "EUR" };
    await call("PATCH", `/tickets/${own.ticketId}`, { token: own.organizer.token, body: { price } });
    expect((await refund({ all: true })).body).toMatchObject({ amount: eur(4_500) });
    await settled();
    expect((await ledger()).map(([, amount]) => amount)).toEqual([4_500]);
  });

  test.concurrent("can't be paid again once all is given back", async () => {
    const { refund, path, buyer } = await owner();
    await refund({ all: true });
    const paid = await call("POST", `${path}/payment`, { token: buyer.token, body: { payment_method: VISA } });
    expect([paid.status, paid.body.type]).toEqual([409, "/problems/already-refunded"]);
  });

  test.concurrent.each([
    [{}, "items"],
    [{ amount: 0 }, "items"],
    [{ all: true, items: [{ reservation: "3k9w0c1v7m2x8q4d-0f3g6h9j2k5m8n1p4q7r", quantity: 1 }] }, "all"],
    [{ items: [{ reservation: "3k9w0c1v7m2x8q4d-0f3g6h9j2k5m8n1p4q7r", quantity: 1 }] }, "items.0.reservation"],
    [{ items: [] }, "items"],
  ])("refuses %o for its %s", async (body, path) => {
    const { refund } = await owner(1);
    const { status, body: refused } = await refund(body);
    expect([status, refused.errors[0]?.path]).toEqual([422, path]);
  });
});

describe("a refund that fails", () => {
  test.concurrent("after it had succeeded needs a person, and is tried again under another id", async () => {
    const { id, refund, list, ledger, path, buyer, show } = await owner(2, "pm_sandbox_refund_fails_0s");
    const { id: refundId } = (await refund({ all: true })).body;
    const failed = await until(list, ({ list: [first] }) => first?.state === "failed");
    const error = { code: "expired_or_canceled_card", message: "The money did not arrive." };
    expect(failed.list).toMatchObject([{ id: refundId, state: "failed", error }]);
    expect((await show()).body).toMatchObject({ state: "refunded", status: "refunding" });
    // What was to be given back is still the buyer's.
    expect((await refund({ amount: 1 })).body).toMatchObject({ type: "/problems/refund-exceeds", left: eur(0) });
    const needsPerson = () =>
      call("GET", `/events/${sale.eventId}/unresolved-payments`, { token: sale.organizer.token });
    const listed = await until(needsPerson, (page) => page.list.some(({ reservation }) => reservation === id));
    expect(listed.list.find(({ reservation }) => reservation === id)).toMatchObject({
      ...{ payment: refundId, state: "refund_failed", amount: 9_000 },
    });

    const retry = (key: string) =>
      call("POST", `${path}/refunds/${refundId}/retry`, {
        token: sale.organizer.token,
        headers: { "idempotency-key": key },
      });
    const first = await retry("again");
    expect([first.status, first.body.state]).toEqual([202, "due"]);
    await until(list, ({ list: [first] }) => first?.state === "succeeded");
    // The same request again starts nothing, and another one finds nothing to do.
    expect((await retry("again")).headers.get("idempotent-replayed")).toBe("true");
    expect((await retry("other")).body).toMatchObject({ type: "/problems/refund-not-failed", state: "succeeded" });
    expect((await ledger()).map(([key]) => key)).toEqual([refundId, `${refundId}.2`]);
    expect((await list(buyer.token)).list).toMatchObject([{ id: refundId, state: "succeeded", error: null }]);
    expect((await auditOf(id)).map(([action]) => action)).toEqual([
      ...["refund.make", "refund.failed", "refund.make", "refund.make-refused", "refund.retry", "refund.succeeded"],
      ...["refund.retry", "refund.retry", "refund.retry-refused"],
    ]);
    const resolved = await until(needsPerson, (page) => !page.list.some(({ reservation }) => reservation === id));
    expect(resolved.list.map(({ reservation }) => reservation)).not.toContain(id);
  });

  test.concurrent("is pending as long as the provider has not finished", async () => {
    const { refund, list } = await owner(1, "pm_sandbox_refund_pending_2s");
    await refund({ all: true });
    await until(list, ({ list: [first] }) => first?.state === "pending");
  });
});

describe("an order", () => {
  let types: TwoTypes;
  beforeAll(async () => {
    types = await twoTypes({ capacity: 50 }, { capacity: 50 });
  });

  async function orderedBy(method = VISA) {
    const buyer = await newPerson();
    const { id } = (await placeOrder(buyer, [types.stalls, 2], [types.parking, 1])).body;
    await payOrder(buyer, id, method);
    const { items } = (await outcomeOf(buyer, id)).body;
    const show = () => call("GET", `/orders/${id}`, { token: buyer.token });
    const refund = (body: Record<string, unknown>, key?: string) =>
      call("POST", `/orders/${id}/refunds`, {
        token: types.organizer.token,
        anyBody: { restock: true, reason: REASON, ...body },
        headers: key === undefined ? {} : { "idempotency-key": key },
      });
    const list = (token = types.organizer.token) => call("GET", `/orders/${id}/refunds`, { token });
    const settled = () => until(list, (page) => page.list.every(({ state }) => state === "succeeded"));
    const [stalls = "", parking = ""] = items.map(({ reservation }) => reservation);
    return { buyer, id, show, refund, list, settled, stalls, parking };
  }

  test("goes back in parts, of several ticket types, and then whole", async () => {
    const before = await stockOf(types.stalls, types.parking);
    const { buyer, id, show, refund, settled, list, stalls, parking } = await orderedBy();
    const part = await refund({ items: [stalls, parking].map((reservation) => ({ reservation, quantity: 1 })) }, "k");
    expect(part.body).toMatchObject({ amount: eur(5_000), state: "due" });
    expect(await stockOf(types.stalls, types.parking)).toEqual([
      { held: 0, sold: (before[0]?.sold ?? 0) + 1 },
      { held: 0, sold: before[1]?.sold },
    ]);
    const reservation = await call("GET", `/reservations/${stalls}`, { token: buyer.token });
    expect(reservation.body).toMatchObject({ state: "confirmed", refunded_quantity: 1, refunds: [] });
    const other = await call("GET", `/reservations/${parking}`, { token: buyer.token });
    expect(other.body).toMatchObject({ state: "refunded", status: "refunded", refunded_quantity: 1 });
    expect((await show()).body).toMatchObject({
      ...{ state: "confirmed", items: [{ refunded_quantity: 1 }, { refunded_quantity: 1 }] },
    });
    expect((await refund({ items: [{ reservation: parking, quantity: 1 }] })).body).toMatchObject({
      ...{ type: "/problems/refund-exceeds", left: eur(4_500), items: [{ reservation: stalls, quantity: 1 }] },
    });
    expect((await refund({ all: true })).body).toMatchObject({ amount: eur(4_500) });
    const all = (await settled()).list;
    expect(await stockOf(types.stalls, types.parking)).toEqual(before);
    expect(await refundsAt(id)).toEqual(all.map((refund) => [refund.id, refund.amount.amount]));
    const shown = (await show()).body;
    expect(shown).toMatchObject({ state: "refunded", status: "refunded", refunds: all });
    expect((await list(buyer.token)).list).toEqual(all);
    const listed = () => call("GET", "/orders?state=refunded", { token: buyer.token });
    expect((await until(listed, (page) => page.list[0]?.status === "refunded")).list).toEqual([shown]);
    // The key is good for its refund still.
    const again = await refund({ items: [stalls, parking].map((reservation) => ({ reservation, quantity: 1 })) }, "k");
    expect(again.text).toBe(part.text);
    expect(await refundsAt(id)).toHaveLength(2);
    const entries = (await auditOf(id)).map(([action]) => action);
    expect(entries.filter((action) => action === "refund.succeeded")).toHaveLength(2);
  });

  test("alone can refund its reservations", async () => {
    const { id, stalls } = await orderedBy();
    const alone = await call("POST", `/reservations/${stalls}/refunds`, {
      token: types.organizer.token,
      body: { all: true, restock: true, reason: "" },
    });
    expect([alone.status, alone.body]).toMatchObject([409, { type: "/problems/part-of-order", order: id }]);
  });

  test("goes to the first of two organisers who give back the same at once", async () => {
    const { id, refund, settled, stalls } = await orderedBy();
    const one = { items: [{ reservation: stalls, quantity: 2 }] };
    const both = await Promise.all([refund(one), refund(one)]);
    expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
    await settled();
    expect((await refundsAt(id)).map(([, amount]) => amount)).toEqual([9_000]);
  });

  test("whose refund fails is tried again under another id", async () => {
    const { id, refund, list } = await orderedBy("pm_sandbox_refund_fails_0s");
    const { id: refundId } = (await refund({ all: true })).body;
    await until(list, ({ list: [first] }) => first?.state === "failed");
    const retried = await call("POST", `/orders/${id}/refunds/${refundId}/retry`, { token: types.organizer.token });
    expect([retried.status, retried.body.state]).toEqual([202, "due"]);
    await until(list, ({ list: [first] }) => first?.state === "succeeded");
    expect((await refundsAt(id)).map(([key]) => key)).toEqual([refundId, `${refundId}.2`]);
  });
});

describe("a buyer", () => {
  test("gives back what is confirmed until then, and is told what comes back", async () => {
    const own = await putOnSale({ capacity: 10 });
    const { id, path, buyer, giveBack, show, ledger, refund, settled } = await owner(2, VISA, own);
    const refused = await giveBack();
    expect([refused.status, refused.body]).toMatchObject([
      409,
      { type: "/problems/already-confirmed", detail: "Buyers can't give it back.", refundable_until: null },
    ]);
    const until_ = SOON();
    expect((await changeEvent(own, { refundable_until: until_ })).body).toMatchObject({ refundable_until: until_ });
    await refund({ items: [{ reservation: id, quantity: 1 }], amount: 4_000 });
    const given = await giveBack();
    expect([given.status, given.body]).toMatchObject([
      200,
      { requested_by: "buyer", items: [{ reservation: id, quantity: 1 }], amount: eur(4_500), restock: true },
    ]);
    expect((await show()).body).toMatchObject({ state: "refunded" });
    expect(await stockOf(own.ticketId)).toEqual([{ held: 0, sold: 0 }]);
    await settled();
    // Asked for again, it is the same.
    expect((await giveBack()).text).toBe(given.text);
    expect((await ledger()).map(([, amount]) => amount)).toEqual([4_000, 4_500]);
    expect(
      (await auditOf(id)).map(([action]) => action).filter((action) => action === "refund.give-back"),
    ).toHaveLength(2);
    const stranger = await call("DELETE", path, { token: (await newPerson()).token });
    expect(stranger.status).toBe(404);
    expect(buyer.accountId).not.toBe("");
  });

  test("is too late after it", async () => {
    const own = await putOnSale({ capacity: 10 });
    const { giveBack } = await owner(1, VISA, own);
    const over = new Date(Date.now() - 1_000).toISOString();
    await changeEvent(own, { refundable_until: over });
    expect((await giveBack()).body).toMatchObject({
      ...{ type: "/problems/already-confirmed", refundable_until: over },
      detail: "The time in which buyers can give it back is over.",
    });
  });

  test("can't give back what somebody went in with, alone or in an order, until that is taken back", async () => {
    const types = await twoTypes();
    const buyer = await newPerson();
    const alone = await owner(2, VISA, { ...types, ticketId: types.stalls });
    const { id } = (await placeOrder(buyer, [types.stalls, 1], [types.parking, 1])).body;
    await payOrder(buyer, id);
    await outcomeOf(buyer, id);
    await changeEvent(types, { refundable_until: SOON() });
    const order = (await call("GET", `/orders/${id}`, { token: buyer.token })).body;
    const passes = [`${alone.id}-2`, `${order.items[1]?.reservation}-1`];
    const { token } = types.organizer;
    for (const pass of passes) {
      const body = { event: types.eventId, pass, gate: "North", key: crypto.randomUUID() };
      expect((await call("POST", "/check-ins", { token, body })).body).toMatchObject({ result: "admitted" });
    }
    const gives = [alone.giveBack, () => call("DELETE", `/orders/${id}`, { token: buyer.token })];
    for (const give of gives) {
      const { status, text } = await give();
      const { type, refundable_until } = JSON.parse(text);
      expect([status, type]).toEqual([409, "/problems/already-confirmed"]);
      expect(Date.parse(refundable_until)).toBeLessThanOrEqual(Date.now());
    }
    for (const pass of passes) {
      await call("POST", `/check-ins/${pass}/undo`, { token, body: { key: crypto.randomUUID() } });
    }
    for (const give of gives) expect((await give()).status).toBe(200);
  });

  test("can't give back what the organiser has given back", async () => {
    const own = await putOnSale({ capacity: 10 });
    const { giveBack, refund } = await owner(1, VISA, own);
    await changeEvent(own, { refundable_until: SOON() });
    await refund({ all: true });
    expect((await giveBack()).body.type).toBe("/problems/already-refunded");
  });

  test("gives back an order whole", async () => {
    const types = await twoTypes();
    const buyer = await newPerson();
    const { id } = (await placeOrder(buyer, [types.stalls, 1], [types.parking, 2])).body;
    await payOrder(buyer, id);
    await outcomeOf(buyer, id);
    const give = () => call("DELETE", `/orders/${id}`, { token: buyer.token });
    expect((await give()).body).toMatchObject({ type: "/problems/already-confirmed", refundable_until: null });
    await changeEvent(types, { refundable_until: SOON() });
    const given = await give();
    expect([given.status, given.body]).toMatchObject([200, { requested_by: "buyer", amount: eur(5_500) }]);
    expect(await stockOf(types.stalls, types.parking)).toEqual([
      { held: 0, sold: 0 },
      { held: 0, sold: 0 },
    ]);
    const show = () => call("GET", `/orders/${id}`, { token: buyer.token });
    await until(show, ({ body }) => body.status === "refunded");
    expect((await give()).text).toBe(given.text);
    expect((await refundsAt(id)).map(([, amount]) => amount)).toEqual([5_500]);
  });
});

describe("until when buyers may give back", () => {
  test("is at most the end of the event, whichever of them changes", async () => {
    const own = await putOnSale({});
    const { ends_at } = (await call("GET", `/events/${own.eventId}`, { token: own.organizer.token })).body;
    const after = new Date(Date.parse(ends_at) + 1).toISOString();
    expect((await changeEvent(own, { refundable_until: after })).body.errors).toMatchObject([
      { path: "refundable_until", message: "must not be after ends_at" },
    ]);
    expect((await changeEvent(own, { refundable_until: ends_at })).status).toBe(200);
    const sooner = new Date(Date.parse(ends_at) - 1).toISOString();
    expect((await changeEvent(own, { ends_at: sooner })).body.errors).toMatchObject([{ path: "refundable_until" }]);
    expect((await changeEvent(own, { ends_at: sooner, refundable_until: sooner })).status).toBe(200);
    expect((await changeEvent(own, { refundable_until: null })).body).toMatchObject({ refundable_until: null });
  });
});

describe("refunds are for the organiser and the buyer", () => {
  test("and look like nothing to others", async () => {
    const { path, buyer, refund } = await owner();
    await refund({ amount: 100 });
    const other = await newPerson("organizer");
    const admin = await newPerson("admin");
    const body = { all: true, restock: true, reason: "" } as const;
    const unknown = `/reservations/${path.slice(-46, -1)}${path.endsWith("0") ? "1" : "0"}` as const;
    const asked = (token: string, at: typeof path | typeof unknown) => call("POST", `${at}/refunds`, { token, body });
    expect(seen(await asked(other.token, path))).toEqual(seen(await asked(other.token, unknown)));
    expect((await asked(buyer.token, path)).body.type).toBe("/problems/wrong-role");
    const listed = (token: string) => call("GET", `${path}/refunds`, { token });
    const stranger = await newPerson();
    for (const { token } of [other, stranger]) expect((await listed(token)).status).toBe(404);
    for (const { token } of [buyer, sale.organizer, admin]) expect((await listed(token)).list).toHaveLength(1);
    expect((await asked(admin.token, path)).status).toBe(201);
  });

  test("of an order whose event was handed over each organiser's are their own tickets, and all else is the admins'", async () => {
    const types = await twoTypes();
    const elsewhere = await addTicket(types.organizer, await createEvent(types.organizer));
    const { event } = (await call("GET", `/tickets/${elsewhere}`)).body;
    const buyer = await newPerson();
    const { id, items } = (await placeOrder(buyer, [types.stalls, 1], [elsewhere, 1])).body;
    await payOrder(buyer, id, VISA);
    await outcomeOf(buyer, id);
    const [admin, heir] = [await newPerson("admin"), await newPerson("organizer")];
    const body = { organizer: heir.accountId };
    expect((await call("POST", `/events/${event}/handover`, { token: admin.token, body })).status).toBe(200);
    const rest = { restock: true, reason: "" };
    const asked = ({ token }: Person, wanted: Record<string, unknown>) =>
      call("POST", `/orders/${id}/refunds`, { token, anyBody: { ...rest, ...wanted } });
    const part = (ticket: string) => {
      const reservation = items.find((item) => item.ticket === ticket)?.reservation;
      return { reservation, quantity: 1 };
    };
    const [ofFirst, ofHeir] = [part(types.stalls), part(elsewhere)];
    for (const organizer of [types.organizer, heir]) {
      const others = organizer === heir ? ofFirst : ofHeir;
      const own = organizer === heir ? ofHeir : ofFirst;
      for (const wanted of [
        { all: true },
        { amount: 1 },
        { items: [others] },
        { items: [own, others] },
        { items: [own], amount: 1 },
        { items: [{ ...own, reservation: newReservationId(elsewhere) }] },
        { items: [own, { ...own, reservation: newReservationId(elsewhere) }] },
      ]) {
        expect((await asked(organizer, wanted)).status, JSON.stringify(wanted)).toBe(404);
      }
    }
    // Each gives back their own tickets, for what these cost.
    const back = await asked(heir, { items: [ofHeir] });
    expect(back).toMatchObject({ status: 201, body: { amount: eur(4_500), items: [ofHeir] } });
    expect((await asked(admin, { all: true })).body).toMatchObject({ amount: eur(4_500), items: [ofFirst] });
  });

  test("and those of a part of an order are asked for at the order", async () => {
    const types = await twoTypes();
    const buyer = await newPerson();
    const { id, items } = (await placeOrder(buyer, [types.stalls, 1], [types.parking, 1])).body;
    const path = `/reservations/${items[0]?.reservation ?? ""}/refunds` as const;
    for (const { token } of [buyer, types.organizer]) {
      expect(await call("GET", path, { token })).toMatchObject({
        status: 409,
        body: { type: "/problems/part-of-order", order: id },
      });
    }
    expect((await call("GET", path, { token: (await newPerson()).token })).status).toBe(404);
  });
});
