// The deadline decides. The alarm only tidies.

import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import { alarmOf, copyInD1, putPayment, sqlIn, stopClock } from "../../../support/objects.ts";
import { call, deadlineOf, hold, newPerson, objectOf, pay, putOnSale, until } from "../../../support/service.ts";

const HOLD_MS = Number(env.HOLD_SECONDS) * 1_000;

stopClock();

async function heldTicket(ticket: Record<string, unknown> = {}) {
  const sale = await putOnSale({ capacity: 1, ...ticket });
  const buyer = await newPerson();
  const { body } = await hold(buyer, sale.ticketId);
  return { ...sale, buyer, reservationId: body.id, deadlineMs: deadlineOf(body) };
}

test("the first hold sets the alarm to its deadline, and a later one leaves it there", async () => {
  const { ticketId, deadlineMs } = await heldTicket({ capacity: 2 });
  vi.setSystemTime(Date.now() + 1_000);
  await hold(await newPerson(), ticketId);
  // Copies that were not acknowledged yet may have an alarm of their own before that; it sets the
  // deadline's.
  await runDurableObjectAlarm(objectOf(ticketId));
  expect(await alarmOf(ticketId)).toBe(deadlineMs);
});

test("the alarm expires what is due, and D1 hears of it", async () => {
  const { ticketId, reservationId, buyer, deadlineMs } = await heldTicket();
  vi.setSystemTime(deadlineMs);
  expect(await runDurableObjectAlarm(objectOf(ticketId))).toBe(true);

  expect(await objectOf(ticketId).describe()).toMatchObject({ held: 0, sold: 0 });
  expect(await copyInD1(reservationId)).toEqual({ state: "expired" });
  const { body } = await call("GET", `/reservations/${reservationId}`, { token: buyer.token });
  expect(body.state).toBe("expired");
  expect((await call("GET", `/tickets/${ticketId}`)).body.available).toBe(1);
});

test("an alarm that comes early releases nothing, and is set again for the deadline", async () => {
  const { ticketId, deadlineMs } = await heldTicket();
  vi.setSystemTime(deadlineMs - 1);
  await runDurableObjectAlarm(objectOf(ticketId));
  expect(await objectOf(ticketId).describe()).toMatchObject({ held: 1 });
  expect(await alarmOf(ticketId)).toBe(deadlineMs);
});

test("an alarm that comes twice expires once", async () => {
  const { ticketId, deadlineMs } = await heldTicket({ capacity: 3 });
  vi.setSystemTime(deadlineMs);
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
  vi.setSystemTime(deadlineMs + offsetMs);
  const next = await hold(await newPerson(), ticketId);
  expect(next.status).toBe(status);
  expect(await objectOf(ticketId).describe()).toMatchObject({ held: 1, sold: 0 });
});

test("a buyer's own hold that is over does not count against the limit", async () => {
  const { ticketId, buyer, deadlineMs } = await heldTicket({ capacity: 5, max_per_buyer: 1 });
  expect((await hold(buyer, ticketId)).body.type).toBe("/problems/limit-reached");
  vi.setSystemTime(deadlineMs);
  expect((await hold(buyer, ticketId)).status).toBe(201);
});

test("paying and letting go at the deadline are refused, though no alarm ran, and no payment begins", async () => {
  const { reservationId, ticketId, buyer, deadlineMs } = await heldTicket();
  vi.setSystemTime(deadlineMs);
  const late = await pay(buyer, reservationId);
  expect(late.status).toBe(410);
  expect(late.body.type).toBe("/problems/reservation-expired");
  expect((await call("GET", `/reservations/${reservationId}/payment`, { token: buyer.token })).status).toBe(404);
  expect((await call("DELETE", `/reservations/${reservationId}`, { token: buyer.token })).status).toBe(410);
  expect(await objectOf(ticketId).describe()).toMatchObject({ held: 0, sold: 0 });
});

test("paying a millisecond before the deadline is in time, whenever the money moves", async () => {
  const { reservationId, buyer, deadlineMs } = await heldTicket();
  vi.setSystemTime(deadlineMs - 1);
  expect((await pay(buyer, reservationId)).status).toBe(202);
  vi.setSystemTime(deadlineMs + 60_000);
  const show = () => call("GET", `/reservations/${reservationId}`, { token: buyer.token });
  const paid = await until(show, ({ body }) => body.state !== "held");
  expect(paid.body.state).toBe("confirmed");
});

test("the list shows a hold as expired at its deadline, though its copy in D1 still says held", async () => {
  const { reservationId, buyer, deadlineMs } = await heldTicket();
  vi.setSystemTime(deadlineMs);
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
    vi.setSystemTime(Date.now() + HOLD_MS);
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
    await sqlIn(
      late,
      `INSERT INTO reservations (id, account_id, quantity, unit_price_minor, currency, state, created_at_ms,
         expires_at_ms, version) VALUES (?, 'late', 700, 100, 'EUR', 'cancelled', 0, 0, 1)`,
      late,
    );
    await putPayment(
      late,
      { id: "late", state: "failed", failure: { code: "timed_out", message: "Given up on." } },
      null,
    );
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
  expect(
    await until(
      () => copyInD1(reservationId),
      (row) => row?.state !== "held",
    ),
  ).toEqual({ state: "expired" });
});
