// Publishes changes to one target: at most one write in flight, later changes go in the next.

import { sleep } from "../../platform/time.ts";
import { publishRetryDelayMs } from "./schedule.ts";

/** `more`: one write could not take all there was. */
export type Published = "all" | "more";

/** A token bucket: `burst` writes may start at once, then one every `pauseMs`. */
export interface Pace {
  readonly burst: number;
  readonly pauseMs: number;
}

// Pause between two writes of a backlog, so that other work on the thread gets its turn.
const BACKLOG_PAUSE_MS = 20;

export class Publisher {
  readonly #publish: () => Promise<Published>;
  readonly #onFailure: (failures: number, fault: unknown) => void;
  readonly #pace: Pace;
  /** The write in flight. */
  #current: Promise<void> | null = null;
  /** The write that starts after it, or after a pause. */
  #next: Promise<void> | null = null;
  #hasBacklog = false;
  /** When the token bucket would be full: each write takes a token, worth one pause. */
  #bucketFullAtMs = Number.NEGATIVE_INFINITY;
  // In memory only: after a restart the first write is tried at once.
  #failures = 0;
  #retryAtMs = 0;

  constructor(publish: () => Promise<Published>, onFailure: (failures: number, fault: unknown) => void, pace: Pace) {
    this.#publish = publish;
    this.#onFailure = onFailure;
    this.#pace = pace;
  }

  /** Whether the last write failed. */
  get isFailing(): boolean {
    return this.#failures > 0;
  }

  get isInFlight(): boolean {
    return this.#current !== null;
  }

  /** When to try again after a failure; in the past where nothing failed. */
  get retryAtMs(): number {
    return this.#retryAtMs;
  }

  /** Whether the next write has to wait, or can't take all there is. */
  get isBusy(): boolean {
    return this.#hasBacklog || this.#pauseLeftMs() > 0;
  }

  /** The write that includes every change that `run` was called for. */
  get scheduled(): Promise<void> {
    return this.#next ?? this.#current ?? Promise.resolve();
  }

  /** Resolves with the first write that starts after this call. Never rejects: an alarm retries. */
  run(): Promise<void> {
    if (this.#next !== null) return this.#next;
    if (this.#current === null && !this.isBusy) {
      this.#current = this.#attempt();
      return this.#current;
    }
    // A write in flight has read its rows before the caller's commit, so it does not count.
    this.#next = this.#follow();
    return this.#next;
  }

  async #follow(): Promise<void> {
    await this.#current;
    const pauseMs = this.#hasBacklog ? BACKLOG_PAUSE_MS : this.#pauseLeftMs();
    if (pauseMs > 0) await sleep(pauseMs);
    this.#next = null;
    this.#current = this.#attempt();
    await this.#current;
  }

  #pauseLeftMs(): number {
    const { burst, pauseMs } = this.#pace;
    const leftMs = this.#bucketFullAtMs - (burst - 1) * pauseMs - Date.now();
    // A clock that was set back does not make the pause any longer.
    return leftMs > pauseMs ? 0 : Math.max(0, leftMs);
  }

  async #attempt(): Promise<void> {
    const wasFailing = this.isFailing;
    const { burst, pauseMs } = this.#pace;
    const nowMs = Date.now();
    this.#bucketFullAtMs = Math.min(Math.max(nowMs, this.#bucketFullAtMs) + pauseMs, nowMs + burst * pauseMs);
    try {
      this.#hasBacklog = (await this.#publish()) === "more";
      this.#failures = 0;
      this.#retryAtMs = 0;
    } catch (fault) {
      this.#hasBacklog = false;
      this.#failures += 1;
      this.#retryAtMs = Date.now() + publishRetryDelayMs(this.#failures);
      this.#onFailure(this.#failures, fault);
    } finally {
      this.#current = null;
    }
    // While it was failing, commits did not ask for a write of their own.
    if (this.#hasBacklog || (wasFailing && !this.isFailing)) void this.run();
  }
}
