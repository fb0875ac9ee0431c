// Stripe behind the port: the real package, over HTTP, against a double that keeps state.

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RefundTask } from "../../../../../src/durable/shared/refund-instructions.ts";
import type { Charge } from "../../../../../src/durable/ticket-type/protocol.ts";
import { ConfigurationError } from "../../../../../src/platform/errors.ts";
import { newPaymentId } from "../../../../../src/platform/ids.ts";
import { settingsOf } from "../../../../../src/platform/settings.ts";
import {
  type PaymentProvider,
  ProviderBusy,
  ProviderUnreachable,
} from "../../../../../src/worker/payments/provider.ts";
import { stripeProvider } from "../../../../../src/worker/payments/stripe/provider.ts";
import { StripeDouble, type Trouble } from "../../../../support/stripe/double.ts";

let stripe: StripeDouble;
let provider: PaymentProvider;

beforeEach(async () => {
  stripe = await StripeDouble.start();
  provider = providerWith({});
});
afterEach(() => stripe.stop());

function providerWith(otherwise: { readonly STRIPE_SECRET_KEY?: string }): PaymentProvider {
  const settings = settingsOf({ ...stripe.settings, ...otherwise }).stripe;
  if (settings === null) throw new Error("Stripe is not configured");
  return stripeProvider(settings);
}

function charging(method: string): Charge {
  return { paymentId: newPaymentId(), reservationId: "bought", amountMinor: 4_500, currency: "EUR", method };
}

/** A refund of the whole charge, as the only one of its payment. */
function whole(charge: Charge): RefundTask {
  return { ...charge, attemptId: charge.paymentId };
}

function part(charge: Charge, number: number, amountMinor: number, attempt = 1): RefundTask {
  const id = `${charge.paymentId}-r${number}`;
  return { ...charge, amountMinor, attemptId: attempt === 1 ? id : `${id}.${attempt}` };
}

/** The money that Stripe took for a payment, and has not given back. */
function taken({ paymentId }: Charge): number {
  const { intents } = stripe.records;
  const own = [...intents.values()].filter(({ metadata }) => metadata.payment === paymentId);
  return own.reduce((sum, { id, amount_received }) => sum + amount_received - stripe.records.refundedOf(id), 0);
}

function intentOf({ paymentId }: Charge) {
  const [intent, ...others] = [...stripe.records.intents.values()].filter(
    ({ metadata }) => metadata.payment === paymentId,
  );
  expect(others).toEqual([]);
  return intent;
}

function calls(): string[] {
  return stripe.journal.map(({ method, path, status }) => `${method} ${path.replace(/pi_\w+/, "id")} ${status}`);
}

/** Of a charge: with its id at Stripe. */
const CHARGED = { state: "succeeded", reference: expect.stringMatching(/^pi_/) };
const SUCCEEDED = { state: "succeeded" };
const THREE_D_SECURE = "pm_card_threeDSecure2Required";
const CREATE = "POST /v1/payment_intents";

describe("a charge", () => {
  test.each(["pm_card_visa", "ctoken_visa"])("%s is confirmed in one call", async (method) => {
    const charge = charging(method);
    expect(await provider.charge(charge)).toEqual(CHARGED);
    expect(stripe.journal).toMatchObject([{ method: "POST", path: "/v1/payment_intents", key: charge.paymentId }]);
    expect(intentOf(charge)).toMatchObject({
      amount: 4_500,
      currency: "eur",
      allowed_payment_method_types: ["card"],
      metadata: { payment: charge.paymentId, bought: "bought" },
    });
    expect(taken(charge)).toBe(4_500);
  });

  test("the same payment is charged once, however often it is tried", async () => {
    const charge = charging("pm_card_visa");
    for (let time = 0; time < 3; time++) expect(await provider.charge(charge)).toEqual(CHARGED);
    expect(taken(charge)).toBe(4_500);
  });

  test.each<[method: string, code: string, message: string]>([
    ["chargeDeclined", "card_declined", "Your card was declined."],
    ["chargeDeclinedInsufficientFunds", "insufficient_funds", "Your card has insufficient funds."],
    ["chargeDeclinedExpiredCard", "expired_card", "Your card has expired."],
    ["chargeDeclinedIncorrectCvc", "incorrect_cvc", "Your card's security code is incorrect."],
    // Stripe asks not to tell a thief.
    ["chargeDeclinedLostCard", "card_declined", "Your card was declined."],
    ["chargeDeclinedStolenCard", "card_declined", "Your card was declined."],
    ["chargeDeclinedFraudulent", "card_declined", "Your card was declined."],
  ])("%s fails, and can't be revived", async (method, code, message) => {
    const charge = charging(`pm_card_visa_${method}`);
    expect(await provider.charge(charge)).toEqual({ state: "failed", failure: { code, message } });
    const intent = intentOf(charge);
    expect(intent?.status).toBe("canceled");
    stripe.records.revive(intent?.id ?? "");
    expect(taken(charge)).toBe(0);
    expect(await provider.charge(charge)).toMatchObject({ state: "failed", failure: { code } });
    expect(await provider.lookUp(charge.paymentId)).toMatchObject({ state: "failed", failure: { code } });
  });

  test("a failed one that was revived before it could be cancelled has succeeded", async () => {
    const charge = charging("pm_card_visa_chargeDeclined");
    stripe.trouble("lost before", /cancel/);
    await expect(provider.charge(charge)).rejects.toThrow(ProviderUnreachable);
    stripe.records.revive(intentOf(charge)?.id ?? "");
    expect(await provider.charge(charge)).toEqual(CHARGED);
    expect(taken(charge)).toBe(4_500);
  });

  test("a method that Stripe does not know fails without a charge", async () => {
    const charge = charging("pm_1nobodyMadeThis");
    expect(await provider.charge(charge)).toMatchObject({
      state: "failed",
      failure: { code: "payment_method_refused" },
    });
    expect(intentOf(charge)).toBeUndefined();
  });

  test("an amount that Stripe can't take fails without a call", async () => {
    const failed = { state: "failed", failure: { code: "payment_not_carried_out" } };
    expect(await provider.charge({ ...charging("pm_card_visa"), amountMinor: 49 })).toMatchObject(failed);
    expect(calls()).toEqual([]);
  });

  test("one that is processing is looked at again, and its new state is what counts", async () => {
    const charge = charging("pm_card_processing");
    expect(await provider.charge(charge)).toMatchObject({ state: "processing" });
    stripe.records.succeed(intentOf(charge)?.id ?? "");
    expect(await provider.charge(charge)).toEqual(CHARGED);
    expect(calls()).toEqual([`${CREATE} 200`, `${CREATE} 200`, "GET /v1/payment_intents/id 200"]);
  });
});

describe("a charge that its customer has to confirm", () => {
  const NOT_CONFIRMED = { state: "failed", failure: { code: "authentication_required" } };

  /** It waits: the charge, and Stripe's id of it. */
  async function waiting() {
    const charge = charging(THREE_D_SECURE);
    const outcome = await provider.charge(charge);
    const intent = intentOf(charge);
    if (intent === undefined || outcome.state !== "action_required") throw new Error("it does not wait");
    expect(outcome.action).toEqual({ reference: intent.id, clientSecret: intent.client_secret });
    return { charge, id: intent.id, clientSecret: intent.client_secret, outcome };
  }

  test("waits, for a browser with Stripe.js, and is not charged again", async () => {
    const { charge, id, outcome } = await waiting();
    expect(stripe.records.intent(id).next_action?.type).toBe("use_stripe_sdk");
    expect(await provider.charge(charge)).toEqual(outcome);
    expect(await provider.lookUp(charge.paymentId)).toEqual(outcome);
    expect(intentOf(charge)?.status).toBe("requires_action");
  });

  test("is found by its id in one call, and has succeeded once the customer has confirmed it", async () => {
    const { charge, id, outcome } = await waiting();
    stripe.journal.length = 0;
    expect(await provider.lookUp(charge.paymentId, id)).toEqual(outcome);
    stripe.records.authenticate(id, true);
    expect(await provider.lookUp(charge.paymentId, id)).toEqual(CHARGED);
    expect(calls()).toEqual(["GET /v1/payment_intents/id 200", "GET /v1/payment_intents/id 200"]);
    expect(taken(charge)).toBe(4_500);
  });

  test("that the customer failed has failed, and can't be revived", async () => {
    const { charge, id } = await waiting();
    stripe.records.authenticate(id, false);
    const failure = { code: "authentication_failed", message: expect.stringContaining("bank did not confirm") };
    expect(await provider.lookUp(charge.paymentId, id)).toEqual({ state: "failed", failure });
    stripe.records.revive(id);
    expect(taken(charge)).toBe(0);
    expect(await provider.charge(charge)).toEqual({ state: "failed", failure });
  });

  test("is cancelled, and a customer who comes later changes nothing", async () => {
    const { charge, id } = await waiting();
    expect(await provider.cancel(charge.paymentId, id)).toMatchObject(NOT_CONFIRMED);
    stripe.records.authenticate(id, true);
    stripe.records.revive(id);
    expect(taken(charge)).toBe(0);
    expect(await provider.cancel(charge.paymentId, id)).toMatchObject(NOT_CONFIRMED);
    expect(await provider.charge(charge)).toMatchObject(NOT_CONFIRMED);
  });

  test("has succeeded if the cancel finds that", async () => {
    const { charge, id } = await waiting();
    stripe.records.authenticate(id, true);
    expect(await provider.cancel(charge.paymentId, id)).toEqual(CHARGED);
    expect(taken(charge)).toBe(4_500);
  });

  test("that the cancel finds under way is looked at again", async () => {
    const { charge, id } = await waiting();
    Object.assign(stripe.records.intent(id), { status: "processing" });
    expect(await provider.cancel(charge.paymentId, id)).toMatchObject({ state: "processing" });
  });

  test.each<Trouble>(["lost before", "lost after", "broken before", "broken after"])(
    "a cancel that is %s has no known outcome; the next one has",
    async (trouble) => {
      const { charge, id } = await waiting();
      stripe.trouble(trouble, /cancel/);
      await expect(provider.cancel(charge.paymentId, id)).rejects.toThrow(ProviderUnreachable);
      expect(await provider.cancel(charge.paymentId, id)).toMatchObject(NOT_CONFIRMED);
      expect(taken(charge)).toBe(0);
    },
  );

  test("is found a day later, when its key is forgotten, and not charged twice", async () => {
    const { charge, id, outcome } = await waiting();
    stripe.passADay();
    expect(await provider.lookUp(charge.paymentId)).toEqual(outcome);
    stripe.records.authenticate(id, true);
    expect(await provider.lookUp(charge.paymentId)).toEqual(CHARGED);
    expect(taken(charge)).toBe(4_500);
  });

  test("no error says its secret", async () => {
    const { charge, id, clientSecret } = await waiting();
    stripe.trouble("broken after", /cancel/);
    const broken = await provider.cancel(charge.paymentId, id).catch((error: Error) => error);
    stripe.callsPerSecond = 0;
    const busy = await provider.lookUp(charge.paymentId, id).catch((error: Error) => error);
    expect(busy).toBeInstanceOf(ProviderBusy);
    for (const fault of [broken, busy]) expect(`${fault} ${JSON.stringify(fault)}`).not.toContain(clientSecret);
  });
});

describe("when the outcome of a call is unknown, it throws, and the next try finds out", () => {
  test.each<[trouble: Trouble, tries: number, method: string, want: object]>([
    ["lost before", 2, "pm_card_visa", CHARGED],
    ["lost after", 2, "pm_card_visa", CHARGED],
    ["lost after", 2, "pm_card_visa_chargeDeclined", { state: "failed", failure: { code: "card_declined" } }],
    ["lost after", 2, THREE_D_SECURE, { state: "action_required" }],
    ["lost before", 2, THREE_D_SECURE, { state: "action_required" }],
    ["broken after", 1, THREE_D_SECURE, { state: "action_required" }],
    // It is found at once: the reply is kept with the key for a day.
    ["broken after", 1, "pm_card_visa", CHARGED],
    ["broken before", 2, "pm_card_visa", { state: "failed", failure: { code: "payment_not_carried_out" } }],
  ])("%s, after %i: %s", async (trouble, tries, method, want) => {
    const charge = charging(method);
    stripe.trouble(trouble, /^POST \/v1\/payment_intents$/);
    for (let time = 1; time < tries; time++) await expect(provider.charge(charge)).rejects.toThrow(ProviderUnreachable);
    expect(await provider.charge(charge)).toMatchObject(want);
    expect(taken(charge)).toBe(want === CHARGED ? 4_500 : 0);
  });

  test("a day later the key is forgotten: it is looked up, and not charged twice", async () => {
    const charge = charging("pm_card_visa");
    stripe.trouble("lost after");
    await expect(provider.charge(charge)).rejects.toThrow(ProviderUnreachable);
    stripe.passADay();
    expect(await provider.lookUp(charge.paymentId)).toEqual(CHARGED);
    expect(taken(charge)).toBe(4_500);
  });

  test("it is found among others of the same hour, page by page", async () => {
    const charge = charging("pm_card_visa");
    await provider.charge(charge);
    for (let other = 0; other < 230; other++) {
      stripe.records.create({
        amount: 100,
        currency: "eur",
        metadata: { payment: newPaymentId() },
        payment_method: "pm_card_visa",
        allowed_payment_method_types: ["card"],
      });
    }
    stripe.journal.length = 0;
    expect(await provider.lookUp(charge.paymentId)).toEqual(CHARGED);
    expect(calls().length).toBeGreaterThan(2);
  });

  test("nothing is found where Stripe never took it", async () => {
    expect(await provider.lookUp(newPaymentId())).toBeNull();
    expect(calls().every((call) => call.startsWith("GET"))).toBe(true);
  });

  test("two tries at once: one charge", async () => {
    const charge = charging("pm_card_visa");
    stripe.latencyMs = 300;
    const both = await Promise.allSettled([provider.charge(charge), provider.charge(charge)]);
    stripe.latencyMs = 0;
    expect(both.filter(({ status }) => status === "fulfilled").length).toBeGreaterThan(0);
    expect(await provider.charge(charge)).toEqual(CHARGED);
    expect(taken(charge)).toBe(4_500);
  });
});

test("too many calls: busy, and nothing is charged", async () => {
  stripe.callsPerSecond = 0;
  const charge = charging("pm_card_visa");
  await expect(provider.charge(charge)).rejects.toThrow(ProviderBusy);
  stripe.callsPerSecond = null;
  expect(await provider.charge(charge)).toEqual(CHARGED);
  expect(taken(charge)).toBe(4_500);
});

test("a wrong key is the operator's mistake, and the error does not repeat it", async () => {
  const wrong = providerWith({ STRIPE_SECRET_KEY: "sk_test_canary" });
  const fault = await wrong.charge(charging("pm_card_visa")).catch((error: Error) => error);
  expect(fault).toBeInstanceOf(ConfigurationError);
  expect(String(fault)).not.toContain("canary");
});

test("a method is refused unread unless it names a payment method of Stripe's", () => {
  for (const method of ["pm_card_visa", "pm_1NXWPnBX2eZvKYlo2C1aQyIL", "ctoken_1NnQUf2eZvKYlo2CIObdtbnb"]) {
    expect(provider.accepts(method), method).toBe(true);
  }
  for (const method of ["4242424242424242", "tok_visa", "pm_", "card_1", "pm_sandbox-slow", "src_1"]) {
    expect(provider.accepts(method), method).toBe(false);
  }
});

describe("a refund", () => {
  test("gives the whole charge back once", async () => {
    const charge = charging("pm_card_visa");
    await provider.charge(charge);
    expect(await provider.lookUpRefund(whole(charge))).toBeNull();
    await provider.refund(whole(charge));
    await provider.refund(whole(charge));
    stripe.passADay();
    await provider.refund(whole(charge));
    expect(taken(charge)).toBe(0);
    expect(stripe.records.refunds.size).toBe(1);
    expect(await provider.lookUpRefund(whole(charge))).toEqual(SUCCEEDED);
  });

  test.each<[trouble: Trouble, tries: number]>([
    ["lost before", 2],
    ["lost after", 2],
    // It is found at once: the reply is kept with the key for a day.
    ["broken after", 1],
  ])("%s: it is given back once, in %i tries", async (trouble, tries) => {
    const charge = charging("pm_card_visa");
    await provider.charge(charge);
    stripe.trouble(trouble, /^POST .*refunds/);
    for (let time = 1; time < tries; time++) {
      await expect(provider.refund(whole(charge))).rejects.toThrow(ProviderUnreachable);
    }
    expect(await provider.refund(whole(charge))).toEqual(SUCCEEDED);
    stripe.passADay();
    expect(await provider.refund(whole(charge))).toEqual(SUCCEEDED);
    expect(taken(charge)).toBe(0);
    expect(stripe.records.refunds.size).toBe(1);
  });

  test("whose 500 is kept with its key, and that left nothing, has failed", async () => {
    const charge = charging("pm_card_visa");
    await provider.charge(charge);
    stripe.trouble("broken before", /^POST .*refunds/);
    await expect(provider.refund(whole(charge))).rejects.toThrow(ProviderUnreachable);
    expect(await provider.refund(whole(charge))).toMatchObject({
      state: "failed",
      failure: { code: "refund_refused" },
    });
    // Another attempt has another key.
    expect(await provider.refund(part(charge, 1, 4_500, 2))).toEqual(SUCCEEDED);
    expect(taken(charge)).toBe(0);
  });

  test("comes in parts, each once, under its own key and with its own id", async () => {
    const charge = charging("pm_card_visa");
    await provider.charge(charge);
    for (const task of [part(charge, 1, 1_000), part(charge, 2, 3_000), part(charge, 1, 1_000)]) {
      expect(await provider.refund(task)).toEqual(SUCCEEDED);
    }
    expect(taken(charge)).toBe(500);
    const made = [...stripe.records.refunds.values()].map(({ amount, metadata }) => [amount, metadata.refund]);
    expect(made).toEqual([
      [1_000, `${charge.paymentId}-r1`],
      [3_000, `${charge.paymentId}-r2`],
    ]);
    const keys = stripe.journal.filter(({ path, method }) => method === "POST" && path.endsWith("/refunds"));
    expect(new Set(keys.map(({ key }) => key))).toEqual(
      new Set([`refund ${charge.paymentId}-r1`, `refund ${charge.paymentId}-r2`]),
    );
    const movements = await provider.ledger(["bought"], { fromMs: 0, toMs: Date.now() + 60_000 });
    expect(movements.filter(({ kind }) => kind === "refund")).toMatchObject([
      { refundId: `${charge.paymentId}-r2`, amountMinor: 3_000, state: "succeeded" },
      { refundId: `${charge.paymentId}-r1`, amountMinor: 1_000, state: "succeeded" },
    ]);
  });

  test("is in the ledger beside others, however many there are", async () => {
    const charge = charging("pm_card_visa");
    await provider.charge(charge);
    const ids = Array.from({ length: 13 }, (_, index) => `${charge.paymentId}-r${index + 1}`);
    for (const [index] of ids.entries()) await provider.refund(part(charge, index + 1, 100));
    const movements = await provider.ledger(["bought"], { fromMs: 0, toMs: Date.now() + 60_000 });
    const refunds = movements.filter(({ kind }) => kind === "refund");
    expect(refunds.map(({ refundId }) => refundId).sort()).toEqual(ids.sort());
    expect(refunds.every(({ amountMinor, state }) => amountMinor === 100 && state === "succeeded")).toBe(true);
  });

  test("of more than is left is refused for good", async () => {
    const charge = charging("pm_card_visa");
    await provider.charge(charge);
    await provider.refund(part(charge, 1, 4_000));
    expect(await provider.refund(part(charge, 2, 501))).toMatchObject({
      ...{ state: "failed", failure: { code: "refund_refused" } },
    });
    expect(taken(charge)).toBe(500);
  });

  test.each<[made: string, amounts: number[], own: number, want: object]>([
    ["all of it", [4_500], 4_500, SUCCEEDED],
    ["the rest of it, beside our own", [500], 500, SUCCEEDED],
    ["all of it in parts", [4_000, 500], 1_000, SUCCEEDED],
    // It may have been for another refund.
    ["a part of it", [4_000], 1_000, { state: "failed", failure: { code: "refund_refused" } }],
  ])(
    "that somebody made in the dashboard, of %s, ends ours once nothing is left",
    async (_made, amounts, own, want) => {
      const charge = charging("pm_card_visa");
      await provider.charge(charge);
      const before = 4_500 - amounts.reduce((sum, amount) => sum + amount, 0);
      if (before === 4_000) await provider.refund(part(charge, 1, before));
      const task = part(charge, 2, own);
      const intentId = intentOf(charge)?.id ?? "";
      for (const amount of amounts) stripe.records.refund(intentId, amount, {}, "requested_by_customer");
      expect(await provider.refund(task)).toMatchObject(want);
      // As whenever it is looked at again.
      const isWhole = want === SUCCEEDED;
      expect(await provider.lookUpRefund(task)).toEqual(isWhole ? SUCCEEDED : null);
      if (!isWhole) return;
      const [last = ""] = [...stripe.records.refunds.keys()].slice(-1);
      stripe.records.endRefund(last, "failed");
      expect(await provider.lookUpRefund(task)).toMatchObject({ state: "failed" });
    },
  );

  test("is pending until Stripe has ended it, and may fail after it succeeded", async () => {
    const charge = charging("pm_card_pendingRefund");
    await provider.charge(charge);
    const task = part(charge, 1, 4_500);
    expect(await provider.refund(task)).toEqual({ state: "pending" });
    const [id = ""] = stripe.records.refunds.keys();
    stripe.records.endRefund(id, "succeeded");
    // The first reply says that it is pending: what counts is how it is now.
    expect(await provider.refund(task)).toEqual(SUCCEEDED);
    stripe.records.endRefund(id, "failed");
    const failed = { state: "failed", failure: { code: "expired_or_canceled_card" } };
    expect(await provider.lookUpRefund(task)).toMatchObject(failed);
    expect(await provider.refund(task)).toMatchObject(failed);
    expect(await provider.lookUpRefund(part(charge, 1, 4_500, 2))).toBeNull();
    expect(taken(charge)).toBe(4_500);
  });

  test("can be tried again after Stripe was busy", async () => {
    const charge = charging("pm_card_visa");
    await provider.charge(charge);
    stripe.callsPerSecond = 0;
    await expect(provider.refund(whole(charge))).rejects.toThrow(ProviderBusy);
    stripe.callsPerSecond = null;
    expect(await provider.refund(whole(charge))).toEqual(SUCCEEDED);
    expect(stripe.records.refunds.size).toBe(1);
  });

  test("of a charge that Stripe never took is an error", async () => {
    await expect(provider.refund(whole(charging("pm_card_visa")))).rejects.toThrow("no payment");
  });
});

describe("disputes", () => {
  test("are those of this service's payments, as they stand", async () => {
    const charge = charging("pm_card_createDispute");
    await provider.charge(charge);
    const { paymentId, reservationId: boughtId } = charge;
    const of = { paymentId, boughtId, amountMinor: 4_500, currency: "EUR", reason: "fraudulent" };
    const [open, ...others] = await provider.disputesSince(0);
    expect(others).toEqual([]);
    expect(open).toMatchObject({ ...of, state: "open" });
    expect(open?.respondByMs).toBeGreaterThan(open?.openedAtMs ?? Number.NaN);
    stripe.records.endDispute(open?.id ?? "", "lost");
    expect(await provider.dispute(open?.id ?? "")).toMatchObject({ ...of, state: "lost", respondByMs: null });
    expect(await provider.disputesSince(stripe.nowMs + 10_000)).toEqual([]);
  });

  test("are all read, however many there are", async () => {
    const charge = charging("pm_card_visa");
    await provider.charge(charge);
    const intent = [...stripe.records.intents.values()].find(({ metadata }) => metadata.payment === charge.paymentId);
    for (let number = 0; number < 150; number++) stripe.records.dispute(intent?.id ?? "");
    const found = await provider.disputesSince(0);
    expect(new Set(found.map(({ id }) => id)).size).toBe(150);
  });

  test("of other services on the same account are not ours, and an unknown one is none", async () => {
    const method = { payment_method: "pm_card_createDispute", allowed_payment_method_types: ["card"] };
    stripe.records.create({ amount: 100, currency: "eur", metadata: {}, ...method });
    const [strange] = stripe.records.disputes.keys();
    expect(await provider.disputesSince(0)).toEqual([]);
    expect(await provider.dispute(strange ?? "")).toBeNull();
    expect(await provider.dispute("du_unknown")).toBeNull();
  });
});
