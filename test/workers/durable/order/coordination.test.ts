// Orders whose objects restart, whose calls fail, and whose ticket types are out of reach a while.

import { abortAllDurableObjects, evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import { ticketTypeIdOf } from "../../../../src/domain/id-forms.ts";
import type { ParticipantStep } from "../../../../src/domain/participation.ts";
import { Order, type OrderEnv } from "../../../../src/durable/order/order.ts";
import type { NewOrder } from "../../../../src/durable/order/protocol.ts";
import { Ledger } from "../../../../src/durable/ticket-type/ledger.ts";
import type { Coordinator, Participant } from "../../../../src/durable/ticket-type/order-protocol.ts";
import { TicketType } from "../../../../src/durable/ticket-type/ticket-type.ts";
import { newId, newPaymentId, newReservationId, orderIdFrom } from "../../../../src/platform/ids.ts";
import { sweep } from "../../../../src/worker/service/sweep.ts";
import { sqlIn } from "../../../support/objects.ts";
import {
  orderLedger,
  orderObject,
  orderOf,
  outcomeOf,
  payOrder,
  placeOrder,
  stockOf,
  twoTypes,
} from "../../../support/orders.ts";
import { call, newPerson, objectOf, until } from "../../../support/service.ts";

const HOLD_MS = 900_000;
const DAY_MS = 86_400_000;

afterEach(() => {
  vi.useRealTimers();
});

/** The clock is ahead from now on; alarms keep to the platform's own. */
function later(ms: number): void {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.setSystemTime(Date.now() + ms);
}

function newOrder(...ticketTypeIds: readonly string[]): NewOrder {
  const items = ticketTypeIds.map((ticketTypeId) => {
    return { reservationId: newReservationId(ticketTypeId), ticketTypeId, priceId: null, code: null, quantity: 1 };
  });
  return { orderId: orderIdFrom(newId(), ""), accountId: "ada", requestId: newId(), request: "", items };
}

/** What a ticket type's object does to the order's calls before it takes them. */
type Interference = (ticketTypeId: string, method: keyof Participant) => void | Promise<void>;

/** An order's object whose ticket types can be interfered with. */
async function withParticipants(
  orderId: string,
  interfere: Interference,
  play: (order: Order, state: DurableObjectState) => Promise<void>,
): Promise<void> {
  const participant = (id: string): Participant => ({
    async holdForOrder(...parameters) {
      await interfere(id, "holdForOrder");
      return env.TICKET_TYPES.getByName(id).holdForOrder(...parameters);
    },
    async takeOrderSteps(...parameters) {
      await interfere(id, "takeOrderSteps");
      return env.TICKET_TYPES.getByName(id).takeOrderSteps(...parameters);
    },
    async eventEndsMs() {
      return env.TICKET_TYPES.getByName(id).eventEndsMs();
    },
    async refundableUntil(reservationIds) {
      return env.TICKET_TYPES.getByName(id).refundableUntil(reservationIds);
    },
    async refundedPasses(passIds) {
      await interfere(id, "refundedPasses");
      return env.TICKET_TYPES.getByName(id).refundedPasses(passIds);
    },
  });
  const bindings: OrderEnv = { ...env, TICKET_TYPES: { getByName: participant } };
  await runInDurableObject(orderObject(orderId), async (_, state) => {
    const order = new Order(state, bindings);
    await state.blockConcurrencyWhile(async () => {});
    await play(order, state);
  });
}

const pay = (paymentId: string) => ({ accountId: "ada", paymentId, key: paymentId, method: "pm_card_visa" });

test.each([
  ["evicted", (orderId: string, ids: readonly string[]) => forgetAll(orderId, ids)],
  ["aborted", () => abortAllDurableObjects()],
])("objects that are %s between any two steps sell as if nothing had happened", async (_name, forget) => {
  const { stalls, parking } = await twoTypes();
  const buyer = await newPerson();
  const { body } = await placeOrder(buyer, [stalls, 2], [parking, 1]);
  const forgetNow = () => forget(body.id, [stalls, parking]);
  await forgetNow();
  await payOrder(buyer, body.id, "pm_card_visa_chargeDeclined");
  await forgetNow();
  expect((await outcomeOf(buyer, body.id)).body.state).toBe("held");
  await forgetNow();
  await payOrder(buyer, body.id);
  await forgetNow();
  expect((await outcomeOf(buyer, body.id)).body.state).toBe("confirmed");
  await forgetNow();
  later(6_000);
  await orderObject(body.id).wake();
  expect(await stockOf(stalls, parking)).toEqual([
    { held: 0, sold: 2 },
    { held: 0, sold: 1 },
  ]);
  expect((await orderLedger(body.id)).filter(({ kind }) => kind === "charge")).toHaveLength(2);
});

test("a round whose results can't be written is tried again soon", async () => {
  const { stalls, parking } = await twoTypes();
  const request = newOrder(stalls, parking);
  let fail: (() => void) | null = null;
  const interfere: Interference = (_id, method) => {
    if (method === "takeOrderSteps") fail?.();
    fail = null;
  };
  await withParticipants(request.orderId, interfere, async (order, state) => {
    expect(await order.create(request)).toMatchObject({ ok: true });
    const commits = vi.spyOn(state.storage, "transactionSync");
    fail = () => {
      commits.mockImplementationOnce(() => {
        throw new Error("a planted fault");
      });
    };
    expect(await order.cancel("ada")).toMatchObject({ ok: true, order: { state: "cancelled" } });
    // Before the reply, without waiting for the alarm.
    expect((await order.audit())?.order.items.map(({ phase }) => phase)).toEqual(["released", "released"]);
    expect(commits.mock.results.map(({ type }) => type)).toEqual(["return", "throw", "return"]);
    commits.mockRestore();
  });
});

async function forgetAll(orderId: string, ids: readonly string[]): Promise<void> {
  await evictDurableObject(orderObject(orderId));
  for (const id of ids) await evictDurableObject(objectOf(id));
}

describe("a ticket type that can't be reached", () => {
  test("for a moment delays the order, and no more", async () => {
    const { stalls, parking } = await twoTypes();
    let failures = 2;
    const request = newOrder(stalls, parking);
    const interfere: Interference = (id) => {
      if (id === parking && failures-- > 0) throw new Error("a planted fault");
    };
    await withParticipants(request.orderId, interfere, async (order) => {
      expect(await order.create(request)).toMatchObject({ ok: true, order: { state: "held" } });
    });
    expect(await stockOf(stalls, parking)).toEqual([
      { held: 1, sold: 0 },
      { held: 1, sold: 0 },
    ]);
  });

  test("for long gets the order given up, and what was held let go, again and again until it is", async () => {
    const { stalls, parking } = await twoTypes();
    const request = newOrder(stalls, parking);
    let isDown = true;
    const interfere: Interference = (id, method) => {
      // The other one takes the hold, and then is out of reach as well.
      if (isDown && (id === parking || method === "takeOrderSteps")) throw new Error("a planted fault");
    };
    await withParticipants(request.orderId, interfere, async (order, state) => {
      expect(await order.create(request)).toEqual({ ok: false, refusal: { type: "unavailable" } });
      expect(await order.find("ada")).toEqual({ ok: false, refusal: "order_unknown" });
      expect(await stockOf(stalls)).toEqual([{ held: 1, sold: 0 }]);
      isDown = false;
      await order.alarm();
      expect(await stockOf(stalls, parking)).toEqual([
        { held: 0, sold: 0 },
        { held: 0, sold: 0 },
      ]);
      // It is forgotten, and its alarm with it.
      expect(await state.storage.getAlarm()).toBeNull();
    });
  });

  test("when a payment begins keeps the provider waiting until it has begun everywhere", async () => {
    const { stalls, parking } = await twoTypes();
    const request = newOrder(stalls, parking);
    let isDown = false;
    const interfere: Interference = (id) => {
      if (isDown && id === parking) throw new Error("a planted fault");
    };
    await withParticipants(request.orderId, interfere, async (order) => {
      await order.create(request);
      isDown = true;
      expect(await order.pay(pay("p1"))).toEqual({ ok: false, refusal: "unavailable" });
      expect(await order.instructions(["p1"])).toEqual([{ todo: "nothing" }]);
      isDown = false;
      await order.alarm();
      expect(await order.instructions(["p1"])).toMatchObject([{ todo: "charge", charge: { amountMinor: 5000 } }]);
    });
  });

  test("when it is to confirm does so later: no other step undoes what was paid for", async () => {
    const { stalls, parking } = await twoTypes();
    const request = newOrder(stalls, parking);
    let isDown = false;
    const interfere: Interference = (id) => {
      if (isDown && id === parking) throw new Error("a planted fault");
    };
    await withParticipants(request.orderId, interfere, async (order) => {
      await order.create(request);
      expect(await order.pay(pay("p1"))).toMatchObject({ ok: true, payment: { state: "pending" } });
      isDown = true;
      await order.settle([{ paymentId: "p1", outcome: { state: "succeeded" } }]);
      await order.cancel("ada");
      expect(await order.find("ada")).toMatchObject({ order: { state: "held", payment: { state: "pending" } } });
      // Nothing frees it meanwhile.
      later(HOLD_MS + 1_000);
      expect(await stockOf(parking)).toEqual([{ held: 1, sold: 0 }]);
    });
    await abortAllDurableObjects();
    await orderObject(request.orderId).wake();
    const shown = await orderObject(request.orderId).find("ada");
    expect(shown).toMatchObject({ order: { state: "confirmed", payment: { state: "succeeded" } } });
    expect(await stockOf(stalls, parking)).toEqual([
      { held: 0, sold: 1 },
      { held: 0, sold: 1 },
    ]);
  });
});

test("a payment that a ticket type has not answered is not promised, and a repeat with its key finds it begun", async () => {
  const { stalls, parking } = await twoTypes();
  const request = newOrder(stalls, parking);
  const slow = Promise.withResolvers<void>();
  const interfere: Interference = async (id, method) => {
    if (id === parking && method === "takeOrderSteps") await slow.promise;
  };
  const pay = { accountId: "ada", paymentId: newPaymentId(), key: "k", method: "pm_sandbox_slow_3600s" };
  await withParticipants(request.orderId, interfere, async (order) => {
    expect(await order.create(request)).toMatchObject({ ok: true });
    expect(await order.pay(pay)).toEqual({ ok: false, refusal: "unavailable" });
    expect(await order.pay({ ...pay, paymentId: newPaymentId() })).toEqual({ ok: false, refusal: "unavailable" });
    slow.resolve();
    const again = () => order.pay({ ...pay, paymentId: newPaymentId() });
    await until(again, ({ ok }) => ok);
    expect(await again()).toMatchObject({ ok: true, isReplay: true, payment: { state: "pending" } });
  });
});

test("what a slow call holds for an order that was given up on meanwhile is let go at once", async () => {
  const { stalls, parking } = await twoTypes();
  const request = newOrder(stalls, parking);
  const slow = Promise.withResolvers<void>();
  const interfere: Interference = async (id, method) => {
    if (id === parking && method === "holdForOrder") await slow.promise;
  };
  await withParticipants(request.orderId, interfere, async (order) => {
    expect(await order.create(request)).toEqual({ ok: false, refusal: { type: "unavailable" } });
    // Till then nothing is held, so that the order has let go of all it knows.
    await until(
      () => order.audit(),
      (audit) => audit === null,
    );
    slow.resolve();
    await until(
      () => sqlIn(parking, "SELECT state FROM reservations"),
      ([row]) => row?.state === "cancelled",
    );
  });
  expect(await stockOf(stalls, parking)).toEqual([
    { held: 0, sold: 0 },
    { held: 0, sold: 0 },
  ]);
});

describe("an event that is called off", () => {
  /** The ticket type's object, and what it says to the order. */
  async function calledOff(
    play: (object: TicketType, steps: (step: ParticipantStep) => Promise<unknown>) => Promise<void>,
  ) {
    const { stalls } = await twoTypes();
    const { orderId, items } = newOrder(stalls);
    const [item] = items;
    if (item === undefined) throw new Error("the order has an item");
    const losses: (readonly string[])[] = [];
    const coordinator: Coordinator = {
      outcomes: async (questions) => questions.map(() => null),
      lost: async (ids) => void losses.push(ids),
      calledOff: async () => {},
    };
    await runInDurableObject(objectOf(stalls), async (_, state) => {
      const object = new TicketType(state, { ...env, ORDERS: { getByName: () => coordinator } });
      await state.blockConcurrencyWhile(async () => {});
      await object.holdForOrder(orderId, [{ ...item, accountId: "ada" }]);
      await play(object, (step) => object.takeOrderSteps(orderId, [step]));
    });
    return { losses, reservationId: item.reservationId };
  }
  async function firstOf(object: TicketType): Promise<string> {
    const page = await object.audit({ count: false, after: "", limit: 1 });
    return page?.reservations[0]?.copy.id ?? "";
  }
  const NEWS = { onSale: false, onSaleVersion: 1_000, eventStatus: "cancelled", eventEndsMs: null } as const;

  test("is a loss that the order hears of once, and not of what it lets go by itself", async () => {
    const { losses, reservationId } = await calledOff(async (object) => {
      await object.announce(NEWS);
      await object.describe();
    });
    expect(losses).toEqual([[reservationId]]);
  });

  test("and is known to the object before it has released the hold: the order that lets go hears by the reply", async () => {
    let reply: unknown;
    const { losses } = await calledOff(async (object, take) => {
      const reservationId = await firstOf(object);
      vi.spyOn(Ledger.prototype, "releaseDue").mockReturnValueOnce(0);
      await object.announce(NEWS);
      vi.restoreAllMocks();
      reply = await take({ type: "release", reservationId, as: "cancelled", failure: NO });
    });
    expect(reply).toEqual([{ ok: true, state: "cancelled" }]);
    expect(losses).toEqual([]);
  });

  test("while a payment is pending: the order hears at once, and no more by what it says itself", async () => {
    let reply: unknown;
    let reservationId = "";
    const { losses } = await calledOff(async (object, take) => {
      reservationId = await firstOf(object);
      await take({ type: "begin", reservationId, paymentId: "p.0" });
      await object.announce(NEWS);
      reply = await take({ type: "fail", reservationId, paymentId: "p.0", failure: NO });
    });
    expect(reply).toEqual([{ ok: true, state: "cancelled" }]);
    expect(losses).toEqual([[reservationId]]);
  });
});

test("a ticket type that waits for long asks the order what became of it", async () => {
  const { stalls, parking } = await twoTypes();
  const buyer = await newPerson();
  const { body } = await placeOrder(buyer, [stalls, 1], [parking, 1]);
  await payOrder(buyer, body.id, "pm_sandbox_slow_3600s");
  // As if the order's own calls were lost: only the question is left.
  const [charge] = await until(
    () => orderLedger(body.id),
    (rows) => rows.length > 0,
  );
  let isCut = true;
  const interfere: Interference = () => {
    if (isCut) throw new Error("a planted fault");
  };
  const settlement = { paymentId: charge?.idempotency_key ?? "", outcome: { state: "failed" as const, failure: NO } };
  await withParticipants(body.id, interfere, async (order) => {
    await order.settle([settlement]);
    await order.find(buyer.accountId);
  });
  isCut = false;
  await abortAllDurableObjects();
  later(11_000);
  await objectOf(stalls).wake();
  const { body: reservation } = await call("GET", `/reservations/${body.items[0]?.reservation}`, {
    token: buyer.token,
  });
  expect(reservation).toMatchObject({ state: "held", payment: { state: "failed", error: { code: "card_declined" } } });
});

test("a ticket type that is not there has nothing to let go of", async () => {
  const id = newId();
  const release = { type: "release", reservationId: newReservationId(id), as: "cancelled", failure: NO } as const;
  const results = await objectOf(id).takeOrderSteps(orderIdFrom(newId(), ""), [release]);
  expect(results).toEqual([{ ok: false, refusal: "reservation_unknown" }]);
});

test("a ticket type's question gives an order its alarm back, so that a charge that was not sent is sent", async () => {
  const { stalls, parking } = await twoTypes();
  const buyer = await newPerson();
  const { body } = await placeOrder(buyer, [stalls, 1], [parking, 1]);
  await payOrder(buyer, body.id, "pm_sandbox_slow_3600s");
  await until(
    () => orderLedger(body.id),
    (rows) => rows.length > 0,
  );
  await abortAllDurableObjects();
  await runInDurableObject(orderObject(body.id), (_, state) => state.storage.deleteAlarm());
  await evictDurableObject(orderObject(body.id));
  await orderObject(body.id).outcomes([]);
  const alarmAtMs = await runInDurableObject(orderObject(body.id), (_, state) => state.storage.getAlarm());
  expect(alarmAtMs).not.toBeNull();
});

const NO = { code: "card_declined", message: "No." };

test("a payment that was given up on and succeeds after the order has ended is refunded", async () => {
  const { stalls, parking } = await twoTypes();
  const buyer = await newPerson();
  const { body } = await placeOrder(buyer, [stalls, 1], [parking, 1]);
  await payOrder(buyer, body.id, "pm_sandbox_slow_3600s");
  const [charge] = await until(
    () => orderLedger(body.id),
    (rows) => rows.length > 0,
  );
  const paymentId = charge?.idempotency_key ?? "";
  await orderObject(body.id).settle([{ paymentId, outcome: { state: "failed", failure: NO } }]);
  expect((await call("DELETE", `/orders/${body.id}`, { token: buyer.token })).status).toBe(204);
  await orderObject(body.id).settle([{ paymentId, outcome: { state: "succeeded" } }]);
  const { body: end } = await until(
    () => orderOf(buyer, body.id),
    (answer) => answer.body.status === "refunded",
  );
  expect(end.state).toBe("cancelled");
  expect((await orderLedger(body.id)).map(({ kind }) => kind)).toEqual(["charge", "refund"]);
  expect(await stockOf(stalls, parking)).toEqual([
    { held: 0, sold: 0 },
    { held: 0, sold: 0 },
  ]);
});

describe("a call that the Worker repeats after a refusal whose reply was lost", () => {
  async function refusedOnce() {
    const { stalls, parking } = await twoTypes({}, { capacity: 1 });
    const buyer = await newPerson();
    const { body } = await placeOrder(buyer, [parking, 1]);
    const makeRoom = () => call("DELETE", `/orders/${body.id}`, { token: buyer.token });
    return { stalls, parking, makeRoom, request: newOrder(stalls, parking) };
  }
  const SOLD_OUT = { ok: false, refusal: { type: "not_held", item: 1, because: { type: "sold_out" } } };
  const FREE = { held: 0, sold: 0 };

  test("is refused again while what was held is being let go", async () => {
    const { stalls, parking, makeRoom, request } = await refusedOnce();
    let isDown = true;
    const interfere: Interference = (id, method) => {
      if (isDown && id === stalls && method === "takeOrderSteps") throw new Error("a planted fault");
    };
    await withParticipants(request.orderId, interfere, async (order) => {
      expect(await order.create(request)).toMatchObject(SOLD_OUT);
      await makeRoom();
      isDown = false;
      expect(await order.create(request)).toMatchObject(SOLD_OUT);
      await order.alarm();
    });
    expect(await stockOf(stalls, parking)).toEqual([FREE, FREE]);
  });

  test("does not take for held what was let go: the buyer's next request holds it", async () => {
    const { stalls, parking, makeRoom, request } = await refusedOnce();
    const order = orderObject(request.orderId);
    expect(await order.create(request)).toMatchObject(SOLD_OUT);
    await makeRoom();
    expect(await order.create(request)).toEqual({ ok: false, refusal: { type: "unavailable" } });
    expect(await stockOf(stalls, parking)).toEqual([FREE, FREE]);
    const next = { ...newOrder(stalls, parking), orderId: request.orderId };
    expect(await order.create(next)).toMatchObject({ ok: true, order: { state: "held" } });
    expect(await stockOf(stalls, parking)).toEqual([
      { held: 1, sold: 0 },
      { held: 1, sold: 0 },
    ]);
  });
});

test("a request whose key was refused before finds what the refused one held", async () => {
  const { stalls, parking } = await twoTypes({ capacity: 1 }, { capacity: 1 });
  const buyer = await newPerson();
  const { body } = await placeOrder(buyer, [parking, 1]);
  const refused = newOrder(stalls, parking);
  let isDown = true;
  const interfere: Interference = (id, method) => {
    if (isDown && id === stalls && method === "takeOrderSteps") throw new Error("a planted fault");
  };
  await withParticipants(refused.orderId, interfere, async (order) => {
    expect(await order.create(refused)).toMatchObject({ ok: false, refusal: { item: 1 } });
    await call("DELETE", `/orders/${body.id}`, { token: buyer.token });
    isDown = false;
    const next = { ...newOrder(stalls, parking), orderId: refused.orderId };
    expect(await order.create(next)).toMatchObject({ ok: true, order: { state: "held" } });
  });
  expect(await stockOf(stalls, parking)).toEqual([
    { held: 1, sold: 0 },
    { held: 1, sold: 0 },
  ]);
});

test("a request that is being refused is not answered with the order of another one with its key", async () => {
  const { stalls, parking } = await twoTypes({}, { capacity: 1 });
  await placeOrder(await newPerson(), [parking, 1]);
  const refused = newOrder(stalls, parking);
  const other = { ...newOrder(stalls), orderId: refused.orderId, request: "another" };
  const { promise: isReleasing, resolve: releasing } = Promise.withResolvers<void>();
  const { promise: mayRelease, resolve: release } = Promise.withResolvers<void>();
  const interfere: Interference = async (_, method) => {
    if (method !== "takeOrderSteps") return;
    releasing();
    await mayRelease;
  };
  await withParticipants(refused.orderId, interfere, async (order) => {
    const first = order.create(refused);
    await isReleasing;
    const second = order.create(other);
    release();
    expect(await first).toMatchObject({ ok: false, refusal: { type: "not_held", item: 1 } });
    expect(await second).toMatchObject({ ok: true, isReplay: false, order: { items: [{ ticketTypeId: stalls }] } });
  });
  expect(await stockOf(stalls)).toEqual([{ held: 1, sold: 0 }]);
});

test("two payments with one key at the same moment are refused alike", async () => {
  const { stalls, parking } = await twoTypes();
  const request = newOrder(stalls, parking);
  await withParticipants(
    request.orderId,
    () => {},
    async (order) => {
      await order.create(request);
      // The order does not hear of it.
      await sqlIn(parking, "UPDATE ticket_type SET event_ends_ms = 1");
      await evictDurableObject(objectOf(parking));
      const replies = await Promise.all(["p1", "p2"].map((id) => order.pay({ ...pay(id), key: "one" })));
      expect(replies).toEqual([
        { ok: false, refusal: "event_over" },
        { ok: false, refusal: "event_over" },
      ]);
    },
  );
});

describe("an order that is not paid in time", () => {
  test("has expired at its deadline, whether or not an alarm has run", async () => {
    const { stalls, parking } = await twoTypes();
    const buyer = await newPerson();
    const { body } = await placeOrder(buyer, [stalls, 1], [parking, 1]);
    later(HOLD_MS);
    expect(await orderObject(body.id).find(buyer.accountId)).toMatchObject({ order: { state: "expired" } });
    const result = await orderObject(body.id).pay({ ...pay("p1"), accountId: buyer.accountId });
    expect(result).toEqual({ ok: false, refusal: "reservation_expired" });
    expect(await stockOf(stalls, parking)).toEqual([
      { held: 0, sold: 0 },
      { held: 0, sold: 0 },
    ]);
  });

  test("is forgotten after its retention, and D1 keeps it", async () => {
    const { stalls } = await twoTypes();
    const buyer = await newPerson();
    const { body } = await placeOrder(buyer, [stalls, 1]);
    await call("DELETE", `/orders/${body.id}`, { token: buyer.token });
    const tables = () =>
      runInDurableObject(orderObject(body.id), (_, { storage }) =>
        storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'orders'").toArray(),
      );
    later(HOLD_MS + 29 * DAY_MS);
    await orderObject(body.id).wake();
    expect(await tables()).toHaveLength(1);
    later(DAY_MS);
    await orderObject(body.id).wake();
    expect(await tables()).toEqual([]);
    vi.useRealTimers();
    expect((await orderOf(buyer, body.id)).body).toMatchObject({ id: body.id, state: "cancelled" });
    expect((await orderOf(await newPerson(), body.id)).status).toBe(404);
    expect((await payOrder(buyer, body.id)).body.type).toBe("/problems/already-cancelled");
  });

  test("and whose deletion its storage fails is as it was, and is deleted later", async () => {
    const { stalls } = await twoTypes();
    const buyer = await newPerson();
    const { body } = await placeOrder(buyer, [stalls, 1]);
    await call("DELETE", `/orders/${body.id}`, { token: buyer.token });
    later(HOLD_MS + 30 * DAY_MS);
    await runInDurableObject(orderObject(body.id), async (order: Order, { storage }) => {
      vi.spyOn(storage, "deleteAll").mockRejectedValueOnce(new Error("the disk is full"));
      await order.alarm();
      expect(await order.find(buyer.accountId)).toMatchObject({ ok: true, order: { state: "cancelled" } });
      expect(await storage.getAlarm()).toBe(Date.now() + 30_000);
      await order.alarm();
      expect(await order.find(buyer.accountId)).toEqual({ ok: false, refusal: "order_unknown" });
    });
  });

  test("is found by the sweep where its alarm was lost", async () => {
    const { stalls } = await twoTypes();
    const buyer = await newPerson();
    const { body } = await placeOrder(buyer, [stalls, 1]);
    await runInDurableObject(orderObject(body.id), (_, { storage }) => storage.deleteAlarm());
    later(HOLD_MS + 61_000);
    await sweep(env);
    const { results } = await env.DB.prepare("SELECT state FROM orders WHERE id = ?").bind(body.id).all();
    expect(results).toEqual([{ state: "expired" }]);
  });
});

test("D1 that is down makes no order fail, and gets its copy later", async () => {
  const { stalls, parking } = await twoTypes();
  const request = newOrder(stalls, parking);
  const broken = { prepare: () => ({ bind: () => ({ run: () => Promise.reject(new Error("a planted fault")) }) }) };
  await runInDurableObject(orderObject(request.orderId), async (_, state) => {
    const DB = broken as unknown as D1Database;
    const order = new Order(state, { ...env, DB });
    await state.blockConcurrencyWhile(async () => {});
    expect(await order.create(request)).toMatchObject({ ok: true });
    expect(await state.storage.getAlarm()).not.toBeNull();
  });
  await abortAllDurableObjects();
  later(2_000);
  await orderObject(request.orderId).wake();
  const row = await env.DB.prepare("SELECT state FROM orders WHERE id = ?").bind(request.orderId).first();
  expect(row).toEqual({ state: "held" });
  expect(request.items.map(({ reservationId }) => ticketTypeIdOf(reservationId))).toEqual([stalls, parking]);
});
