// The consumer with real objects and the sandbox; test/unit has what becomes of each message.

import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import { DAY_MS } from "../../../../src/domain/units.ts";
import type { RefundTask } from "../../../../src/durable/shared/refund-instructions.ts";
import type { Charge, PaymentMessage } from "../../../../src/durable/ticket-type/protocol.ts";
import { consumePayments } from "../../../../src/worker/payments/consumer.ts";
import type { PaymentProvider } from "../../../../src/worker/payments/provider.ts";
import { sandboxProvider } from "../../../../src/worker/payments/sandbox.ts";
import { putPayment, sqlIn } from "../../../support/objects.ts";
import { recordingD1 } from "../../../support/recording.ts";
import { hold, newPerson, objectOf, putOnSale } from "../../../support/service.ts";

const GOOD = "pm_card_visa";
const DECLINED = "pm_card_visa_chargeDeclined";
const UNREACHABLE = "pm_sandbox_unreachable";

afterEach(() => {
  vi.useRealTimers();
});

/** Payments of a new ticket type. The object sends no messages for them in the next hour. */
async function unsettled(state: "pending" | "refund_due", ...methods: readonly string[]): Promise<PaymentMessage[]> {
  const { ticketId } = await putOnSale();
  const buyer = await newPerson();
  return Promise.all(
    methods.map(async (method, number) => {
      const { body } = await hold(buyer, ticketId);
      const payment = { id: `${ticketId}-${number}`, method, state };
      await putPayment(body.id, payment, Date.now() + 3_600_000);
      return { ticketTypeId: ticketId, paymentId: payment.id };
    }),
  );
}

function statesOf(messages: readonly PaymentMessage[]): Promise<unknown[]> {
  const rows = messages.map(({ ticketTypeId, paymentId }) =>
    sqlIn(ticketTypeId, "SELECT state FROM payments WHERE id = ?", paymentId),
  );
  return Promise.all(rows.map(async (row) => (await row)[0]?.state));
}

/** What the sandbox has on record for payments of a ticket type. */
async function ledgerOf(ticketTypeId: string): Promise<unknown[]> {
  const query = "SELECT idempotency_key AS id, kind FROM sandbox_ledger WHERE idempotency_key LIKE ? ORDER BY 1, 2";
  const { results } = await env.DB.prepare(query).bind(`${ticketTypeId}-%`).all<{ id: string; kind: string }>();
  return results.map(({ id, kind }) => `${kind} ${id.slice(ticketTypeId.length + 1)}`);
}

/** Which of the messages were acknowledged. */
async function deliver(
  bodies: readonly unknown[],
  queue = "payments",
  provider: PaymentProvider = sandboxProvider(env.DB),
): Promise<boolean[]> {
  const messages = bodies.map((body) => ({ id: crypto.randomUUID(), timestamp: new Date(), attempts: 1, body }));
  const batch = createMessageBatch(queue, messages);
  await consumePayments(batch, env, provider);
  const { explicitAcks, retryMessages } = await getQueueResult(batch, createExecutionContext());
  const retried = retryMessages.map(({ msgId }) => msgId);
  expect([...explicitAcks, ...retried].toSorted()).toEqual(messages.map(({ id }) => id).toSorted());
  return messages.map(({ id }) => explicitAcks.includes(id));
}

test("a batch of two ticket types, with a duplicate, a stranger and garbage: each payment is charged once", async () => {
  const first = await unsettled("pending", GOOD, DECLINED, UNREACHABLE, GOOD);
  const second = await unsettled("pending", UNREACHABLE, GOOD);
  const [good] = first;
  if (good === undefined) throw new Error("there is a payment");
  const stranger = { ...good, paymentId: "nobody-knows-this" };
  const elsewhere = { ...good, ticketTypeId: "zzzzzzzzzzzzzzzz" };
  const bodies = [...second, "garbage", ...first, good, stranger, elsewhere, null, { ticketTypeId: "../x" }];

  const acknowledged = await deliver(bodies);

  const unreachable: readonly unknown[] = [first[2], second[0]];
  expect(acknowledged).toEqual(bodies.map((body) => !unreachable.includes(body)));
  expect(await statesOf(first)).toEqual(["succeeded", "failed", "pending", "succeeded"]);
  expect(await statesOf(second)).toEqual(["pending", "succeeded"]);
  expect(await ledgerOf(good.ticketTypeId)).toEqual(["charge 0", "charge 1", "charge 3"]);

  // Delivered once more, settled payments do nothing.
  const stock = await objectOf(good.ticketTypeId).describe();
  expect(stock).toMatchObject({ held: 2, sold: 2 });
  expect(await deliver([first[0], first[1]])).toEqual([true, true]);
  expect(await objectOf(good.ticketTypeId).describe()).toEqual(stock);
  expect(await ledgerOf(good.ticketTypeId)).toHaveLength(3);
});

test("a dead letter settles what the provider knows, and begins no charge of its own", async () => {
  const [charged, never] = await unsettled("pending", "pm_sandbox_slow_3600s", GOOD);
  if (charged === undefined || never === undefined) throw new Error("there are two payments");
  expect(await deliver([charged])).toEqual([false]);
  await env.DB.prepare("UPDATE sandbox_ledger SET completes_at_ms = 0").run();

  expect(await deliver([charged, never, "garbage"], "payments-dlq")).toEqual([true, true, true]);
  expect(await statesOf([charged, never])).toEqual(["succeeded", "pending"]);
  expect(await ledgerOf(charged.ticketTypeId)).toEqual(["charge 0"]);
  // The same message in the queue proper is carried out.
  expect(await deliver([never])).toEqual([true]);
  expect(await statesOf([never])).toEqual(["succeeded"]);
});

test.each([
  ["charge", "pending", "lookUp", "succeeded"],
  ["refund", "refund_due", "lookUpRefund", "refunded"],
] as const)(
  "a %s that the provider made and forgot is looked up, and not made twice",
  async (move, state, lookUp, settled) => {
    const [payment] = await unsettled(state, GOOD);
    if (payment === undefined) throw new Error("there is a payment");
    const sandbox = sandboxProvider(env.DB);
    const losesReply = async (charge: Charge & RefundTask) => {
      await sandbox[move](charge);
      throw new Error("connection reset");
    };
    expect(await deliver([payment], "payments", { ...sandbox, [move]: losesReply })).toEqual([false]);
    expect(await statesOf([payment])).toEqual([state]);

    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(Date.now() + 30 * DAY_MS);
    const look = vi.spyOn(sandbox, lookUp);
    const again = vi.spyOn(sandbox, move);
    expect(await deliver([payment], "payments", sandbox)).toEqual([true]);
    const asked = lookUp === "lookUp" ? payment.paymentId : expect.objectContaining({ attemptId: payment.paymentId });
    expect([look.mock.calls, again.mock.calls]).toEqual([[[asked]], []]);
    expect(await statesOf([payment])).toEqual([settled]);
    expect(await ledgerOf(payment.ticketTypeId)).toEqual([`${move} 0`]);
  },
);

test("the charges of a batch are one call to the sandbox's database", async () => {
  const payments = await unsettled("pending", GOOD, DECLINED, GOOD, GOOD, GOOD);
  const { DB, statements } = recordingD1();
  await deliver(payments, "payments", sandboxProvider(DB));
  expect(statements).toHaveLength(1);
  expect(await statesOf(payments)).toEqual(["succeeded", "failed", "succeeded", "succeeded", "succeeded"]);
});
