// The counters of prices and the uses of codes in the object: what its rows add up to, whatever has
// happened, and whichever version has written them.

import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { describe, expect, test, vi } from "vitest";
import type { ReserveRequest } from "../../../../src/durable/ticket-type/protocol.ts";
import { newId, newReservationId } from "../../../../src/platform/ids.ts";
import { sqlIn, stopClock } from "../../../support/objects.ts";
import { ADULT, CHILD, holdAt, makeCodes, PRESS, putPricesOnSale } from "../../../support/prices.ts";
import { Prng } from "../../../support/prng.ts";
import { rowsOf } from "../../../support/records.ts";
import { call, newPerson, objectOf } from "../../../support/service.ts";

const HOLD_MS = 15 * 60_000;
const CODE = "PRESS2031";

stopClock();

type Hold = Pick<ReserveRequest, "reservationId" | "accountId" | "quantity">;

const failed = (paymentId: string) => ({
  paymentId,
  outcome: { state: "failed", failure: { code: "timed_out", message: "Given up on." } } as const,
});
const succeeded = (paymentId: string) => ({ paymentId, outcome: { state: "succeeded" } as const });
const refunded = (paymentId: string) => ({ paymentId, outcome: { state: "refunded" } as const });

/** Adults without a cap of their own, six children, and the press with a code for five. */
async function stage(capacity = 12) {
  const prices = [ADULT, { ...CHILD, capacity: 6 }, { ...PRESS, price: { amount: 100, currency: "EUR" } }];
  const sale = await putPricesOnSale(prices, { capacity, max_per_buyer: null });
  const [adult = "", child = "", press = ""] = sale.priceIds;
  await makeCodes(sale, press, [CODE], 5);
  const object = objectOf(sale.ticketId);
  const hold = async (priceId: string, quantity = 1): Promise<Hold | null> => {
    const made = { reservationId: newReservationId(sale.ticketId), accountId: newId(), quantity };
    const code = priceId === press ? CODE : null;
    const [result] = await object.reserve([{ ...made, priceId, code, idempotencyKey: null }]);
    return result?.ok === true ? made : null;
  };
  /** Of a payment whose own message finds it processing, for an hour. */
  const pay = async ({ reservationId, accountId }: Hold) => {
    const paymentId = newId();
    const method = "pm_sandbox_slow_3600s";
    const { ok } = await object.pay({ reservationId, accountId, paymentId, key: paymentId, method });
    return ok ? paymentId : null;
  };
  const usesOf = async () => (await sqlIn(sale.ticketId, "SELECT uses FROM codes")).map(({ uses }) => uses);
  return { ...sale, adult, child, press, object, hold, pay, usesOf };
}

type Stage = Awaited<ReturnType<typeof stage>>;

async function held(hold: Promise<Hold | null>): Promise<Hold> {
  const made = await hold;
  if (made === null) throw new Error("it was refused");
  return made;
}

async function begun({ hold, pay }: Stage, priceId: string, quantity = 1): Promise<Hold & { paymentId: string }> {
  const made = await held(hold(priceId, quantity));
  const paymentId = await pay(made);
  if (paymentId === null) throw new Error("it can't be paid");
  return { ...made, paymentId };
}

/** Each price with its counters, as the tables have them. */
const COUNTERS = `SELECT prices.id, position, prices.capacity, price_stock -> ('$."' || prices.id || '"') ->> 0 AS held,
    price_stock -> ('$."' || prices.id || '"') ->> 1 AS sold
  FROM prices, ticket_type`;

/** Where the counters are not what the reservations add up to; empty if all is well. */
async function miscounted({ ticketId }: Pick<Stage, "ticketId">): Promise<unknown[]> {
  const sums = (state: string) =>
    `(SELECT COALESCE(SUM(quantity), 0) FROM reservations
      WHERE state = '${state}' AND COALESCE(price_id, '${ticketId}') = prices.id)`;
  const prices = await sqlIn(
    ticketId,
    `SELECT id, held, sold, ${sums("held")} AS heldByRows, ${sums("confirmed")} AS soldByRows FROM (${COUNTERS}) AS prices
     WHERE held <> heldByRows OR sold <> soldByRows OR held + sold > COALESCE(capacity, 1000000)`,
  );
  const codes = await sqlIn(
    ticketId,
    `SELECT code, uses, (SELECT COALESCE(SUM(quantity), 0) FROM reservations
       WHERE code = codes.code AND state IN ('held', 'confirmed')) AS usesByRows FROM codes
     WHERE uses <> usesByRows OR uses > max_uses`,
  );
  const whole = await sqlIn(
    ticketId,
    `SELECT held, sold, (SELECT SUM(held) FROM (${COUNTERS})) AS heldAtPrices, (SELECT SUM(sold) FROM (${COUNTERS})) AS soldAtPrices
     FROM ticket_type WHERE held <> heldAtPrices OR sold <> soldAtPrices OR prices_version <> version`,
  );
  const described = await objectOf(ticketId).describe();
  const inMemory = described?.prices.map(({ id, held, sold }) => ({ id, held, sold }));
  const stored = await sqlIn(ticketId, `SELECT id, held, sold FROM (${COUNTERS}) ORDER BY position`);
  const isSame = JSON.stringify(inMemory) === JSON.stringify(stored);
  return [...prices, ...codes, ...whole, ...(isSame ? [] : [{ inMemory, stored }])];
}

const STEPS = {
  hold: 9,
  cancel: 2,
  pay: 4,
  succeed: 3,
  fail: 2,
  refund: 1,
  late: 2,
  expire: 1,
  recap: 1,
  evict: 1,
} as const;

/** Does something at random. What is refused changes nothing. */
async function step(world: Stage, prng: Prng, holds: Hold[], payments: string[]): Promise<void> {
  const { object, organizer, ticketId, adult, child, press } = world;
  const anyPayment = () => (payments.length === 0 ? null : prng.pick(payments));
  switch (prng.weighted(STEPS)) {
    case "hold": {
      const made = await world.hold(prng.pick([adult, child, press]), prng.between(1, 3));
      if (made !== null) holds.push(made);
      return;
    }
    case "cancel": {
      if (holds.length === 0) return;
      const { reservationId, accountId } = prng.pick(holds);
      await object.cancel(reservationId, accountId);
      return;
    }
    case "pay": {
      const paymentId = holds.length === 0 ? null : await world.pay(prng.pick(holds));
      if (paymentId !== null) payments.push(paymentId);
      return;
    }
    case "succeed":
    case "fail":
    case "refund": {
      const paymentId = anyPayment();
      const outcome = prng.pick([succeeded, failed, refunded]);
      if (paymentId !== null) await object.settle([outcome(paymentId)]);
      return;
    }
    case "late": {
      // What was given up on succeeds after all, twice.
      const paymentId = anyPayment();
      if (paymentId !== null) await object.settle([failed, succeeded, succeeded].map((outcome) => outcome(paymentId)));
      return;
    }
    case "expire":
      vi.setSystemTime(Date.now() + prng.pick([HOLD_MS / 3, HOLD_MS]));
      await runDurableObjectAlarm(object);
      return;
    case "recap": {
      const body = { capacity: prng.between(2, 8) };
      await call("PATCH", `/tickets/${ticketId}/prices/${child}`, { token: organizer.token, body });
      return;
    }
    case "evict":
      await evictDurableObject(object);
  }
}

test.each([1, 2, 3, 4])(
  "counters and uses are what the rows add up to after every step of history %i",
  async (seed) => {
    const world = await stage();
    const prng = new Prng(seed);
    const [holds, payments]: [Hold[], string[]] = [[], []];
    for (let at = 0; at < 60; at++) {
      await step(world, prng, holds, payments);
      expect(await miscounted(world), `step ${at}`).toEqual([]);
    }
    const states = await sqlIn(world.ticketId, "SELECT DISTINCT state FROM reservations ORDER BY state");
    expect(states.length).toBeGreaterThanOrEqual(3);
  },
  120_000,
);

describe("a version that knows no prices", () => {
  test("moves stock, and the next start counts it at its price, with the uses of its code", async () => {
    const world = await stage();
    const [atChild, atPress] = [await held(world.hold(world.child, 2)), await held(world.hold(world.press, 3))];
    await world.hold(world.adult, 1);
    await sqlIn(
      world.ticketId,
      `UPDATE reservations SET state = 'cancelled', version = version + 1 WHERE id IN ('${atPress.reservationId}')`,
    );
    await sqlIn(
      world.ticketId,
      `UPDATE reservations SET state = 'confirmed', version = version + 1 WHERE id = '${atChild.reservationId}'`,
    );
    // As that version writes the counters, a column at a time or with the whole row.
    await sqlIn(world.ticketId, "UPDATE ticket_type SET held = held - 5, sold = sold + 2, version = version + 2");
    await evictDurableObject(world.object);
    expect((await world.object.describe())?.prices).toMatchObject([
      { held: 1, sold: 0 },
      { held: 0, sold: 2 },
      { held: 0, sold: 0 },
    ]);
    expect(await world.usesOf()).toEqual([0]);
    expect(await miscounted(world)).toEqual([]);
    const [copy] = await vi.waitUntil(async () => {
      const rows = await rowsOf("SELECT prices FROM ticket_types WHERE id = ?", world.ticketId);
      return String(rows[0]?.prices).includes('"sold":2') ? rows : null;
    });
    expect(JSON.parse(String(copy?.prices))).toMatchObject([{ held: 1 }, { held: 0, sold: 2 }, { held: 0 }]);
  });

  test("changes the amount, which is the first price's", async () => {
    const world = await stage();
    await sqlIn(world.ticketId, "UPDATE ticket_type SET price_minor = 5000, version = version + 1");
    await evictDurableObject(world.object);
    const described = await world.object.describe();
    expect(described?.prices.map(({ amountMinor }) => amountMinor)).toEqual([5000, 2000, 100]);
  });

  test("that has done nothing in between makes no new version", async () => {
    const world = await stage();
    await world.hold(world.child, 2);
    const before = await world.object.describe();
    await evictDurableObject(world.object);
    expect(await world.object.describe()).toEqual(before);
  });
});

describe("a late success", () => {
  /** Given up on, and expired. */
  async function givenUp(world: Stage, priceId: string, quantity: number) {
    const made = await begun(world, priceId, quantity);
    vi.setSystemTime(Date.now() + HOLD_MS);
    await world.object.settle([failed(made.paymentId)]);
    expect(await miscounted(world)).toEqual([]);
    return made;
  }

  async function stateOf({ object }: Stage, { reservationId }: Hold): Promise<unknown[]> {
    const page = await object.audit({ count: false, ids: [reservationId] });
    return (page?.reservations ?? []).flatMap(({ copy, payments }) => [
      copy.state,
      ...payments.map(({ state }) => state),
    ]);
  }

  test.each<[at: "child" | "press", left: number]>([
    ["child", 6],
    ["press", 5],
  ])("takes tickets and uses of %s again while there are some", async (at, left) => {
    const world = await stage();
    const made = await givenUp(world, world[at], 2);
    await world.hold(world[at], left - 2);
    await world.object.settle([succeeded(made.paymentId)]);
    expect(await stateOf(world, made)).toEqual(["confirmed", "succeeded"]);
    expect(await world.hold(world[at])).toBeNull();
    expect(await miscounted(world)).toEqual([]);
  });

  test.each<[at: "child" | "press", left: number]>([
    ["child", 6],
    ["press", 5],
  ])("is refunded where the cap or the code of %s is used up, though the house has seats", async (at, left) => {
    const world = await stage();
    const made = await givenUp(world, world[at], 2);
    await world.hold(world[at], left - 1);
    await world.object.settle([succeeded(made.paymentId)]);
    expect(await stateOf(world, made)).toEqual(["expired", "refund_due"]);
    expect(await world.hold(world.adult, 6)).not.toBeNull();
    expect(await miscounted(world)).toEqual([]);
  });

  test("is refunded where its price is off sale", async () => {
    const world = await stage();
    const made = await givenUp(world, world.child, 1);
    const path = `/tickets/${world.ticketId}/prices/${world.child}` as const;
    await call("PATCH", path, { token: world.organizer.token, body: { withdrawn: true } });
    await world.object.settle([succeeded(made.paymentId)]);
    expect(await stateOf(world, made)).toEqual(["expired", "refund_due"]);
  });
});

test.each<[at: "child" | "press", left: number]>([
  ["child", 6],
  ["press", 5],
])("a batch takes no more of %s than the %i that there are", async (at, left) => {
  const world = await stage();
  const requests = Array.from({ length: 9 }, () => ({
    ...{ reservationId: newReservationId(world.ticketId), accountId: newId(), quantity: 1, idempotencyKey: null },
    ...{ priceId: world[at], code: at === "press" ? CODE : null },
  }));
  const results = await world.object.reserve(requests);
  expect(results.map(({ ok }) => ok)).toEqual(requests.map((_, index) => index < left));
  expect(await miscounted(world)).toEqual([]);
});

test("two requests of one batch for one price, named or not, have the tickets of a hold that is due", async () => {
  const sale = await putPricesOnSale([{ ...ADULT, capacity: 2 }], { max_per_buyer: null });
  const object = objectOf(sale.ticketId);
  const request = (quantity: number, priceId: string | null) => ({
    ...{ reservationId: newReservationId(sale.ticketId), accountId: newId(), quantity, priceId, code: null },
    idempotencyKey: null,
  });
  await object.reserve([request(1, null)]);
  vi.setSystemTime(Date.now() + HOLD_MS);
  const results = await object.reserve([request(1, null), request(1, sale.ticketId)]);
  expect(results.map(({ ok }) => ok)).toEqual([true, true]);
});

test("a ticket type goes with its prices and codes, and not while it has reservations", async () => {
  const world = await stage();
  const remove = () => call("DELETE", `/tickets/${world.ticketId}`, { token: world.organizer.token });
  expect(await remove()).toMatchObject({ status: 204 });
  expect(await sqlIn(world.ticketId, "SELECT name FROM sqlite_master WHERE name IN ('prices', 'codes')")).toEqual([]);
  expect(await world.object.describe()).toBeNull();
  const other = await stage();
  await other.hold(other.press);
  const refused = await call("DELETE", `/tickets/${other.ticketId}`, { token: other.organizer.token });
  expect(refused).toMatchObject({ status: 409, body: { type: "/problems/has-reservations" } });
  expect(await other.usesOf()).toEqual([1]);
});

test.each<[what: string, prices: readonly Record<string, unknown>[]]>([
  ["one price", [ADULT]],
  ["several", [ADULT, CHILD]],
])("with %s the object is the same after a restart", async (_what, prices) => {
  const { ticketId } = await putPricesOnSale(prices);
  const { body } = await holdAt(await newPerson(), ticketId, ticketId);
  expect(body.state).toBe("held");
  const before = await objectOf(ticketId).describe();
  expect(before?.prices[0]).toMatchObject({ held: 1, wasHeld: true });
  await evictDurableObject(objectOf(ticketId));
  expect(await objectOf(ticketId).describe()).toEqual(before);
});
