// During a deployment the Worker, an order's object and its ticket types' objects are of different
// versions for a while. Each must make do with the others'.

import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { orderIdFrom, orderNameOf } from "../../../../src/platform/ids.ts";
import { answer } from "../../../../src/worker/app.ts";
import type { Env } from "../../../../src/worker/env.ts";
import { consumePayments } from "../../../../src/worker/payments/consumer.ts";
import { paymentProvider } from "../../../../src/worker/payments/select-provider.ts";
import callsOfV1 from "../../../fixtures/rpc-orders-v1.json";
import { stopClock } from "../../../support/objects.ts";
import { orderObject } from "../../../support/orders.ts";
import { newPerson, ORIGIN, objectOf, putOnSale } from "../../../support/service.ts";

stopClock(Date.UTC(2040, 0, 1));

type Methods = Record<string, (...args: unknown[]) => Promise<unknown>>;

/** To a ticket type or an order, by its id. */
type Call = readonly [id: string, method: string, args: readonly unknown[], answer: unknown];

const V1 = callsOfV1 as unknown as readonly Call[];
const TICKET_TYPES = new Set(["0123456789abcdef", "fedcba9876543210"]);
// Recorded ids have no check characters of this service's secret.
const ORDER = orderIdFrom(orderNameOf("rder000000000001chek"), env.ID_SECRET ?? "");
const MONEY = { amount: 14500, currency: "EUR" };

/**
 * What the first version with orders asked of ticket types and orders, in order, and what they
 * answered: the Worker of both, an order of its ticket types, and a ticket type of its orders.
 * Recorded; never edit.
 */
test("orders and their ticket types answer the first version's calls as they always did", async () => {
  for (const [index, [id, method, args, answered]] of V1.entries()) {
    const object = (TICKET_TYPES.has(id) ? objectOf(id) : orderObject(id)) as unknown as Methods;
    const found = (await object[method]?.(...args)) ?? null;
    // What is new beside it is not looked at, as the old caller does not.
    const where = `call ${index}, ${method}`;
    expect({ where, answer: found }).toMatchObject({ where, answer: answered });
  }
});

/** The first call of an order's `method` whose answer has these members. */
function recordedCall(method: string, members: object): Call {
  const isAnswer = expect.objectContaining(members);
  const isCall = ([id, called, , answered]: Call) => {
    return !TICKET_TYPES.has(id) && called === method && isAnswer.asymmetricMatch(answered);
  };
  const found = V1.find(isCall);
  if (found === undefined) throw new Error(`no such call of ${method} was recorded`);
  return found;
}

/** The members of what an object is asked. */
function membersOf(asked: unknown): string[] {
  return typeof asked === "object" && asked !== null ? Object.keys(asked) : [];
}

/** The service, with orders that answer as they did in the first version, and note the calls. */
function withOrders(answers: Readonly<Record<string, unknown>>): { bindings: Env; called: unknown[][] } {
  const called: unknown[][] = [];
  const methods = Object.entries(answers).map(([method, given]) => [
    method,
    async (...args: unknown[]) => {
      called.push([method, ...structuredClone(args)]);
      return structuredClone(given);
    },
  ]);
  const namespace = { getByName: () => Object.fromEntries(methods) } as unknown as Env["ORDERS"];
  return { bindings: { ...env, ORDERS: namespace }, called };
}

const PAY = { payment_method: "pm_card_visa" };

test.each<
  [name: string, method: string, members: object, call: [string, string, unknown?], status: number, body: unknown]
>([
  ["an order", "create", { ok: true }, ["POST", "/orders"], 201, { state: "held", total: MONEY, payment: null }],
  [
    "an order that is refused",
    "create",
    { refusal: { type: "not_held", item: 1, because: { type: "sold_out", available: 4 } } },
    ["POST", "/orders"],
    409,
    { type: "/problems/sold-out", item: 1, available: 4 },
  ],
  ["an order that is held", "find", { ok: true }, ["GET", `/orders/${ORDER}`], 200, { state: "held", total: MONEY }],
  ["an order of nobody", "find", { ok: false }, ["GET", `/orders/${ORDER}`], 404, { type: "/problems/not-found" }],
  [
    "a cancel that waits",
    "cancel",
    { deferred: true },
    ["DELETE", `/orders/${ORDER}`],
    202,
    { payment: { state: "pending" }, cancel_requested: true },
  ],
  ["a cancel", "cancel", { deferred: false }, ["DELETE", `/orders/${ORDER}`], 204, null],
  [
    "a cancel too late",
    "cancel",
    { refusal: "already_confirmed" },
    ["DELETE", `/orders/${ORDER}`],
    409,
    { type: "/problems/already-confirmed" },
  ],
  ["a payment", "pay", { ok: true }, ["POST", `/orders/${ORDER}/payment`, PAY], 202, { state: "pending", ...MONEY }],
  [
    "a second payment",
    "pay",
    { refusal: "payment_in_progress" },
    ["POST", `/orders/${ORDER}/payment`, PAY],
    409,
    { type: "/problems/payment-in-progress" },
  ],
])(
  "the Worker makes do with what an object of the first version says of %s",
  async (_name, method, members, call, status, body) => {
    const [, , [asked], answered] = recordedCall(method, members);
    const { bindings, called } = withOrders({ [method]: answered });
    const { ticketId } = await putOnSale();
    const { token } = await newPerson();
    const [verb, path, sent = { items: [{ ticket: ticketId, quantity: 1 }] }] = call;
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const payload = verb === "POST" ? { body: JSON.stringify(sent) } : {};
    const response = await answer(new Request(ORIGIN + path, { method: verb, headers, ...payload }), bindings);
    const text = await response.text();
    expect({ status: response.status, body: text === "" ? null : JSON.parse(text) }).toMatchObject({ status, body });
    expect(called).toMatchObject([[method, typeof asked === "string" ? expect.any(String) : {}]]);
    // Whatever is new beside it, the object finds all that it reads.
    expect(membersOf(called[0]?.[1])).toEqual(expect.arrayContaining(membersOf(asked)));
  },
);

test.each([
  ["charges", "charge", { state: "succeeded" }],
  ["refunds", "refund", { state: "refunded" }],
  ["has nothing to do", "nothing", null],
])("the consumer %s as an order of the first version says", async (_name, todo, outcome) => {
  const [recorded] = V1.filter(([, method]) => method === "instructions")
    .flatMap(([, , , answered]) => answered as { readonly todo: string; readonly charge?: object }[])
    .filter((instruction) => instruction.todo === todo);
  const paymentId = `v1-order-${todo}`;
  const charge = { ...recorded?.charge, paymentId, method: "pm_card_visa" };
  const instructions = [todo === "nothing" ? recorded : { ...recorded, charge }];
  const { bindings, called } = withOrders({ instructions, settle: [{ ok: true, state: "held" }] });
  const body = { orderId: ORDER, paymentId };
  const batch = createMessageBatch("payments", [{ id: paymentId, timestamp: new Date(), attempts: 1, body }]);
  await consumePayments(batch, bindings, paymentProvider(bindings));
  expect((await getQueueResult(batch, createExecutionContext())).explicitAcks).toEqual([paymentId]);
  const settled = outcome === null ? [] : [["settle", [{ paymentId, outcome }]]];
  expect(called).toEqual([["instructions", [paymentId]], ...settled]);
});
