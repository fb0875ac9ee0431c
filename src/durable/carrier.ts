// Carries copies away, one trip at a time: whoever asks while a trip is under way shares the next one. A trip is bounded,
// so the next one always comes soon; what it leaves behind is for the trip after it.

import { projectionDelayMs } from "./schedule.ts";

export class Carrier {
  readonly #trip: () => Promise<"done" | "more">;
  readonly #failed: (failures: number, fault: unknown) => void;
  #running: Promise<void> | null = null;
  #next: Promise<void> | null = null;
  // Memory only: after a restart the first trip is tried at once.
  #failures = 0;
  #retryAtMs = 0;

  constructor(trip: () => Promise<"done" | "more">, failed: (failures: number, fault: unknown) => void) {
    this.#trip = trip;
    this.#failed = failed;
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
    if (this.#running === null) {
      this.#running = this.#attempt();
      return this.#running;
    }
    // The trip under way has read its rows before the caller's commit, so it does not count.
    this.#next ??= this.#running.then(() => {
      this.#next = null;
      this.#running = this.#attempt();
      return this.#running;
    });
    return this.#next;
  }

  async #attempt(): Promise<void> {
    let left: "done" | "more" = "done";
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
