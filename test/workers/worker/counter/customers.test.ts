// Who a customer at the counter was: erased at once where the organiser asks for it, and some time
// after the event; in the order's object, in D1, or in what is left of either.

import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { DAY_MS, HOUR_MS } from "../../../../src/domain/units.ts";
import { eraseOldCustomers } from "../../../../src/worker/counter/customers.ts";
import type { Env } from "../../../../src/worker/env.ts";
import { cancelAt, counterOrder, ordersAt, sellAt } from "../../../support/counter.ts";
import { orderObject, placeOrder, twoTypes } from "../../../support/orders.ts";
import { rowsOf, sql } from "../../../support/records.ts";
import { call, newPerson, until, withSettings } from "../../../support/service.ts";

const CUSTOMER = { name: "Ada Lovelace", email: "ada@example.test" };
const NOBODY = { name: null, email: null };
const NOTE = "Invoice 2027-118";

beforeEach(async () => {
  // What the sweep would find of earlier tests.
  await sql("UPDATE orders SET counter = NULL");
});

async function sold(method: "cash" | "transfer" = "cash", key = crypto.randomUUID()) {
  const sale = await twoTypes();
  const more = { customer: CUSTOMER, note: NOTE, key };
  const answer = await sellAt(sale, method, [[sale.stalls, 2]], more);
  expect(answer).toMatchObject({ status: 201, body: { customer: CUSTOMER } });
  const { id } = answer.body;
  await until(
    () => copyOf(id),
    (text) => text.includes("Ada"),
  );
  return { ...sale, id, again: () => sellAt(sale, method, [[sale.stalls, 2]], more) };
}

type Sold = Awaited<ReturnType<typeof sold>>;

function erase({ eventId, id, organizer }: Pick<Sold, "eventId" | "id" | "organizer">) {
  return call("DELETE", `/events/${eventId}/orders/${id}/customer`, { token: organizer.token });
}

/** Everything that D1 has of it. */
async function copyOf(id: string): Promise<string> {
  return JSON.stringify(await rowsOf("SELECT * FROM orders WHERE id = ?", id));
}

/** All of the object's tables. */
function objectOf(id: string): Promise<string> {
  return runInDurableObject(orderObject(id), (_, { storage }) => {
    const rows = ["orders", "items", "payments"].map((table) => storage.sql.exec(`SELECT * FROM ${table}`).toArray());
    return JSON.stringify(rows);
  });
}

/** Neither has the customer any more, and both have all the rest. */
async function expectErased({ id, ...sale }: Sold): Promise<void> {
  await until(
    () => copyOf(id),
    (text) => !text.includes("Ada") && !text.includes("ada@"),
  );
  expect(await objectOf(id)).not.toMatch(/Ada|ada@/);
  const { body } = await counterOrder(sale, id);
  expect(body).toMatchObject({ state: "confirmed", customer: NOBODY, note: NOTE, sold_by: sale.organizer.accountId });
  expect((await ordersAt(sale)).body).toEqual([body]);
}

/** The event is over for so long; in D1, where its end is. */
async function endedFor({ eventId }: Sold, ms: number): Promise<void> {
  await sql("UPDATE events SET starts_at_ms = 1, ends_at_ms = ? WHERE id = ?", Date.now() - ms, eventId);
}

describe("at the organiser's request", () => {
  test("they are gone at once, and the log has that and not who it was", async () => {
    const sale = await sold();
    expect(await erase(sale)).toMatchObject({ status: 204 });
    await expectErased(sale);
    const rows = await rowsOf("SELECT action, actor_id, details FROM audit_log WHERE object_id = ?", sale.id);
    expect(rows).toContainEqual({
      action: "order.erase-customer",
      actor_id: sale.organizer.accountId,
      details: null,
    });
    expect(JSON.stringify(rows)).not.toMatch(/Ada|ada@/);
  });

  test("a repeat changes nothing, and a repeated sale does not bring them back", async () => {
    const sale = await sold();
    for (const _again of [1, 2]) expect(await erase(sale)).toMatchObject({ status: 204 });
    expect(await sale.again()).toMatchObject({ status: 201, body: { id: sale.id, customer: NOBODY } });
    await expectErased(sale);
  });

  test("a buyer's order is not the counter's, and another event's is not there", async () => {
    const sale = await sold();
    const bought = (await placeOrder(await newPerson(), [sale.stalls, 1])).body.id;
    await until(
      () => copyOf(bought),
      (text) => text !== "[]",
    );
    expect(await erase({ ...sale, id: bought })).toMatchObject({
      status: 409,
      body: { type: "/problems/not-of-counter" },
    });
    const other = await twoTypes();
    expect(await erase({ ...other, id: sale.id })).toMatchObject({ status: 404 });
    expect(await copyOf(sale.id)).toContain("Ada");
    const actions = await rowsOf("SELECT action FROM audit_log WHERE object_id IN (?, ?)", bought, sale.id);
    expect(actions.map(({ action }) => action)).toEqual(["order.sell"]);
  });

  test("what the object has forgotten is erased in D1", async () => {
    const sale = await sold("transfer");
    expect(await cancelAt(sale, sale.id)).toMatchObject({ status: 204 });
    await forget(sale.id);
    expect(await erase(sale)).toMatchObject({ status: 204 });
    expect(await copyOf(sale.id)).not.toMatch(/Ada|ada@/);
    expect((await counterOrder(sale, sale.id)).body).toMatchObject({ customer: NOBODY, note: NOTE });
  });
});

/** As the object itself does once it is old. */
async function forget(id: string): Promise<void> {
  await until(
    () => copyOf(id),
    (text) => text.includes("cancelled"),
  );
  await runInDurableObject(orderObject(id), (_, { storage }) => storage.deleteAll());
  await evictDurableObject(orderObject(id));
  expect(await orderObject(id).show()).toBeNull();
}

describe("some time after the event", () => {
  const sweepNow = (settings: Partial<Env> = {}) => eraseOldCustomers(withSettings(settings), Date.now());

  test.each([
    [90, {}],
    [7, { CUSTOMER_DAYS: "7" }],
  ])("after %i days they are gone, and not before", async (days, settings) => {
    const [due, early, later] = [await sold(), await sold(), await sold()];
    await endedFor(due, days * DAY_MS + HOUR_MS);
    await endedFor(early, days * DAY_MS - HOUR_MS);
    await sweepNow(settings);
    await expectErased(due);
    for (const { id } of [early, later]) {
      expect(await copyOf(id)).toContain("Ada");
      expect(await objectOf(id)).toContain("ada@");
    }
    // Not audited: nobody asked for it.
    const rows = await rowsOf("SELECT action FROM audit_log WHERE object_id = ?", due.id);
    expect(rows.map(({ action }) => action)).toEqual(["order.sell"]);
  });

  test.each(["older", "newer"])(
    "a D1 that was restored, with a copy %s than the object's, loses them again",
    async (age) => {
      const sale = await sold();
      const [old] = await rowsOf("SELECT counter, version FROM orders WHERE id = ?", sale.id);
      expect(await erase(sale)).toMatchObject({ status: 204 });
      await expectErased(sale);
      const version = Number(old?.version) + (age === "older" ? 0 : 100);
      await sql("UPDATE orders SET counter = ?, version = ? WHERE id = ?", old?.counter, version, sale.id);
      await endedFor(sale, 91 * DAY_MS);
      await sweepNow();
      await expectErased(sale);
    },
  );

  test("what the object has forgotten is erased in D1", async () => {
    const sale = await sold("transfer");
    expect(await cancelAt(sale, sale.id)).toMatchObject({ status: 204 });
    await forget(sale.id);
    await endedFor(sale, 91 * DAY_MS);
    await sweepNow();
    expect(await copyOf(sale.id)).not.toMatch(/Ada|ada@/);
  });

  test("an object that can't be reached does not keep the others", async () => {
    const [dead, alive] = [await sold(), await sold()];
    for (const sale of [dead, alive]) await endedFor(sale, 91 * DAY_MS);
    const fails = { eraseCustomer: () => Promise.reject(new Error("unreachable")) };
    const ORDERS = {
      getByName: (name: string) => (dead.id.startsWith(name) ? fails : env.ORDERS.getByName(name)),
    } as unknown as Env["ORDERS"];
    const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
    await sweepNow({ ORDERS });
    await expectErased(alive);
    expect(await copyOf(dead.id)).toContain("Ada");
    expect(warned.mock.calls.flat().join()).not.toMatch(/Ada|ada@/);
    warned.mockRestore();
    await sweepNow();
    await expectErased(dead);
  });
});
