// A cancel or an expiry that meets a pending payment waits: dropped on success, carried out on
// failure.

import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test, vi } from "vitest";
import type { PaymentOutcome } from "../../../../src/domain/payment.ts";
import { alarmOf, stopClock } from "../../../support/objects.ts";
import { call, deadlineOf, hold, newPerson, objectOf, type Person, pay, putOnSale } from "../../../support/service.ts";

// A payment that the sandbox does not finish within a test: its outcome is settled by hand.
const SLOW = "pm_sandbox_slow_3600s";
const DECLINED: PaymentOutcome = { state: "failed", failure: { code: "card_declined", message: "Declined." } };
const SUCCEEDED: PaymentOutcome = { state: "succeeded" };

stopClock();

async function payingBuyer() {
  const { ticketId } = await putOnSale({ capacity: 1 });
  const buyer = await newPerson();
  const held = await hold(buyer, ticketId);
  const reservationId = held.body.id;
  expect((await pay(buyer, reservationId, SLOW)).status).toBe(202);
  return { ticketId, buyer, reservationId, deadlineMs: deadlineOf(held.body) };
}

/**
 * The id is the object's own affair; the only way to it from outside is the message in the queue,
 * or the ledger.
 */
async function settle(reservationId: string, outcome: PaymentOutcome): Promise<void> {
  const find = () =>
    env.DB.prepare("SELECT idempotency_key AS id FROM sandbox_ledger WHERE reservation_id = ?")
      .bind(reservationId)
      .first<{ id: string }>();
  const row = await vi.waitUntil(find, { timeout: 10_000, interval: 50 });
  const [result] = await objectOf(reservationId).settle([{ paymentId: row.id, outcome }]);
  expect(result?.ok).toBe(true);
}

async function stateOf(buyer: Person, reservationId: string): Promise<string> {
  const { body } = await call("GET", `/reservations/${reservationId}`, { token: buyer.token });
  return body.payment === null ? body.state : `${body.state}, payment ${body.payment.state}`;
}

type Paying = Awaited<ReturnType<typeof payingBuyer>>;

const cancel = async ({ buyer, reservationId }: Paying) => {
  const answer = await call("DELETE", `/reservations/${reservationId}`, { token: buyer.token });
  expect(answer.status).toBe(202);
  expect(answer.body.state).toBe("held");
};
const expireByAlarm = async ({ ticketId, deadlineMs }: Paying) => {
  vi.setSystemTime(deadlineMs + 1);
  await runDurableObjectAlarm(objectOf(ticketId));
};
const expireByNextBuyer = async ({ ticketId, deadlineMs }: Paying) => {
  vi.setSystemTime(deadlineMs);
  const next = await hold(await newPerson(), ticketId);
  expect(next.body.type).toBe("/problems/sold-out");
};
const cancelThenExpire = async (paying: Paying) => {
  await cancel(paying);
  await expireByAlarm(paying);
};

test.each([
  ["a cancel", cancel, "cancelled"],
  ["an expiry by the alarm", expireByAlarm, "expired"],
  ["an expiry that the next buyer meets", expireByNextBuyer, "expired"],
  ["a cancel and then an expiry", cancelThenExpire, "cancelled"],
] as const)(
  "%s waits for the payment: dropped on success, carried out on failure",
  async (_name, release, released) => {
    for (const [outcome, wanted, sold] of [
      [SUCCEEDED, "confirmed, payment succeeded", 1],
      [DECLINED, `${released}, payment failed`, 0],
    ] as const) {
      const paying = await payingBuyer();
      await release(paying);
      expect(await stateOf(paying.buyer, paying.reservationId)).toBe("held, payment pending");
      expect(await objectOf(paying.ticketId).describe()).toMatchObject({ held: 1, sold: 0 });

      await settle(paying.reservationId, outcome);

      expect(await stateOf(paying.buyer, paying.reservationId)).toBe(wanted);
      expect(await objectOf(paying.ticketId).describe()).toMatchObject({ held: 0, sold });
    }
  },
);

test("a cancel that is repeated while it waits says again that it waits", async () => {
  const paying = await payingBuyer();
  await cancel(paying);
  await cancel(paying);
});

test("a deferred expiry does not make the alarm ring again and again", async () => {
  const paying = await payingBuyer();
  await expireByAlarm(paying);
  const next = await call("GET", `/reservations/${paying.reservationId}`, { token: paying.buyer.token });
  expect(next.body.state).toBe("held");
  // What is left to wait for is the next message to the queue.
  expect(await alarmOf(paying.ticketId)).toBeGreaterThan(paying.deadlineMs + 1);
});
