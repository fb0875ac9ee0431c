// Where an object runs: one process at a time over one storage, started by a call or by its alarm.

import type { Fault, Part } from "./faults.ts";
import type { ObjectStorage } from "./object-storage.ts";
import { remote } from "./remote.ts";
import type { Entry, Owner } from "./timeline.ts";
import { type About, newOwner, type World } from "./world.ts";

/** Objects of one class: how they start, and what may happen to them. */
export interface ObjectClass<T> {
  readonly kind: "ticket type" | "order";
  readonly start: (state: DurableObjectState, owner: Owner) => T;
  readonly faults: {
    readonly crash: Fault;
    readonly crashBetweenCommits: Fault;
    readonly storage: Fault;
    readonly alarmEarly: Fault;
    readonly alarmLate: Fault;
    readonly alarmTwice: Fault;
    readonly alarmNever: Fault;
  };
  readonly partFor: (caller: Owner) => Part;
}

interface Process<T> {
  readonly owner: Owner;
  readonly object: T;
  readonly ready: Promise<unknown>;
  /** Fails the calls that have no result yet. */
  readonly unanswered: Set<(fault: Error) => void>;
}

/** What is due is done in some alarms. One that does nothing rings on, and time stands still. */
const MOST_RINGS_AT_ONCE = 500;

export class ProcessDied extends Error {}

export class ObjectHost<T> {
  /** Whether the last alarm that was set never rang. */
  isAlarmLost = false;
  readonly #world: World;
  readonly #name: string;
  readonly #class: ObjectClass<T>;
  readonly #storage: ObjectStorage;
  /** What is struck where the whole object is. */
  readonly #about: About;
  readonly #aboutCall: (method: string, args: readonly unknown[]) => readonly string[] | null;
  /** A call arrives. Returns the check of its result. */
  readonly #witness: (method: string, args: readonly unknown[]) => (result: unknown) => void;
  #process: Process<T> | null = null;
  #started = 0;
  #rings = { atMs: -1, count: 0 };
  #alarm: Entry | null = null;
  /** After how many more commits the process dies in the middle of a step. */
  #commitsToLive = Number.POSITIVE_INFINITY;
  #statementsToFault = Number.POSITIVE_INFINITY;

  constructor(parts: {
    readonly world: World;
    readonly name: string;
    readonly objectClass: ObjectClass<T>;
    readonly storage: ObjectStorage;
    readonly about: About;
    readonly aboutCall: (method: string, args: readonly unknown[]) => readonly string[] | null;
    readonly witness: (method: string, args: readonly unknown[]) => (result: unknown) => void;
  }) {
    this.#world = parts.world;
    this.#name = parts.name;
    this.#class = parts.objectClass;
    this.#storage = parts.storage;
    this.#about = parts.about;
    this.#aboutCall = parts.aboutCall;
    this.#witness = parts.witness;
    this.#storage.onAlarm = (atMs) => this.#planAlarm(atMs);
    this.#storage.afterCommit = () => this.#committed();
    this.#storage.beforeStatement = () => this.#faultIfDue();
  }

  /** As `owner` calls it. */
  stubFor(owner: Owner): object {
    const calling = (_: object, method: string) => {
      return (...args: unknown[]) => this.#call(owner, method, args);
    };
    return new Proxy({}, { get: calling });
  }

  crash(): void {
    const process = this.#process;
    if (process === null) return;
    this.#process = null;
    process.owner.alive = false;
    this.#world.running.delete(process.owner);
    this.#world.record(`${process.owner.name} is dead`);
    for (const end of process.unanswered) end(new ProcessDied("the object's process died"));
  }

  /** At a moment that the plan has chosen. */
  strike(): void {
    this.#world.met(this.#class.faults.crash, this.#about);
    this.crash();
  }

  /** Between two steps of its process. */
  strikeAfterStep(): void {
    if (this.#world.strike(this.#world.choose(), [this.#class.faults.crash], this.#about) !== null) this.crash();
  }

  /** Called before the object's code goes on: decides what may strike in the middle of it. */
  expose(): void {
    const choice = this.#world.choose();
    const fault = this.#world.strike(choice, [this.#class.faults.storage], this.#about);
    this.#statementsToFault = fault === null ? Number.POSITIVE_INFINITY : choice.prng.between(1, 12);
    // Whether the process dies there is decided when it gets so far.
    this.#commitsToLive = choice.prng.between(1, 3);
    this.#world.exposed.add(this);
  }

  cover(): void {
    this.#commitsToLive = Number.POSITIVE_INFINITY;
    this.#statementsToFault = Number.POSITIVE_INFINITY;
  }

  /** The clock jumped, and the alarm goes by the clock. */
  replanAlarm(): void {
    if (this.#storage.alarmAtMs !== null) this.#planAlarm(this.#storage.alarmAtMs);
  }

  #call(caller: Owner, method: string, args: readonly unknown[]): Promise<unknown> {
    const request = structuredClone(args);
    return remote(this.#world, {
      label: `${this.#name}: ${method} ${JSON.stringify(args).slice(0, 200)}`,
      owner: caller,
      part: this.#class.partFor(caller),
      about: this.#aboutCall(method, args),
      execute: async () => structuredClone(await this.#run(method, request)),
      error: (course) =>
        Object.assign(new Error("the call failed"), {
          retryable: course !== "fails for good" && course !== "overloaded",
          overloaded: course === "overloaded",
        }),
    });
  }

  async #run(method: string, args: readonly unknown[]): Promise<unknown> {
    const process = this.#open();
    this.#world.timeline.owner = process.owner;
    const check = method === "alarm" ? null : this.#witness(method, args);
    const result = await new Promise<unknown>((resolve, reject) => {
      process.unanswered.add(reject);
      const work = process.ready.then(() => {
        this.expose();
        const object = process.object as Record<string, (...args: readonly unknown[]) => unknown>;
        return object[method]?.(...args);
      });
      work.finally(() => process.unanswered.delete(reject)).then(resolve, reject);
    }).catch((fault) => {
      // A refusal is a result. Only failing storage and the end of the process throw.
      const isExcused = fault instanceof ProcessDied || !process.owner.alive || this.#world.storageFaults > 0;
      if (method !== "alarm" && !isExcused) this.#world.broken(`${method} threw: ${fault}`);
      // The platform marks the error of a process that went away in this way.
      throw fault instanceof ProcessDied ? Object.assign(fault, { retryable: true }) : fault;
    });
    check?.(result);
    return result;
  }

  #open(): Process<T> {
    if (this.#process !== null) return this.#process;
    this.#started += 1;
    const owner = newOwner(this.#class.kind, `${this.#name} ${this.#started}`);
    this.#world.timeline.owner = owner;
    this.#world.running.set(owner, this);
    const { state, ready } = this.#storage.stateFor(owner);
    const object = this.#class.start(state, owner);
    this.#process = { owner, object, ready: ready(), unanswered: new Set() };
    this.#process.ready.catch(() => this.crash());
    return this.#process;
  }

  #planAlarm(atMs: number | null): void {
    if (this.#alarm !== null) this.#alarm.cancelled = true;
    this.isAlarmLost = false;
    if (atMs === null) return;
    const { timeline } = this.#world;
    const { alarmEarly, alarmLate, alarmTwice, alarmNever } = this.#class.faults;
    const afterMs = timeline.momentOf(atMs) - timeline.nowMs;
    const choice = this.#world.choose();
    const fault = this.#world.strike(choice, [alarmEarly, alarmLate, alarmTwice, alarmNever], this.#about);
    const early = fault === alarmEarly ? choice.prng.between(1, 60_000) : 0;
    const late = fault === alarmLate ? choice.prng.between(1_000, 1_200_000) : choice.prng.pick([0, 5, 20, 3_000]);
    this.#alarm = timeline.add(afterMs - early + (early > 0 ? 0 : late), `${this.#name}: alarm`, null, () => {
      this.#storage.alarmAtMs = null;
      this.#alarm = null;
      this.isAlarmLost = fault === alarmNever;
      if (fault === alarmNever) return;
      this.#ring();
      const again = () => this.#ring();
      if (fault === alarmTwice) timeline.add(choice.prng.between(0, 3_000), `${this.#name}: alarm again`, null, again);
    });
  }

  #ring(): void {
    const { nowMs } = this.#world.timeline;
    this.#rings = { atMs: nowMs, count: nowMs === this.#rings.atMs ? this.#rings.count + 1 : 1 };
    if (this.#rings.count > MOST_RINGS_AT_ONCE)
      this.#world.broken(`stuck: the alarm of ${this.#name} rings ${this.#rings.count} times at one moment`);
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
    const fault = this.#class.faults.crashBetweenCommits;
    if (this.#world.strike(this.#world.choose(), [fault], this.#about) !== null) this.crash();
  }

  #faultIfDue(): void {
    this.#statementsToFault -= 1;
    if (this.#statementsToFault !== 0) return;
    this.#world.storageFaults += 1;
    throw new Error("SQLITE_IOERR: disk I/O error");
  }
}
