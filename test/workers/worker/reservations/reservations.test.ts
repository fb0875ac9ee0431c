// A buyer's reservations: held, listed, shown, let go.

import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { stopClock } from "../../../support/objects.ts";
import {
  call,
  createEvent,
  deadlineOf,
  EVENT,
  hold,
  newPerson,
  type OnSale,
  objectOf,
  type Person,
  pay,
  putOnSale,
} from "../../../support/service.ts";

const FREE = { price: { amount: 0, currency: "EUR" } };
const EURO = { currency: "EUR", exponent: 2 };
let shared: OnSale;

stopClock();

beforeAll(async () => {
  shared = await putOnSale({ capacity: 10_000 });
});

function list(buyer: Person) {
  return call("GET", "/reservations", { token: buyer.token });
}

function show(buyer: Person, id: string) {
  return call("GET", `/reservations/${id}`, { token: buyer.token });
}

function letGo(buyer: Person, id: string) {
  return call("DELETE", `/reservations/${id}`, { token: buyer.token });
}

describe("holding tickets", () => {
  test.each<[quantity: number, status: number]>([
    [9, 201],
    [10, 409],
  ])("%i of the dearest tickets: as much as can be charged at once is held, and no more", async (quantity, status) => {
    const price = { amount: 100_000_000_000, currency: "IDR" };
    const sale = await putOnSale({ price, capacity: 10, max_per_buyer: null });
    const total = (amount: number) => ({ amount, currency: "IDR", exponent: 2 });
    const { path, token } = { path: "/reservations", token: (await newPerson()).token } as const;
    const key = { "idempotency-key": crypto.randomUUID() };
    for (let time = 0; time < 2; time++) {
      const asked = { token, headers: key, body: { ticket: sale.ticketId, quantity } };
      const held = await call("POST", path, asked);
      expect(held.status).toBe(status);
      if (status === 201) expect(held.body.total).toEqual(total(quantity * 100_000_000_000));
      else expect(held.body).toMatchObject({ type: "/problems/total-too-large", most: total(999_999_999_999) });
    }
    const { body } = await call("GET", `/tickets/${sale.ticketId}`, { token: sale.organizer.token });
    expect(body).toMatchObject(status === 201 ? { held: 9, available: 1 } : { held: 0, available: 10 });
  });

  test("a thousand times the highest price is still described, where nobody takes payments", async () => {
    const settings = { PAYMENT_PROVIDER: "" };
    const organizer = await newPerson("organizer");
    const price = { amount: 100_000_000_000, currency: "KWD" };
    const anyBody = { name: "Stalls", price, capacity: 1_000, max_per_buyer: null };
    const { token } = organizer;
    const event = await createEvent(organizer);
    const { body: ticket } = await call("POST", `/events/${event}/tickets`, { token, anyBody, settings });
    const body = { ticket: ticket.id, quantity: 1_000 };
    const held = await call("POST", "/reservations", { token: (await newPerson()).token, body, settings });
    expect(held.body.total).toEqual({ amount: 100_000_000_000_000, currency: "KWD", exponent: 3 });
  });

  test("answers the hold, where it is, and the moment it ends", async () => {
    const buyer = await newPerson();
    const before = Date.now();
    const answer = await hold(buyer, shared.ticketId, 3);
    expect(answer.status).toBe(201);
    const { id, created_at, expires_at, expires_in } = answer.body;
    expect(answer.body).toStrictEqual({
      ...{ id: expect.stringMatching(new RegExp(`^${shared.ticketId}-[0-9a-z]{29}$`)), ticket: shared.ticketId },
      order: null,
      ...{ price: shared.ticketId, price_name: "", code: null },
      ...{ quantity: 3, unit_price: { ...EURO, amount: 4500 }, total: { ...EURO, amount: 13_500 } },
      ticket_type: { id: shared.ticketId, name: "Stalls" },
      event: {
        ...{ id: shared.eventId, name: EVENT.name, venue: EVENT.venue, timezone: EVENT.timezone },
        ...{ starts_at: "2031-05-01T18:00:00.000Z", ends_at: "2031-05-01T21:00:00.000Z", status: "published" },
      },
      ...{ state: "held", status: "held", created_at, expires_at, expires_in, cancel_requested: false, payment: null },
      ...{ refunded_quantity: 0, refunds: [], terms: null },
    });
    expect(answer.headers.get("location")).toBe(`/reservations/${id}`);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(Date.parse(created_at)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(created_at)).toBeLessThanOrEqual(Date.now());
    expect(deadlineOf(answer.body) - Date.parse(created_at)).toBe(Number(env.HOLD_SECONDS) * 1_000);
    expect(env.HOLD_SECONDS).toBe("900");
  });

  test("without a key makes a hold of its own each time", async () => {
    const buyer = await newPerson();
    const [first, second] = [await hold(buyer, shared.ticketId), await hold(buyer, shared.ticketId)];
    expect(first.body.id).not.toBe(second.body.id);
    expect((await list(buyer)).list).toHaveLength(2);
  });
});

describe("the list of reservations", () => {
  test("has a hold at once, as the answer to it said and as it is shown", async () => {
    const buyer = await newPerson();
    expect((await list(buyer)).list).toEqual([]);
    const held = (await hold(buyer, shared.ticketId)).body;
    expect((await list(buyer)).list).toEqual([held]);
    expect((await show(buyer, held.id)).body).toEqual(held);
  });
});

describe("letting a hold go", () => {
  test("answers 204, shows it as cancelled, and puts the tickets on sale again", async () => {
    const { ticketId } = await putOnSale({ capacity: 2 });
    const [buyer, next] = [await newPerson(), await newPerson()];
    const held = (await hold(buyer, ticketId, 2)).body;
    expect((await hold(next, ticketId, 1)).body.type).toBe("/problems/sold-out");
    const answer = await letGo(buyer, held.id);
    expect(answer.status).toBe(204);
    expect(answer.text).toBe("");
    const cancelled = { ...held, state: "cancelled", status: "cancelled", expires_in: null };
    expect((await show(buyer, held.id)).body).toEqual(cancelled);
    expect((await list(buyer)).list).toEqual([cancelled]);
    expect((await hold(next, ticketId, 2)).status).toBe(201);
  });

  test("again is 204 again, and gives nothing back twice", async () => {
    const { ticketId } = await putOnSale({ capacity: 10 });
    const buyer = await newPerson();
    const { id } = (await hold(buyer, ticketId, 4)).body;
    await hold(buyer, ticketId, 3);
    expect((await letGo(buyer, id)).status).toBe(204);
    expect((await letGo(buyer, id)).status).toBe(204);
    expect(await objectOf(ticketId).describe()).toMatchObject({ capacity: 10, held: 3, sold: 0 });
  });

  test("makes room within the buyer's limit", async () => {
    const { ticketId } = await putOnSale({ max_per_buyer: 2 });
    const buyer = await newPerson();
    const { id } = (await hold(buyer, ticketId, 2)).body;
    expect((await hold(buyer, ticketId, 1)).body.type).toBe("/problems/limit-reached");
    await letGo(buyer, id);
    expect((await hold(buyer, ticketId, 2)).status).toBe(201);
  });

  test("is too late once it is confirmed", async () => {
    const { ticketId } = await putOnSale(FREE);
    const buyer = await newPerson();
    const { id } = (await hold(buyer, ticketId)).body;
    await call("POST", `/reservations/${id}/payment`, { token: buyer.token, body: {} });
    const before = await show(buyer, id);
    const answer = await letGo(buyer, id);
    expect(answer.status).toBe(409);
    expect(answer.body.type).toBe("/problems/already-confirmed");
    expect((await show(buyer, id)).text).toBe(before.text);
  });

  test("leaves nothing to pay for", async () => {
    const buyer = await newPerson();
    const { id } = (await hold(buyer, shared.ticketId)).body;
    await letGo(buyer, id);
    const answer = await pay(buyer, id);
    expect(answer.status).toBe(409);
    expect(answer.body.type).toBe("/problems/already-cancelled");
    expect((await show(buyer, id)).body.payment).toBeNull();
  });
});
