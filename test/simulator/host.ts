// Where the object runs: one process at a time over one storage, started by a call or by its alarm.

import { TicketType } from "../../src/durable/ticket-type/ticket-type.ts";
import type { Env } from "../../src/worker/env.ts";
import type { TicketTypeCalls } from "../../src/worker/objects/ticket-types.ts";
import type { ObjectStorage } from "./object-storage.ts";
import { remote } from "./remote.ts";
import type { Replies } from "./replies.ts";
import type { Entry, Owner } from "./timeline.ts";
import { newOwner, type World } from "./world.ts";

export type Method = keyof TicketTypeCalls;

interface Process {
  readonly owner: Owner;
  readonly object: TicketType;
  readonly ready: Promise<unknown>;
  /** Fails the calls that have no result yet. */
  readonly unanswered: Set<(fault: Error) => void>;
}

export class ProcessDied extends Error {}

export class ObjectHost {
  readonly #world: World;
  readonly #storage: ObjectStorage;
  readonly #replies: Replies;
  readonly #envFor: (owner: Owner) => Env;
  #process: Process | null = null;
  #started = 0;
  #alarm: Entry | null = null;
  /** After how many more commits the process dies in the middle of a step. */
  #commitsToLive = Number.POSITIVE_INFINITY;
  #statementsToFault = Number.POSITIVE_INFINITY;

  constructor(world: World, storage: ObjectStorage, replies: Replies, envFor: (owner: Owner) => Env) {
    this.#world = world;
    this.#storage = storage;
    this.#replies = replies;
    this.#envFor = envFor;
    storage.onAlarm = (atMs) => this.#planAlarm(atMs);
    storage.afterCommit = () => this.#committed();
    storage.beforeStatement = () => this.#faultIfDue();
  }

  get owner(): Owner | null {
    return this.#process?.owner ?? null;
  }

  namespaceFor(owner: Owner): Env["TICKET_TYPES"] {
    const calling = (_: object, method: Method) => {
      return (...args: unknown[]) => this.#call(owner, method, args);
    };
    const stub = new Proxy({}, { get: calling });
    return { getByName: () => stub } as unknown as Env["TICKET_TYPES"];
  }

  crash(): void {
    const process = this.#process;
    if (process === null) return;
    this.#process = null;
    process.owner.alive = false;
    this.#world.record(`${process.owner.name} is dead`);
    for (const end of process.unanswered) end(new ProcessDied("the object's process died"));
  }

  /** Called before the object's code goes on: decides what may strike in the middle of it. */
  expose(): void {
    const choice = this.#world.choose();
    const fault = this.#world.strike(choice, ["storage fails"], null);
    this.#statementsToFault = fault === null ? Number.POSITIVE_INFINITY : choice.prng.between(1, 12);
    // Whether the process dies there is decided when it gets so far.
    this.#commitsToLive = choice.prng.between(1, 3);
  }

  cover(): void {
    this.#commitsToLive = Number.POSITIVE_INFINITY;
    this.#statementsToFault = Number.POSITIVE_INFINITY;
  }

  /** The clock jumped, and the alarm goes by the clock. */
  replanAlarm(): void {
    if (this.#storage.alarmAtMs !== null) this.#planAlarm(this.#storage.alarmAtMs);
  }

  #call(caller: Owner, method: Method, args: readonly unknown[]): Promise<unknown> {
    const request = structuredClone(args);
    return remote(this.#world, {
      label: `${method} ${JSON.stringify(args).slice(0, 200)}`,
      owner: caller,
      part: "object",
      about: aboutOf(method, args),
      execute: async () => structuredClone(await this.#run(method, request)),
      error: (fault) =>
        Object.assign(new Error(fault ?? "the network failed"), {
          retryable: fault !== "call lost, not retryable" && fault !== "object overloaded",
          overloaded: fault === "object overloaded",
        }),
    });
  }

  async #run(method: Method | "alarm", args: readonly unknown[]): Promise<unknown> {
    const process = this.#open();
    this.#world.timeline.owner = process.owner;
    const answered = method === "alarm" ? null : this.#replies.witness(method, args);
    const result = await new Promise<unknown>((resolve, reject) => {
      process.unanswered.add(reject);
      const work = process.ready.then(() => {
        this.expose();
        return (process.object[method] as (...args: readonly unknown[]) => Promise<unknown>)(...args);
      });
      work.finally(() => process.unanswered.delete(reject)).then(resolve, reject);
    }).catch((fault) => {
      // A refusal is a result. Only failing storage and the end of the process throw.
      const isExcused = fault instanceof ProcessDied || !process.owner.alive || this.#world.storageFaults > 0;
      if (method !== "alarm" && !isExcused) this.#world.broken(`${method} threw: ${fault}`);
      // The platform marks the error of a process that went away in this way.
      throw fault instanceof ProcessDied ? Object.assign(fault, { retryable: true }) : fault;
    });
    answered?.(result);
    return result;
  }

  #open(): Process {
    if (this.#process !== null) return this.#process;
    this.#started += 1;
    const owner = newOwner("object", `object ${this.#started}`);
    this.#world.timeline.owner = owner;
    const { state, ready } = this.#storage.stateFor(owner);
    const object = new TicketType(state, this.#envFor(owner));
    this.#process = { owner, object, ready: ready(), unanswered: new Set() };
    this.#process.ready.catch(() => this.crash());
    return this.#process;
  }

  #planAlarm(atMs: number | null): void {
    if (this.#alarm !== null) this.#alarm.cancelled = true;
    if (atMs === null) return;
    const { timeline } = this.#world;
    const afterMs = timeline.momentOf(atMs) - timeline.nowMs;
    const choice = this.#world.choose();
    const fault = this.#world.strike(choice, ["alarm early", "alarm late", "alarm twice", "alarm never"], null);
    const early = fault === "alarm early" ? choice.prng.between(1, 60_000) : 0;
    const late = fault === "alarm late" ? choice.prng.between(1_000, 1_200_000) : choice.prng.pick([0, 5, 20, 3_000]);
    this.#alarm = timeline.add(afterMs - early + (early > 0 ? 0 : late), "alarm", null, () => {
      this.#storage.alarmAtMs = null;
      this.#alarm = null;
      if (fault === "alarm never") return;
      this.#ring();
      if (fault === "alarm twice") timeline.add(choice.prng.between(0, 3_000), "alarm again", null, () => this.#ring());
    });
  }

  #ring(): void {
    this.#run("alarm", []).catch((fault) => {
      const isExcused = fault instanceof ProcessDied || this.#world.storageFaults > 0;
      if (!isExcused) this.#world.broken(`an alarm handler threw: ${fault}`);
      // At least once: an alarm that failed runs again, unless one is planned already.
      if (this.#storage.alarmAtMs !== null) return;
      this.#storage.alarmAtMs = this.#world.timeline.wallMs + 2_000;
      this.#planAlarm(this.#storage.alarmAtMs);
    });
  }

  #committed(): void {
    this.#commitsToLive -= 1;
    if (this.#commitsToLive > 0 || this.#process === null) return;
    const fault = this.#world.strike(this.#world.choose(), ["object crashes between commits"], null);
    if (fault !== null) this.crash();
  }

  #faultIfDue(): void {
    this.#statementsToFault -= 1;
    if (this.#statementsToFault !== 0) return;
    this.#world.storageFaults += 1;
    throw new Error("SQLITE_IOERR: disk I/O error");
  }
}

/** The reservations or payments that a call concerns. */
function aboutOf(method: Method, args: readonly unknown[]): readonly string[] | null {
  const [first] = args as [unknown];
  switch (method) {
    case "find":
    case "cancel":
      return [first as string];
    case "pay":
      return [(first as { reservationId: string }).reservationId];
    case "reserve":
      return (first as { reservationId: string }[]).map(({ reservationId }) => reservationId);
    case "instructions":
      return first as string[];
    case "settle":
      return (first as { paymentId: string }[]).map(({ paymentId }) => paymentId);
    default:
      return null;
  }
}
