// The payments queue: at least once, unordered, with all that the platform says may happen.

import type { Env } from "../../src/worker/env.ts";
import type { AnyPaymentMessage } from "../../src/worker/payments/owners.ts";
import type { DisputeMessage } from "../../src/worker/payments/provider.ts";
import { remote } from "./remote.ts";
import type { Owner } from "./timeline.ts";
import { newOwner, type World } from "./world.ts";

export type Consume = (batch: MessageBatch, env: Env, owner: Owner) => Promise<void>;

type Body = AnyPaymentMessage | DisputeMessage;

interface Sent {
  readonly id: string;
  readonly number: number;
  readonly body: Body;
  queue: "payments" | "payments-dlq";
  attempts: number;
  /** In the queue, rather than with a consumer. */
  visible: boolean;
}

/** After how long a message is to come again. */
type Verdict = number | "acknowledged";

// As in wrangler.toml.
const MAX_RETRIES = { payments: 10, "payments-dlq": 3 };
const MAX_BATCH_SIZE = 50;

export class PaymentQueue {
  readonly #world: World;
  readonly #consume: Consume;
  readonly #envFor: (owner: Owner) => Env;
  readonly #messages = new Set<Sent>();
  readonly #consumers = new Map<Owner, readonly Sent[]>();
  #sent = 0;
  #lastDelivered = 0;
  #started = 0;

  constructor(world: World, envFor: (owner: Owner) => Env, consume: Consume) {
    this.#world = world;
    this.#envFor = envFor;
    this.#consume = consume;
  }

  get size(): number {
    return this.#messages.size;
  }

  bindingFor(owner: Owner): Queue<Body> {
    const sendBatch = (messages: Iterable<{ body: Body }>) => {
      const bodies = [...messages].map(({ body }) => structuredClone(body));
      return remote(this.#world, {
        label: `queue takes ${bodies.length}`,
        owner,
        part: "queue",
        about: bodies.flatMap(paymentsIn),
        execute: () => {
          for (const body of bodies) this.#accept(body);
        },
        error: () => new Error("queue send failed"),
      });
    };
    return {
      sendBatch,
      send: (body: Body) => sendBatch([{ body }]),
    } as unknown as Queue<Body>;
  }

  loseAll(): void {
    for (const { body } of this.#messages) this.#world.met("queue loses all", paymentsIn(body));
    this.#messages.clear();
  }

  /** A consumer that is at work dies, wherever it is. */
  crashOne(): void {
    const consumers = [...this.#consumers.keys()];
    if (consumers.length === 0) return;
    const consumer = this.#world.choose().prng.pick(consumers);
    this.#world.met("consumer crashes", this.paymentsWith(consumer));
    this.crash(consumer, false);
  }

  crash(consumer: Owner, messagesLost: boolean): void {
    const messages = this.#consumers.get(consumer);
    if (messages === undefined) return;
    consumer.alive = false;
    this.#consumers.delete(consumer);
    this.#world.record(`${consumer.name} is dead`);
    for (const message of messages) {
      if (messagesLost) this.#messages.delete(message);
      else this.#again(message, 5_000);
    }
  }

  paymentsWith(consumer: Owner): string[] {
    return (this.#consumers.get(consumer) ?? []).flatMap(({ body }) => paymentsIn(body));
  }

  #accept(body: Body): void {
    const choice = this.#world.choose();
    const faults = ["message dropped", "message duplicated", "message delayed", "message dead-lettered"] as const;
    const fault = this.#world.strike(choice, faults, paymentsIn(body));
    if (fault === "message dropped") return;
    const copies = fault === "message duplicated" ? choice.prng.between(2, 3) : 1;
    const queue = fault === "message dead-lettered" ? "payments-dlq" : "payments";
    for (let copy = 0; copy < copies; copy++) {
      this.#sent += 1;
      const message: Sent = { id: `m${this.#sent}`, number: this.#sent, body, queue, attempts: 0, visible: false };
      this.#messages.add(message);
      const delayMs = fault === "message delayed" ? choice.prng.pick([10_000, 120_000, 3_600_000, 40_000_000]) : 0;
      this.#show(message, delayMs + choice.prng.between(0, copy === 0 ? 1_500 : 60_000));
    }
  }

  #show(message: Sent, afterMs: number): void {
    const { timeline } = this.#world;
    timeline.add(afterMs, `${message.id} is visible`, null, () => {
      if (!this.#messages.has(message)) return;
      message.visible = true;
      const dueMs = this.#world.choose().prng.between(0, 100);
      timeline.add(dueMs, `${message.id} is due`, null, () => this.#deliver(message));
    });
  }

  /** Whatever is visible now goes along. */
  #deliver(first: Sent): void {
    if (!this.#messages.has(first) || !first.visible) return;
    const batch = [...this.#messages].filter((it) => it.visible && it.queue === first.queue).slice(0, MAX_BATCH_SIZE);
    this.#started += 1;
    const consumer = newOwner("consumer", `consumer ${this.#started}`);
    this.#consumers.set(consumer, batch);
    this.#world.timeline.owner = consumer;
    this.#world.record(`${consumer.name} gets ${batch.map(({ id }) => id).join(" ")} of ${first.queue}`);
    const verdicts = new Map<Sent, Verdict>();
    const messages = batch.map((message) => this.#taken(message, verdicts));
    const delivered = { queue: first.queue, messages } as unknown as MessageBatch;
    this.#consume(delivered, this.#envFor(consumer), consumer)
      .catch(() => verdicts.clear())
      .then(() => {
        if (consumer.alive) this.#finish(consumer, batch, verdicts);
      });
  }

  #taken(message: Sent, verdicts: Map<Sent, Verdict>): Message {
    message.visible = false;
    message.attempts += 1;
    if (message.attempts === 1 && message.number < this.#lastDelivered)
      this.#world.met("message reordered", paymentsIn(message.body));
    this.#lastDelivered = Math.max(this.#lastDelivered, message.number);
    return {
      id: message.id,
      timestamp: new Date(this.#world.timeline.wallMs),
      body: structuredClone(message.body),
      attempts: message.attempts,
      ack: () => void verdicts.set(message, "acknowledged"),
      retry: (options?: { delaySeconds?: number }) => void verdicts.set(message, (options?.delaySeconds ?? 0) * 1_000),
    } as unknown as Message;
  }

  #finish(consumer: Owner, batch: readonly Sent[], verdicts: ReadonlyMap<Sent, Verdict>): void {
    // What it gave up waiting for may go on in it, or not.
    consumer.alive = this.#world.choose().prng.chance(0.5);
    this.#consumers.delete(consumer);
    for (const message of batch) {
      const verdict = verdicts.get(message) ?? 1_000;
      if (verdict === "acknowledged") this.#messages.delete(message);
      else this.#again(message, verdict);
    }
  }

  #again(message: Sent, afterMs: number): void {
    if (!this.#messages.has(message)) return;
    if (message.attempts > MAX_RETRIES[message.queue]) {
      if (message.queue === "payments-dlq") {
        this.#messages.delete(message);
        return;
      }
      this.#world.met("message dead-lettered", paymentsIn(message.body));
      message.queue = "payments-dlq";
      message.attempts = 0;
    }
    this.#show(message, afterMs);
  }
}

/** None in a notice about a dispute. */
function paymentsIn(body: Body): string[] {
  return "paymentId" in body ? [body.paymentId] : [];
}
