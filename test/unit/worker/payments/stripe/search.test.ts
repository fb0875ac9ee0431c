// Payments that began hours ago, among many: found by Stripe's search, which may be late, wrong or
// absent.

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { HOUR_MS, SECOND_MS } from "../../../../../src/domain/units.ts";
import type { RefundTask } from "../../../../../src/durable/shared/refund-instructions.ts";
import type { Charge } from "../../../../../src/durable/ticket-type/protocol.ts";
import { newPaymentId } from "../../../../../src/platform/ids.ts";
import { settingsOf } from "../../../../../src/platform/settings.ts";
import { type PaymentProvider, ProviderBusy } from "../../../../../src/worker/payments/provider.ts";
import { stripeProvider } from "../../../../../src/worker/payments/stripe/provider.ts";
import { StripeDouble } from "../../../../support/stripe/double.ts";
import type { Intent } from "../../../../support/stripe/records.ts";

/** Of a charge: with its id at Stripe. */
const CHARGED = { state: "succeeded", reference: expect.stringMatching(/^pi_/) };
const SUCCEEDED = { state: "succeeded" };
const SEARCH = "GET /v1/payment_intents/search 200";
const LIST = "GET /v1/payment_intents 200";
const READ = "GET /v1/payment_intents/id 200";
const REFUND = "POST /v1/refunds 200";
const REFUNDS = "GET /v1/refunds 200";
const LONG_AGO_MS = 3 * HOUR_MS;

let stripe: StripeDouble;
let provider: PaymentProvider;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  stripe = await StripeDouble.start();
  const settings = settingsOf(stripe.settings).stripe;
  if (settings === null) throw new Error("Stripe is not configured");
  provider = stripeProvider(settings);
});
afterEach(async () => {
  vi.useRealTimers();
  await stripe.stop();
});

function charging(method: string): Charge {
  return { paymentId: newPaymentId(), reservationId: "bought", amountMinor: 4_500, currency: "EUR", method };
}

/** A payment, and after it `others` in the same hour, all of them `agoMs` ago. */
async function paid({ method = "pm_card_visa", others = 0, agoMs = LONG_AGO_MS }) {
  const charge = charging(method);
  await provider.charge(charge);
  const [intent] = [...stripe.records.intents.values()];
  if (intent === undefined) throw new Error("nothing was charged");
  for (let other = 0; other < others; other++) another();
  pass(agoMs);
  stripe.journal.length = 0;
  const refund: RefundTask = { ...charge, attemptId: charge.paymentId };
  return { paymentId: charge.paymentId, intentId: intent.id, refund };
}

function another(): Intent {
  return stripe.records.create({
    amount: 100,
    currency: "eur",
    metadata: { payment: newPaymentId() },
    payment_method: "pm_card_visa",
    allowed_payment_method_types: ["card"],
  });
}

function pass(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
}

/** Since they were asked for last. */
function calls(): string[] {
  const made = stripe.journal.splice(0);
  return made.map(({ method, path, status }) => `${method} ${path.replace(/pi_\w+/, "id")} ${status}`);
}

test("where its id at Stripe was kept, a refund takes one call, and a look-up one, at once as hours later", async () => {
  for (const agoMs of [0, LONG_AGO_MS]) {
    const { intentId, refund } = await paid({ others: 200, agoMs });
    const task = { ...refund, reference: intentId };
    expect(await provider.refund(task)).toEqual(SUCCEEDED);
    expect(await provider.lookUpRefund(task)).toEqual(SUCCEEDED);
    expect(calls()).toEqual([REFUND, REFUNDS]);
    stripe.records.intents.clear();
  }
});

test("among a thousand others a refund takes two calls, and a look-up two", async () => {
  const { paymentId, intentId, refund } = await paid({ others: 1_000 });
  expect(await provider.refund(refund)).toEqual(SUCCEEDED);
  expect(calls()).toEqual([SEARCH, REFUND]);
  expect(await provider.lookUpRefund(refund)).toEqual(SUCCEEDED);
  expect(calls()).toEqual([SEARCH, REFUNDS]);
  expect(await provider.lookUp(paymentId)).toEqual(CHARGED);
  expect(calls()).toEqual([SEARCH, READ]);
  expect([...stripe.records.refunds.values()]).toMatchObject([{ payment_intent: intentId, amount: 4_500 }]);
});

test.each<[agoMs: number, want: readonly string[]]>([
  [0, [LIST]],
  [2 * HOUR_MS - SECOND_MS, [LIST]],
  [2 * HOUR_MS, [SEARCH, READ]],
  [30 * 24 * HOUR_MS, [SEARCH, READ]],
])("a payment of %i ms ago is looked up by %j", async (agoMs, want) => {
  const { paymentId } = await paid({ agoMs });
  expect(await provider.lookUp(paymentId)).toEqual(CHARGED);
  expect(calls()).toEqual(want);
});

test.each<[what: string, status: number, goWrong: () => void]>([
  ["does not have it yet", 200, () => Object.assign(stripe.search, { lagMs: LONG_AGO_MS + 1 })],
  ["does not exist", 400, () => Object.assign(stripe.search, { isUnavailable: true })],
  ["is out of order", 500, () => stripe.trouble("broken before", /search$/)],
  [
    "finds another payment",
    200,
    () => void vi.spyOn(stripe.search, "find").mockReturnValue({ object: "search_result", data: [another()] }),
  ],
])("a search that %s: the list has it", async (_what, status, goWrong) => {
  const { paymentId, intentId, refund } = await paid({ others: 100 });
  const searchAndList = [`GET /v1/payment_intents/search ${status}`, LIST, LIST];
  goWrong();
  expect(await provider.lookUp(paymentId)).toEqual(CHARGED);
  expect(calls()).toEqual(searchAndList);
  if (status === 500) goWrong();
  expect(await provider.refund(refund)).toEqual(SUCCEEDED);
  expect(calls()).toEqual([...searchAndList, REFUND]);
  expect([...stripe.records.refunds.values()]).toMatchObject([{ payment_intent: intentId, amount: 4_500 }]);
});

test("what neither the search nor the list has was never charged", async () => {
  const paymentId = newPaymentId();
  another();
  pass(LONG_AGO_MS);
  expect(await provider.lookUp(paymentId)).toBeNull();
  expect(calls()).toEqual([SEARCH, LIST]);
});

test.each<[passes: boolean, want: object]>([
  [true, CHARGED],
  [false, { state: "failed", failure: { code: "authentication_failed" } }],
])("what a search says of a payment's state is not believed: confirmed %s", async (passes, want) => {
  const { paymentId, intentId } = await paid({ method: "pm_card_threeDSecure2Required" });
  stripe.records.authenticate(intentId, passes);
  const url = new URL(`http://stripe.test/?query=metadata["payment"]:"${paymentId}"`);
  expect(stripe.search.find(url)).toMatchObject({ data: [{ id: intentId, status: "requires_action" }] });
  expect(await provider.lookUp(paymentId)).toMatchObject(want);
});

test("a search that is refused for a while is waited for, and nothing is listed meanwhile", async () => {
  const { refund } = await paid({ others: 100 });
  stripe.callsPerSecond = 0;
  await expect(provider.refund(refund)).rejects.toThrow(ProviderBusy);
  expect(calls()).toEqual([SEARCH.replace("200", "429")]);
});
