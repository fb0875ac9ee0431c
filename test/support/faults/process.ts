// What every world under faults has: a queue, a provider and a clock that are the test's, and
// processes that come and go. What lives in a process is its own matter.

import { abortAllDurableObjects, createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import { newId } from "../../../src/platform/ids.ts";
import { timeout } from "../../../src/platform/time.ts";
import type { Env } from "../../../src/worker/env.ts";
import { consumePayments } from "../../../src/worker/payments/consumer.ts";
import type { AnyPaymentMessage } from "../../../src/worker/payments/owners.ts";
import { sandboxProvider } from "../../../src/worker/payments/sandbox.ts";
import { type Fault, faultyD1, faultyProvider, faultyQueue, type Plan, PlannedFault, Steps } from "./steps.ts";
import { moveTo, VirtualTime } from "./virtual-time.ts";

/** So far ahead that the platform runs no alarm and delivers no message: the test does. */
const START_MS = Date.UTC(2040, 0, 1);
export const MINUTE_MS = 60_000;
const GIVE_UP_MS = 30_000;
const TRIES = 6;
// As in wrangler.toml.
const MAX_RETRIES = 10;

export interface QueuedMessage {
  readonly body: AnyPaymentMessage;
  readonly dueAtMs: number;
  readonly deliveries: number;
  readonly queue: "payments" | "payments-dlq";
}

/** What is done to a world, one after the other. An act that was cut short is done again. */
export type ActOn<P> = (process: P) => Promise<void>;

/** What outlives a process. */
export class Surroundings {
  readonly steps: Steps;
  /** Delivered by the test alone. */
  queue: QueuedMessage[] = [];
  /** Promises that were broken at some instant. */
  readonly broken = new Set<string>();
  /** What the service logged as an error of its own: no fault of another's is one. */
  readonly errors: string[] = [];
  /** What the queue makes of the n-th message that is sent to it, from 1. */
  whatBecomesOf: (message: QueuedMessage, nth: number) => QueuedMessage[] = (message) => [message];
  sent = 0;
  /** What the provider makes of a charge until then: it has not begun. */
  providerBusyUntilMs = 0;
  /** What the provider has made up its mind about. */
  readonly charged = new Set<string>();
  protected process: FaultyProcess | null = null;

  constructor(plan: Plan | null) {
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(START_MS);
    // The service's own log: what fails on command is told there at length.
    vi.spyOn(console, "log").mockImplementation(() => {});
    vi.spyOn(console, "error").mockImplementation((line) => {
      if (!String(line).includes(PlannedFault.name)) this.errors.push(String(line));
    });
    this.steps = new Steps(plan, (fault) => this.#kill(fault));
  }

  get startMs(): number {
    return START_MS;
  }

  #kill(fault: Fault): void {
    if (fault.endsWith("the queue is lost")) this.queue = [];
    this.process?.time.end();
  }
}

/** Its processes are of a kind. */
export abstract class FaultyWorld<P extends FaultyProcess> extends Surroundings {
  /** Null where the process did not live to the end of it. */
  protected abstract inProcess<T>(work: (process: P) => Promise<T>): Promise<{ result: T } | null>;

  /** Does all `acts` in order, in as many processes as it takes, and then looks at the result. */
  async live<T>(begin: ActOn<P>, acts: readonly ActOn<P>[], look: (process: P) => Promise<T>): Promise<T> {
    const left = [...acts];
    const goOn = async (process: P): Promise<T> => {
      if (!this.steps.on) await begin(process);
      this.steps.on = true;
      for (let act = left[0]; act !== undefined; act = left[0]) {
        await act(process);
        left.shift();
      }
      return look(process);
    };
    for (;;) {
      const lived = await this.inProcess(goOn);
      if (lived !== null) return lived.result;
      await abortAllDurableObjects();
    }
  }

  /** Lets `process` work in its own time until it has ended or is killed. */
  protected async lead<T>(process: P, work: (process: P) => Promise<T>): Promise<{ result: T } | null> {
    this.process = process;
    for (const [name, value] of Object.entries(process.time.globals)) vi.stubGlobal(name, value);
    try {
      await process.start();
      const lived = work(process).then((result) => ({ result }));
      return await Promise.race([lived, process.time.over.then(() => null)]);
    } finally {
      vi.unstubAllGlobals();
      process.time.end();
    }
  }
}

/** An alarm of an object of the process. */
export interface Alarm {
  /** Infinity: none is set. */
  readonly atMs: number;
  ring(): Promise<void>;
}

/** What one process has in memory: objects, deliveries under way, timers. */
export abstract class FaultyProcess {
  readonly time = new VirtualTime();
  /** What its objects and the consumer are given. */
  abstract readonly env: Env;
  protected readonly faultyBindings: Pick<Env, "DB" | "PAYMENTS">;
  readonly #world: Surroundings;
  readonly #underDelivery = new Set<QueuedMessage>();

  constructor(world: Surroundings) {
    this.#world = world;
    const { steps } = world;
    this.faultyBindings = {
      DB: faultyD1(env.DB, "object's", steps, this.time),
      PAYMENTS: faultyQueue<AnyPaymentMessage>((body) => this.#enqueue(body), steps, this.time),
    };
  }

  /** As the platform does it: first the constructors' work, then alarms that were cut short. */
  abstract start(): Promise<void>;
  /** Those of all its objects. */
  protected abstract alarms(): Promise<readonly Alarm[]>;

  #enqueue(body: AnyPaymentMessage): void {
    const world = this.#world;
    const sent = { body, dueAtMs: Date.now(), deliveries: 0, queue: "payments" } as const;
    world.sent += 1;
    world.queue.push(...world.whatBecomesOf(sent, world.sent));
  }

  /** A call as a buyer's client makes it: given up after 30 s, and repeated until it succeeds. */
  async attempt<T>(call: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.drive(timeout(GIVE_UP_MS, call()));
      } catch (fault) {
        if (tries === TRIES) throw new Error(`a call that nothing disturbs any more is not answered: ${fault}`);
        await this.drive(this.time.wait(1_000));
      }
    }
  }

  /** Lets the world go on until `work` is done. */
  async drive<T>(work: Promise<T>): Promise<T> {
    let over = false;
    const end = () => (over = true);
    work.then(end, end);
    await this.time.run(
      () => over,
      () => this.advance(null),
    );
    return work;
  }

  /** Lets the world go on until `done`, at most until `limitMs`; returns whether it was done. */
  until(done: () => boolean, limitMs: number): Promise<boolean> {
    return this.time.run(done, () => this.advance(limitMs));
  }

  /** Lets everything happen that happens until then. */
  async passTo(atMs: number): Promise<void> {
    await this.until(() => false, atMs);
    moveTo(atMs);
    await this.time.idle();
  }

  /** Begins what is to happen next, where that is not after `limitMs`. */
  async advance(limitMs: number | null): Promise<boolean> {
    const messages = this.#nextMessages();
    const [alarm] = (await this.alarms()).toSorted((one, other) => one.atMs - other.atMs);
    const messageMs = messages[0]?.dueAtMs ?? Infinity;
    const timerMs = this.time.firstTimerMs() ?? Infinity;
    const nextMs = Math.min(messageMs, alarm?.atMs ?? Infinity, timerMs);
    if (nextMs === Infinity || (limitMs !== null && nextMs > limitMs)) return false;
    moveTo(nextMs);
    if (messageMs === nextMs) void this.deliver(messages);
    else if (timerMs === nextMs) this.time.ringFirst();
    else void alarm?.ring();
    return true;
  }

  /** All that are due first, in one batch. */
  #nextMessages(): QueuedMessage[] {
    const waiting = this.#world.queue.filter((message) => !this.#underDelivery.has(message));
    const [first] = waiting.sort((one, other) => one.dueAtMs - other.dueAtMs);
    return waiting.filter(({ dueAtMs, queue }) => dueAtMs === first?.dueAtMs && queue === first.queue);
  }

  /** Delivers the messages in one batch. What is not acknowledged comes again. */
  async deliver(messages: readonly QueuedMessage[]): Promise<void> {
    for (const message of messages) this.#underDelivery.add(message);
    const { queue = "payments" } = messages[0] ?? {};
    const batch = createMessageBatch<AnyPaymentMessage>(
      queue,
      messages.map(({ body, deliveries }) => ({ id: newId(), timestamp: new Date(), attempts: deliveries + 1, body })),
    );
    const retries = batch.messages.map((message) => vi.spyOn(message, "retry"));
    await consumePayments(batch, this.env, this.#provider());
    if (this.time.ended) return;
    const { explicitAcks } = await this.time.during(getQueueResult(batch, createExecutionContext()));
    const world = this.#world;
    for (const [index, message] of messages.entries()) {
      world.queue = world.queue.filter((one) => one !== message);
      const delaySeconds = retries[index]?.mock.calls[0]?.[0]?.delaySeconds ?? 0;
      const isDone = explicitAcks.includes(batch.messages[index]?.id ?? "");
      if (!isDone) this.#keep(message, Date.now() + delaySeconds * 1_000);
    }
  }

  #keep(message: QueuedMessage, dueAtMs: number): void {
    const { queue } = this.#world;
    const deliveries = message.deliveries + 1;
    if (deliveries <= MAX_RETRIES) queue.push({ ...message, deliveries, dueAtMs });
    else if (message.queue === "payments") queue.push({ ...message, deliveries: 0, dueAtMs, queue: "payments-dlq" });
  }

  #provider() {
    const world = this.#world;
    const sandbox = sandboxProvider(faultyD1(env.DB, "provider's", world.steps, this.time));
    const charge: typeof sandbox.charge = async (wanted) => {
      const busyForMs = world.providerBusyUntilMs - Date.now();
      if (busyForMs > 0) return { state: "processing", retryAfterMs: busyForMs };
      const outcome = await sandbox.charge(wanted);
      world.charged.add(wanted.paymentId);
      return outcome;
    };
    return faultyProvider({ ...sandbox, charge }, world.steps, this.time);
  }
}
