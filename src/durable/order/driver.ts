// Drives an order until nothing is left to do: round by round, at most one at a time.

import { sleep } from "../../platform/time.ts";
import { publishRetryDelayMs } from "../shared/schedule.ts";

/** `again`: more is left to do, and can be done at once. `later`: what was tried did not work. */
export type RoundResult = "done" | "again" | "later";

// A participant that starts anew, or lost one call, has the next one soon.
const QUICK_RETRIES_MS = [50, 200, 800];

export class Driver {
  readonly #round: () => Promise<RoundResult>;
  #running: Promise<void> | null = null;
  // In memory only: after a restart the first round is tried at once.
  #failures = 0;
  #retryAtMs = 0;

  /** `round` takes all steps that can be taken now. It never rejects. */
  constructor(round: () => Promise<RoundResult>) {
    this.#round = round;
  }

  /** When to try again after a failure; in the past where nothing failed. */
  get retryAtMs(): number {
    return this.#retryAtMs;
  }

  get isRunning(): boolean {
    return this.#running !== null;
  }

  /** Resolves when nothing is left to do for now, or when it has to wait. Never rejects. */
  run(): Promise<void> {
    this.#running ??= this.#runRounds().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #runRounds(): Promise<void> {
    const pauses = [...QUICK_RETRIES_MS];
    for (;;) {
      const result = await this.#round();
      if (result === "done") {
        this.#failures = 0;
        this.#retryAtMs = 0;
        return;
      }
      if (result === "again") continue;
      const pauseMs = pauses.shift();
      if (pauseMs === undefined) break;
      await sleep(pauseMs);
    }
    this.#failures += 1;
    this.#retryAtMs = Date.now() + publishRetryDelayMs(this.#failures);
  }
}
