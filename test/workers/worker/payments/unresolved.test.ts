// A payment that is unsettled for a day keeps its tickets, is retried, and is listed for a person.

import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test, vi } from "vitest";
import { DAY_MS } from "../../../../src/domain/units.ts";
import { accessToken } from "../../../../src/worker/auth/tokens.ts";
import { sqlIn, stopClock } from "../../../support/objects.ts";
import { orderLedger, orderObject, outcomeOf, payOrder, placeOrder, twoTypes } from "../../../support/orders.ts";
import { sql } from "../../../support/records.ts";
import {
  call,
  hold,
  newPerson,
  type OnSale,
  objectOf,
  type Person,
  pagesOf,
  pay,
  putOnSale,
  until,
} from "../../../support/service.ts";

stopClock();

async function stuck(sale: OnSale) {
  const buyer = await newPerson();
  const { body } = await hold(buyer, sale.ticketId, 2);
  const startedAtMs = Date.now();
  await pay(buyer, body.id, "pm_sandbox_slow_3600s");
  const [payment] = await sqlIn(sale.ticketId, "SELECT id FROM payments WHERE reservation_id = ?", body.id);
  const paymentId = String(payment?.id);
  // The provider never gets to the end of it, whatever the clock says.
  await sql(
    `INSERT INTO sandbox_ledger (idempotency_key, kind, reservation_id, method, amount_minor, currency, created_at_ms,
       completes_at_ms) VALUES (?1, 'charge', ?2, 'pm_sandbox_slow_3600s', 9000, 'EUR', 0, ${Number.MAX_SAFE_INTEGER})
     ON CONFLICT DO UPDATE SET completes_at_ms = excluded.completes_at_ms`,
    paymentId,
    body.id,
  );
  return { buyer, id: body.id, paymentId, startedAtMs };
}

/** On the organiser's list, in pages of two. */
async function unresolved({ organizer, eventId }: OnSale) {
  const token = await accessToken(env, organizer.accountId);
  const pages = await pagesOf(`/events/${eventId}/unresolved-payments?limit=2`, { token });
  return pages.flatMap(({ list }) => list);
}

async function runAlarmAt(ticketId: string, atMs: number): Promise<void> {
  vi.setSystemTime(atMs);
  await objectOf(ticketId).wake();
}

async function stateOf({ accountId }: Person, id: string) {
  return (await call("GET", `/reservations/${id}`, { token: await accessToken(env, accountId) })).body;
}

test("after a day it is on its organiser's list, with what they need to ask the provider", async () => {
  const sale = await putOnSale();
  const { buyer, id, paymentId, startedAtMs } = await stuck(sale);
  await runAlarmAt(sale.ticketId, startedAtMs + DAY_MS - 1);
  expect(await unresolved(sale)).toEqual([]);
  await runAlarmAt(sale.ticketId, startedAtMs + DAY_MS);
  expect(await unresolved(sale)).toEqual([
    {
      payment: paymentId,
      reservation: id,
      order: null,
      ticket: sale.ticketId,
      state: "pending",
      amount: 9000,
      currency: "EUR",
      total: { amount: 9000, currency: "EUR", exponent: 2 },
      terms: null,
      since: new Date(startedAtMs).toISOString(),
    },
  ]);
  expect(await stateOf(buyer, id)).toMatchObject({ state: "held", payment: { state: "pending" } });
  expect(await objectOf(sale.ticketId).describe()).toMatchObject({ held: 2 });
});

test("an order's payment is listed with each of its reservations, by the id that the provider knows", async () => {
  const { organizer, eventId, stalls, parking } = await twoTypes();
  const buyer = await newPerson();
  const { body } = await placeOrder(buyer, [stalls, 2], [parking, 1]);
  const startedAtMs = Date.now();
  await payOrder(buyer, body.id, "pm_sandbox_slow_3600s");
  const [charge] = await until(
    () => orderLedger(body.id),
    ({ length }) => length > 0,
  );
  const logged = vi.spyOn(console, "error");
  for (const id of [stalls, parking]) await runAlarmAt(id, startedAtMs + DAY_MS);
  expect(await unresolved({ organizer, eventId, ticketId: stalls })).toEqual([]);
  await orderObject(body.id).wake();
  // Its ticket types only wait for the order.
  expect(logged.mock.calls.filter(([line]) => String(line).includes("payment needs a person"))).toHaveLength(1);
  const listed = (await unresolved({ organizer, eventId, ticketId: stalls })).map(
    ({ payment, order, reservation, total: { amount } }) => ({ payment, order, reservation, amount }),
  );
  const shared = { payment: charge?.idempotency_key, order: body.id };
  expect(listed.sort((a, b) => b.amount - a.amount)).toEqual(
    body.items.map(({ reservation, total: { amount } }) => ({ ...shared, reservation, amount })),
  );
});

test("an order's refund that stays due is listed in the same way, until it is made", async () => {
  const { organizer, eventId, stalls, parking } = await twoTypes();
  const sale = { organizer, eventId, ticketId: stalls };
  const buyer = await newPerson();
  const { body } = await placeOrder(buyer, [stalls, 2], [parking, 1]);
  await payOrder(buyer, body.id, "pm_card_visa_chargeDeclined");
  await outcomeOf(buyer, body.id);
  await call("DELETE", `/orders/${body.id}`, { token: buyer.token });
  const [charge] = await orderLedger(body.id);
  const startedAtMs = Date.now();
  // As after a late success, if no message of the refund arrives.
  await runInDurableObject(orderObject(body.id), (_, { storage }) => {
    storage.sql.exec("UPDATE payments SET state = 'refund_due', since_ms = ?", startedAtMs);
  });
  await evictDurableObject(orderObject(body.id));
  vi.setSystemTime(startedAtMs + DAY_MS - 1);
  await orderObject(body.id).wake();
  expect(await unresolved(sale)).toEqual([]);
  vi.setSystemTime(startedAtMs + DAY_MS);
  await orderObject(body.id).wake();
  const listed = await unresolved(sale);
  expect(listed).toMatchObject(
    [1, 2].map(() => ({ payment: charge?.idempotency_key, order: body.id, state: "refund_due" })),
  );
  expect(listed.map(({ reservation }) => reservation).sort()).toEqual(
    body.items.map(({ reservation }) => reservation).sort(),
  );
  expect(listed.map(({ since }) => since)).toEqual(Array(2).fill(new Date(startedAtMs).toISOString()));
  await orderObject(body.id).settle([{ paymentId: charge?.idempotency_key ?? "", outcome: { state: "refunded" } }]);
  await until(
    () => unresolved(sale),
    ({ length }) => length === 0,
  );
});

test.each([
  ["succeeded", { state: "succeeded" } as const, "confirmed"],
  ["failed", { state: "failed", failure: { code: "lost", message: "Lost." } } as const, "expired"],
])("once it has %s it is off the list", async (_what, outcome, state) => {
  const sale = await putOnSale();
  const { buyer, id, paymentId, startedAtMs } = await stuck(sale);
  await runAlarmAt(sale.ticketId, startedAtMs + DAY_MS);
  await objectOf(sale.ticketId).settle([{ paymentId, outcome }]);
  expect((await stateOf(buyer, id)).state).toBe(state);
  const list = () => unresolved(sale);
  await until(list, ({ length }) => length === 0);
});

test("it is still retried, by the object itself", async () => {
  const sale = await putOnSale();
  const { startedAtMs, paymentId } = await stuck(sale);
  await runAlarmAt(sale.ticketId, startedAtMs + DAY_MS);
  const [row] = await sqlIn(sale.ticketId, "SELECT dispatch_at_ms AS at FROM payments WHERE id = ?", paymentId);
  expect(row?.at).toBeGreaterThan(startedAtMs + DAY_MS);
  expect(row?.at).toBeLessThanOrEqual(startedAtMs + DAY_MS + 1_800_000);
});

test("the list has pages, the longest unresolved first", async () => {
  const sale = await putOnSale();
  const payments = [];
  for (let nth = 0; nth < 3; nth++) {
    payments.push(await stuck(sale));
    vi.setSystemTime(Date.now() + 1_000);
  }
  await runAlarmAt(sale.ticketId, Date.now() + DAY_MS);
  expect((await unresolved(sale)).map(({ payment }) => payment)).toEqual(payments.map(({ paymentId }) => paymentId));
});

test("a payment without a time, from an earlier version, is as old as its reservation", async () => {
  const { ticketId } = await putOnSale();
  const { body } = await hold(await newPerson(), ticketId);
  const insert =
    "INSERT INTO payments (id, reservation_id, key, method, state, dispatch_at_ms) VALUES (?, ?, ?, ?, ?, ?)";
  await sqlIn(ticketId, insert, "old", body.id, "old", "pm_card_visa", "pending", Date.now() + DAY_MS);
  await objectOf(ticketId).wake();
  const [marked] = await sqlIn(ticketId, "SELECT needs_person, since_ms FROM payments");
  expect(marked).toEqual({ needs_person: 0, since_ms: Date.parse(body.created_at) });
});
