// An order's Idempotency-Key: one effect and one answer, also side by side and after a crash.

import { abortAllDurableObjects, runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { derivedId, orderIdFrom } from "../../../../src/platform/ids.ts";
import { orderLedger, orderObject, orderOf, outcomeOf, stockOf, twoTypes } from "../../../support/orders.ts";
import { call, newPerson, type Person, replayOf, seen, until } from "../../../support/service.ts";

function place({ token }: Person, key: string, ...items: readonly (readonly [ticket: string, quantity: number])[]) {
  const body = { items: items.map(([ticket, quantity]) => ({ ticket, quantity })) };
  return call("POST", "/orders", { token, body, headers: { "idempotency-key": key } });
}

function pay({ token }: Person, orderId: string, key: string, method = "pm_card_visa") {
  const headers = { "idempotency-key": key };
  return call("POST", `/orders/${orderId}/payment`, { token, headers, body: { payment_method: method } });
}

test("a repeat gets the first reply, whatever has become of the order since", async () => {
  const { stalls, parking } = await twoTypes();
  const buyer = await newPerson();
  const first = await place(buyer, "mine", [stalls, 1], [parking, 1]);
  await abortAllDurableObjects();
  expect(seen(await place(buyer, "mine", [stalls, 1], [parking, 1]))).toEqual(replayOf(first));
  await pay(buyer, first.body.id, "card");
  await outcomeOf(buyer, first.body.id);
  expect(seen(await place(buyer, "mine", [stalls, 1], [parking, 1]))).toEqual(replayOf(first));
  expect((await place(buyer, "mine", [stalls, 2], [parking, 1])).body.type).toBe("/problems/idempotency-key-reused");
  // Another account's key is another key.
  const other = await place(await newPerson(), "mine", [stalls, 1], [parking, 1]);
  expect(other.body.id).not.toBe(first.body.id);
  await until(
    () => stockOf(stalls),
    ([stock]) => stock?.sold === 1 && stock.held === 1,
  );
});

test("two requests with one key at the same moment make one order", async () => {
  const { stalls, parking } = await twoTypes();
  const buyer = await newPerson();
  const replies = await Promise.all(["a", "b", "c"].map(() => place(buyer, "mine", [stalls, 2], [parking, 1])));
  expect(replies.map(({ status }) => status)).toEqual([201, 201, 201]);
  expect(new Set(replies.map(({ body }) => JSON.stringify(body.items))).size).toBe(1);
  expect(await stockOf(stalls, parking)).toEqual([
    { held: 2, sold: 0 },
    { held: 1, sold: 0 },
  ]);
});

test("a refusal is not kept: the same key is decided anew", async () => {
  const { stalls, parking } = await twoTypes({}, { capacity: 1 });
  const [buyer, other] = [await newPerson(), await newPerson()];
  const taken = await place(other, "theirs", [parking, 1]);
  expect((await place(buyer, "mine", [stalls, 1], [parking, 1])).body.type).toBe("/problems/sold-out");
  const refusedId = derivedId(buyer.accountId, "POST /orders", "mine");
  const tables = () =>
    runInDurableObject(orderObject(refusedId), (_, { storage }) =>
      storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'orders'").toArray(),
    );
  // Nothing is left of it.
  expect(await tables()).toEqual([]);
  await call("DELETE", `/orders/${taken.body.id}`, { token: other.token });
  const again = await place(buyer, "mine", [stalls, 1], [parking, 1]);
  expect(again.status).toBe(201);
  expect(again.headers.get("idempotent-replayed")).toBeNull();
  expect(again.body.id.slice(0, 16)).toBe(refusedId.slice(0, 16));
});

test("a payment's key names that payment, and no other card", async () => {
  const { stalls } = await twoTypes();
  const buyer = await newPerson();
  const { body } = await place(buyer, "mine", [stalls, 1]);
  const first = await pay(buyer, body.id, "card");
  expect(seen(await pay(buyer, body.id, "card"))).toEqual(replayOf(first));
  expect((await pay(buyer, body.id, "card", "pm_card_visa_chargeDeclined")).body.type).toBe(
    "/problems/idempotency-key-reused",
  );
  await outcomeOf(buyer, body.id);
  expect(seen(await pay(buyer, body.id, "card"))).toEqual(replayOf(first));
  expect(await orderLedger(body.id)).toHaveLength(1);
});

test("an id that nobody made starts no object, and one of another secret is found by D1", async () => {
  const { stalls } = await twoTypes();
  const buyer = await newPerson();
  const { body } = await place(buyer, "mine", [stalls, 1]);
  const settings = { ID_SECRET: "another-secret-0123456789abcdef0123456789" };
  expect((await call("GET", `/orders/${body.id}`, { token: buyer.token, settings })).status).toBe(200);
  const invented = orderIdFrom(body.id.slice(0, 16), "somebody else's");
  expect((await orderOf(buyer, invented)).status).toBe(404);
});
