// Messages that come in one batch: they share their calls, and nothing else.

import { createExecutionContext, createMessageBatch, getQueueResult, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test, vi } from "vitest";
import type { PaymentMessage } from "../../../../src/durable/ticket-type/protocol.ts";
import { Store } from "../../../../src/durable/ticket-type/store.ts";
import type { TicketTypeCalls } from "../../../../src/worker/objects/ticket-types.ts";
import { consumePayments } from "../../../../src/worker/payments/consumer.ts";
import type { PaymentProvider } from "../../../../src/worker/payments/provider.ts";
import { sandboxProvider } from "../../../../src/worker/payments/sandbox.ts";
import { recordingD1 } from "../../../support/recording.ts";
import { hold, newPerson, objectOf, pendingNamed, putOnSale, savePayment, until } from "../../../support/service.ts";

type Calls = Pick<TicketTypeCalls, "instructions" | "settle">;

let messages = 0;

/** A ticket type with so many payments that nobody but these tests is told of. */
async function pendingPayments(...methods: readonly string[]): Promise<PaymentMessage[]> {
  const { ticketId } = await putOnSale();
  const buyer = await newPerson();
  return Promise.all(
    methods.map(async (method, number) => {
      const { body } = await hold(buyer, ticketId);
      const paymentId = `${ticketId}-${number}`;
      await runInDurableObject(objectOf(ticketId), (_, { storage }) => {
        savePayment(new Store(storage.sql), body.id, { ...pendingNamed(paymentId), method }, Date.now() + 3_600_000);
      });
      return { ticketTypeId: ticketId, paymentId };
    }),
  );
}

async function stateOf({ ticketTypeId, paymentId }: PaymentMessage): Promise<string> {
  return runInDurableObject(objectOf(ticketTypeId), (_, { storage }) => {
    const row = storage.sql.exec<{ state: string }>("SELECT state FROM payments WHERE id = ?", paymentId).one();
    return row.state;
  });
}

/** Real objects that note how they are called, and may behave otherwise. */
function watched(behaviour: Partial<Calls> = {}) {
  const calls: [method: keyof Calls, ticketTypeId: string, questions: number][] = [];
  const getByName = (id: string): Calls => {
    const object: Calls = { ...callsOf(env.TICKET_TYPES.getByName(id)), ...behaviour };
    return {
      instructions: (paymentIds) => {
        calls.push(["instructions", id, paymentIds.length]);
        return object.instructions(paymentIds);
      },
      settle: (settlements) => {
        calls.push(["settle", id, settlements.length]);
        return object.settle(settlements);
      },
    };
  };
  const objects = new Proxy(env.TICKET_TYPES, {
    get: (target, name) => (name === "getByName" ? getByName : Reflect.get(target, name)),
  });
  return { bindings: { ...env, TICKET_TYPES: objects }, calls };
}

function callsOf(object: Calls): Calls {
  return { instructions: (ids) => object.instructions(ids), settle: (settlements) => object.settle(settlements) };
}

/** What became of each message: `acknowledged`, or `retried`. */
async function deliver(
  bodies: readonly unknown[],
  bindings = env,
  provider: PaymentProvider = sandboxProvider(env.DB),
) {
  const batch = createMessageBatch(
    "payments",
    bodies.map((body) => ({ id: `message-${++messages}`, timestamp: new Date(), attempts: 1, body })),
  );
  await consumePayments(batch, bindings, provider);
  const { explicitAcks, retryMessages } = await getQueueResult(batch, createExecutionContext());
  const retried = retryMessages.map(({ msgId }) => msgId);
  return batch.messages.map(({ id }) =>
    explicitAcks.includes(id) && !retried.includes(id) ? "acknowledged" : retried.includes(id) ? "retried" : "nothing",
  );
}

const GOOD = "pm_card_visa";
const DECLINED = "pm_card_visa_chargeDeclined";
const UNREACHABLE = "pm_sandbox_unreachable";

test("of each ticket type, one call asks what is to do and one settles, however many messages there are", async () => {
  const first = await pendingPayments(GOOD, DECLINED, GOOD, UNREACHABLE, GOOD, GOOD, DECLINED);
  const second = await pendingPayments(GOOD, UNREACHABLE, GOOD);
  const third = await pendingPayments(UNREACHABLE);
  const [good] = first;
  const stranger = { ticketTypeId: good?.ticketTypeId, paymentId: "nobody-knows-this" };
  // Mixed, with one that came twice, one that nobody knows, and what is no message at all.
  const bodies = [...second, "garbage", ...first, good, stranger, null, ...third];
  const { bindings, calls } = watched();

  const became = await deliver(bodies, bindings);

  const isUnreachable = (body: unknown) => [first[3], second[1], third[0]].includes(body as PaymentMessage);
  expect(became).toEqual(bodies.map((body) => (isUnreachable(body) ? "retried" : "acknowledged")));
  expect(await Promise.all(first.map(stateOf))).toEqual([
    "succeeded",
    "failed",
    "succeeded",
    "pending",
    "succeeded",
    "succeeded",
    "failed",
  ]);
  expect(await Promise.all([...second, ...third].map(stateOf))).toEqual([
    "succeeded",
    "pending",
    "succeeded",
    "pending",
  ]);
  expect(calls).toEqual([
    ["instructions", second[0]?.ticketTypeId, 3],
    ["instructions", first[0]?.ticketTypeId, 9],
    ["instructions", third[0]?.ticketTypeId, 1],
    ...calls.slice(3),
  ]);
  expect(calls.slice(3).sort()).toEqual(
    [
      ["settle", first[0]?.ticketTypeId, 7],
      ["settle", second[0]?.ticketTypeId, 2],
    ].sort(),
  );
  const charged = await env.DB.prepare("SELECT idempotency_key FROM sandbox_ledger WHERE idempotency_key LIKE ?")
    .bind(`${good?.ticketTypeId}-%`)
    .all();
  expect(charged.results).toHaveLength(6);
});

test("charges that are asked for at the same time are one call to the sandbox's database", async () => {
  const payments = await pendingPayments(GOOD, DECLINED, GOOD, GOOD, GOOD);
  const { DB, statements } = recordingD1();
  await deliver(payments, env, sandboxProvider(DB));
  expect(statements).toHaveLength(1);
  expect(await stateOf(payments[4] as PaymentMessage)).toBe("succeeded");
});

test("outcomes that come one after the other in a moment are settled together", async () => {
  const payments = await pendingPayments(GOOD, GOOD, GOOD, GOOD);
  let charges = 0;
  const charge: PaymentProvider["charge"] = async () => {
    await scheduler.wait(5 * charges++);
    return { state: "succeeded" };
  };
  const { bindings, calls } = watched();
  await deliver(payments, bindings, { ...sandboxProvider(env.DB), charge });
  expect(calls.map(([method, , questions]) => [method, questions])).toEqual([
    ["instructions", 4],
    ["settle", 4],
  ]);
});

test("a charge that takes long holds nobody else up, and is settled when it is there", async () => {
  const [slow, ...others] = await pendingPayments(GOOD, GOOD, DECLINED, GOOD);
  const sandbox = sandboxProvider(env.DB);
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const charge: PaymentProvider["charge"] = async (wanted) => {
    if (wanted.paymentId === slow?.paymentId) await released;
    return sandbox.charge(wanted);
  };
  const { bindings, calls } = watched();

  const delivered = deliver([slow, ...others], bindings, { ...sandbox, charge });
  const states = await until(
    () => Promise.all(others.map(stateOf)),
    (found) => !found.includes("pending"),
  );
  expect(states).toEqual(["succeeded", "failed", "succeeded"]);
  expect(await stateOf(slow as PaymentMessage)).toBe("pending");
  release();

  expect(await delivered).toEqual(["acknowledged", "acknowledged", "acknowledged", "acknowledged"]);
  expect(await stateOf(slow as PaymentMessage)).toBe("succeeded");
  expect(calls.map(([method, , questions]) => [method, questions])).toEqual([
    ["instructions", 4],
    ["settle", 3],
    ["settle", 1],
  ]);
});

test("a charge that never answers is given up on in time, and its neighbours are settled long before", {
  timeout: 60_000,
}, async () => {
  const [stuck, fine] = await pendingPayments(GOOD, GOOD);
  const sandbox = sandboxProvider(env.DB);
  const charge: PaymentProvider["charge"] = (wanted) =>
    wanted.paymentId === stuck?.paymentId ? new Promise(() => {}) : sandbox.charge(wanted);
  const delivered = deliver([stuck, fine], env, { ...sandbox, charge });
  const state = await until(
    () => stateOf(fine as PaymentMessage),
    (found) => found !== "pending",
  );
  expect(state).toBe("succeeded");
  expect(await delivered).toEqual(["retried", "acknowledged"]);
  expect(await stateOf(stuck as PaymentMessage)).toBe("pending");
});

test("one outcome that the object can't take fails alone: the others are asked again without it", async () => {
  const [poison, ...others] = await pendingPayments(GOOD, GOOD, GOOD);
  const settle: Calls["settle"] = async (settlements) => {
    if (settlements.some(({ paymentId }) => paymentId === poison?.paymentId)) throw new Error("a fault of our own");
    return objectOf(String(poison?.ticketTypeId)).settle(settlements);
  };
  const { bindings } = watched({ settle });
  expect(await deliver([poison, ...others], bindings)).toEqual(["retried", "acknowledged", "acknowledged"]);
  expect(await Promise.all(others.map(stateOf))).toEqual(["succeeded", "succeeded"]);
  expect(await stateOf(poison as PaymentMessage)).toBe("pending");
});

test("an object that has too much to do is not asked by each message alone", async () => {
  const payments = await pendingPayments(GOOD, GOOD, GOOD);
  const others = await pendingPayments(GOOD);
  const overloaded = async () => Promise.reject(Object.assign(new Error("overloaded"), { overloaded: true }));
  const tooBusy = watched({ settle: overloaded });
  expect(await deliver(payments, tooBusy.bindings)).toEqual(["retried", "retried", "retried"]);
  expect(tooBusy.calls.map(([method]) => method)).toEqual(["instructions", "settle"]);
  const { calls, bindings } = watched({ instructions: overloaded });
  expect(await deliver([...payments, ...others], bindings)).toEqual(["retried", "retried", "retried", "retried"]);
  expect(calls).toHaveLength(2);
});

test("a provider that fails for one of many: that message alone is tried again", async () => {
  const payments = await pendingPayments(GOOD, GOOD, GOOD);
  const sandbox = sandboxProvider(env.DB);
  const charge = vi.fn<PaymentProvider["charge"]>(sandbox.charge);
  charge.mockImplementationOnce(async () => Promise.reject(new Error("connection reset")));
  expect(await deliver(payments, env, { ...sandbox, charge })).toEqual(["retried", "acknowledged", "acknowledged"]);
  expect(await Promise.all(payments.map(stateOf))).toEqual(["pending", "succeeded", "succeeded"]);
});

test("of outcomes in one batch that are of one reservation each sees what came of the one before", async () => {
  const [payment] = await pendingPayments(GOOD);
  if (payment === undefined) throw new Error("there is a payment");
  const { ticketTypeId, paymentId } = payment;
  const object = objectOf(ticketTypeId);
  await runInDurableObject(object, (_, { storage }) => {
    const { id } = storage.sql.exec<{ id: string }>("SELECT id FROM reservations").one();
    savePayment(new Store(storage.sql), id, pendingNamed(`${ticketTypeId}-later`), null);
  });
  const succeeded = (paymentId: string) => ({ paymentId, outcome: { state: "succeeded" as const } });
  // The first one pays for the reservation. It comes twice; and there is another, which has then been paid in vain.
  const outcomes = [paymentId, paymentId, `${ticketTypeId}-later`].map(succeeded);
  expect(await object.settle(outcomes)).toEqual(outcomes.map(() => ({ ok: true, state: "confirmed" })));
  expect(await object.describe()).toMatchObject({ held: 0, sold: 1 });
  expect(await stateOf(payment)).toBe("succeeded");
  expect(await stateOf({ ticketTypeId, paymentId: `${ticketTypeId}-later` })).toBe("refund_due");
});

test("a payment that comes through late finds the tickets that an outcome before it in the batch has given back", async () => {
  const { ticketId } = await putOnSale({ capacity: 1 });
  const object = objectOf(ticketId);
  const payFor = async (paymentId: string) => {
    const { body } = await hold(await newPerson(), ticketId);
    await runInDurableObject(object, (_, { storage }) => {
      savePayment(new Store(storage.sql), body.id, pendingNamed(paymentId), null);
    });
  };
  const failed = (paymentId: string) => ({
    paymentId,
    outcome: { state: "failed" as const, failure: { code: "card_declined", message: "Declined." } },
  });
  await payFor(`${ticketId}-early`);
  await runInDurableObject(object, (_, { storage }) => storage.sql.exec("UPDATE reservations SET expires_at_ms = 1"));
  await object.settle([failed(`${ticketId}-early`)]);
  await payFor(`${ticketId}-late`);
  await runInDurableObject(object, (_, { storage }) =>
    storage.sql.exec("UPDATE reservations SET expires_at_ms = 1 WHERE state = 'held'"),
  );
  expect(await object.describe()).toMatchObject({ held: 1, sold: 0 });
  // The one who holds the only ticket is declined after the deadline; the other has paid after all.
  const outcomes = [
    failed(`${ticketId}-late`),
    { paymentId: `${ticketId}-early`, outcome: { state: "succeeded" as const } },
  ];
  expect(await object.settle(outcomes)).toEqual([
    { ok: true, state: "expired" },
    { ok: true, state: "confirmed" },
  ]);
  expect(await object.describe()).toMatchObject({ held: 0, sold: 1 });
});
