// Payments in the background: the real queue, the real consumer, and a ledger in which a second
// charge would show.

import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import { call, hold, newPerson, objectOf, type Person, pay, putOnSale, until } from "../../../support/service.ts";

afterEach(() => {
  vi.useRealTimers();
});

async function held(ticket: Record<string, unknown> = {}) {
  const { ticketId } = await putOnSale(ticket);
  const buyer = await newPerson();
  const { body } = await hold(buyer, ticketId, 2);
  return { ticketId, buyer, reservationId: body.id };
}

type LedgerRow = Readonly<Record<"idempotency_key" | "kind" | "currency", string>> & {
  readonly amount_minor: number;
  readonly decline_code: string | null;
};

async function ledger(reservationId: string): Promise<LedgerRow[]> {
  const { results } = await env.DB.prepare(
    "SELECT * FROM sandbox_ledger WHERE reservation_id = ? ORDER BY created_at_ms",
  )
    .bind(reservationId)
    .all<LedgerRow>();
  return results;
}

/** The first entry, once there is one. */
async function charged(reservationId: string): Promise<LedgerRow> {
  const [entry] = await vi.waitUntil(async () => {
    const entries = await ledger(reservationId);
    return entries.length > 0 && entries;
  }, 30_000);
  if (entry === undefined) throw new Error("there is one");
  return entry;
}

function shown({ token }: Person, reservationId: string) {
  return call("GET", `/reservations/${reservationId}`, { token });
}

function outcomeOf(buyer: Person, reservationId: string) {
  return until(
    () => shown(buyer, reservationId),
    ({ body }) => body.payment?.state !== "pending",
  );
}

test("a payment that succeeds confirms the reservation and is charged once, in full", async () => {
  const { buyer, reservationId, ticketId } = await held();
  const begun = await pay(buyer, reservationId);
  expect(begun.body).toEqual({
    state: "pending",
    amount: 9000,
    currency: "EUR",
    error: null,
    pending_since: null,
    next_action: null,
    total: { amount: 9000, currency: "EUR", exponent: 2 },
  });

  const { body } = await outcomeOf(buyer, reservationId);

  expect(body.state).toBe("confirmed");
  expect(body.payment).toEqual({
    state: "succeeded",
    amount: 9000,
    currency: "EUR",
    error: null,
    pending_since: null,
    next_action: null,
    total: { amount: 9000, currency: "EUR", exponent: 2 },
  });
  expect(await ledger(reservationId)).toMatchObject([{ kind: "charge", amount_minor: 9000, currency: "EUR" }]);
  expect(await objectOf(ticketId).describe()).toMatchObject({ held: 0, sold: 2 });
});

test.each([
  ["pm_card_visa_chargeDeclined", "card_declined"],
  ["pm_card_visa_chargeDeclinedInsufficientFunds", "insufficient_funds"],
  ["pm_card_visa_chargeDeclinedExpiredCard", "expired_card"],
])("%s is declined: no amount, no currency, the error kept, the hold payable again", async (method, code) => {
  const { buyer, reservationId } = await held();
  await pay(buyer, reservationId, method);
  const { body } = await outcomeOf(buyer, reservationId);
  expect(body.state).toBe("held");
  expect(body.payment).toMatchObject({ state: "failed", amount: null, currency: null, error: { code } });
  const { body: payment } = await call("GET", `/reservations/${reservationId}/payment`, { token: buyer.token });
  expect(payment).toEqual(body.payment);

  await pay(buyer, reservationId);
  expect((await outcomeOf(buyer, reservationId)).body.state).toBe("confirmed");
  const charged = (await ledger(reservationId)).filter((row) => row.decline_code === null);
  expect(charged).toHaveLength(1);
});

test("a provider that times out three times, or whose reply is lost, is asked again, and charges once", async () => {
  const other = await held();
  await pay(other.buyer, other.reservationId, "pm_sandbox_lost_reply");
  const { buyer, reservationId } = await held();
  await pay(buyer, reservationId, "pm_sandbox_unreachable");
  expect((await outcomeOf(buyer, reservationId)).body.state).toBe("confirmed");
  expect((await outcomeOf(other.buyer, other.reservationId)).body.state).toBe("confirmed");
  expect(await ledger(other.reservationId)).toHaveLength(1);
  const [charge, ...more] = await ledger(reservationId);
  expect(more).toEqual([]);
  const calls = await env.DB.prepare("SELECT calls FROM sandbox_calls WHERE idempotency_key = ?")
    .bind(charge?.idempotency_key)
    .first<{ calls: number }>();
  // Three that it did not hear and the one that it did; one more where the object has asked
  // meanwhile.
  expect(calls?.calls).toBeGreaterThanOrEqual(4);
}, 30_000);

test("a slow payment is pending as long as it takes, and then confirmed", async () => {
  const { buyer, reservationId } = await held();
  await pay(buyer, reservationId, "pm_sandbox_slow_2s");
  await scheduler.wait(1_200);
  const during = await shown(buyer, reservationId);
  expect(during.body.payment?.state).toBe("pending");
  expect((await outcomeOf(buyer, reservationId)).body.state).toBe("confirmed");
  expect(await ledger(reservationId)).toHaveLength(1);
});

test("free tickets are confirmed at once, without a provider", async () => {
  const { buyer, reservationId, ticketId } = await held({ price: { amount: 0, currency: "EUR" } });
  const path = `/reservations/${reservationId}/payment`;
  const paid = await call("POST", path, { token: buyer.token });
  expect(paid.status).toBe(202);
  expect(paid.body).toEqual({
    state: "succeeded",
    amount: 0,
    currency: "EUR",
    error: null,
    pending_since: null,
    next_action: null,
    total: { amount: 0, currency: "EUR", exponent: 2 },
  });
  const { body } = await shown(buyer, reservationId);
  expect(body.state).toBe("confirmed");
  expect(await ledger(reservationId)).toEqual([]);
  expect(await objectOf(ticketId).describe()).toMatchObject({ held: 0, sold: 2 });
});

test("a message that never arrived is sent again by the object", async () => {
  const { buyer, reservationId, ticketId } = await held();
  // The first message comes to a payment that takes an hour, and is gone for that long.
  await pay(buyer, reservationId, "pm_sandbox_slow_3600s");
  await charged(reservationId);
  await env.DB.prepare("UPDATE sandbox_ledger SET completes_at_ms = 0 WHERE reservation_id = ?")
    .bind(reservationId)
    .run();

  vi.useFakeTimers({ toFake: ["Date"] });
  vi.setSystemTime(Date.now() + 11_000);
  await objectOf(ticketId).wake();

  expect((await outcomeOf(buyer, reservationId)).body.state).toBe("confirmed");
  expect(await ledger(reservationId)).toHaveLength(1);
});

/**
 * A reservation whose first payment was given up on as failed, though the provider had charged it.
 */
async function chargedButFailed(capacity: number) {
  const { ticketId } = await putOnSale({ capacity });
  const buyer = await newPerson();
  const { body } = await hold(buyer, ticketId);
  await pay(buyer, body.id, "pm_sandbox_slow_3600s");
  const { idempotency_key: paymentId } = await charged(body.id);
  const failure = { code: "timed_out", message: "Given up on." };
  await objectOf(ticketId).settle([{ paymentId, outcome: { state: "failed", failure } }]);
  return { ticketId, buyer, reservationId: body.id, paymentId };
}

test("a payment that comes through late takes the stock again where there is some", async () => {
  const { ticketId, buyer, reservationId, paymentId } = await chargedButFailed(1);
  await call("DELETE", `/reservations/${reservationId}`, { token: buyer.token });
  expect(await objectOf(ticketId).describe()).toMatchObject({ held: 0, sold: 0 });

  await objectOf(ticketId).settle([{ paymentId, outcome: { state: "succeeded" } }]);

  const { body } = await shown(buyer, reservationId);
  expect(body.state).toBe("confirmed");
  expect(await objectOf(ticketId).describe()).toMatchObject({ held: 0, sold: 1 });
  expect((await ledger(reservationId)).map(({ kind }) => kind)).toEqual(["charge"]);
});

test("a payment that comes through late, with nothing left, is refunded exactly once", async () => {
  const { ticketId, buyer, reservationId, paymentId } = await chargedButFailed(1);
  await call("DELETE", `/reservations/${reservationId}`, { token: buyer.token });
  expect((await hold(await newPerson(), ticketId)).status).toBe(201);

  await objectOf(ticketId).settle([{ paymentId, outcome: { state: "succeeded" } }]);
  const { body } = await until(
    () => shown(buyer, reservationId),
    (answer) => answer.body.payment?.state === "refunded",
  );
  // The same news again changes nothing.
  await objectOf(ticketId).settle([{ paymentId, outcome: { state: "succeeded" } }]);

  expect(body.state).toBe("cancelled");
  expect(body.payment).toMatchObject({ state: "refunded", amount: 4500, currency: "EUR" });
  expect((await ledger(reservationId)).map(({ kind }) => kind)).toEqual(["charge", "refund"]);
  expect(await objectOf(ticketId).describe()).toMatchObject({ held: 1, sold: 0 });
  const lines = await env.DB.prepare("SELECT action, actor_id, details FROM audit_log WHERE object_id = ?")
    .bind(reservationId)
    .all();
  const details = JSON.stringify({ refund: paymentId, amount: 4500, currency: "EUR" });
  expect(lines.results).toEqual([{ action: "refund.succeeded", actor_id: null, details }]);
});

test("of two payments that succeed for one reservation, the second is refunded, and the buyer keeps the tickets", async () => {
  const { ticketId, buyer, reservationId, paymentId } = await chargedButFailed(1);
  await pay(buyer, reservationId);
  expect((await outcomeOf(buyer, reservationId)).body.state).toBe("confirmed");

  await objectOf(ticketId).settle([{ paymentId, outcome: { state: "succeeded" } }]);

  const refunds = async () => (await ledger(reservationId)).filter(({ kind }) => kind === "refund");
  expect(await until(refunds, (rows) => rows.length > 0)).toMatchObject([{ idempotency_key: paymentId }]);
  const { body } = await shown(buyer, reservationId);
  expect(body).toMatchObject({ state: "confirmed", payment: { state: "succeeded" } });
  expect(await objectOf(ticketId).describe()).toMatchObject({ held: 0, sold: 1 });
});
