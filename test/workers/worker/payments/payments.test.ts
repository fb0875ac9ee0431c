// Paying over HTTP, through the real queue: begun at once, settled in the background, once.

import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test, vi } from "vitest";
import {
  call,
  createEvent,
  hold,
  newPerson,
  type OnSale,
  objectOf,
  putOnSale,
  seen,
  until,
} from "../../../support/service.ts";

const VISA = "pm_card_visa";
const SLOW = "pm_sandbox_slow_20s";
const TOTAL = { amount: 9_000, currency: "EUR", exponent: 2 };
const PENDING = {
  state: "pending",
  amount: 9_000,
  currency: "EUR",
  total: TOTAL,
  error: null,
  pending_since: null,
  next_action: null,
};
const SUCCEEDED = { ...PENDING, state: "succeeded" };
const FREE = { ...SUCCEEDED, amount: 0, total: { ...TOTAL, amount: 0 } };
let priced: OnSale;
let free: OnSale;

beforeAll(async () => {
  priced = await putOnSale({ capacity: 1_000, max_per_buyer: null });
  free = await putOnSale({ price: { amount: 0, currency: "EUR" } });
});

/** A buyer who holds two tickets, and what they can do with them. */
async function holder({ ticketId }: OnSale = priced) {
  const buyer = await newPerson();
  const { status, body } = await hold(buyer, ticketId, 2);
  expect(status).toBe(201);
  const path = `/reservations/${body.id}` as const;
  const { token } = buyer;
  const show = () => call("GET", path, { token });
  const showPayment = () => call("GET", `${path}/payment`, { token });
  const payWith = (anyBody: unknown, key?: string) =>
    call("POST", `${path}/payment`, { token, anyBody, headers: key === undefined ? {} : { "idempotency-key": key } });
  return {
    buyer,
    id: body.id,
    path,
    show,
    showPayment,
    payWith,
    pay: (payment_method: string, key?: string) => payWith({ payment_method }, key),
    settled: () => until(showPayment, ({ body }) => body.state !== "pending"),
  };
}

/** What the provider did for a reservation. */
async function ledger(id: string): Promise<Record<string, unknown>[]> {
  const query = env.DB.prepare(
    "SELECT kind, amount_minor, currency, method FROM sandbox_ledger WHERE reservation_id = ? ORDER BY created_at_ms",
  );
  return (await query.bind(id).all()).results;
}

function charge(method: string) {
  return { kind: "charge", amount_minor: 9_000, currency: "EUR", method };
}

test.each(["ctoken_visa", "ctoken_visa_chargeDeclined", "ctoken_sandbox", "ctoken_"])(
  "the sandbox takes the confirmation token %s as it takes the card",
  async (token) => {
    const { id, pay, settled } = await holder();
    const card = token.replace("ctoken_", "pm_card_");
    const isKnown = token.startsWith("ctoken_visa");
    expect((await pay(token)).status).toBe(isKnown ? 202 : 422);
    if (!isKnown) return;
    expect((await settled()).body.state).toBe(card === VISA ? "succeeded" : "failed");
    expect(await ledger(id)).toEqual([charge(card)]);
  },
);

test.each<[amount: number, currency: string, path: string]>([
  [49, "EUR", "price.amount"],
  [100_000_000, "EUR", "price.amount"],
  [12_345, "KWD", "price.amount"],
  [4_500, "GHS", "price.currency"],
])("a price of %i %s, which Stripe can't charge, is refused by the sandbox, too", async (amount, currency, path) => {
  const organizer = await newPerson("organizer");
  const event = await createEvent(organizer);
  const body = { name: "Stalls", capacity: 1, price: { amount, currency } };
  const made = await call("POST", `/events/${event}/tickets`, { token: organizer.token, anyBody: body });
  expect(made).toMatchObject({ status: 422, body: { errors: [{ path }] } });
});

// Those that wait for the queue do so side by side.
describe("a payment", () => {
  test.concurrent("is pending at once, and confirms the reservation when the queue has settled it", async () => {
    const { buyer, id, path, pay, show, settled } = await holder();
    const answer = await pay(VISA);
    expect(answer.status).toBe(202);
    expect(answer.headers.get("location")).toBe(`${path}/payment`);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.body).toStrictEqual(PENDING);
    const pending = (await show()).body;
    const since = { pending_since: expect.any(String) };
    expect(pending).toMatchObject({ state: "held", payment: { ...PENDING, ...since } });

    expect((await settled()).body).toStrictEqual(SUCCEEDED);
    const over = { status: "confirmed", expires_at: null, expires_in: null };
    const confirmed = { ...pending, ...over, state: "confirmed", payment: SUCCEEDED };
    expect((await show()).body).toEqual(confirmed);
    const list = () => call("GET", "/reservations", { token: buyer.token });
    expect((await until(list, (page) => page.list[0]?.state === "confirmed")).list).toEqual([confirmed]);
    expect(await ledger(id)).toEqual([charge(VISA)]);

    const again = await pay(VISA);
    expect([again.status, again.body.type]).toEqual([409, "/problems/already-confirmed"]);
    expect((await show()).body).toEqual(confirmed);
    expect(await ledger(id)).toHaveLength(1);
  });

  test.concurrent.each([
    ["pm_card_visa_chargeDeclined", "card_declined"],
    ["pm_card_visa_chargeDeclinedInsufficientFunds", "insufficient_funds"],
    ["pm_card_visa_chargeDeclinedExpiredCard", "expired_card"],
  ])("with %s fails as %s; the reservation stays held, and can be paid with another", async (method, code) => {
    const { pay, show, settled } = await holder();
    const before = (await show()).body;
    expect((await pay(method)).body).toStrictEqual(PENDING);
    const error = { code, message: expect.any(String) };
    const failed = {
      state: "failed",
      amount: null,
      currency: null,
      total: TOTAL,
      error,
      pending_since: null,
      next_action: null,
    };
    expect((await settled()).body).toStrictEqual(failed);
    expect((await show()).body).toEqual({ ...before, expires_in: expect.any(Number), payment: failed });
    expect((await pay(VISA)).body).toStrictEqual(PENDING);
    expect((await settled()).body).toStrictEqual(SUCCEEDED);
    expect((await show()).body).toMatchObject({ state: "confirmed", payment: SUCCEEDED });
  });

  test.concurrent("is made once for a key, though it is requested at once, again, and when it is settled", async () => {
    const { id, path, pay, show, settled } = await holder();
    const answers = await Promise.all([1, 2, 3, 4].map(() => pay(VISA, "once")));
    answers.push(await pay(VISA, "once"));
    expect((await settled()).body.state).toBe("succeeded");
    answers.push(await pay(VISA, "once"));
    for (const answer of answers) {
      expect(answer.status).toBe(202);
      expect(answer.body).toStrictEqual(PENDING);
      expect(answer.headers.get("location")).toBe(`${path}/payment`);
    }
    expect(await ledger(id)).toEqual([charge(VISA)]);
    expect((await show()).body.state).toBe("confirmed");
  });

  test.concurrent("that was declined is not tried again by its key", async () => {
    const { id, pay, showPayment, settled } = await holder();
    const method = "pm_card_visa_chargeDeclined";
    const first = await pay(method, "once");
    const failed = await settled();
    expect(failed.body.state).toBe("failed");
    expect((await pay(method, "once")).text).toBe(first.text);
    expect((await showPayment()).text).toBe(failed.text);
    expect(await ledger(id)).toEqual([charge(method)]);
  });
});

describe("while a payment is pending", () => {
  test("another one is refused, and changes nothing", async () => {
    const { pay, show, showPayment } = await holder();
    expect((await pay(SLOW)).status).toBe(202);
    const before = await show();
    for (const answer of [await pay(SLOW), await pay(VISA), await pay(VISA, "a key")]) {
      expect([answer.status, answer.body.type]).toEqual([409, "/problems/payment-in-progress"]);
    }
    expect(seen(await show())).toEqual(seen(before));
    expect((await showPayment()).body).toStrictEqual({ ...PENDING, pending_since: expect.any(String) });
  });

  test.each([
    [4_000, "1"],
    [30_000, "6"],
    [900_000, "15"],
  ])("its reply says since when, and after %i ms when to ask again", async (afterMs, seconds) => {
    const { pay, show, showPayment } = await holder();
    const beganMs = Date.now();
    await pay(SLOW);
    vi.setSystemTime(Date.now() + afterMs);
    const { headers, body } = await showPayment();
    vi.useRealTimers();
    const sinceMs = Date.parse(body.pending_since ?? "");
    expect(sinceMs).toBeGreaterThanOrEqual(beganMs);
    expect(sinceMs).toBeLessThan(beganMs + 2_000);
    expect(headers.get("retry-after")).toBe(seconds);
    expect((await show()).body.payment?.pending_since).toBe(body.pending_since);
  });

  test("one of many that are requested at once is begun", async () => {
    const { pay } = await holder();
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => pay(SLOW)));
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 409, 409, 409, 409]);
  });

  test("its key with another method is refused", async () => {
    const { payWith, showPayment } = await holder();
    await payWith({ payment_method: SLOW }, "key");
    for (const body of [{ payment_method: VISA }, {}]) {
      const answer = await payWith(body, "key");
      expect([answer.status, answer.body.type]).toEqual([422, "/problems/idempotency-key-reused"]);
    }
    expect((await showPayment()).body).toStrictEqual({ ...PENDING, pending_since: expect.any(String) });
  });
});

describe("free tickets", () => {
  test.each<[how: string, body: unknown]>([
    ["without a payment method", {}],
    ["without a body", undefined],
    ["with null in place of a payment method", { payment_method: null }],
    ["with a payment method, which is not charged", { payment_method: VISA }],
  ])("are confirmed at once %s", async (_how, body) => {
    const { id, path, payWith, show, showPayment } = await holder(free);
    const answer = await payWith(body, "once");
    expect(answer.status).toBe(202);
    expect(answer.body).toStrictEqual(FREE);
    expect(answer.headers.get("location")).toBe(`${path}/payment`);
    expect((await show()).body).toMatchObject({ state: "confirmed", payment: FREE });
    expect((await showPayment()).text).toBe(answer.text);
    const replay = await payWith(body, "once");
    expect([replay.status, replay.text]).toEqual([202, answer.text]);
    expect((await payWith(body)).body.type).toBe("/problems/already-confirmed");
    expect(await ledger(id)).toEqual([]);
  });
});

describe("nothing is paid, and nothing changes,", () => {
  test.each<[what: string, body: unknown]>([
    ["missing", {}],
    ["null", { payment_method: null }],
    ["empty", { payment_method: "" }],
    ["unknown", { payment_method: "pm_card_gold" }],
    ["a name that every object has", { payment_method: "constructor" }],
    ["a name that no object should have", { payment_method: "__proto__" }],
    ["slow beyond an hour", { payment_method: "pm_sandbox_slow_3601s" }],
  ])("if the payment method is %s", async (_what, body) => {
    const { id, payWith, show, showPayment } = await holder();
    const [shown, stock] = [await show(), await objectOf(id).describe()];
    const answer = await payWith(body);
    expect(answer.status).toBe(422);
    expect(answer.body.errors.map((error) => error.path)).toEqual(["payment_method"]);
    expect(seen(await show())).toEqual(seen(shown));
    expect(await objectOf(id).describe()).toEqual(stock);
    expect((await showPayment()).status).toBe(404);
  });
});
