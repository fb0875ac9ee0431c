// A limit per buyer: what counts against it, and that it holds whatever the object has in memory.

import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import type { ReserveRequest, Settlement } from "../../../../src/durable/ticket-type/protocol.ts";
import { newId, newReservationId } from "../../../../src/platform/ids.ts";
import { sqlIn } from "../../../support/objects.ts";
import { objectOf, putOnSale } from "../../../support/service.ts";

const PAID = { state: "succeeded" } as const;
const DECLINED = { state: "failed", failure: { code: "card_declined", message: "Declined." } } as const;

/** One ticket type with a limit of two, and one buyer. */
async function scene() {
  const { ticketId } = await putOnSale({ capacity: 100, max_per_buyer: 2 });
  const object = objectOf(ticketId);
  const accountId = newId();
  const requestOf = (quantity: number): ReserveRequest => ({
    reservationId: newReservationId(ticketId),
    accountId,
    quantity,
    idempotencyKey: null,
  });
  const reserve = async (...quantities: number[]) => {
    const results = await object.reserve(quantities.map(requestOf));
    return results.map((result) => (result.ok ? "ok" : result.refusal.type));
  };
  const hold = async (quantity: number) => {
    const request = requestOf(quantity);
    await object.reserve([request]);
    return request.reservationId;
  };
  const pay = (reservationId: string, paymentId: string) =>
    object.pay({ reservationId, accountId, paymentId, key: paymentId, method: "pm_sandbox_slow_3600s" });
  const settle = (paymentId: string, outcome: Settlement["outcome"]) => object.settle([{ paymentId, outcome }]);
  const expireAll = () => sqlIn(ticketId, "UPDATE reservations SET expires_at_ms = 1 WHERE state = 'held'");
  return { ticketId, object, accountId, reserve, hold, pay, settle, expireAll };
}

test("holds and bought tickets count together, also after the object has lost its memory", async () => {
  const { ticketId, reserve, hold, pay, settle } = await scene();
  const bought = await hold(1);
  await pay(bought, "p1");
  await settle("p1", PAID);
  expect(await reserve(2)).toEqual(["limit_reached"]);
  await evictDurableObject(objectOf(ticketId));
  expect(await reserve(2)).toEqual(["limit_reached"]);
  expect(await reserve(1)).toEqual(["ok"]);
  expect(await reserve(1)).toEqual(["limit_reached"]);
});

test("what was let go does not count", async () => {
  const { object, accountId, reserve, hold } = await scene();
  await object.cancel(await hold(2), accountId);
  expect(await reserve(2)).toEqual(["ok"]);
});

test("a hold that is over does not count, though nobody has released it; with a pending payment it does", async () => {
  const { reserve, hold, pay, expireAll } = await scene();
  await hold(1);
  await expireAll();
  expect(await reserve(1)).toEqual(["ok"]);
  const paying = await hold(1);
  await pay(paying, "p1");
  await expireAll();
  // One is being paid for; the other is over.
  expect(await reserve(2)).toEqual(["limit_reached"]);
  expect(await reserve(1)).toEqual(["ok"]);
});

test("a late success counts again, after its reservation had left the buyers' index", async () => {
  const { object, accountId, reserve, hold, pay, settle } = await scene();
  const late = await hold(2);
  await pay(late, "p1");
  await settle("p1", DECLINED);
  await object.cancel(late, accountId);
  expect(await settle("p1", PAID)).toEqual([{ ok: true, state: "confirmed" }]);
  expect(await reserve(1)).toEqual(["limit_reached"]);
  await evictDurableObject(object);
  expect(await reserve(1)).toEqual(["limit_reached"]);
});

test("a hold that could not be written does not count", async () => {
  const { object, reserve } = await scene();
  await runInDurableObject(object, async (instance, { storage }) => {
    storage.sql.exec("CREATE TRIGGER fault BEFORE UPDATE ON ticket_type BEGIN SELECT RAISE(ABORT, 'disk'); END");
    await expect(
      instance.reserve([{ reservationId: "x", accountId: "y", quantity: 1, idempotencyKey: null }]),
    ).rejects.toThrow("disk");
    storage.sql.exec("DROP TRIGGER fault");
  });
  expect(await reserve(2)).toEqual(["ok"]);
});
