// Carries copies away, one trip at a time: whoever asks while a trip is under way, or too soon after others, shares the
// next one. A trip is bounded, so the next one always comes soon; what it leaves behind is for the trip after it.

import { projectionDelayMs } from "./schedule.ts";

/**
 * What came of a trip. `nothing`: there was nothing to carry; `changed`: there is something new already; `more`: there was
 * more than one trip takes.
 */
export type Trip = "nothing" | "done" | "changed" | "more";

export interface Pace {
  /** In the long run trips start so far apart, and what changes meanwhile goes together. */
  readonly pauseMs: number;
  /** So many of them may start without a pause after a rest. */
  readonly burst: number;
  /**
   * A trip that takes longer than the quickest one counts for more, so many times the difference: that says how busy it is
   * where it goes, however far that is.
   */
  readonly restPerTrip: number;
  /** What a pause may grow to after trips that take long. */
  readonly longestPauseMs: number;
}

// What is known of the quickest trip is of this window and the one before: where trips go may have moved.
const WINDOW_MS = 10 * 60_000;

/** What is known of where trips go, by all carriers that go there. */
export class Destination {
  #quickestMs = Number.POSITIVE_INFINITY;
  #quickestBeforeMs = Number.POSITIVE_INFINITY;
  #windowFromMs = 0;

  /** By how much longer a trip, which went well, took than the quickest one. */
  slownessMs(startedAtMs: number, endedAtMs: number): number {
    const tookMs = endedAtMs - startedAtMs;
    // By a clock that was set back.
    if (tookMs < 0) return 0;
    const inWindowMs = endedAtMs - this.#windowFromMs;
    if (inWindowMs < 0 || inWindowMs > WINDOW_MS) {
      const isNext = inWindowMs > 0 && inWindowMs <= 2 * WINDOW_MS;
      this.#quickestBeforeMs = isNext ? this.#quickestMs : Number.POSITIVE_INFINITY;
      this.#quickestMs = Number.POSITIVE_INFINITY;
      this.#windowFromMs = endedAtMs;
    }
    this.#quickestMs = Math.min(this.#quickestMs, tookMs);
    return tookMs - Math.min(this.#quickestMs, this.#quickestBeforeMs);
  }
}

export class Carrier {
  readonly #trip: () => Promise<Trip>;
  readonly #failed: (failures: number, fault: unknown) => void;
  readonly #pace: Pace;
  readonly #destination: Destination;
  #running: Promise<void> | null = null;
  #next: Promise<void> | null = null;
  // Memory only: after a restart the first trip is tried at once.
  #failures = 0;
  #retryAtMs = 0;
  // When all of the burst may be used again. Each trip puts it off by a pause, or by more where it took long.
  #restedAtMs = 0;
  #hasMore = false;
  #goesOnAtMs = 0;

  /**
   * Where there is more than one trip takes, the next one follows after as long as this one took: half of the time is for
   * others who share the thread.
   */
  constructor(
    trip: () => Promise<Trip>,
    failed: (failures: number, fault: unknown) => void,
    pace: Pace,
    destination = new Destination(),
  ) {
    this.#trip = trip;
    this.#failed = failed;
    this.#pace = pace;
    this.#destination = destination;
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

  /** Whether there is a rush: the next trip has to wait for its turn, or can't take all that there is. */
  get rushed(): boolean {
    return this.#hasMore || this.#pauseLeftMs() > 0;
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
    const { pauseMs, burst, longestPauseMs } = this.#pace;
    const mayStartAtMs = this.#hasMore ? this.#goesOnAtMs : this.#restedAtMs - (burst - 1) * pauseMs;
    const leftMs = mayStartAtMs - Date.now();
    // A clock that was set back does not make the pause any longer.
    return leftMs > longestPauseMs ? 0 : Math.max(0, leftMs);
  }

  async #attempt(): Promise<void> {
    let left: Trip | "failed" = "failed";
    const startedAtMs = Date.now();
    const { pauseMs, restPerTrip, longestPauseMs } = this.#pace;
    const fromMs = Math.max(startedAtMs, this.#restedAtMs);
    this.#restUntil(fromMs + pauseMs);
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
    const endedAtMs = Date.now();
    this.#hasMore = left === "more";
    this.#goesOnAtMs = endedAtMs + Math.min(endedAtMs - startedAtMs, longestPauseMs);
    // Where there was nothing to carry it has cost nobody anything.
    // How soon a trip failed says nothing of how far it was.
    const slownessMs =
      left === "nothing" || left === "failed" ? 0 : this.#destination.slownessMs(startedAtMs, endedAtMs);
    this.#restUntil(fromMs + (left === "nothing" ? 0 : Math.max(pauseMs, restPerTrip * slownessMs)));
    if ((left === "changed" || left === "more") && this.#next === null) void this.run();
  }

  #restUntil(atMs: number): void {
    const { pauseMs, burst, longestPauseMs } = this.#pace;
    this.#restedAtMs = Math.min(atMs, Date.now() + (burst - 1) * pauseMs + longestPauseMs);
  }
}
