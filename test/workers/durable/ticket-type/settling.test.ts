// Several settlements in one call: each is decided on what the one before it has left.

import { expect, test } from "vitest";
import { newId, newReservationId } from "../../../../src/platform/ids.ts";
import { sqlIn } from "../../../support/objects.ts";
import { objectOf, putOnSale } from "../../../support/service.ts";

const succeeded = (paymentId: string) => ({ paymentId, outcome: { state: "succeeded" } as const });
const declined = (paymentId: string) => ({
  paymentId,
  outcome: { state: "failed", failure: { code: "card_declined", message: "Declined." } } as const,
});

/** A ticket type with one ticket. The payments' own messages find them processing, for an hour. */
async function lastTicket() {
  const { ticketId } = await putOnSale({ capacity: 1 });
  const object = objectOf(ticketId);
  const hold = async () => {
    const buyer = { reservationId: newReservationId(ticketId), accountId: newId() };
    const [result] = await object.reserve([{ ...buyer, quantity: 1, idempotencyKey: null }]);
    expect(result?.ok).toBe(true);
    const pay = (paymentId: string) =>
      object.pay({ ...buyer, paymentId, key: paymentId, method: "pm_sandbox_slow_3600s" });
    return { reservationId: buyer.reservationId, pay };
  };
  const passDeadlines = () => sqlIn(ticketId, "UPDATE reservations SET expires_at_ms = 1 WHERE state = 'held'");
  return { object, hold, passDeadlines };
}

test("of two payments of one reservation the first pays for it, and the second is due for a refund", async () => {
  const { object, hold } = await lastTicket();
  const { reservationId, pay } = await hold();
  await pay("first");
  await object.settle([declined("first")]);
  await pay("second");
  const outcomes = ["first", "first", "second"].map(succeeded);
  expect(await object.settle(outcomes)).toEqual(outcomes.map(() => ({ ok: true, state: "confirmed" })));
  expect(await object.describe()).toMatchObject({ held: 0, sold: 1 });
  const page = await object.audit({ count: false, ids: [reservationId] });
  expect(page?.reservations[0]?.payments.map(({ state }) => state)).toEqual(["succeeded", "refund_due"]);
});

test("a late success takes the ticket that the settlement before it has released", async () => {
  const { object, hold, passDeadlines } = await lastTicket();
  await (await hold()).pay("early");
  await passDeadlines();
  await object.settle([declined("early")]);
  await (await hold()).pay("late");
  await passDeadlines();
  expect(await object.describe()).toMatchObject({ held: 1, sold: 0 });
  expect(await object.settle([declined("late"), succeeded("early")])).toEqual([
    { ok: true, state: "expired" },
    { ok: true, state: "confirmed" },
  ]);
  expect(await object.describe()).toMatchObject({ held: 0, sold: 1 });
});
