// An object of a process that has several. Its storage is its own, and so is the place where its
// code runs: what others ask of it goes there, and the reply comes back.

import { runInDurableObject } from "cloudflare:test";
import type { Alarm } from "./process.ts";
import type { Steps } from "./steps.ts";
import { inPlace, type Place, type VirtualTime } from "./virtual-time.ts";

interface WithAlarm {
  alarm(): Promise<void>;
}

/** Where an object is, and what it is called in a list of steps. */
export interface Address {
  readonly name: string;
  /** A new one each time: a stub belongs to the place that made it. */
  readonly stub: () => DurableObjectStub;
}

export class Actor<T extends WithAlarm> implements Place, Alarm {
  readonly #address: Address;
  readonly #time: VirtualTime;
  readonly #ringing: Set<string>;
  #object: T | null = null;
  #alarmAtMs: number | null = null;
  #isInTurn = false;
  #close = () => {};

  /** `ringing`: objects whose alarm's handler has not come to its end. It outlives processes. */
  constructor(address: Address, time: VirtualTime, ringing: Set<string>) {
    this.#address = address;
    this.#time = time;
    this.#ringing = ringing;
  }

  /** `seen` is called after each transaction, where its result can be read. */
  async start(
    steps: Steps,
    construct: (state: DurableObjectState) => T,
    seen: (sql: SqlStorage) => void,
  ): Promise<void> {
    // An object without a request is evicted after ten seconds of the platform's own time.
    const open = () => new Promise<void>((resolve) => (this.#close = resolve));
    runInDurableObject(this.#address.stub(), open).catch(() => {});
    await this.#at(async (state) => {
      const { storage } = state;
      const platform = Object.getPrototypeOf(storage);
      replace(storage, "sync", () => this.#time.during(platform.sync.call(storage)));
      replace(storage, "transactionSync", (work: () => unknown) => {
        const transaction = () => platform.transactionSync.call(storage, work);
        const result = steps.commit(`${this.#address.name} commit`, this.#time, transaction);
        seen(storage.sql);
        // What follows with no await in between is still written, where the process ends here.
        this.#isInTurn = true;
        queueMicrotask(() => (this.#isInTurn = false));
        return result;
      });
      replace(storage, "setAlarm", (atMs: number) => {
        if (this.#time.ended && !this.#isInTurn) return new Promise(() => {});
        this.#alarmAtMs = atMs;
        return platform.setAlarm.call(storage, atMs);
      });
      replace(storage, "deleteAlarm", () => {
        if (this.#time.ended && !this.#isInTurn) return new Promise(() => {});
        this.#alarmAtMs = null;
        return platform.deleteAlarm.call(storage);
      });
      replace(storage, "deleteAll", () => {
        this.#alarmAtMs = null;
        return this.#time.during(platform.deleteAll.call(storage));
      });
      this.#object = construct(state);
      await state.blockConcurrencyWhile(async () => {});
      this.#alarmAtMs = await storage.getAlarm();
      if (this.#ringing.has(this.#address.name)) void this.#runAlarm();
    });
  }

  /** It may be evicted now. */
  stop(): Promise<void> {
    return this.#at(() => this.#close());
  }

  get atMs(): number {
    return this.#ringing.has(this.#address.name) ? Infinity : (this.#alarmAtMs ?? Infinity);
  }

  ring(): Promise<void> {
    return this.#at(async ({ storage }) => {
      this.#ringing.add(this.#address.name);
      this.#alarmAtMs = null;
      await Object.getPrototypeOf(storage).deleteAlarm.call(storage);
      await this.#runAlarm();
    });
  }

  async #runAlarm(): Promise<void> {
    await this.#object?.alarm();
    // A process that has ended brings nothing to its end.
    if (!this.#time.ended) this.#ringing.delete(this.#address.name);
  }

  call(method: string, values: unknown[]): Promise<unknown> {
    return this.#at(async () => {
      const object: object = this.#object ?? {};
      return structuredClone(await Reflect.get(object, method).apply(object, values));
    });
  }

  /** Looks into its storage. */
  read<Result>(look: (sql: SqlStorage) => Result | Promise<Result>): Promise<Result> {
    return this.#at(({ storage }) => look(storage.sql));
  }

  run(work: () => void): Promise<void> {
    return this.#at(work);
  }

  /** No time passes while a call is on its way, and while its reply is. */
  async #at<Result>(work: (state: DurableObjectState) => Result | Promise<Result>): Promise<Result> {
    const arrive = this.#time.begin();
    let comeBack = () => {};
    try {
      return await runInDurableObject(this.#address.stub(), (_, state) =>
        inPlace(this, async () => {
          arrive();
          try {
            return await work(state);
          } finally {
            comeBack = this.#time.begin();
          }
        }),
      );
    } catch (fault) {
      // What a dead process asked for is not answered.
      if (this.#time.ended) return new Promise(() => {});
      throw fault;
    } finally {
      arrive();
      comeBack();
    }
  }
}

function replace(storage: DurableObjectStorage, name: string, value: unknown): void {
  Object.defineProperty(storage, name, { value, configurable: true });
}
