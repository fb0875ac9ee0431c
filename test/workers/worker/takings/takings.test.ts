// What an event brought in, for its organiser: of orders and reservations, with what has gone back.

import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { sweepDisputes } from "../../../../src/worker/payments/disputes.ts";
import { sandboxProvider } from "../../../../src/worker/payments/sandbox.ts";
import { sellAt } from "../../../support/counter.ts";
import { outcomeOf, payOrder, placeOrder, type TwoTypes, twoTypes } from "../../../support/orders.ts";
import { reconcile } from "../../../support/reconciling.ts";
import { sql } from "../../../support/records.ts";
import { addTicket, call, createEvent, hold, newPerson, type Person, pay, until } from "../../../support/service.ts";

const DISPUTED = "pm_card_createDispute";
const EUR = (amount: number) => ({ amount, currency: "EUR", exponent: 2 });
const NONE = { given_back: EUR(0), refunding: EUR(0), disputed: EUR(0), lost: EUR(0) };

let sale: TwoTypes;
let other: { readonly eventId: string; readonly ticketId: string };
let buyer: Person;

beforeAll(async () => {
  sale = await twoTypes();
  const eventId = await createEvent(sale.organizer);
  other = { eventId, ticketId: await addTicket(sale.organizer, eventId) };
  buyer = await newPerson();
});

async function takings(eventId: string) {
  return (await call("GET", `/events/${eventId}/takings`, { token: sale.organizer.token })).body;
}

/** Its copy in D1 may be a moment late. */
async function comeTo(eventId: string, want: object) {
  const is = async () => {
    const body = await takings(eventId);
    return { body, isSo: JSON.stringify(body.by) === JSON.stringify(want) };
  };
  const { body } = await until(is, ({ isSo }) => isSo);
  expect(body.by).toEqual(want);
}

async function ordered(items: readonly (readonly [string, number])[], method = "pm_card_visa"): Promise<string> {
  const { id } = (await placeOrder(buyer, ...items)).body;
  await payOrder(buyer, id, method);
  expect((await outcomeOf(buyer, id)).body.state).toBe("confirmed");
  return id;
}

async function alone(ticketId: string, quantity: number, method = "pm_card_visa"): Promise<string> {
  const { id } = (await hold(buyer, ticketId, quantity)).body;
  await pay(buyer, id, method);
  const state = async () => (await call("GET", `/reservations/${id}`, { token: buyer.token })).body.state;
  await until(state, (state) => state === "confirmed");
  return id;
}

/** Until its money has gone back, or waits as it is to. */
async function refund(path: `/${"orders" | "reservations"}/${string}`, body: object, state = "succeeded") {
  const { token } = sale.organizer;
  const made = await call("POST", `${path}/refunds` as "/orders/{id}/refunds", {
    token,
    anyBody: { restock: true, reason: "", ...body },
  });
  expect(made.status).toBe(201);
  const list = () => call("GET", `${path}/refunds` as "/orders/{id}/refunds", { token });
  await until(list, ({ list: refunds }) => refunds.at(-1)?.state === state);
}

test("an event that has sold nothing has none, also where something is held", async () => {
  const { eventId, ticketId } = { ...other };
  await hold(buyer, ticketId, 1);
  expect(await takings(eventId)).toEqual({ totals: [], by: [] });
});

test("orders, the counter and what was bought alone add up, with all that has gone back, event by event", async () => {
  const { stalls, parking, eventId } = sale;
  await sellAt(sale, "cash", [[stalls, 2]]);
  await sellAt(sale, "transfer", [[stalls, 1]]);
  await sellAt(sale, "free", [[stalls, 3]]);
  const cash = { method: "cash", taken: EUR(9_000), ...NONE, net: EUR(9_000) };
  const free = { method: "free", taken: EUR(0), ...NONE, net: EUR(0) };
  const online = (
    line: Partial<Record<"taken" | "given_back" | "refunding" | "disputed" | "lost" | "net", unknown>>,
  ) => ({
    method: "online",
    ...{ taken: EUR(0), ...NONE, net: EUR(0) },
    ...line,
  });
  await comeTo(eventId, [cash, free]);

  // 45 + 5 of the event, and 90 of the other one.
  const mixed = await ordered([
    [stalls, 1],
    [parking, 1],
    [other.ticketId, 2],
  ]);
  await comeTo(eventId, [cash, free, online({ taken: EUR(5_000), net: EUR(5_000) })]);
  await comeTo(other.eventId, [online({ taken: EUR(9_000), net: EUR(9_000) })]);

  // The parking ticket at its price, and then 14 EUR of all that is left: 45 of 135, and 90 of 135.
  const { items } = (await call("GET", `/orders/${mixed}`, { token: buyer.token })).body;
  const reservation = items.find(({ ticket }) => ticket === parking)?.reservation;
  await refund(`/orders/${mixed}`, { items: [{ reservation, quantity: 1 }] });
  await refund(`/orders/${mixed}`, { amount: 1_400 });
  await comeTo(eventId, [cash, free, online({ taken: EUR(5_000), given_back: EUR(966), net: EUR(4_034) })]);
  await comeTo(other.eventId, [online({ taken: EUR(9_000), given_back: EUR(934), net: EUR(8_066) })]);

  // What was bought alone: a refund that is under way, and one that failed.
  const pending = await alone(stalls, 2, "pm_sandbox_refund_pending_20s");
  await refund(`/reservations/${pending}`, { amount: 1_000 }, "pending");
  const failing = await alone(parking, 2, "pm_sandbox_refund_fails_0s");
  await refund(`/reservations/${failing}`, { all: true }, "failed");
  const withAlone = { taken: EUR(5_000 + 9_000 + 1_000), given_back: EUR(966), refunding: EUR(1_000) };
  await comeTo(eventId, [cash, free, online({ ...withAlone, net: EUR(13_034) })]);

  // Disputes, open and lost, of an order of both events.
  await ordered(
    [
      [stalls, 1],
      [other.ticketId, 1],
    ],
    DISPUTED,
  );
  const lost = await alone(parking, 1, DISPUTED);
  await sql("UPDATE sandbox_ledger SET created_at_ms = created_at_ms - 3600000 WHERE reservation_id = ?", lost);
  await sweepDisputes(env.DB, sandboxProvider(env.DB));
  const disputed = { ...withAlone, taken: EUR(15_000 + 4_500 + 500), disputed: EUR(4_500), lost: EUR(500) };
  await comeTo(eventId, [cash, free, online({ ...disputed, net: EUR(13_034) })]);
  const ofOther = { taken: EUR(13_500), given_back: EUR(934), disputed: EUR(4_500), net: EUR(8_066) };
  await comeTo(other.eventId, [online(ofOther)]);

  const { totals } = await takings(eventId);
  const all = { ...NONE, ...disputed, taken: EUR(29_000), net: EUR(22_034) };
  expect(totals).toEqual([all]);
  expect((await reconcile(sale.organizer)).differences).toEqual([]);
});

test("a payment that came too late for its tickets counts nowhere: it goes back as a whole", async () => {
  const eventId = await createEvent(sale.organizer);
  const ticketId = await addTicket(sale.organizer, eventId);
  await alone(ticketId, 1);
  const late = await alone(ticketId, 1);
  await sql("UPDATE reservations SET state = 'cancelled', payment_state = 'refund_due' WHERE id = ?", late);
  const { totals } = await takings(eventId);
  expect(totals).toEqual([{ taken: EUR(4_500), ...NONE, net: EUR(4_500) }]);
});
