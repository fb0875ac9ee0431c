// Idempotency-Key: one effect and one answer, across requests, tickets, routes, crashes and a day.

import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { accessToken } from "../../../../src/worker/auth/tokens.ts";
import { once } from "../../../../src/worker/http/idempotency.ts";
import { ProblemError } from "../../../../src/worker/http/problems.ts";
import {
  type Answer,
  call,
  hold,
  newPerson,
  objectOf,
  type Person,
  putOnSale,
  seen,
} from "../../../support/service.ts";

const HOUR_MS = 3_600_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

function reserve({ token }: Person, ticket: string, key: string, quantity = 1): Promise<Answer> {
  return call("POST", "/reservations", { token, body: { ticket, quantity }, headers: { "idempotency-key": key } });
}

function pay({ token }: Person, reservationId: string, key: string, method = "pm_card_visa"): Promise<Answer> {
  const headers = { "idempotency-key": key };
  return call("POST", `/reservations/${reservationId}/payment`, { token, headers, body: { payment_method: method } });
}

/** The clock moved past the session's end: the same account, signed in again. */
async function signedInAgain(buyer: Person): Promise<Person> {
  return { ...buyer, token: await accessToken(env, buyer.accountId) };
}

function keysOf({ accountId }: Person) {
  return env.IDEMPOTENCY_KEYS.getByName(accountId);
}

describe("a key belongs to its account's first request that came with it", () => {
  test("another ticket is refused, and holds nothing", async () => {
    const [one, other] = [await putOnSale(), await putOnSale()];
    const buyer = await newPerson();
    const first = await reserve(buyer, one.ticketId, "key");
    const reused = await reserve(buyer, other.ticketId, "key");
    expect([reused.status, reused.body.type]).toEqual([422, "/problems/idempotency-key-reused"]);
    expect(await objectOf(other.ticketId).describe()).toMatchObject({ held: 0 });
    expect(seen(await reserve(buyer, one.ticketId, "key"))).toEqual(seen(first));
  });

  test("a payment with a hold's key is refused, and begins nothing", async () => {
    const { ticketId } = await putOnSale();
    const buyer = await newPerson();
    const { body } = await reserve(buyer, ticketId, "key");
    expect((await pay(buyer, body.id, "key")).body.type).toBe("/problems/idempotency-key-reused");
    expect((await call("GET", `/reservations/${body.id}`, { token: buyer.token })).body.payment).toBeNull();
  });

  test("a payment for another reservation is refused, and begins nothing", async () => {
    const { ticketId } = await putOnSale();
    const buyer = await newPerson();
    const [one, other] = [await hold(buyer, ticketId), await hold(buyer, ticketId)];
    expect((await pay(buyer, one.body.id, "key")).status).toBe(202);
    expect((await pay(buyer, other.body.id, "key")).body.type).toBe("/problems/idempotency-key-reused");
    expect((await call("GET", `/reservations/${other.body.id}`, { token: buyer.token })).body.payment).toBeNull();
  });

  test("also where the object was asked past the key's own object", async () => {
    const { ticketId } = await putOnSale();
    const { accountId } = await newPerson();
    const request = { accountId, quantity: 1, idempotencyKey: "key" };
    const id = (suffix: string) => `${ticketId}-${suffix.repeat(20)}`;
    const [first] = await objectOf(ticketId).reserve([{ ...request, reservationId: id("1") }]);
    const [again] = await objectOf(ticketId).reserve([{ ...request, reservationId: id("2") }]);
    const [reused] = await objectOf(ticketId).reserve([{ ...request, reservationId: id("3"), quantity: 2 }]);
    expect(again).toEqual(first);
    expect(reused).toEqual({ ok: false, refusal: { type: "idempotency_key_reused" } });
  });
});

describe("the answer stays what it was", () => {
  test("of a payment that has failed since, byte for byte", async () => {
    const { ticketId } = await putOnSale();
    const buyer = await newPerson();
    const { body } = await hold(buyer, ticketId);
    const first = await pay(buyer, body.id, "key", "pm_card_visa_chargeDeclined");
    const [paymentId = ""] = await runInDurableObject(objectOf(ticketId), (_, { storage }) =>
      storage.sql
        .exec<{ id: string }>("SELECT id FROM payments")
        .toArray()
        .map(({ id }) => id),
    );
    const failure = { code: "card_declined", message: "No." };
    await objectOf(ticketId).settle([{ paymentId, outcome: { state: "failed", failure } }]);
    expect((await call("GET", `/reservations/${body.id}/payment`, { token: buyer.token })).body.state).toBe("failed");
    expect(seen(await pay(buyer, body.id, "key", "pm_card_visa_chargeDeclined"))).toEqual(seen(first));
  });

  test("of a payment that was refused, though it could begin by now", async () => {
    const { ticketId } = await putOnSale();
    const buyer = await newPerson();
    const { body } = await hold(buyer, ticketId);
    await pay(buyer, body.id, "first", "pm_sandbox_slow_3600s");
    const refused = await pay(buyer, body.id, "second");
    expect(refused.body.type).toBe("/problems/payment-in-progress");
    const [paymentId = ""] = await runInDurableObject(objectOf(ticketId), (_, { storage }) =>
      storage.sql
        .exec<{ id: string }>("SELECT id FROM payments")
        .toArray()
        .map(({ id }) => id),
    );
    await objectOf(ticketId).settle([
      { paymentId, outcome: { state: "failed", failure: { code: "card_declined", message: "No." } } },
    ]);
    expect(seen(await pay(buyer, body.id, "second"))).toEqual(seen(refused));
    expect((await pay(buyer, body.id, "third")).status).toBe(202);
  });

  test("across the end of both objects", async () => {
    const { ticketId } = await putOnSale();
    const buyer = await newPerson();
    const first = await reserve(buyer, ticketId, "key");
    await evictDurableObject(objectOf(ticketId));
    await evictDurableObject(keysOf(buyer));
    expect(seen(await reserve(buyer, ticketId, "key"))).toEqual(seen(first));
    expect((await reserve(buyer, ticketId, "key", 2)).body.type).toBe("/problems/idempotency-key-reused");
  });

  test("for a day, and then the key is forgotten", async () => {
    const { ticketId } = await putOnSale();
    const buyer = await newPerson();
    const first = await reserve(buyer, ticketId, "key");
    const startMs = Date.now();
    vi.setSystemTime(startMs + 24 * HOUR_MS);
    await runDurableObjectAlarm(objectOf(ticketId));
    await runDurableObjectAlarm(keysOf(buyer));
    const dayLater = await signedInAgain(buyer);
    expect(seen(await reserve(dayLater, ticketId, "key"))).toEqual(seen(first));
    expect((await reserve(dayLater, ticketId, "key", 2)).body.type).toBe("/problems/idempotency-key-reused");

    vi.setSystemTime(startMs + 51 * HOUR_MS);
    const fresh = await reserve(await signedInAgain(buyer), ticketId, "key", 2);
    expect(fresh.status).toBe(201);
    expect(fresh.body.id).not.toBe(first.body.id);
  });

  test("and nothing is left of an account whose keys are over", async () => {
    const { ticketId } = await putOnSale();
    const buyer = await newPerson();
    await reserve(buyer, ticketId, "key");
    const rows = () =>
      runInDurableObject(keysOf(buyer), (_, { storage }) =>
        storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'keys'").toArray(),
      );
    expect(await rows()).toHaveLength(1);
    vi.setSystemTime(Date.now() + 27 * HOUR_MS);
    expect(await runDurableObjectAlarm(keysOf(buyer))).toBe(true);
    expect(await rows()).toEqual([]);
    expect((await reserve(await signedInAgain(buyer), ticketId, "key")).status).toBe(201);
  });
});

describe("while the first request is in progress", () => {
  test("the same one is told to come again, and then gets the same answer", async () => {
    const { accountId } = await newPerson();
    let finish = (_: string) => {};
    const first = once(env, accountId, "key", ["ask"], () => new Promise<string>((resolve) => (finish = resolve)));
    await scheduler.wait(50);
    const second = await once(env, accountId, "key", ["ask"], async () => "twice").catch((fault: unknown) => fault);
    expect(second).toBeInstanceOf(ProblemError);
    expect(second).toMatchObject({ type: "request-in-progress" });
    const other = once(env, accountId, "key", ["ask otherwise"], async () => "twice");
    await expect(other).rejects.toMatchObject({ type: "idempotency-key-reused" });
    finish("done");
    expect(await first).toBe("done");
    expect(await once(env, accountId, "key", ["ask"], async () => "answered again")).toBe("answered again");
  });

  test("many at once: one effect, one answer, and for the others 409 with Retry-After", async () => {
    const { ticketId } = await putOnSale();
    const buyer = await newPerson();
    const answers = await Promise.all(Array.from({ length: 20 }, () => reserve(buyer, ticketId, "key", 2)));
    const told = await reserve(buyer, ticketId, "key", 2);
    expect(told.status).toBe(201);
    for (const answer of answers) {
      if (answer.status === 201) expect(answer.text).toBe(told.text);
      else {
        expect(answer.body.type).toBe("/problems/request-in-progress");
        expect(answer.headers.get("retry-after")).toBe("1");
      }
    }
    expect(answers.map(({ status }) => status)).toContain(201);
    expect(await objectOf(ticketId).describe()).toMatchObject({ held: 2 });
  });

  test("a request that fails frees its key for the same request only", async () => {
    const { accountId } = await newPerson();
    const fails = once(env, accountId, "key", ["ask"], () => Promise.reject(new ProblemError("unavailable")));
    await expect(fails).rejects.toMatchObject({ type: "unavailable" });
    const other = once(env, accountId, "key", ["ask otherwise"], async () => "done");
    await expect(other).rejects.toMatchObject({ type: "idempotency-key-reused" });
    expect(await once(env, accountId, "key", ["ask"], async () => "done")).toBe("done");
  });
});

test("the answer is on record with its effect, or not at all", async () => {
  const { ticketId } = await putOnSale();
  const { accountId } = await newPerson();
  const request = { accountId, quantity: 1, idempotencyKey: "key", reservationId: `${ticketId}-${"1".repeat(20)}` };
  await runInDurableObject(objectOf(ticketId), async (object, { storage }) => {
    storage.sql.exec("CREATE TRIGGER refuse BEFORE INSERT ON answers BEGIN SELECT RAISE(ABORT, 'full'); END");
    await expect(object.reserve([request])).rejects.toThrow("full");
    storage.sql.exec("DROP TRIGGER refuse");
    expect(storage.sql.exec("SELECT id FROM reservations").toArray()).toEqual([]);
    expect(storage.sql.exec("SELECT held FROM ticket_type").one()).toEqual({ held: 0 });
  });
  expect(await objectOf(ticketId).describe()).toMatchObject({ held: 0 });
  expect(await objectOf(ticketId).reserve([request])).toMatchObject([{ ok: true }]);
});

test("a key costs the same however many its account has used today", async () => {
  const keys = env.IDEMPOTENCY_KEYS.getByName("busy-account");
  await keys.once("k", "r", async () => {});
  const read = await runInDurableObject(keys, (_, { storage }) => {
    for (let n = 0; n < 20_000; n++) storage.sql.exec("INSERT INTO keys VALUES (?, 'r', ?)", `k${n}`, Date.now());
    const gone = storage.sql.exec("DELETE FROM keys WHERE used_at_ms <= ?", 1);
    gone.toArray();
    return gone.rowsRead;
  });
  expect(read).toBeLessThan(10);
});

test("a key whose first try failed means nothing new while its answer is kept", async () => {
  const [first, second] = [await putOnSale(), await putOnSale()];
  const buyer = await newPerson();
  const startMs = Date.now();
  // The object can't be reached, at first.
  await keysOf(buyer).once("key", JSON.stringify(["reserve", first.ticketId, 1]), async () => {});
  vi.setSystemTime(startMs + 20 * HOUR_MS);
  expect((await reserve(await signedInAgain(buyer), first.ticketId, "key")).status).toBe(201);
  vi.setSystemTime(startMs + 27 * HOUR_MS);
  const other = await reserve(await signedInAgain(buyer), second.ticketId, "key");
  expect(other.body.type).toBe("/problems/idempotency-key-reused");
});
