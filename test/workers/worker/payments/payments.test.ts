// Paying through the real queue: begun at once, settled in the background, once. Tests that wait do so side by side.

import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { call, hold, newPerson, type OnSale, type Person, pay, putOnSale, until } from "../../../support/service.ts";

const SLOW = "pm_sandbox_slow_20s";
const PENDING = { state: "pending", amount: 9_000, currency: "EUR", error: null };
const SUCCEEDED = { ...PENDING, state: "succeeded" };
let priced: OnSale;

beforeAll(async () => {
  priced = await putOnSale({ capacity: 1_000, max_per_buyer: null });
});

/** Somebody who holds two tickets. */
async function holder(): Promise<{ buyer: Person; id: string; path: `/reservations/${string}` }> {
  const buyer = await newPerson();
  const { status, body } = await hold(buyer, priced.ticketId, 2);
  expect(status).toBe(201);
  return { buyer, id: body.id, path: `/reservations/${body.id}` as const };
}

function payWith(buyer: Person, id: string, body: unknown, key?: string) {
  const headers: Record<string, string> = key === undefined ? {} : { "idempotency-key": key };
  return call("POST", `/reservations/${id}/payment`, { token: buyer.token, anyBody: body, headers });
}

function show<const P extends string>({ token }: Person, path: P) {
  return call("GET", path, { token });
}

/** The payment once the queue has done its work. */
function settled(buyer: Person, path: `/reservations/${string}`) {
  return until(
    () => show(buyer, `${path}/payment`),
    ({ body }) => body.state !== "pending",
  );
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

describe("a payment", () => {
  test.concurrent("is pending at once, and confirms the reservation when the queue has settled it", async () => {
    const { buyer, id, path } = await holder();
    const answer = await pay(buyer, id);
    expect(answer.status).toBe(202);
    expect(answer.headers.get("location")).toBe(`${path}/payment`);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.body).toStrictEqual(PENDING);
    const pending = (await show(buyer, path)).body;
    expect(pending).toMatchObject({ state: "held", payment: PENDING });

    expect((await settled(buyer, path)).body).toStrictEqual(SUCCEEDED);
    const confirmed = { ...pending, state: "confirmed", payment: SUCCEEDED };
    expect((await show(buyer, path)).body).toEqual(confirmed);
    const list = await until(
      () => show(buyer, "/reservations"),
      (page) => page.list[0]?.state === "confirmed",
    );
    expect(list.list).toEqual([confirmed]);
    expect(await ledger(id)).toEqual([charge("pm_card_visa")]);
  });

  test.concurrent("moves its tickets from held to sold", async () => {
    const { organizer, ticketId } = await putOnSale({ capacity: 10 });
    const buyer = await newPerson();
    const { id } = (await hold(buyer, ticketId, 3)).body;
    await pay(buyer, id);
    const ask = () => call("GET", `/tickets/${ticketId}`, { token: organizer.token });
    const ticket = await until(ask, ({ body }) => body.sold === 3);
    expect(ticket.body).toMatchObject({ capacity: 10, available: 7, held: 0, sold: 3 });
  });

  test.concurrent.each([
    ["pm_card_visa_chargeDeclined", "card_declined"],
    ["pm_card_visa_chargeDeclinedInsufficientFunds", "insufficient_funds"],
    ["pm_card_visa_chargeDeclinedExpiredCard", "expired_card"],
  ])("with %s fails as %s; the reservation stays held, and can be paid with another", async (method, code) => {
    const { buyer, id, path } = await holder();
    const before = (await show(buyer, path)).body;
    expect((await pay(buyer, id, method)).body).toStrictEqual(PENDING);
    const failed = { state: "failed", amount: null, currency: null, error: { code, message: expect.any(String) } };
    expect((await settled(buyer, path)).body).toStrictEqual(failed);
    expect((await show(buyer, path)).body).toEqual({ ...before, state: "held", payment: failed });
    expect((await pay(buyer, id)).body).toStrictEqual(PENDING);
    expect((await settled(buyer, path)).body).toStrictEqual(SUCCEEDED);
    expect((await show(buyer, path)).body).toMatchObject({ state: "confirmed", payment: SUCCEEDED });
  });

  test.concurrent("is made once for a key, though it is asked for at once, again, and when it is settled", async () => {
    const { buyer, id, path } = await holder();
    const body = { payment_method: "pm_card_visa" };
    const answers = await Promise.all([1, 2, 3, 4].map(() => payWith(buyer, id, body, "once")));
    answers.push(await payWith(buyer, id, body, "once"));
    expect((await settled(buyer, path)).body.state).toBe("succeeded");
    answers.push(await payWith(buyer, id, body, "once"));
    for (const answer of answers) {
      expect(answer.status).toBe(202);
      expect(answer.body).toStrictEqual(PENDING);
      expect(answer.headers.get("location")).toBe(`${path}/payment`);
    }
    expect(await ledger(id)).toEqual([charge("pm_card_visa")]);
    expect((await show(buyer, path)).body.state).toBe("confirmed");
  });

  test.concurrent("that was declined is not tried again by its key", async () => {
    const { buyer, id, path } = await holder();
    const method = "pm_card_visa_chargeDeclined";
    const first = await payWith(buyer, id, { payment_method: method }, "once");
    const failed = await settled(buyer, path);
    expect(failed.body.state).toBe("failed");
    expect((await payWith(buyer, id, { payment_method: method }, "once")).text).toBe(first.text);
    expect((await show(buyer, `${path}/payment`)).text).toBe(failed.text);
    expect(await ledger(id)).toEqual([charge(method)]);
  });

  test.concurrent("is refused when the reservation is confirmed: it is paid for once", async () => {
    const { buyer, id, path } = await holder();
    await pay(buyer, id);
    await settled(buyer, path);
    const before = await show(buyer, path);
    expect(before.body.state).toBe("confirmed");
    const answer = await pay(buyer, id);
    expect(answer.status).toBe(409);
    expect(answer.body.type).toBe("/problems/already-confirmed");
    expect((await show(buyer, path)).text).toBe(before.text);
    expect(await ledger(id)).toHaveLength(1);
  });
});

describe("while a payment is pending", () => {
  test("another one is refused, and changes nothing", async () => {
    const { buyer, id, path } = await holder();
    expect((await pay(buyer, id, SLOW)).status).toBe(202);
    const before = await show(buyer, path);
    const outcomes = [
      await pay(buyer, id, SLOW),
      await pay(buyer, id, "pm_card_visa"),
      await payWith(buyer, id, { payment_method: "pm_card_visa" }, "a key"),
    ];
    for (const answer of outcomes) {
      expect(answer.status).toBe(409);
      expect(answer.body.type).toBe("/problems/payment-in-progress");
    }
    expect((await show(buyer, path)).text).toBe(before.text);
    expect((await show(buyer, `${path}/payment`)).body).toStrictEqual(PENDING);
  });

  test("one of many that are asked for at once is begun", async () => {
    const { buyer, id } = await holder();
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => pay(buyer, id, SLOW)));
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 409, 409, 409, 409]);
  });

  test("its key with another method is refused", async () => {
    const { buyer, id, path } = await holder();
    await payWith(buyer, id, { payment_method: SLOW }, "key");
    for (const body of [{ payment_method: "pm_card_visa" }, {}]) {
      const answer = await payWith(buyer, id, body, "key");
      expect(answer.status).toBe(422);
      expect(answer.body.type).toBe("/problems/idempotency-key-reused");
    }
    expect((await show(buyer, `${path}/payment`)).body).toStrictEqual(PENDING);
  });
});
