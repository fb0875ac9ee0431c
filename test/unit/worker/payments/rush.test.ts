// A rush of payments on a provider that allows few calls a second, with as many consumers as the
// platform starts: a queue, its objects, the provider and the clock are the test's own.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ROOT } from "../../../../scripts/lib/settings.ts";
import { SECOND_MS } from "../../../../src/domain/units.ts";
import type { PaymentInstruction, Settlement, SettleResult } from "../../../../src/durable/ticket-type/protocol.ts";
import type { Env } from "../../../../src/worker/env.ts";
import { consumePayments } from "../../../../src/worker/payments/consumer.ts";
import { type PaymentProvider, ProviderBusy } from "../../../../src/worker/payments/provider.ts";

const CALLS_PER_SECOND = 25;
const LATENCY_MS = 400;
const TICKET = "0000000000000001";
const SETTINGS = readFileSync(join(ROOT, "wrangler.toml"), "utf8");
const [, BATCH, CONSUMERS, RETRIES] = (
  /max_batch_size = (\d+)[^[]*max_concurrency = (\d+)[^[]*max_retries = (\d+)/.exec(SETTINGS) ?? []
).map(Number);

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

interface Queued {
  readonly paymentId: string;
  attempts: number;
}

class Rush {
  readonly charged = new Map<string, number>();
  readonly settled = new Set<string>();
  readonly deadLetters: string[] = [];
  refused = 0;
  readonly #queue: Queued[] = [];
  readonly #recent: number[] = [];

  send(paymentId: string): void {
    this.#queue.push({ paymentId, attempts: 1 });
  }

  /** One of several that run at once, until all is settled. */
  async consume(payments: number): Promise<void> {
    while (this.settled.size + this.deadLetters.length < payments) {
      const messages = this.#queue.splice(0, BATCH).map((queued) => this.#message(queued));
      if (messages.length === 0) await pause(100);
      else await consumePayments({ queue: "payments", messages } as unknown as MessageBatch, this.#env, this.#provider);
    }
  }

  #message(queued: Queued) {
    const { paymentId, attempts } = queued;
    return {
      id: paymentId,
      attempts,
      body: { ticketTypeId: TICKET, paymentId },
      ack() {},
      retry: ({ delaySeconds = 0 }: QueueRetryOptions) => {
        if (attempts > (RETRIES ?? 0)) this.deadLetters.push(paymentId);
        else setTimeout(() => this.#queue.push({ paymentId, attempts: attempts + 1 }), delaySeconds * SECOND_MS);
      },
    };
  }

  readonly #env = {
    TICKET_TYPES: {
      getByName: () => ({
        instructions: async (ids: readonly string[]) => ids.map((id) => this.#instruction(id)),
        settle: async (settlements: readonly Settlement[]) =>
          settlements.map(({ paymentId }): SettleResult => {
            this.settled.add(paymentId);
            return { ok: true, state: "confirmed" };
          }),
      }),
    },
  } as unknown as Env;

  readonly #provider = {
    maxConcurrentCalls: 6,
    idempotencyWindowMs: 86_400_000,
    charge: async ({ paymentId }: { readonly paymentId: string }) => {
      if (this.#isTooMany()) {
        this.refused += 1;
        throw new ProviderBusy("busy");
      }
      await pause(LATENCY_MS);
      this.charged.set(paymentId, (this.charged.get(paymentId) ?? 0) + 1);
      return { state: "succeeded" as const };
    },
  } as unknown as PaymentProvider;

  #instruction(paymentId: string): PaymentInstruction {
    if (this.settled.has(paymentId)) return { todo: "nothing" };
    const charge = { paymentId, reservationId: "r", amountMinor: 4_500, currency: "EUR", method: "pm_card_visa" };
    return { todo: "charge", charge, sinceMs: Date.now() };
  }

  #isTooMany(): boolean {
    const nowMs = Date.now();
    while ((this.#recent[0] ?? nowMs) <= nowMs - SECOND_MS) this.#recent.shift();
    if (this.#recent.length >= CALLS_PER_SECOND) return true;
    this.#recent.push(nowMs);
    return false;
  }
}

test.each([2_000, 8_000])("%i payments at once are all settled, and none is a dead letter", async (payments) => {
  const rush = new Rush();
  for (let number = 0; number < payments; number++) rush.send(`p${number}`);
  const startMs = Date.now();
  const done = Promise.all(Array.from({ length: CONSUMERS ?? 0 }, () => rush.consume(payments)));
  while (rush.settled.size + rush.deadLetters.length < payments) await vi.advanceTimersByTimeAsync(SECOND_MS);
  await vi.advanceTimersByTimeAsync(SECOND_MS);
  await done;
  const tookMs = Date.now() - startMs;
  expect(rush.deadLetters).toEqual([]);
  expect([...rush.charged.values()].filter((times) => times > 1)).toEqual([]);
  // The provider is kept at work, and not pestered.
  expect(tookMs).toBeLessThan((1.1 * payments * SECOND_MS) / CALLS_PER_SECOND + 20 * SECOND_MS);
  expect(rush.refused).toBeLessThan(2 * payments);
});

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
