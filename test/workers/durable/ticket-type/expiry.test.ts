// The deadline decides. The alarm only tidies.

import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Store } from "../../../../src/durable/ticket-type/store.ts";
import {
  call,
  hold,
  newPerson,
  objectOf,
  pay,
  pendingNamed,
  putOnSale,
  savePayment,
  until,
} from "../../../support/service.ts";

const HOLD_MS = Number(env.HOLD_SECONDS) * 1_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Moves the service's clock; alarms stay where the platform's own clock has them. */
function moveClockTo(atMs: number): void {
  vi.setSystemTime(atMs);
}

async function heldTicket(ticket: Record<string, unknown> = {}) {
  const sale = await putOnSale({ capacity: 1, ...ticket });
  const buyer = await newPerson();
  const { body } = await hold(buyer, sale.ticketId);
  return { ...sale, buyer, reservationId: body.id, deadlineMs: Date.parse(body.expires_at) };
}

test("a hold lasts 15 minutes, to the millisecond", async () => {
  const { body } = await hold(await newPerson(), (await putOnSale()).ticketId);
  expect(Date.parse(body.expires_at) - Date.parse(body.created_at)).toBe(HOLD_MS);
  expect(HOLD_MS).toBe(15 * 60 * 1_000);
});

test("the first hold sets the alarm to its deadline, and a later one leaves it there", async () => {
  const { ticketId, deadlineMs } = await heldTicket({ capacity: 2 });
  moveClockTo(Date.now() + 1_000);
  await hold(await newPerson(), ticketId);
  // Copies that were not acknowledged yet may have an alarm of their own before that; it sets the
  // deadline's.
  await runDurableObjectAlarm(objectOf(ticketId));
  const alarmAtMs = await runInDurableObject(objectOf(ticketId), (_, { storage }) => storage.getAlarm());
  expect(alarmAtMs).toBe(deadlineMs);
});

test("the alarm expires what is due, and D1 hears of it", async () => {
  const { ticketId, reservationId, buyer, deadlineMs } = await heldTicket();
  moveClockTo(deadlineMs);
  expect(await runDurableObjectAlarm(objectOf(ticketId))).toBe(true);

  expect(await objectOf(ticketId).describe()).toMatchObject({ held: 0, sold: 0 });
  const row = await env.DB.prepare("SELECT state FROM reservations WHERE id = ?").bind(reservationId).first();
  expect(row).toEqual({ state: "expired" });
  const { body } = await call("GET", `/reservations/${reservationId}`, { token: buyer.token });
  expect(body.state).toBe("expired");
  expect((await call("GET", `/tickets/${ticketId}`)).body.available).toBe(1);
});

test("an alarm that comes early releases nothing, and is set again for the deadline", async () => {
  const { ticketId, deadlineMs } = await heldTicket();
  moveClockTo(deadlineMs - 1);
  await runDurableObjectAlarm(objectOf(ticketId));
  expect(await objectOf(ticketId).describe()).toMatchObject({ held: 1 });
  const alarmAtMs = await runInDurableObject(objectOf(ticketId), (_, { storage }) => storage.getAlarm());
  expect(alarmAtMs).toBe(deadlineMs);
});

test("an alarm that comes twice expires once", async () => {
  const { ticketId, deadlineMs } = await heldTicket({ capacity: 3 });
  moveClockTo(deadlineMs);
  await objectOf(ticketId).wake();
  const once = await objectOf(ticketId).describe();
  await objectOf(ticketId).wake();
  expect(await objectOf(ticketId).describe()).toEqual(once);
});

test.each([
  ["just before the deadline the tickets are still taken", -1, 409],
  ["at the deadline itself the next buyer has them, though no alarm ran", 0, 201],
])("%s", async (_name, offsetMs, status) => {
  const { ticketId, deadlineMs } = await heldTicket();
  moveClockTo(deadlineMs + offsetMs);
  const next = await hold(await newPerson(), ticketId);
  expect(next.status).toBe(status);
  expect(await objectOf(ticketId).describe()).toMatchObject({ held: 1, sold: 0 });
});

test("a buyer's own hold that is over does not count against the limit", async () => {
  const { ticketId, buyer, deadlineMs } = await heldTicket({ capacity: 5, max_per_buyer: 1 });
  expect((await hold(buyer, ticketId)).body.type).toBe("/problems/limit-reached");
  moveClockTo(deadlineMs);
  expect((await hold(buyer, ticketId)).status).toBe(201);
});

test("paying at the deadline is refused, though no alarm ran, and begins no payment", async () => {
  const { reservationId, ticketId, buyer, deadlineMs } = await heldTicket();
  moveClockTo(deadlineMs);
  const late = await pay(buyer, reservationId);
  expect(late.status).toBe(410);
  expect(late.body.type).toBe("/problems/reservation-expired");
  expect((await call("GET", `/reservations/${reservationId}/payment`, { token: buyer.token })).status).toBe(404);
  expect(await objectOf(ticketId).describe()).toMatchObject({ held: 0, sold: 0 });
});

test("paying a millisecond before the deadline is in time, whenever the money moves", async () => {
  const { reservationId, buyer, deadlineMs } = await heldTicket();
  moveClockTo(deadlineMs - 1);
  expect((await pay(buyer, reservationId)).status).toBe(202);
  moveClockTo(deadlineMs + 60_000);
  const show = () => call("GET", `/reservations/${reservationId}`, { token: buyer.token });
  const paid = await until(show, ({ body }) => body.state !== "held");
  expect(paid.body.state).toBe("confirmed");
});

test("letting go what is over already is refused with the reason", async () => {
  const { reservationId, buyer, deadlineMs } = await heldTicket();
  moveClockTo(deadlineMs);
  const late = await call("DELETE", `/reservations/${reservationId}`, { token: buyer.token });
  expect(late.status).toBe(410);
});

test("the list shows a hold as expired at its deadline, though its copy in D1 still says held", async () => {
  const { reservationId, buyer, deadlineMs } = await heldTicket();
  moveClockTo(deadlineMs);
  const { list } = await call("GET", "/reservations", { token: buyer.token });
  expect(list.map(({ id, state }) => [id, state])).toEqual([[reservationId, "expired"]]);
});

describe("behind a backlog of 1,200 holds that are over", () => {
  async function backlog() {
    const { ticketId, organizer } = await putOnSale({ capacity: 1_200, max_per_buyer: null });
    const object = objectOf(ticketId);
    const request = (index: number, quantity: number) => ({
      reservationId: `${ticketId}-${String(index).padStart(20, "0")}`,
      ...{ accountId: "crowd", quantity, idempotencyKey: null },
    });
    const results = await object.reserve(Array.from({ length: 1_200 }, (_, index) => request(index, 1)));
    expect(results.every(({ ok }) => ok)).toBe(true);
    moveClockTo(Date.now() + HOLD_MS);
    return { ticketId, organizer, object };
  }

  test("the next buyer gets 700 tickets in one call, and the alarm finishes the rest", async () => {
    const { ticketId, object } = await backlog();
    expect((await hold(await newPerson(), ticketId, 700)).status).toBe(201);
    for (let alarms = 0; alarms < 3; alarms++) await object.wake();
    expect(await object.describe()).toMatchObject({ held: 700, sold: 0 });
  });

  test("the organiser may lower the capacity to none", async () => {
    const { ticketId, organizer } = await backlog();
    const answer = await call("PATCH", `/tickets/${ticketId}`, { token: organizer.token, body: { capacity: 0 } });
    expect(answer.status).toBe(200);
  });

  test("a payment that comes through late takes the stock again", async () => {
    const { ticketId, object } = await backlog();
    const late = `${ticketId}-${"z".repeat(20)}`;
    await runInDurableObject(object, (_, { storage }) => {
      storage.sql.exec(
        `INSERT INTO reservations (id, account_id, quantity, unit_price_minor, currency, state, created_at_ms,
           expires_at_ms, version) VALUES (?, 'late', 700, 100, 'EUR', 'cancelled', 0, 0, 1)`,
        late,
      );
      const failure = { code: "timed_out", message: "Given up on." };
      savePayment(new Store(storage.sql), late, { ...pendingNamed("late"), state: "failed", failure }, null);
    });
    const results = await object.settle([{ paymentId: "late", outcome: { state: "succeeded" } }]);
    expect(results).toEqual([{ ok: true, state: "confirmed" }]);
  });
});

test("a real alarm rings by itself and nobody needs to ask", async () => {
  vi.useRealTimers();
  const { ticketId, reservationId } = await heldTicket();
  // The deadline is moved to just ahead, as if the 15 minutes were nearly over.
  await runInDurableObject(objectOf(ticketId), async (_, { storage }) => {
    const soonMs = Date.now() + 300;
    storage.sql.exec("UPDATE reservations SET expires_at_ms = ? WHERE id = ?", soonMs, reservationId);
    await storage.setAlarm(soonMs);
  });
  const read = () => env.DB.prepare("SELECT state FROM reservations WHERE id = ?").bind(reservationId).first();
  expect(await until(read, (row) => row?.state !== "held")).toEqual({ state: "expired" });
});
