// When a broadcast goes out: at once after a quiet time, else once the pause is over.

import { logFailure } from "../shared/sockets.ts";
import { broadcastDelayMs } from "./schedule.ts";

export class Throttle {
  #lastSentAtMs = Number.NEGATIVE_INFINITY;
  #lastWatchers = 0;
  #isScheduled = false;

  /** Runs `broadcast`, unless one is on its way already. What it throws is logged. */
  schedule(broadcast: () => void): void {
    if (this.#isScheduled) return;
    const run = () => {
      this.#isScheduled = false;
      logFailure(broadcast);
    };
    const delayMs = broadcastDelayMs(this.#lastSentAtMs, this.#lastWatchers, Date.now());
    this.#isScheduled = delayMs > 0;
    if (this.#isScheduled) setTimeout(run, delayMs);
    else run();
  }

  /** A broadcast went to so many watchers: the more there are, the longer the pause. */
  sent(watchers: number, nowMs: number): void {
    this.#lastSentAtMs = nowMs;
    this.#lastWatchers = watchers;
  }
}
