// A provider forgets a payment's key after a day. What is tried again after that is looked up first.

import { createMessageBatch, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Store } from "../../../../src/durable/ticket-type/store.ts";
import { consumePayments } from "../../../../src/worker/payments/consumer.ts";
import type { ChargeOutcome, Movement, PaymentProvider } from "../../../../src/worker/payments/provider.ts";
import { hold, newPerson, objectOf, pendingNamed, putOnSale, savePayment } from "../../../support/service.ts";

const HOUR_MS = 3_600_000;
const WINDOW_MS = 24 * HOUR_MS;
// Two hours before the window closes the consumer takes it for closed: clocks differ.
const CAREFUL_FROM_MS = 22 * HOUR_MS;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Charges for every key that it does not remember. Its replies can be lost. */
class ForgetfulProvider implements PaymentProvider {
  readonly maxConcurrentCalls = 6;
  readonly idempotencyWindowMs = WINDOW_MS;
  readonly movements: (Movement & { readonly atMs: number })[] = [];
  readonly calls: string[] = [];
  losesReplies = false;

  accepts(): boolean {
    return true;
  }

  async charge({ paymentId, reservationId, amountMinor, currency }: Parameters<PaymentProvider["charge"]>[0]) {
    this.calls.push("charge");
    this.#move({ kind: "charge", paymentId, reservationId, amountMinor, currency, state: "succeeded" });
    return { state: "succeeded" } as const;
  }

  async lookUp(paymentId: string): Promise<ChargeOutcome | null> {
    this.calls.push("look up");
    return this.#of("charge", paymentId).length > 0 ? { state: "succeeded" } : null;
  }

  async refund({ paymentId, reservationId, amountMinor, currency }: Parameters<PaymentProvider["refund"]>[0]) {
    this.calls.push("refund");
    this.#move({ kind: "refund", paymentId, reservationId, amountMinor, currency, state: "succeeded" });
  }

  async lookUpRefund(paymentId: string): Promise<boolean> {
    this.calls.push("look up refund");
    return this.#of("refund", paymentId).length > 0;
  }

  async ledger(): Promise<Movement[]> {
    return this.movements;
  }

  #of(kind: Movement["kind"], paymentId: string) {
    return this.movements.filter((movement) => movement.kind === kind && movement.paymentId === paymentId);
  }

  #move(movement: Movement): void {
    const remembered = this.#of(movement.kind, movement.paymentId).some(({ atMs }) => Date.now() < atMs + WINDOW_MS);
    if (!remembered) this.movements.push({ ...movement, atMs: Date.now() });
    if (this.losesReplies) throw new Error("connection reset");
  }
}

/** A payment whose message only these tests deliver. */
async function unsettled(state: "pending" | "refund_due") {
  const { ticketId } = await putOnSale();
  const { body } = await hold(await newPerson(), ticketId);
  const sinceMs = Date.now();
  const paymentId = `payment-${body.id.slice(-8)}`;
  await runInDurableObject(objectOf(ticketId), (_, { storage }) => {
    const payment = { ...pendingNamed(paymentId), state, sinceMs };
    savePayment(new Store(storage.sql), body.id, payment, sinceMs + 1_000 * HOUR_MS);
  });
  const provider = new ForgetfulProvider();
  const deliver = async (queue = "payments", bindings = env) => {
    provider.calls.length = 0;
    const message = {
      id: crypto.randomUUID(),
      timestamp: new Date(),
      attempts: 1,
      body: { ticketTypeId: ticketId, paymentId },
    };
    await consumePayments(createMessageBatch(queue, [message]), bindings, provider);
    return [...provider.calls];
  };
  const stateNow = () =>
    runInDurableObject(
      objectOf(ticketId),
      (_, { storage }) =>
        storage.sql.exec<{ state: string }>("SELECT state FROM payments WHERE id = ?", paymentId).one().state,
    );
  return { provider, deliver, sinceMs, stateNow, ticketId };
}

describe.each([
  ["charge", "pending", "look up", "succeeded"],
  ["refund", "refund_due", "look up refund", "refunded"],
] as const)("a %s", (kind, state, lookUp, settled) => {
  test("whose reply was lost is tried again by its key while that is remembered", async () => {
    const { provider, deliver, sinceMs, stateNow } = await unsettled(state);
    provider.losesReplies = true;
    expect(await deliver()).toEqual([kind]);
    expect(await stateNow()).toBe(state);
    provider.losesReplies = false;
    vi.setSystemTime(sinceMs + CAREFUL_FROM_MS - 1);
    expect(await deliver()).toEqual([kind]);
    expect(await stateNow()).toBe(settled);
    expect(provider.movements).toHaveLength(1);
  });

  test.each([
    ["a little before it is forgotten", CAREFUL_FROM_MS],
    ["when it is forgotten", WINDOW_MS],
    ["long after", 30 * WINDOW_MS],
  ])("whose reply was lost is looked up, and not made twice: %s", async (_when, afterMs) => {
    const { provider, deliver, sinceMs, stateNow } = await unsettled(state);
    provider.losesReplies = true;
    await deliver();
    provider.losesReplies = false;
    vi.setSystemTime(sinceMs + afterMs);
    expect(await deliver()).toEqual([lookUp]);
    expect(await stateNow()).toBe(settled);
    expect(provider.movements).toHaveLength(1);
  });

  test("that the provider never heard of is made then, however late", async () => {
    const { provider, deliver, sinceMs, stateNow } = await unsettled(state);
    vi.setSystemTime(sinceMs + 3 * WINDOW_MS);
    expect(await deliver()).toEqual([lookUp, kind]);
    expect(await stateNow()).toBe(settled);
    expect(provider.movements).toHaveLength(1);
  });

  test("from an object that does not say since when is looked up first", async () => {
    const { provider, deliver, ticketId } = await unsettled(state);
    const older = new Proxy(env.TICKET_TYPES, {
      get: (target, name) =>
        name === "getByName"
          ? () => ({
              instructions: async (ids: readonly string[]) => {
                const [instruction] = await objectOf(ticketId).instructions(ids);
                if (instruction === undefined || !("charge" in instruction)) throw new Error("nothing to do");
                const { todo, charge } = instruction;
                return [{ todo, charge }];
              },
              settle: (settlements: Parameters<ReturnType<typeof objectOf>["settle"]>[0]) =>
                objectOf(ticketId).settle(settlements),
            })
          : Reflect.get(target, name),
    });
    expect(await deliver("payments", { ...env, TICKET_TYPES: older })).toEqual([lookUp, kind]);
    expect(provider.movements).toHaveLength(1);
  });
});

test("a dead letter is looked up and never charged, also long after", async () => {
  const { provider, deliver, sinceMs, stateNow } = await unsettled("pending");
  expect(await deliver("payments-dlq")).toEqual(["look up"]);
  vi.setSystemTime(sinceMs + 3 * WINDOW_MS);
  expect(await deliver("payments-dlq")).toEqual(["look up"]);
  expect(provider.movements).toEqual([]);
  expect(await stateNow()).toBe("pending");
});
