// Idempotency-Key: one effect and one answer, across requests, tickets, routes, crashes and a day.

import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { accessToken } from "../../../../src/worker/auth/tokens.ts";
import {
  call,
  deadlineOf,
  hold,
  newPerson,
  objectOf,
  type Person,
  putOnSale,
  replayOf,
  seen,
} from "../../../support/service.ts";

const HOUR_MS = 3_600_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

function reserve({ token }: Person, ticket: string, key: string, quantity = 1) {
  return call("POST", "/reservations", { token, body: { ticket, quantity }, headers: { "idempotency-key": key } });
}

function pay({ token }: Person, reservationId: string, key: string, method = "pm_card_visa") {
  const headers = { "idempotency-key": key };
  return call("POST", `/reservations/${reservationId}/payment`, { token, headers, body: { payment_method: method } });
}

async function saleAndBuyer(): Promise<[ticketId: string, buyer: Person]> {
  return [(await putOnSale()).ticketId, await newPerson()];
}

/** Settles the ticket type's only payment as declined. */
async function declineIn(ticketId: string): Promise<void> {
  const paymentId = await runInDurableObject(
    objectOf(ticketId),
    (_, { storage }) => storage.sql.exec<{ id: string }>("SELECT id FROM payments").one().id,
  );
  const failure = { code: "card_declined", message: "No." };
  await objectOf(ticketId).settle([{ paymentId, outcome: { state: "failed", failure } }]);
}

/** The same account with a new token, after the clock has moved past the first one's end. */
async function signedInAgain(buyer: Person): Promise<Person> {
  return { ...buyer, token: await accessToken(env, buyer.accountId) };
}

describe("a key belongs to its account's first request that came with it", () => {
  test("with another ticket it is another request: two objects know nothing of each other's keys", async () => {
    const [one, other] = [await putOnSale(), await putOnSale()];
    const buyer = await newPerson();
    const first = await reserve(buyer, one.ticketId, "key");
    const second = await reserve(buyer, other.ticketId, "key");
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(await objectOf(other.ticketId).describe()).toMatchObject({ held: 1 });
    expect(seen(await reserve(buyer, one.ticketId, "key"))).toEqual(replayOf(first));
  });

  test("a payment with a hold's key is refused, and begins nothing", async () => {
    const [ticketId, buyer] = await saleAndBuyer();
    const { body } = await reserve(buyer, ticketId, "key");
    expect((await pay(buyer, body.id, "key")).body.type).toBe("/problems/idempotency-key-reused");
    expect((await call("GET", `/reservations/${body.id}`, { token: buyer.token })).body.payment).toBeNull();
  });

  test("a payment for another reservation is refused, and begins nothing", async () => {
    const [ticketId, buyer] = await saleAndBuyer();
    const [one, other] = [await hold(buyer, ticketId), await hold(buyer, ticketId)];
    expect((await pay(buyer, one.body.id, "key")).status).toBe(202);
    expect((await pay(buyer, other.body.id, "key")).body.type).toBe("/problems/idempotency-key-reused");
    expect((await call("GET", `/reservations/${other.body.id}`, { token: buyer.token })).body.payment).toBeNull();
  });
});

describe("the answer stays what it was", () => {
  test("of a hold that has expired since, and says that it is a replay", async () => {
    const [ticketId, buyer] = await saleAndBuyer();
    const first = await reserve(buyer, ticketId, "key");
    expect(first.headers.has("idempotent-replayed")).toBe(false);
    vi.setSystemTime(deadlineOf(first.body));
    expect(seen(await reserve(buyer, ticketId, "key"))).toEqual(replayOf(first));
    expect((await call("GET", `/reservations/${first.body.id}`, { token: buyer.token })).body.state).toBe("expired");
  });

  test("of a payment that has failed since, byte for byte", async () => {
    const [ticketId, buyer] = await saleAndBuyer();
    const { body } = await hold(buyer, ticketId);
    const first = await pay(buyer, body.id, "key", "pm_card_visa_chargeDeclined");
    await declineIn(ticketId);
    expect((await call("GET", `/reservations/${body.id}/payment`, { token: buyer.token })).body.state).toBe("failed");
    expect(seen(await pay(buyer, body.id, "key", "pm_card_visa_chargeDeclined"))).toEqual(replayOf(first));
  });

  test("but a refusal is not kept: a payment that was refused begins once it can, with the same key", async () => {
    const [ticketId, buyer] = await saleAndBuyer();
    const { body } = await hold(buyer, ticketId);
    await pay(buyer, body.id, "first", "pm_sandbox_slow_3600s");
    const refused = await pay(buyer, body.id, "second");
    expect(refused.body.type).toBe("/problems/payment-in-progress");
    await declineIn(ticketId);
    const begun = await pay(buyer, body.id, "second");
    expect(begun.status).toBe(202);
    expect(seen(await pay(buyer, body.id, "second"))).toEqual(replayOf(begun));
  });

  test("across the end of the object", async () => {
    const [ticketId, buyer] = await saleAndBuyer();
    const first = await reserve(buyer, ticketId, "key");
    await evictDurableObject(objectOf(ticketId));
    expect(seen(await reserve(buyer, ticketId, "key"))).toEqual(replayOf(first));
    expect((await reserve(buyer, ticketId, "key", 2)).body.type).toBe("/problems/idempotency-key-reused");
  });

  test("for a day, and then the key is forgotten", async () => {
    const [ticketId, buyer] = await saleAndBuyer();
    const first = await reserve(buyer, ticketId, "key");
    const startMs = Date.now();
    vi.setSystemTime(startMs + 24 * HOUR_MS);
    await runDurableObjectAlarm(objectOf(ticketId));
    const dayLater = await signedInAgain(buyer);
    expect(seen(await reserve(dayLater, ticketId, "key"))).toEqual(replayOf(first));
    expect((await reserve(dayLater, ticketId, "key", 2)).body.type).toBe("/problems/idempotency-key-reused");

    vi.setSystemTime(startMs + 51 * HOUR_MS);
    const fresh = await reserve(await signedInAgain(buyer), ticketId, "key", 2);
    expect(fresh.status).toBe(201);
    expect(fresh.body.id).not.toBe(first.body.id);
  });
});

describe("while the first request is in progress", () => {
  test("many at once: one effect, and one answer for all", async () => {
    const [ticketId, buyer] = await saleAndBuyer();
    const answers = await Promise.all(Array.from({ length: 20 }, () => reserve(buyer, ticketId, "key", 2)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.filter(({ headers }) => !headers.has("idempotent-replayed"))).toHaveLength(1);
    expect(await objectOf(ticketId).describe()).toMatchObject({ held: 2 });
  });
});

test("a call that the Worker repeats, after it lost the object's reply, is no replay to the buyer", async () => {
  const { ticketId } = await putOnSale();
  const { token } = await newPerson();
  const lost = new Set<string>();
  /** Each method is carried out, and its first reply is lost. */
  const losing = () =>
    new Proxy(objectOf(ticketId), {
      get: (object, method: "reserve" | "pay") => async (argument: never) => {
        const reply = await object[method](argument);
        if (lost.has(method)) return reply;
        lost.add(method);
        throw Object.assign(new Error("Network connection lost."), { retryable: true });
      },
    });
  const settings = { TICKET_TYPES: { getByName: losing } as unknown as typeof env.TICKET_TYPES };
  const options = { token, settings, headers: { "idempotency-key": "key" } };
  const held = await call("POST", "/reservations", { ...options, body: { ticket: ticketId, quantity: 1 } });
  const path = `/reservations/${held.body.id}/payment` as const;
  const paid = await call("POST", path, { token, settings, body: { payment_method: "pm_card_visa" } });
  expect([held.status, paid.status, ...lost]).toEqual([201, 202, "reserve", "pay"]);
  for (const { headers } of [held, paid]) expect(headers.has("idempotent-replayed")).toBe(false);
  const stock = await objectOf(ticketId).describe();
  expect((stock?.held ?? 0) + (stock?.sold ?? 0)).toBe(1);
});

test("the answer is on record with its effect, or not at all", async () => {
  const { ticketId } = await putOnSale();
  const { accountId } = await newPerson();
  const request = { accountId, quantity: 1, idempotencyKey: "key", reservationId: `${ticketId}-${"1".repeat(20)}` };
  await runInDurableObject(objectOf(ticketId), async (object, { storage }) => {
    storage.sql.exec("CREATE TRIGGER refuse BEFORE INSERT ON idempotency_keys BEGIN SELECT RAISE(ABORT, 'full'); END");
    await expect(object.reserve([request])).rejects.toThrow("full");
    storage.sql.exec("DROP TRIGGER refuse");
    expect(storage.sql.exec("SELECT id FROM reservations").toArray()).toEqual([]);
    expect(storage.sql.exec("SELECT held FROM ticket_type").one()).toEqual({ held: 0 });
  });
  expect(await objectOf(ticketId).describe()).toMatchObject({ held: 0 });
  expect(await objectOf(ticketId).reserve([request])).toMatchObject([{ ok: true }]);
});
