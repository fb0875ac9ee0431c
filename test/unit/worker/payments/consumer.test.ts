// The consumer of the `payments` queue, with objects, a provider and a clock of the tests' own.

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { RefundOutcome } from "../../../../src/domain/refund.ts";
import { DAY_MS, HOUR_MS, SECOND_MS } from "../../../../src/domain/units.ts";
import type {
  ActionRequired,
  PaymentInstruction,
  Settlement,
  SettleResult,
} from "../../../../src/durable/ticket-type/protocol.ts";
import type { Env } from "../../../../src/worker/env.ts";
import { consumePayments } from "../../../../src/worker/payments/consumer.ts";
import { type ChargeOutcome, type PaymentProvider, ProviderBusy } from "../../../../src/worker/payments/provider.ts";

const TICKET = "0000000000000001";
const OTHER = "0000000000000002";
const TIMEOUT_MS = 30 * SECOND_MS;
const SUCCEEDED = { state: "succeeded" } as const;
const FAILED = { state: "failed", failure: { code: "card_declined", message: "Declined." } } as const;
const LOST = new Error("connection reset");

let events: string[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  events = [];
});
afterEach(() => {
  vi.useRealTimers();
});

function slow(retryAfterMs: number): ChargeOutcome {
  return { state: "processing", retryAfterMs };
}

interface Replies {
  readonly charge?: ChargeOutcome | Error;
  readonly lookUp?: ChargeOutcome | null | Error;
  readonly refund?: RefundOutcome | Error;
  readonly lookUpRefund?: RefundOutcome | null | Error;
  readonly cancel?: ChargeOutcome | Error;
}

function provider(replies: Replies): PaymentProvider {
  const reply = async <T>(name: string, value: T | Error): Promise<T> => {
    events.push(name);
    if (value instanceof Error) throw value;
    return value;
  };
  return {
    name: "sandbox",
    publishableKey: null,
    maxConcurrentCalls: 6,
    idempotencyWindowMs: DAY_MS,
    accepts: () => true,
    refuseAmount: () => null,
    charge: () => reply("charge", replies.charge ?? SUCCEEDED),
    cancel: () => reply("cancel", replies.cancel ?? FAILED),
    lookUp: () => reply("look up", replies.lookUp ?? null),
    refundStepMinor: () => 1,
    refund: () => reply("refund", replies.refund ?? SUCCEEDED),
    lookUpRefund: () => reply("look up refund", replies.lookUpRefund ?? null),
    disputesSince: async () => [],
    dispute: async () => null,
    ledger: async () => [],
  };
}

function charging(charge: (paymentId: string) => Promise<ChargeOutcome>): PaymentProvider {
  return { ...provider({}), charge: ({ paymentId }) => charge(paymentId) };
}

/** `ageMs`: how long the payment has been due; null for an object that does not say. */
function due(todo: "charge" | "refund", ageMs: number | null = 0): (paymentId: string) => PaymentInstruction {
  return (paymentId) => ({
    todo,
    charge: { paymentId, reservationId: "r", amountMinor: 4_500, currency: "EUR", method: "pm_card_visa" },
    ...(ageMs === null ? {} : { sinceMs: Date.now() - ageMs }),
  });
}

/** As a newer object may send it. */
const VOID = (paymentId: string) => ({ ...due("charge")(paymentId), todo: "void" }) as unknown as PaymentInstruction;
const UNKNOWN = (): PaymentInstruction => ({ todo: "unknown" });
const NOTHING = (): PaymentInstruction => ({ todo: "nothing" });
const FAILED_BEFORE = (): PaymentInstruction => ({ todo: "nothing", hasFailed: true });
const WAITS: ChargeOutcome = { state: "action_required", action: { reference: "pi_1", clientSecret: "pi_1_secret_2" } };
/** A charge that waits for its buyer; `isOver`: no longer. */
const awaited =
  (isOver: boolean, ageMs = 0) =>
  (paymentId: string) => {
    return { ...due("charge", ageMs)(paymentId), awaited: { reference: "pi_1", isOver } } as PaymentInstruction;
  };
const OK: SettleResult = { ok: true, state: "confirmed" };

interface FakeObject {
  readonly instructions?: (paymentIds: readonly string[]) => Promise<readonly PaymentInstruction[]>;
  readonly settle?: (settlements: readonly Settlement[]) => Promise<readonly SettleResult[]>;
  readonly awaitActions?: (required: readonly ActionRequired[]) => Promise<readonly SettleResult[]>;
}

/** By default each payment is to be charged, and each settlement is accepted. */
function service(objects: Readonly<Record<string, FakeObject>> = {}, auditFault: Error | null = null) {
  /** Of objects: the method, the ticket type, how many payments. */
  const calls: [method: string, ticketTypeId: string, payments: number][] = [];
  const getByName = (id: string): Required<FakeObject> => ({
    instructions: async (paymentIds) => {
      calls.push(["instructions", id, paymentIds.length]);
      return objects[id]?.instructions?.(paymentIds) ?? paymentIds.map(due("charge"));
    },
    awaitActions: async (required) => {
      const results = await (objects[id]?.awaitActions?.(required) ?? required.map(() => OK));
      events.push(...required.map(({ action }) => `await ${action.reference}`));
      return results;
    },
    settle: async (settlements) => {
      calls.push(["settle", id, settlements.length]);
      const results = await (objects[id]?.settle?.(settlements) ?? settlements.map(() => OK));
      events.push(...settlements.map(({ outcome }) => `settle ${outcome.state}`));
      return results;
    },
  });
  const write = async () => {
    if (auditFault !== null) throw auditFault;
    events.push("audit");
  };
  const DB = { prepare: () => ({ bind: () => ({ run: write }) }) };
  return { env: { TICKET_TYPES: { getByName }, DB } as unknown as Env, calls };
}

/** Consumes messages; a text is a payment's id. `ends` shows what became of each so far. */
function consume(
  env: Env,
  paidBy: PaymentProvider | null,
  bodies: readonly unknown[],
  { attempts = 1, queue = "payments" } = {},
) {
  const ends: (string | null)[] = bodies.map(() => null);
  const messages = bodies.map((body, index) => {
    const end = (how: string) => {
      expect(ends[index]).toBeNull();
      ends[index] = how;
      events.push(how);
    };
    return {
      id: `message-${index}`,
      attempts,
      body: typeof body === "string" ? { ticketTypeId: TICKET, paymentId: body } : body,
      ack: () => end("ack"),
      retry: (options: QueueRetryOptions) => end(`retry ${options.delaySeconds}`),
    };
  });
  return { ends, done: consumePayments({ queue, messages } as unknown as MessageBatch, env, paidBy) };
}

/** The timers of a batch run, and it ends. */
async function ended(done: Promise<void>, ms = SECOND_MS): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  await done;
}

type Row = [what: string, given: (paymentId: string) => PaymentInstruction, replies: Replies, want: string];

async function expectEvents(queue: string, ...[, given, replies, want]: Row): Promise<void> {
  const { env } = service({ [TICKET]: { instructions: async () => [given("p")] } });
  const { done } = consume(env, provider(replies), ["p"], { queue });
  await ended(done);
  expect(events.join(", ")).toBe(want);
}

// Two hours before the provider forgets: clocks differ.
const REMEMBERED_MS = 22 * HOUR_MS - 1;
const OLD_MS = 22 * HOUR_MS;
const VERY_OLD_MS = 90 * DAY_MS;

test.each<Row>([
  ["an unknown payment", UNKNOWN, {}, "ack"],
  ["a settled payment", NOTHING, {}, "ack"],
  ["an instruction of a newer object", VOID, {}, "retry 1"],
  ["a charge", due("charge"), {}, "charge, settle succeeded, ack"],
  ["a charge that is declined", due("charge"), { charge: FAILED }, "charge, settle failed, ack"],
  ["a slow charge", due("charge"), { charge: slow(99_001) }, "charge, retry 100"],
  ["a charge that takes a day", due("charge"), { charge: slow(DAY_MS) }, "charge, retry 3600"],
  ["a charge whose reply is lost", due("charge"), { charge: LOST }, "charge, retry 1"],
  ["a remembered charge", due("charge", REMEMBERED_MS), {}, "charge, settle succeeded, ack"],
  ["an old charge", due("charge", OLD_MS), { lookUp: SUCCEEDED }, "look up, settle succeeded, ack"],
  ["an old charge, declined", due("charge", OLD_MS), { lookUp: FAILED }, "look up, settle failed, ack"],
  ["an old charge, still slow", due("charge", OLD_MS), { lookUp: slow(5_000) }, "look up, retry 5"],
  ["an old charge, not found out", due("charge", OLD_MS), { lookUp: LOST }, "look up, retry 1"],
  ["an old charge, never made", due("charge", OLD_MS), {}, "look up, charge, settle succeeded, ack"],
  ["a very old charge", due("charge", VERY_OLD_MS), { lookUp: SUCCEEDED }, "look up, settle succeeded, ack"],
  ["a very old charge, never made", due("charge", VERY_OLD_MS), {}, "look up, charge, settle succeeded, ack"],
  ["a charge of unknown age", due("charge", null), { lookUp: SUCCEEDED }, "look up, settle succeeded, ack"],
  ["a charge that its buyer has to confirm", due("charge"), { charge: WAITS }, "charge, await pi_1, ack"],
  ["one that waits", awaited(false), { lookUp: WAITS }, "look up, await pi_1, ack"],
  ["one that was confirmed", awaited(false), { lookUp: SUCCEEDED }, "look up, settle succeeded, ack"],
  ["one that waits since yesterday", awaited(false, VERY_OLD_MS), { lookUp: WAITS }, "look up, await pi_1, ack"],
  ["one whose time is over", awaited(true), {}, "cancel, settle failed, ack"],
  ["one that the cancel finds charged", awaited(true), { cancel: SUCCEEDED }, "cancel, settle succeeded, ack"],
  ["one that the cancel finds under way", awaited(true), { cancel: slow(5_000) }, "cancel, retry 5"],
  ["one whose cancel has no reply", awaited(true), { cancel: LOST }, "cancel, retry 1"],
  ["one that failed before", FAILED_BEFORE, {}, "ack"],
  ["a refund", due("refund"), {}, "refund, audit, settle refunded, ack"],
  ["a refund whose reply is lost", due("refund"), { refund: LOST }, "refund, retry 1"],
  ["a remembered refund", due("refund", REMEMBERED_MS), {}, "refund, audit, settle refunded, ack"],
  ["an old refund", due("refund", OLD_MS), { lookUpRefund: SUCCEEDED }, "look up refund, audit, settle refunded, ack"],
  ["an old refund, not found out", due("refund", OLD_MS), { lookUpRefund: LOST }, "look up refund, retry 1"],
  ["an old refund, never made", due("refund", OLD_MS), {}, "look up refund, refund, audit, settle refunded, ack"],
  ["a refund of unknown age", due("refund", null), {}, "look up refund, refund, audit, settle refunded, ack"],
])("a message: %s", (...row) => expectEvents("payments", ...row));

test.each<Row>([
  ["an unknown payment", UNKNOWN, {}, "ack"],
  ["a settled payment", NOTHING, {}, "ack"],
  ["an instruction of a newer object", VOID, {}, "ack"],
  ["a charge", due("charge"), { lookUp: SUCCEEDED }, "look up, settle succeeded, ack"],
  ["a charge that was declined", due("charge"), { lookUp: FAILED }, "look up, settle failed, ack"],
  ["a slow charge", due("charge"), { lookUp: slow(5_000) }, "look up, ack"],
  ["a charge that its buyer has to confirm", awaited(false), { lookUp: WAITS }, "look up, await pi_1, ack"],
  ["one whose time is over", awaited(true), { cancel: SUCCEEDED }, "cancel, settle succeeded, ack"],
  ["a charge that was never made", due("charge"), {}, "look up, ack"],
  ["a very old charge that was never made", due("charge", VERY_OLD_MS), {}, "look up, ack"],
  ["a charge that is not found out", due("charge"), { lookUp: LOST }, "look up, ack"],
  ["a refund", due("refund"), {}, "refund, audit, settle refunded, ack"],
  ["a refund whose reply is lost", due("refund"), { refund: LOST }, "refund, ack"],
  ["an old refund", due("refund", OLD_MS), { lookUpRefund: SUCCEEDED }, "look up refund, audit, settle refunded, ack"],
  ["an old refund, never made", due("refund", OLD_MS), {}, "look up refund, refund, audit, settle refunded, ack"],
])("a dead letter: %s", (...row) => expectEvents("payments-dlq", ...row));

test.each<[what: string, given: () => PaymentInstruction, cancel: ChargeOutcome, want: string]>([
  ["that failed before, and has succeeded all the same", FAILED_BEFORE, SUCCEEDED, "cancel, settle succeeded, ack"],
  ["that failed before", FAILED_BEFORE, FAILED, "cancel, settle failed, ack"],
  ["that is settled", NOTHING, SUCCEEDED, "ack"],
])("a notice of a payment %s", async (_what, given, cancel, want) => {
  const { env } = service({ [TICKET]: { instructions: async () => [given()] } });
  const notice = { ticketTypeId: TICKET, paymentId: "p", reference: "pi_1" };
  await ended(consume(env, provider({ cancel }), [notice]).done);
  expect(events.join(", ")).toBe(want);
});

test("an object of before, which can't take that a charge waits, has its message again", async () => {
  const awaitActions = () => Promise.reject(new TypeError("the object has no such method"));
  const { env } = service({ [TICKET]: { awaitActions } });
  const { done, ends } = consume(env, provider({ charge: WAITS }), ["p"]);
  await ended(done);
  expect(ends).toEqual(["retry 1"]);
  expect(events.join(", ")).toBe("charge, retry 1");
});

describe.each([
  ["payments", "retry 1"],
  ["payments-dlq", "ack"],
])("in %s a message fails with %s and moves no money", (queue, end) => {
  test("without a provider", async () => {
    const { env, calls } = service();
    const { ends, done } = consume(env, null, ["a", "b"], { queue });
    await done;
    expect([ends, calls]).toEqual([[end, end], []]);
  });

  test("when the object gives no instruction", async () => {
    const { env } = service({ [TICKET]: { instructions: async () => [] } });
    await consume(env, provider({}), ["a"], { queue }).done;
    expect(events).toEqual([end]);
  });

  test("when the refund can't be put on the audit log: it is not settled", async () => {
    const { env } = service({ [TICKET]: { instructions: async () => [due("refund")("a")] } }, new Error("D1 is down"));
    await consume(env, provider({}), ["a"], { queue }).done;
    expect(events).toEqual(["refund", end]);
  });

  test.each<[what: string, results: readonly SettleResult[]]>([
    ["refuses to settle", [{ ok: false, refusal: "payment_unknown" }]],
    ["says nothing of the settlement", []],
  ])("when the object %s", async (_what, results) => {
    const { env } = service({
      [TICKET]: { instructions: async () => [due("refund")("a")], settle: async () => results },
    });
    const { ends, done } = consume(env, provider({}), ["a"], { queue });
    await ended(done);
    expect(ends).toEqual([end]);
  });
});

test("a message that is not about a payment is acknowledged, and its neighbours are carried out", async () => {
  const { env, calls } = service();
  const strange = ["", { ticketTypeId: "../x", paymentId: "p" }, { ticketTypeId: TICKET }, null, 7, {}, [], "p"];
  const { ends, done } = consume(env, provider({}), strange);
  await ended(done);
  expect(ends).toEqual(strange.map(() => "ack"));
  expect(calls.join(" ")).toBe(`instructions,${TICKET},1 settle,${TICKET},1`);
});

test.each([
  [1, 1],
  [2, 2],
  [5, 16],
  [9, 256],
  [10, 300],
  [1_000, 300],
])("after attempt %i a message that fails comes again in %i s", async (attempts, seconds) => {
  await consume(service().env, provider({ charge: LOST }), ["a"], { attempts }).done;
  expect(events).toEqual(["charge", `retry ${seconds}`]);
});

test("each object is asked once and settles once, however many messages the batch has", async () => {
  const { env, calls } = service();
  const other = { ticketTypeId: OTHER, paymentId: "o" };
  const { ends, done } = consume(env, provider({}), ["a", other, "b", "a", other, "c", "d", "e", "f"]);
  await ended(done);
  expect(ends).toEqual(ends.map(() => "ack"));
  expect(calls).toEqual([
    ["instructions", TICKET, 7],
    ["instructions", OTHER, 2],
    ["settle", TICKET, 7],
    ["settle", OTHER, 2],
  ]);
});

describe("time", () => {
  test("begins for a charge when its turn comes: six hang, and the seventh has its whole 30 s", async () => {
    const begun: string[] = [];
    const seventh = Promise.withResolvers<ChargeOutcome>();
    const paidBy = charging((id) => {
      begun.push(id);
      return id === "7" ? seventh.promise : new Promise(() => {});
    });
    const { ends, done } = consume(service().env, paidBy, ["1", "2", "3", "4", "5", "6", "7"]);
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS - 1);
    expect([begun.length, ends]).toEqual([6, ends.map(() => null)]);
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS);
    expect([begun.length, ends]).toEqual([7, [...Array(6).fill("retry 1"), null]]);
    seventh.resolve(SUCCEEDED);
    await ended(done);
    expect(ends.at(-1)).toBe("ack");
  });

  test("of charges: as many are in flight as the provider takes, over all objects of the batch", async () => {
    let inFlight = 0;
    let most = 0;
    const paidBy = charging(async () => {
      most = Math.max(most, ++inFlight);
      await new Promise((resolve) => setTimeout(resolve, 300));
      inFlight--;
      return SUCCEEDED;
    });
    const bodies = Array.from({ length: 40 }, (_, n) => ({ ticketTypeId: n % 2 ? TICKET : OTHER, paymentId: `${n}` }));
    const { ends, done } = consume(service().env, paidBy, bodies);
    await vi.advanceTimersByTimeAsync(Math.ceil(40 / 6) * 300 + SECOND_MS);
    await done;
    expect(ends).toEqual(ends.map(() => "ack"));
    expect(most).toBe(6);
  });

  test("of disputes: they are looked at within the same bound", async () => {
    let inFlight = 0;
    let most = 0;
    const slowly = async <T>(result: T): Promise<T> => {
      most = Math.max(most, ++inFlight);
      await new Promise((resolve) => setTimeout(resolve, 300));
      inFlight--;
      return result;
    };
    const paidBy = { ...charging(() => slowly(SUCCEEDED)), dispute: () => slowly(null) };
    const bodies = Array.from({ length: 20 }, (_, n) => (n % 2 ? { disputeId: `dp_${n}` } : `${n}`));
    const { ends, done } = consume(service().env, paidBy, bodies);
    await vi.advanceTimersByTimeAsync(Math.ceil(20 / 6) * 300 + SECOND_MS);
    await done;
    expect([most, ends]).toEqual([6, ends.map(() => "ack")]);
  });

  test("of a dispute that hangs: it is given up, so that the payments beside it are done with", async () => {
    const paidBy = { ...charging(async () => SUCCEEDED), dispute: () => new Promise<null>(() => {}) };
    const { ends, done } = consume(service().env, paidBy, [{ disputeId: "dp_1" }, "1"]);
    await ended(done, TIMEOUT_MS + SECOND_MS);
    expect(ends).toEqual(["ack", "ack"]);
  });

  test("of a provider that is busy: it is asked again, for so long, and the message comes again only then", async () => {
    const faults = [new ProviderBusy("429"), new ProviderBusy("429"), LOST];
    const paidBy = charging(async () => {
      events.push("charge");
      throw faults.shift() ?? new ProviderBusy("429");
    });
    const { env } = service();
    const lost = consume(env, paidBy, ["a"]);
    await ended(lost.done, 2 * SECOND_MS);
    expect(events.splice(0)).toEqual(["charge", "charge", "charge", "retry 1"]);
    const busy = consume(env, paidBy, ["b"]);
    await vi.advanceTimersByTimeAsync(20 * SECOND_MS - 1);
    expect(busy.ends).toEqual([null]);
    await ended(busy.done, 4 * SECOND_MS);
    expect(busy.ends).toEqual(["retry 1"]);
    expect(events.filter((event) => event === "charge").length).toBeLessThan(25);
  });

  test("of a slow charge holds up no other: the others are settled, and it is when it is done", async () => {
    const slowest = Promise.withResolvers<ChargeOutcome>();
    const paidBy = charging(async (id) => (id === "slow" ? slowest.promise : SUCCEEDED));
    const { env, calls } = service();
    const { ends, done } = consume(env, paidBy, ["slow", "a", "b", "c"]);
    await vi.advanceTimersByTimeAsync(200);
    expect(ends).toEqual([null, "ack", "ack", "ack"]);
    slowest.resolve(FAILED);
    await ended(done, 200);
    expect(ends[0]).toBe("ack");
    expect(calls.map(([method, , payments]) => [method, payments])).toEqual([
      ["instructions", 4],
      ["settle", 3],
      ["settle", 1],
    ]);
  });

  test("of charges that end one shortly after the other: they are settled in one call", async () => {
    let charges = 0;
    const paidBy = charging(async () => {
      await new Promise((resolve) => setTimeout(resolve, 10 * ++charges));
      return SUCCEEDED;
    });
    const { env, calls } = service();
    const { done } = consume(env, paidBy, ["a", "b", "c", "d"]);
    await ended(done);
    expect(calls.map(([method]) => method)).toEqual(["instructions", "settle"]);
  });

  test.each<[what: string, hanging: FakeObject, asked: readonly string[]]>([
    ["instructions", { instructions: () => new Promise(() => {}) }, ["instructions"]],
    ["settlements", { settle: () => new Promise(() => {}) }, ["instructions", "settle"]],
  ])("of an object that hangs over its %s fails its own messages only, each once", async (_what, hanging, asked) => {
    const { env, calls } = service({ [TICKET]: hanging });
    const { ends, done } = consume(env, provider({}), ["a", { ticketTypeId: OTHER, paymentId: "o" }, "b"]);
    await vi.advanceTimersByTimeAsync(SECOND_MS);
    expect(ends).toEqual([null, "ack", null]);
    await ended(done, TIMEOUT_MS);
    expect(ends).toEqual(["retry 1", "ack", "retry 1"]);
    expect(calls.filter(([, id]) => id === TICKET).map(([method]) => method)).toEqual(asked);
  });
});

describe("a call for several payments that fails", () => {
  const overloaded = () => Promise.reject(Object.assign(new Error("overloaded"), { overloaded: true }));

  test("because of one outcome is repeated for each of them", async () => {
    const settle: FakeObject["settle"] = async (settlements) => {
      if (settlements.some(({ paymentId }) => paymentId === "poison")) throw new Error("a fault of our own");
      return settlements.map(() => OK);
    };
    const { env } = service({ [TICKET]: { settle } });
    const { ends, done } = consume(env, provider({}), ["a", "poison", "b"]);
    await ended(done);
    expect(ends).toEqual(["ack", "retry 1", "ack"]);
  });

  test.each<[method: string, object: FakeObject, asked: readonly string[]]>([
    ["instructions", { instructions: overloaded }, ["instructions"]],
    ["settle", { settle: overloaded }, ["instructions", "settle"]],
  ])("because the object is overloaded is not repeated: %s", async (_method, object, asked) => {
    const { env, calls } = service({ [TICKET]: object });
    const { ends, done } = consume(env, provider({}), ["a", { ticketTypeId: OTHER, paymentId: "o" }, "b", "c"]);
    await ended(done);
    expect(ends).toEqual(["retry 1", "ack", "retry 1", "retry 1"]);
    expect(calls.filter(([, id]) => id === TICKET).map(([method]) => method)).toEqual(asked);
  });
});
