// Time that passes only while nothing else can happen: waits take no time, runs are repeatable.

import { AsyncLocalStorage } from "node:async_hooks";
import { vi } from "vitest";

/** Where an object lives: the platform lets only code that runs there touch what is its own. */
export interface Place {
  run(work: () => void): Promise<void>;
}

interface Timer {
  readonly atMs: number;
  readonly ring: () => void;
  readonly place: Place | undefined;
}

// A flow takes some hundred.
const MOST_EVENTS = 5_000;

const PLACE = new AsyncLocalStorage<Place>();

/** What `work` starts belongs to `place`: its timers ring there. */
export function inPlace<T>(place: Place, work: () => T): T {
  return PLACE.run(place, work);
}

/** One process's timers. They end with it. */
export class VirtualTime {
  readonly #timers = new Set<Timer>();
  #underWay = 0;
  #ended = false;
  readonly #over = Promise.withResolvers<void>();

  /** These stand in for the platform's own, by their names. */
  readonly globals = {
    scheduler: { wait: (ms: number, options?: { signal?: AbortSignal }) => this.wait(ms, options?.signal) },
    setTimeout: (ring: () => void, ms: number): Timer => this.#timer(ms, ring),
    clearTimeout: (timer: Timer) => this.#timers.delete(timer),
  };

  wait(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = this.#timer(ms, resolve);
      signal?.addEventListener("abort", () => {
        this.#timers.delete(timer);
        reject(signal.reason);
      });
    });
  }

  #timer(ms: number, ring: () => void): Timer {
    const timer = { atMs: Date.now() + ms, ring, place: PLACE.getStore() };
    this.#timers.add(timer);
    return timer;
  }

  /** No time passes while `work`, which is real, is under way. */
  during<T>(work: Promise<T>): Promise<T> {
    const end = this.begin();
    work.then(end, end);
    return work;
  }

  /** Something real begins; it is over when the result is called. */
  begin(): () => void {
    let isOver = false;
    this.#underWay += 1;
    return () => {
      if (!isOver) this.#underWay -= 1;
      isOver = true;
    };
  }

  firstTimerMs(): number | null {
    return this.#timers.size === 0 ? null : Math.min(...[...this.#timers].map(({ atMs }) => atMs));
  }

  /** Moves the clock to the first timer, and lets it ring. */
  ringFirst(): void {
    const [first] = [...this.#timers].sort((one, other) => one.atMs - other.atMs);
    if (first === undefined) return;
    this.#timers.delete(first);
    moveTo(first.atMs);
    if (first.place === undefined) first.ring();
    else void first.place.run(first.ring);
  }

  /**
   * Goes on until `done`, as judged whenever nothing moves any more; `advance` then makes the next
   * thing happen, and says whether there was one. Resolves to whether it was done.
   */
  async run(done: () => boolean, advance: () => Promise<boolean>): Promise<boolean> {
    for (let events = 0; events < MOST_EVENTS; events++) {
      await this.idle();
      if (done()) return true;
      if (!(await this.during(advance()))) return false;
    }
    throw new Error("it does not come to an end");
  }

  /** Until all that goes on goes on only later. */
  async idle(): Promise<void> {
    do {
      // A turn of the platform's own loop: every chain of promises comes to its end before it.
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (!this.#ended) continue;
      this.#over.resolve();
      // Nothing of a process that has ended goes on.
      await new Promise(() => {});
    } while (this.#underWay > 0);
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Resolves once whoever lets time pass has seen the end, and stopped. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  end(): void {
    this.#ended = true;
    this.#timers.clear();
  }
}

/** The clock never goes back by itself. */
export function moveTo(atMs: number): void {
  vi.setSystemTime(Math.max(Date.now(), atMs));
}
