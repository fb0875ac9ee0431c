// Carries copies away, one trip at a time: whoever asks while a trip is under way, or too soon after it began, shares the
// next one. A trip is bounded, so the next one always comes soon; what it leaves behind is for the trip after it.

import { projectionDelayMs } from "./schedule.ts";

export class Carrier {
  readonly #trip: () => Promise<"done" | "more">;
  readonly #failed: (failures: number, fault: unknown) => void;
  readonly #pauseMs: number;
  #running: Promise<void> | null = null;
  #next: Promise<void> | null = null;
  // Memory only: after a restart the first trip is tried at once.
  #failures = 0;
  #retryAtMs = 0;
  #startedAtMs = 0;

  /** `pauseMs`: from the start of one trip to that of the next. What changes meanwhile goes together. */
  constructor(
    trip: () => Promise<"done" | "more">,
    failed: (failures: number, fault: unknown) => void,
    { pauseMs }: { readonly pauseMs: number },
  ) {
    this.#trip = trip;
    this.#failed = failed;
    this.#pauseMs = pauseMs;
  }

  /** Whether the last trip failed. */
  get failing(): boolean {
    return this.#failures > 0;
  }

  get underWay(): boolean {
    return this.#running !== null;
  }

  /** When to try again after a failure; in the past where nothing failed. */
  get retryAtMs(): number {
    return this.#retryAtMs;
  }

  /** The first trip that starts after this call. Never rejects: a failed trip is for the alarm to repeat. */
  run(): Promise<void> {
    if (this.#running === null && this.#next === null && this.#pauseLeftMs() === 0) {
      this.#running = this.#attempt();
      return this.#running;
    }
    this.#next ??= this.#follow();
    return this.#next;
  }

  async #follow(): Promise<void> {
    // The trip under way has read its rows before the caller's commit, so it does not count.
    await this.#running;
    const pauseLeftMs = this.#pauseLeftMs();
    if (pauseLeftMs > 0) await scheduler.wait(pauseLeftMs);
    this.#next = null;
    this.#running = this.#attempt();
    await this.#running;
  }

  #pauseLeftMs(): number {
    const passedMs = Date.now() - this.#startedAtMs;
    // A clock that was set back does not make the pause any longer.
    return passedMs < 0 ? 0 : Math.max(0, this.#pauseMs - passedMs);
  }

  async #attempt(): Promise<void> {
    let left: "done" | "more" = "done";
    this.#startedAtMs = Date.now();
    try {
      left = await this.#trip();
      this.#failures = 0;
      this.#retryAtMs = 0;
    } catch (fault) {
      this.#failures += 1;
      this.#retryAtMs = Date.now() + projectionDelayMs(this.#failures);
      this.#failed(this.#failures, fault);
    } finally {
      this.#running = null;
    }
    if (left === "more" && this.#next === null) void this.run();
  }
}
