// The queue consumer by hand: duplicates, strangers, garbage, dead letters. Each message is answered for itself.

import { createExecutionContext, createMessageBatch, getQueueResult, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test, vi } from "vitest";
import type { PaymentMessage } from "../../../../src/durable/ticket-type/protocol.ts";
import { Store } from "../../../../src/durable/ticket-type/store.ts";
import { consumePayments } from "../../../../src/worker/payments/consumer.ts";
import { paymentProvider } from "../../../../src/worker/payments/provider.ts";
import {
  call,
  hold,
  newPerson,
  objectOf,
  type Person,
  pendingNamed,
  putOnSale,
  savePayment,
} from "../../../support/service.ts";

let messages = 0;

async function deliver(queue: string, bodies: readonly unknown[], bindings = env) {
  const batch = createMessageBatch(
    queue,
    bodies.map((body) => ({ id: `message-${++messages}`, timestamp: Date.now(), attempts: 1, body })),
  );
  // The runtime's result does not say the delay that was asked for; the call does.
  const retries = batch.messages.map((message) => vi.spyOn(message, "retry"));
  const ctx = createExecutionContext();
  await consumePayments(batch, bindings, paymentProvider(bindings));
  const { explicitAcks, retryMessages } = await getQueueResult(batch, ctx);
  expect(retryMessages).toHaveLength(retries.filter(({ mock }) => mock.calls.length > 0).length);
  return {
    acknowledged: batch.messages.map(({ id }) => explicitAcks.includes(id)),
    retried: retries.map(({ mock }) => mock.calls[0]?.[0]?.delaySeconds ?? null),
  };
}

/** A payment that is pending in its object; the real queue's own message is a duplicate of those delivered here. */
async function pendingPayment(method: string) {
  const { ticketId } = await putOnSale();
  const buyer = await newPerson();
  const { body } = await hold(buyer, ticketId);
  const paymentId = `payment-${body.id.slice(-12)}`;
  const paid = await objectOf(ticketId).pay({
    ...{ reservationId: body.id, accountId: buyer.accountId, paymentId, key: paymentId, method },
  });
  expect(paid.ok).toBe(true);
  return told(buyer, body.id, { ticketTypeId: ticketId, paymentId });
}

/** A message, and what can be asked about its payment. */
function told(buyer: Person, reservationId: string, message: PaymentMessage) {
  const state = async () => (await call("GET", `/reservations/${reservationId}`, { token: buyer.token })).body;
  const ledger = async () => {
    const query = env.DB.prepare("SELECT kind FROM sandbox_ledger WHERE reservation_id = ?").bind(reservationId);
    return (await query.all()).results;
  };
  return { message, state, ledger };
}

/** A payment that is pending in its object and that nobody has been told of. */
async function quietPayment() {
  const { ticketId } = await putOnSale();
  const buyer = await newPerson();
  const { body } = await hold(buyer, ticketId);
  await runInDurableObject(objectOf(ticketId), (_, { storage }) => {
    savePayment(new Store(storage.sql), body.id, pendingNamed("quiet"), Date.now() + 3_600_000);
  });
  return told(buyer, body.id, { ticketTypeId: ticketId, paymentId: "quiet" });
}

test("a batch with a duplicate, a stranger and garbage: all acknowledged, one charge, one confirmation", async () => {
  const { message, state, ledger } = await pendingPayment("pm_card_visa");
  const stranger = { ...message, paymentId: "nobody-knows-this" };
  const elsewhere = { ticketTypeId: "zzzzzzzzzzzzzzzz", paymentId: message.paymentId };
  const bodies = [
    message,
    message,
    stranger,
    elsewhere,
    "garbage",
    null,
    7,
    { ticketTypeId: "../x", paymentId: "" },
    {},
  ];

  const { acknowledged } = await deliver("payments", bodies);

  expect(acknowledged).toEqual(bodies.map(() => true));
  expect((await state()).state).toBe("confirmed");
  expect(await ledger()).toEqual([{ kind: "charge" }]);
});

test("a message that is delivered after its payment was settled does nothing", async () => {
  const { message, state, ledger } = await pendingPayment("pm_card_visa");
  await deliver("payments", [message]);
  const before = await state();
  expect((await deliver("payments", [message])).acknowledged).toEqual([true]);
  expect(await state()).toEqual(before);
  expect(await ledger()).toHaveLength(1);
});

test("a provider that can't be reached: only that message is tried again, its neighbour is settled", async () => {
  const unheard = await pendingPayment("pm_sandbox_unreachable");
  const fine = await pendingPayment("pm_card_visa");
  const { acknowledged, retried } = await deliver("payments", [unheard.message, fine.message]);
  expect(acknowledged).toEqual([false, true]);
  expect(retried).toEqual([1, null]);
  expect((await unheard.state()).payment?.state).toBe("pending");
  expect((await fine.state()).state).toBe("confirmed");
});

test("a payment that is still processing is asked about again when it should be done", async () => {
  const { message } = await pendingPayment("pm_sandbox_slow_100s");
  const { retried } = await deliver("payments", [message]);
  expect(retried[0]).toBeGreaterThan(90);
  expect(retried[0]).toBeLessThanOrEqual(100);
});

test("a dead letter settles what the provider knows, and begins no charge of its own", async () => {
  const charged = await pendingPayment("pm_sandbox_slow_3600s");
  await deliver("payments", [charged.message]);
  await env.DB.prepare("UPDATE sandbox_ledger SET completes_at_ms = 0").run();
  const never = await quietPayment();

  const { acknowledged } = await deliver("payments-dlq", [charged.message, never.message, "garbage"]);

  expect(acknowledged).toEqual([true, true, true]);
  expect((await charged.state()).state).toBe("confirmed");
  expect(await charged.ledger()).toHaveLength(1);
  expect((await never.state()).payment?.state).toBe("pending");
  expect(await never.ledger()).toEqual([]);
  // The same message in the queue proper is carried out.
  await deliver("payments", [never.message]);
  expect((await never.state()).state).toBe("confirmed");
});

test("a call that never answers holds up neither its neighbours nor the queue: it is tried again", {
  timeout: 60_000,
}, async () => {
  const stuck = await quietPayment();
  const fine = await pendingPayment("pm_card_visa");
  const hanging = new Proxy(env.TICKET_TYPES, {
    get: (target, name) =>
      name === "getByName"
        ? (id: string) =>
            id === stuck.message.ticketTypeId ? { instructions: () => new Promise(() => {}) } : target.getByName(id)
        : Reflect.get(target, name),
  });
  const messages = [stuck.message, fine.message];
  const { acknowledged, retried } = await deliver("payments", messages, { ...env, TICKET_TYPES: hanging });
  expect(acknowledged).toEqual([false, true]);
  expect(retried).toEqual([1, null]);
  expect((await fine.state()).state).toBe("confirmed");
});

test("without a provider nothing is charged and nothing is lost: the message stays", async () => {
  const { message, state } = await pendingPayment("pm_sandbox_slow_3600s");
  const { PAYMENT_PROVIDER: _, ...without } = env;
  const { acknowledged } = await deliver("payments", [message], without as typeof env);
  expect(acknowledged).toEqual([false]);
  expect((await state()).payment?.state).toBe("pending");
});

test("an instruction of a newer object, which this code does not know, moves no money and stays for code that does", async () => {
  const payment = await quietPayment();
  const newer = new Proxy(env.TICKET_TYPES, {
    get: (target, name) =>
      name === "getByName"
        ? () => ({ instructions: async () => [{ todo: "void", charge: {} }] })
        : Reflect.get(target, name),
  });
  const { acknowledged, retried } = await deliver("payments", [payment.message], { ...env, TICKET_TYPES: newer });
  expect(acknowledged).toEqual([false]);
  expect(retried).toEqual([1]);
  expect(await payment.ledger()).toEqual([]);
});
