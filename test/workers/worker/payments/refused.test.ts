// What is paid for without a charge, and what is not begun at all.

import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { call, hold, newPerson, type OnSale, objectOf, type Person, pay, putOnSale } from "../../../support/service.ts";

let priced: OnSale;
let free: OnSale;

beforeAll(async () => {
  priced = await putOnSale();
  free = await putOnSale({ price: { amount: 0, currency: "EUR" } });
});

/** Somebody who holds two tickets. */
async function holder({ ticketId }: OnSale): Promise<{ buyer: Person; id: string; path: `/reservations/${string}` }> {
  const buyer = await newPerson();
  const { status, body } = await hold(buyer, ticketId, 2);
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

/** How often the provider was asked to move money for a reservation. */
async function movements(id: string): Promise<number | null> {
  return env.DB.prepare("SELECT COUNT(*) AS n FROM sandbox_ledger WHERE reservation_id = ?")
    .bind(id)
    .first<number>("n");
}

describe("free tickets", () => {
  test("are confirmed at once, without a payment method", async () => {
    const { buyer, id, path } = await holder(free);
    const answer = await payWith(buyer, id, {});
    const nothing = { state: "succeeded", amount: 0, currency: "EUR", error: null };
    expect(answer.status).toBe(202);
    expect(answer.body).toStrictEqual(nothing);
    expect(answer.headers.get("location")).toBe(`${path}/payment`);
    expect((await show(buyer, path)).body).toMatchObject({ state: "confirmed", payment: nothing });
    expect((await show(buyer, `${path}/payment`)).text).toBe(answer.text);
    expect((await payWith(buyer, id, {})).body.type).toBe("/problems/already-confirmed");
    expect(await movements(id)).toBe(0);
  });

  test("are confirmed without a body, and charge no method that is named all the same", async () => {
    const [bare, named] = [await holder(free), await holder(free)];
    const path = `${bare.path}/payment` as const;
    expect((await call("POST", path, { token: bare.buyer.token })).body.state).toBe("succeeded");
    expect((await pay(named.buyer, named.id)).body).toMatchObject({ state: "succeeded", amount: 0 });
    expect(await movements(named.id)).toBe(0);
  });

  test("have one answer for one key", async () => {
    const { buyer, id } = await holder(free);
    const first = await payWith(buyer, id, {}, "once");
    const again = await payWith(buyer, id, {}, "once");
    expect(again.status).toBe(202);
    expect(again.text).toBe(first.text);
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
    ["a number", { payment_method: 4242424242424242 }],
    ["a card number with spaces", { payment_method: "4242 4242 4242 4242" }],
    ["too long", { payment_method: "p".repeat(256) }],
  ])("where the payment method is %s", async (_what, body) => {
    const { buyer, id, path } = await holder(priced);
    const [shown, stock] = [await show(buyer, path), await objectOf(id).describe()];
    const answer = await payWith(buyer, id, body);
    expect(answer.status).toBe(422);
    expect(answer.body.errors.map((error) => error.path)).toEqual(["payment_method"]);
    expect((await show(buyer, path)).text).toBe(shown.text);
    expect(await objectOf(id).describe()).toEqual(stock);
    expect((await show(buyer, `${path}/payment`)).status).toBe(404);
  });

  test.each([
    ["empty", ""],
    ["256 characters", "k".repeat(256)],
    ["a tab", "a\tb"],
  ])("where the Idempotency-Key is %s", async (_what, key) => {
    const { buyer, id, path } = await holder(priced);
    const answer = await payWith(buyer, id, { payment_method: "pm_card_visa" }, key);
    expect(answer.status).toBe(400);
    expect(answer.body.type).toBe("/problems/invalid-idempotency-key");
    expect((await show(buyer, path)).body.payment).toBeNull();
  });

  test("where nobody is signed in", async () => {
    const { buyer, path } = await holder(priced);
    const body = { payment_method: "pm_card_visa" };
    expect((await call("POST", `${path}/payment`, { body })).status).toBe(401);
    expect((await call("GET", `${path}/payment`)).status).toBe(401);
    expect((await show(buyer, path)).body.payment).toBeNull();
  });

  test("before anybody pays: there is no payment to show", async () => {
    const { buyer, path } = await holder(priced);
    const answer = await show(buyer, `${path}/payment`);
    expect(answer.status).toBe(404);
    expect(answer.body.type).toBe("/problems/not-found");
  });
});
