// Time that passes only while nothing else can happen: waits take no time, runs are repeatable.

import { vi } from "vitest";

interface Timer {
  readonly atMs: number;
  readonly ring: () => void;
}

// More than any chain of promises here is long.
const MICROTASKS = 150;
// A flow takes some hundred.
const MOST_EVENTS = 5_000;

/** One process's timers. They end with it. */
export class VirtualTime {
  readonly #timers = new Set<Timer>();
  readonly #underWay = new Set<Promise<unknown>>();
  #ended = false;

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
    const timer = { atMs: Date.now() + ms, ring };
    this.#timers.add(timer);
    return timer;
  }

  /** No time passes while `work`, which is real, is under way. */
  during<T>(work: Promise<T>): Promise<T> {
    const settle = () => void this.#underWay.delete(over);
    const over: Promise<void> = work.then(settle, settle);
    this.#underWay.add(over);
    return work;
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
    first.ring();
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
      await Promise.race(this.#underWay.size === 0 ? [null] : this.#underWay);
      for (let ticks = 0; ticks < MICROTASKS; ticks++) await null;
      // Nothing of a process that has ended goes on.
      if (this.#ended) await new Promise(() => {});
    } while (this.#underWay.size > 0);
  }

  get ended(): boolean {
    return this.#ended;
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
