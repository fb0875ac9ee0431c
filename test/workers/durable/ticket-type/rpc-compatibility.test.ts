// During a deployment Worker and object are of two versions for a while. Each must make do with the
// other's.

import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { answer } from "../../../../src/worker/app.ts";
import type { Env } from "../../../../src/worker/env.ts";
import { consumePayments } from "../../../../src/worker/payments/consumer.ts";
import { paymentProvider } from "../../../../src/worker/payments/select-provider.ts";
import { ANSWERS, AT_MS, CALLS, type Call, TICKET_ID } from "../../../fixtures/rpc-v1.ts";
import callsOfV2 from "../../../fixtures/rpc-v2.json";
import callsOfV3 from "../../../fixtures/rpc-v3.json";
import { stopClock } from "../../../support/objects.ts";
import { sql } from "../../../support/records.ts";
import { newPerson, ORIGIN, objectOf, type Person, putOnSale } from "../../../support/service.ts";

stopClock(AT_MS);

// Its id has no check characters, so D1 says that it is real.
beforeAll(async () => {
  const { ticketId } = await putOnSale();
  await sql("UPDATE ticket_types SET id = ? WHERE id = ?", TICKET_ID, ticketId);
});

type Asked = [method: string, ...args: unknown[]];

/**
 * The service, with objects that answer as those of version 1 did, and note what they are asked.
 */
function withObjectsOfV1(answers: Readonly<Record<string, unknown>>): { bindings: Env; asked: Asked[] } {
  const asked: Asked[] = [];
  const methods = Object.entries(answers).map(([method, given]) => [
    method,
    async (...args: unknown[]) => {
      asked.push([method, ...structuredClone(args)]);
      return structuredClone(given);
    },
  ]);
  const object = Object.fromEntries(methods);
  const namespace = { getByName: () => object } as unknown as Env["TICKET_TYPES"];
  return { bindings: { ...env, TICKET_TYPES: namespace }, asked };
}

async function ask(bindings: Env, { token }: Person, method: string, path: string, body?: unknown) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json", "idempotency-key": "key" };
  const payload = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await answer(new Request(ORIGIN + path, { method, headers, ...payload }), bindings);
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : JSON.parse(text) };
}

/**
 * Each version that was released: its Worker's calls, in order, with what its object answered.
 * Recorded; never edit.
 */
test.each<[version: number, calls: readonly Call[]]>([
  [1, CALLS],
  [2, callsOfV2 as unknown as readonly Call[]],
  [3, callsOfV3 as unknown as readonly Call[]],
])("an object answers the Worker of version %i as it always did", async (version, calls) => {
  const name = `${TICKET_ID.slice(0, -1)}${version}`;
  const renamed: readonly Call[] = JSON.parse(JSON.stringify(calls).replaceAll(TICKET_ID, name));
  const object = objectOf(name) as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
  for (const [index, [method, args, answered]] of renamed.entries()) {
    const found = (await object[method]?.(...args)) ?? null;
    // What is new beside it is not looked at, as the old Worker does not.
    const where = `call ${index}, ${method}`;
    expect({ where, answer: found }).toMatchObject({ where, answer: answered ?? null });
  }
});

const HELD = `/reservations/${ANSWERS.found.reservation.id}`;
const RESERVE: [string, string, unknown] = ["POST", "/reservations", { ticket: TICKET_ID, quantity: 1 }];
const MONEY = { amount: 4500, currency: "EUR" };

test.each<
  [name: string, answers: Record<string, unknown>, call: [string, string, unknown?], status: number, body: unknown]
>([
  [
    "a hold",
    { reserve: ANSWERS.reserved },
    RESERVE,
    201,
    { ticket: TICKET_ID, state: "held", unit_price: MONEY, expires_at: "2040-01-01T00:15:00.000Z", payment: null },
  ],
  ["a hold that is refused", { reserve: ANSWERS.soldOut }, RESERVE, 409, { type: "/problems/sold-out" }],
  [
    "a key of another request",
    { reserve: ANSWERS.keyReused },
    RESERVE,
    422,
    { type: "/problems/idempotency-key-reused" },
  ],
  [
    "a reservation with a payment that failed",
    { find: ANSWERS.found },
    ["GET", HELD],
    200,
    { state: "held", payment: { state: "failed", amount: null, error: { code: "card_declined" } } },
  ],
  ["that payment", { find: ANSWERS.found }, ["GET", `${HELD}/payment`], 200, { state: "failed", amount: null }],
  ["a cancel", { cancel: ANSWERS.cancelled }, ["DELETE", HELD], 204, null],
  ["a cancel that waits", { cancel: ANSWERS.deferred }, ["DELETE", HELD], 202, { payment: { state: "pending" } }],
  [
    "a payment",
    { pay: ANSWERS.paying },
    ["POST", `${HELD}/payment`, { payment_method: "pm_card_visa" }],
    202,
    { state: "pending", ...MONEY },
  ],
])("the Worker makes do with what an object of version 1 says of %s", async (_name, answers, call, status, body) => {
  const { bindings, asked } = withObjectsOfV1(answers);
  const found = await ask(bindings, await newPerson(), ...call);
  expect(found.status).toBe(status);
  if (body === null) expect(found.body).toBeNull();
  else expect(found.body).toMatchObject(body as object);
  expect(asked.map(([method]) => method)).toEqual(Object.keys(answers));
});

test("an organiser's changes reach objects of version 1", async () => {
  const { organizer, eventId, ticketId } = await putOnSale();
  // Of an event that is over nothing is available.
  await env.DB.prepare("UPDATE events SET ends_at_ms = ? WHERE id = ?")
    .bind(AT_MS + 1, eventId)
    .run();
  const { bindings, asked } = withObjectsOfV1({
    ...{ create: ANSWERS.created, change: ANSWERS.changed, announce: undefined },
  });
  // In the year of the recording the event of the tests would be over.
  await ask(bindings, organizer, "PATCH", `/events/${eventId}`, { ends_at: "2041-01-01T00:00:00Z" });
  const added = await ask(bindings, organizer, "POST", `/events/${eventId}/tickets`, {
    ...{ name: "Boxes", price: MONEY, capacity: 6, max_per_buyer: 4 },
  });
  expect(added).toMatchObject({ status: 201, body: { capacity: 6, available: 6, held: 0, sold: 0, price: MONEY } });
  const changed = await ask(bindings, organizer, "PATCH", `/tickets/${ticketId}`, { capacity: 50 });
  expect(changed).toMatchObject({ status: 200, body: { capacity: 50, available: 47, held: 1, sold: 2 } });
  const renamed = await ask(bindings, organizer, "PATCH", `/tickets/${ticketId}`, { name: "Circle" });
  expect(renamed).toMatchObject({ status: 200, body: { name: "Circle" } });
  expect(await sql("SELECT name FROM ticket_types WHERE id = ?", ticketId)).toMatchObject({
    results: [{ name: "Circle" }],
  });
  const off = await ask(bindings, organizer, "PATCH", `/events/${eventId}`, { status: "cancelled" });
  expect(off.status).toBe(200);
  expect(asked.map(([method]) => method)).toEqual([
    "announce",
    "create",
    // They know nothing of the event's end yet, so they are told again.
    ...["announce", "announce"],
    ...["change", "change"],
    ...["announce", "announce"],
  ]);
  // What comes beside it they do not look at.
  expect(asked[4]).toEqual(["change", { capacity: 50 }, expect.anything()]);
  expect(asked[6]).toMatchObject(["announce", { onSale: false }]);
});

test.each([
  ["charges", ANSWERS.toCharge, "v1-charge", [{ state: "succeeded" }], ["charge"]],
  ["refunds", ANSWERS.toRefund, "v1-refund", [{ state: "refunded" }], ["refund"]],
  ["has nothing to do", ANSWERS.nothing, "v1-nothing", [], []],
])("the consumer %s as an object of version 1 says", async (_name, instructions, paymentId, outcomes, ledger) => {
  const { bindings, asked } = withObjectsOfV1({ instructions, settle: ANSWERS.settled });
  const body = { ticketTypeId: TICKET_ID, paymentId };
  const batch = createMessageBatch("payments", [{ id: paymentId, timestamp: new Date(), attempts: 1, body }]);
  await consumePayments(batch, bindings, paymentProvider(bindings));
  expect((await getQueueResult(batch, createExecutionContext())).explicitAcks).toEqual([paymentId]);
  const settlements = outcomes.map((outcome) => ["settle", [{ paymentId, outcome }]]);
  expect(asked).toEqual([["instructions", [paymentId]], ...settlements]);
  const moved = env.DB.prepare("SELECT kind FROM sandbox_ledger WHERE idempotency_key = ?").bind(paymentId);
  expect((await moved.all()).results).toEqual(ledger.map((kind) => ({ kind })));
});
