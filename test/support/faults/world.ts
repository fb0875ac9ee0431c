// A ticket type's world: real object, consumer and D1; queue, alarms and clock are the test's.

import {
  abortAllDurableObjects,
  createExecutionContext,
  createMessageBatch,
  getQueueResult,
  runInDurableObject,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import type { PaymentMessage, TicketTypeConfig, TicketTypeState } from "../../../src/durable/ticket-type/protocol.ts";
import { TicketType } from "../../../src/durable/ticket-type/ticket-type.ts";
import { newId } from "../../../src/platform/ids.ts";
import { timeout } from "../../../src/platform/time.ts";
import { insertTicketType } from "../../../src/worker/catalogue/queries.ts";
import type { Env } from "../../../src/worker/env.ts";
import { callTicketType, type TicketTypeCalls } from "../../../src/worker/objects/ticket-types.ts";
import { consumePayments } from "../../../src/worker/payments/consumer.ts";
import { sandboxProvider } from "../../../src/worker/payments/sandbox.ts";
import { sql } from "../records.ts";
import { brokenPromises } from "./outcome.ts";
import { type Fault, faultyD1, faultyObject, faultyProvider, faultyQueue, type Plan, Steps } from "./steps.ts";
import { moveTo, VirtualTime } from "./virtual-time.ts";

/** So far ahead that the platform runs no alarm and delivers no message: the test does. */
const START_MS = Date.UTC(2040, 0, 1);
export const MINUTE_MS = 60_000;
const GIVE_UP_MS = 30_000;
const TRIES = 6;
const EVENT_ID = newId();
let eventIsThere = false;
// As in wrangler.toml.
const MAX_RETRIES = 10;

export interface QueuedMessage {
  readonly body: PaymentMessage;
  readonly dueAtMs: number;
  readonly deliveries: number;
  readonly queue: "payments" | "payments-dlq";
}

/** What is done to the world, one after the other. An act that was cut short is done again. */
export type Act = (process: Process) => Promise<void>;

export class World {
  readonly ticketTypeId = newId();
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
  /** The platform rings an alarm again whose handler did not come to its end. */
  ringing = false;
  /** What the provider makes of a charge until then: it has not begun. */
  providerBusyUntilMs = 0;
  /** What the provider has made up its mind about. */
  readonly charged = new Set<string>();
  #process: Process | null = null;

  constructor(plan: Plan | null) {
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(START_MS);
    // The service's own log: what fails on command is told there at length.
    vi.spyOn(console, "log").mockImplementation(() => {});
    vi.spyOn(console, "error").mockImplementation((line) => this.errors.push(String(line)));
    this.steps = new Steps(plan, (fault) => this.#kill(fault));
  }

  get startMs(): number {
    return START_MS;
  }

  /** Does all `acts` in order, in as many processes as it takes, and then looks at the result. */
  async live<T>(begin: Act, acts: readonly Act[], look: (process: Process) => Promise<T>): Promise<T> {
    const left = [...acts];
    const goOn = async (process: Process): Promise<T> => {
      if (!this.steps.on) await begin(process);
      this.steps.on = true;
      for (let act = left[0]; act !== undefined; act = left[0]) {
        await act(process);
        left.shift();
      }
      return look(process);
    };
    for (;;) {
      const lived = await this.#inProcess(goOn);
      if (lived !== null) return lived.result;
      await abortAllDurableObjects();
    }
  }

  /** Null where the process did not live to the end of it. */
  async #inProcess<T>(work: (process: Process) => Promise<T>): Promise<{ result: T } | null> {
    return runInDurableObject(env.TICKET_TYPES.getByName(this.ticketTypeId), async (_, state) => {
      const process = new Process(this, state);
      this.#process = process;
      for (const [name, value] of Object.entries(process.time.globals)) vi.stubGlobal(name, value);
      try {
        await process.start();
        const lived = work(process).then((result) => ({ result }));
        return await Promise.race([lived, process.killed.promise.then(() => null)]);
      } finally {
        vi.unstubAllGlobals();
        process.time.end();
      }
    });
  }

  #kill(fault: Fault): void {
    if (fault.endsWith("the queue is lost")) this.queue = [];
    this.#process?.die();
  }
}

/** What one process has in memory: the object, deliveries under way, timers. */
export class Process {
  readonly world: World;
  readonly state: DurableObjectState;
  readonly time = new VirtualTime();
  readonly killed = Promise.withResolvers<void>();
  readonly env: Env;
  readonly #underDelivery = new Set<QueuedMessage>();
  #object: TicketType;

  constructor(world: World, state: DurableObjectState) {
    this.world = world;
    this.state = state;

    const { steps } = world;
    const stub = faultyObject(() => this.#object, steps, this.time);

    this.env = {
      ...env,
      DB: faultyD1(env.DB, "object's", steps, this.time),
      PAYMENTS: faultyQueue((body) => this.#enqueue(body), steps, this.time),
      TICKET_TYPES: { getByName: () => stub } as unknown as Env["TICKET_TYPES"],
    };
    // No time passes while the disk is written to.
    const { storage } = state;
    const sync = () => this.time.during(Object.getPrototypeOf(storage).sync.call(storage));
    Object.defineProperty(storage, "sync", { value: sync, configurable: true });
    this.#object = new TicketType(state, this.env);
  }

  /** As the platform does it: first the constructor's work, then the alarm that was cut short. */
  async start(): Promise<void> {
    await this.state.blockConcurrencyWhile(async () => {});
    if (this.world.ringing) void this.#ring();
  }

  die(): void {
    this.time.end();
    this.killed.resolve();
  }

  /** As an organiser would, through the object that this process has. */
  async putOnSale(config: Partial<TicketTypeConfig>): Promise<void> {
    const { ticketTypeId } = this.world;
    const sale = { ticketTypeId, capacity: 10, onSale: true, onSaleVersion: 1, priceMinor: 4500, currency: "EUR" };
    const limits = { maxPerBuyer: null, salesStartMs: null, salesEndMs: null };
    const created = await this.#object.create({ ...sale, ...limits, ...config });
    await listTicketType(created);
    await this.time.idle();
  }

  #enqueue(body: PaymentMessage): void {
    const { world } = this;
    const sent = { body, dueAtMs: Date.now(), deliveries: 0, queue: "payments" } as const;
    world.sent += 1;
    world.queue.push(...world.whatBecomesOf(sent, world.sent));
  }

  /** A call as a buyer's client makes it: given up after 30 s, and repeated until it succeeds. */
  async call<T>(call: (object: TicketTypeCalls) => Promise<T>): Promise<T> {
    for (let tries = 0; tries < TRIES; tries++) {
      try {
        return await this.drive(timeout(GIVE_UP_MS, callTicketType(this.env, this.world.ticketTypeId, call)));
      } catch {
        await this.drive(this.time.wait(1_000));
      }
    }
    throw new Error("a call that nothing disturbs any more is not answered");
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
    for (const promise of brokenPromises(this.state.storage.sql)) this.world.broken.add(promise);
    const messages = this.#nextMessages();
    const messageMs = messages[0]?.dueAtMs ?? Infinity;
    const alarmMs = (this.world.ringing ? null : await this.state.storage.getAlarm()) ?? Infinity;
    const timerMs = this.time.firstTimerMs() ?? Infinity;
    const nextMs = Math.min(messageMs, alarmMs, timerMs);
    if (nextMs === Infinity || (limitMs !== null && nextMs > limitMs)) return false;
    moveTo(nextMs);
    if (messageMs === nextMs) void this.deliver(messages);
    else if (timerMs === nextMs) this.time.ringFirst();
    else void this.#ring();
    return true;
  }

  /** All that are due first, in one batch. */
  #nextMessages(): QueuedMessage[] {
    const waiting = this.world.queue.filter((message) => !this.#underDelivery.has(message));
    const [first] = waiting.sort((one, other) => one.dueAtMs - other.dueAtMs);
    return waiting.filter(({ dueAtMs, queue }) => dueAtMs === first?.dueAtMs && queue === first.queue);
  }

  /** Delivers the messages in one batch. What is not acknowledged comes again. */
  async deliver(messages: readonly QueuedMessage[]): Promise<void> {
    for (const message of messages) this.#underDelivery.add(message);
    const { queue = "payments" } = messages[0] ?? {};
    const batch = createMessageBatch<PaymentMessage>(
      queue,
      messages.map(({ body, deliveries }) => ({ id: newId(), timestamp: new Date(), attempts: deliveries + 1, body })),
    );
    const retries = batch.messages.map((message) => vi.spyOn(message, "retry"));
    await consumePayments(batch, this.env, this.#provider());
    if (this.time.ended) return;
    const { explicitAcks } = await this.time.during(getQueueResult(batch, createExecutionContext()));
    for (const [index, message] of messages.entries()) {
      this.world.queue = this.world.queue.filter((one) => one !== message);
      const delaySeconds = retries[index]?.mock.calls[0]?.[0]?.delaySeconds ?? 0;
      const isDone = explicitAcks.includes(batch.messages[index]?.id ?? "");
      if (!isDone) this.#keep(message, Date.now() + delaySeconds * 1_000);
    }
  }

  #keep(message: QueuedMessage, dueAtMs: number): void {
    const deliveries = message.deliveries + 1;
    if (deliveries <= MAX_RETRIES) this.world.queue.push({ ...message, deliveries, dueAtMs });
    else if (message.queue === "payments")
      this.world.queue.push({ ...message, deliveries: 0, dueAtMs, queue: "payments-dlq" });
  }

  async #ring(): Promise<void> {
    const { world } = this;
    world.ringing = true;
    await this.time.during(this.state.storage.deleteAlarm());
    await this.#object.alarm();
    world.ringing = false;
  }

  #provider() {
    const { steps } = this.world;
    const sandbox = sandboxProvider(faultyD1(env.DB, "provider's", steps, this.time));
    const charge: typeof sandbox.charge = async (wanted) => {
      const busyForMs = this.world.providerBusyUntilMs - Date.now();
      if (busyForMs > 0) return { state: "processing", retryAfterMs: busyForMs };
      const outcome = await sandbox.charge(wanted);
      this.world.charged.add(wanted.paymentId);
      return outcome;
    };
    return faultyProvider({ ...sandbox, charge }, steps, this.time);
  }
}

/** Puts a ticket type that its object knows on the list in D1. All of them here are one event's. */
export async function listTicketType(ticketType: TicketTypeState): Promise<void> {
  if (!eventIsThere) {
    const columns = "name, description, venue, starts_at_ms, ends_at_ms, timezone, status, status_version, announcing";
    const values = "'An evening', '', 'The hall', 0, 9e12, 'UTC', 'published', 1, 0";
    const account =
      "(id, username, email, password_hash, role, created_at_ms) VALUES (?1, ?1, ?1, '!', 'organizer', 0)";
    await sql(`INSERT INTO accounts ${account}`, EVENT_ID);
    await sql(
      `INSERT INTO events (id, organizer_id, created_at_ms, ${columns}) VALUES (?1, ?1, 0, ${values})`,
      EVENT_ID,
    );
    eventIsThere = true;
  }
  const texts = {
    id: ticketType.ticketTypeId,
    eventId: EVENT_ID,
    name: "Stalls",
    description: "",
    hidden: false,
    requestHash: null,
  };
  const object = { type: "ticket", id: ticketType.ticketTypeId } as const;
  await insertTicketType(env.DB, texts, ticketType, { action: "ticket.add", actorId: EVENT_ID, object, address: null });
}
