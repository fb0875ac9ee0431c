// The sweep notices that D1, or an order's object, was restored to an earlier time, and mends the
// copies of orders.

import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import type { Env } from "../../../../src/worker/env.ts";
import { sweepOrderCopies } from "../../../../src/worker/reconciliation/sweep-orders.ts";
import { sweep } from "../../../../src/worker/service/sweep.ts";
import { sqlIn } from "../../../support/objects.ts";
import { orderObject, outcomeOf, payOrder, placeOrder, stockOf, twoTypes } from "../../../support/orders.ts";
import { recordingD1 } from "../../../support/recording.ts";
import { rowsOf, sql } from "../../../support/records.ts";
import { call, newPerson, objectOf, type Person, until } from "../../../support/service.ts";

beforeEach(async () => {
  for (const table of ["ticket_types", "orders", "sweep_progress"]) await sql(`DELETE FROM ${table}`);
});

function saveOrder(id: string) {
  return saveTables(orderObject(id), ["orders", "items", "leftovers", "payments"]);
}

/** The object's tables, as they are at this moment. */
async function saveTables(object: DurableObjectStub, tables: readonly string[]) {
  const saved = await runInDurableObject(object, (_, { storage }) =>
    tables.map((table) => storage.sql.exec(`SELECT * FROM ${table}`).toArray()),
  );
  return async () => {
    await runInDurableObject(object, (_, { storage }) => {
      for (const [index, table] of tables.entries()) {
        storage.sql.exec(`DELETE FROM ${table}`);
        for (const row of saved[index] ?? []) {
          const values = Object.values(row);
          storage.sql.exec(`INSERT INTO ${table} VALUES (${values.map(() => "?")})`, ...values);
        }
      }
    });
    await evictDurableObject(object);
  };
}

async function held() {
  const { stalls, parking } = await twoTypes();
  const buyer = await newPerson();
  const { id } = (await placeOrder(buyer, [stalls, 2], [parking, 1])).body;
  await settled(id);
  return { buyer, id };
}

async function paid() {
  const order = await held();
  await payOrder(order.buyer, order.id);
  await outcomeOf(order.buyer, order.id);
  await settled(order.id);
  return order;
}

/** Nothing is left to do, and D1 has it. */
function settled(id: string) {
  return until(
    () => orderObject(id).audit(),
    (audit) => audit?.isCopied === true && audit.copy?.unfinished === false,
  );
}

async function listed({ token }: Person) {
  return (await call("GET", "/orders", { token })).list.map(({ state }) => state);
}

test("D1 restored to an earlier time: what became of an order since is in its buyer's list again", async () => {
  const { buyer, id } = await held();
  const gone = await held();
  const [before] = await rowsOf("SELECT * FROM orders WHERE id = ?", id);
  await payOrder(buyer, id);
  await outcomeOf(buyer, id);
  await settled(id);
  await call("DELETE", `/orders/${gone.id}`, { token: gone.buyer.token });
  // Made since: D1 has neither the order nor its reservations.
  for (const table of ["orders", "reservations"]) await sql(`DELETE FROM ${table}`);
  const columns = Object.keys(before ?? {});
  const values = Object.values(before ?? {});
  await sql(`INSERT INTO orders (${columns}) VALUES (${columns.map(() => "?")})`, ...values);
  expect([await listed(buyer), await listed(gone.buyer)]).toEqual([["held"], []]);
  await sweep(env);
  expect([await listed(buyer), await listed(gone.buyer)]).toEqual([["confirmed"], ["cancelled"]]);
});

describe("an order that D1 does not have is found by its reservations:", () => {
  /** As if D1 had never had a copy of it, and the platform had given up on its alarm. */
  async function loseAlarmAndCopy(id: string): Promise<void> {
    await runInDurableObject(orderObject(id), async (_, { storage }) => {
      storage.sql.exec("UPDATE orders SET projected_version = 0");
      await storage.deleteAlarm();
    });
    await evictDurableObject(orderObject(id));
    await sql("DELETE FROM orders WHERE id = ?", id);
  }

  const alarmOf = (id: string) => runInDurableObject(orderObject(id), (_, { storage }) => storage.getAlarm());

  test.each(["are there", "are missing, too"])("its alarm is lost, and their copies %s", async (copies) => {
    const { buyer, id } = await held();
    await loseAlarmAndCopy(id);
    if (copies !== "are there") await sql("DELETE FROM reservations");
    expect(await listed(buyer)).toEqual([]);
    await sweep(env);
    expect(await alarmOf(id)).not.toBeNull();
    await runDurableObjectAlarm(orderObject(id));
    expect(
      await until(
        () => listed(buyer),
        ([state]) => state === "held",
      ),
    ).toEqual(["held"]);
  });

  test("its alarm is lost, and so its deadline has passed: it ends, as they have", async () => {
    const { buyer, id } = await held();
    await loseAlarmAndCopy(id);
    const { results } = await env.DB.prepare("SELECT id FROM reservations WHERE order_id = ?").bind(id).all();
    const past = Date.now() - 60_000;
    await runInDurableObject(orderObject(id), (_, { storage }) => {
      storage.sql.exec("UPDATE orders SET expires_at_ms = ?", past);
    });
    await evictDurableObject(orderObject(id));
    for (const { id: reservationId } of results) {
      const ticketTypeId = String(reservationId).slice(0, 20);
      await sqlIn(ticketTypeId, "UPDATE reservations SET expires_at_ms = ?", past);
      await evictDurableObject(objectOf(ticketTypeId));
      await objectOf(ticketTypeId).wake();
    }
    await sweep(env);
    expect(
      await until(
        () => listed(buyer),
        ([state]) => state === "expired",
      ),
    ).toEqual(["expired"]);
    const audit = await settled(id);
    expect(audit?.order.items.map(({ phase }) => phase)).toEqual(["released", "released"]);
  });

  test("D1 lost nothing but its orders", async () => {
    const [ended, bought] = [await held(), await paid()];
    await call("DELETE", `/orders/${ended.id}`, { token: ended.buyer.token });
    await settled(ended.id);
    await sql("DELETE FROM orders");
    await sweep(env);
    expect([await listed(ended.buyer), await listed(bought.buyer)]).toEqual([["cancelled"], ["confirmed"]]);
  });

  test("however many others were refused, of which D1 has no copy either", async () => {
    const { buyer, id } = await held();
    const [row] = await rowsOf("SELECT * FROM reservations WHERE order_id = ?", id);
    const columns = Object.keys(row ?? {});
    for (let nth = 0; nth < 50; nth++) {
      const number = String(nth).padStart(20, "0");
      const refused = { ...row, id: `${row?.ticket_type_id}-${number}`, order_id: number, state: "cancelled" };
      await sql(`INSERT INTO reservations (${columns}) VALUES (${columns.map(() => "?")})`, ...Object.values(refused));
    }
    await sql("DELETE FROM orders");
    const asked: string[] = [];
    const getByName = (name: string) => {
      asked.push(name);
      return env.ORDERS.getByName(name);
    };
    await sweep({ ...env, ORDERS: { getByName } as unknown as Env["ORDERS"] });
    expect(await listed(buyer)).toEqual(["held"]);
    // And one part asks a bounded number of them.
    expect(new Set(asked).size).toBeLessThanOrEqual(40);
  });
});

test("what a late call has held for an order that is gone is let go", async () => {
  const { stalls, parking } = await twoTypes();
  const { body: kept } = await placeOrder(await newPerson(), [stalls, 1]);
  const { body } = await placeOrder(await newPerson(), [stalls, 1], [parking, 2]);
  await until(
    () => rowsOf("SELECT id FROM reservations WHERE order_id = ?", body.id),
    (rows) => rows.length === 2,
  );
  await runInDurableObject(orderObject(body.id), (_, { storage }) => storage.deleteAll());
  await evictDurableObject(orderObject(body.id));
  for (const id of [body.id, kept.id]) await sql("DELETE FROM orders WHERE id = ?", id);
  await sweep(env);
  expect(await stockOf(stalls, parking)).toEqual([
    { held: 1, sold: 0 },
    { held: 0, sold: 0 },
  ]);
});

test("an object restored to an earlier time publishes above D1's version, and goes on from there", async () => {
  const { buyer, id } = await held();
  const restore = await saveOrder(id);
  await call("DELETE", `/orders/${id}`, { token: buyer.token });
  expect(await listed(buyer)).toEqual(["cancelled"]);
  await restore();
  await sweepOrderCopies(env);
  expect(await listed(buyer)).toEqual(["held"]);
  await call("DELETE", `/orders/${id}`, { token: buyer.token });
  await until(
    () => listed(buyer),
    ([state]) => state === "cancelled",
  );
});

test("a ticket type restored to an earlier time hears again what an order gave back", async () => {
  const { buyer, id } = await paid();
  const [item] = (await call("GET", `/orders/${id}`, { token: buyer.token })).body.items;
  const stalls = String(item?.ticket);
  const restore = await saveTables(objectOf(stalls), ["ticket_type", "reservations"]);
  const request = { key: "1", request: "", requestedBy: "organizer", items: "all", amountMinor: null } as const;
  await orderObject(id).refund({ ...request, restock: true, reason: "" });
  await settled(id);
  expect(await objectOf(stalls).describe()).toMatchObject({ sold: 0 });
  await restore();
  expect(await objectOf(stalls).describe()).toMatchObject({ sold: 2 });
  for (let nth = 0; nth < 2; nth++) await sweep(env);
  expect(await objectOf(stalls).describe()).toMatchObject({ sold: 0 });
  await settled(id);
  expect(
    await rowsOf("SELECT state, given_back FROM reservations WHERE order_id = ? AND id LIKE ?", id, `${stalls}%`),
  ).toEqual([{ state: "refunded", given_back: 2 }]);
});

test("where nothing differs, nothing is written, and all copies are read in one statement", async () => {
  for (let nth = 0; nth < 3; nth++) await paid();
  const before = await rowsOf("SELECT * FROM orders ORDER BY id");
  const { DB, statements } = recordingD1();
  await sweepOrderCopies({ ...env, DB });
  // How far it has come, and the copies.
  expect(statements.map(({ text }) => /^\s*(\w+)/.exec(text)?.[1]?.toLowerCase())).toEqual(Array(2).fill("select"));
  expect(await rowsOf("SELECT * FROM orders ORDER BY id")).toEqual(before);
});

test("in bounded steps it comes round to every order, past an object that can't be reached", async () => {
  const { id } = await paid();
  const [row] = await rowsOf("SELECT * FROM orders WHERE id = ?", id);
  const columns = Object.keys(row ?? {});
  // Before it, forty-nine and one that only D1 has.
  for (let nth = 0; nth < 50; nth++) {
    const values = Object.values({ ...row, id: String(nth).padStart(20, "0") });
    await sql(`INSERT INTO orders (${columns}) VALUES (${columns.map(() => "?")})`, ...values);
  }
  await sql("UPDATE orders SET state = 'held' WHERE id = ?", id);
  const unreachable = "0".repeat(16);
  const getByName = (name: string) => {
    if (name === unreachable) throw new Error("a planted fault");
    return env.ORDERS.getByName(name);
  };
  const bindings: Env = { ...env, ORDERS: { getByName } as unknown as Env["ORDERS"] };
  const state = async () => (await rowsOf("SELECT state FROM orders WHERE id = ?", id))[0]?.state;
  await sweepOrderCopies(bindings);
  expect(await state()).toBe("held");
  await sweepOrderCopies(bindings);
  expect(await state()).toBe("confirmed");
  expect(await rowsOf("SELECT orders_compared_up_to AS upTo FROM sweep_progress")).toEqual([{ upTo: "" }]);
});
