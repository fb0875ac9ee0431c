// What is still to happen, in the order of virtual time. Nothing happens between two entries.

import { mix } from "../support/prng.ts";

/** A process that waits for something. Once it is dead, nothing reaches it any more. */
export interface Owner {
  readonly name: string;
  readonly kind: "ticket type" | "order" | "consumer" | "caller";
  readonly immediate: boolean;
  alive: boolean;
}

/** The action that something goes back to: its choices stay when another action is dropped. */
export interface Cause {
  readonly index: number;
  readonly seed: number;
  drawn: number;
}

export interface Entry {
  readonly atMs: number;
  readonly order: number;
  readonly label: string;
  readonly owner: Owner | null;
  readonly cause: Cause;
  readonly run: () => void;
  cancelled: boolean;
}

// Two clocks are never further apart: the consumer allows as much before it charges again.
const MOST_BEHIND_MS = 3_600_000;
// What the platform's clocks show when a run begins: a moment within the range of real ones.
export const EPOCH_MS = Date.UTC(2031, 3, 1);

export class Timeline {
  /** Since the run began. It never goes back. */
  nowMs = 0;
  /** The process whose code runs in this step, and the action that led to it. */
  owner: Owner | null = null;
  cause: Cause;
  readonly #seed: number;
  /** The last one comes first. */
  readonly #entries: Entry[] = [];
  #clockErrorMs = 0;
  #added = 0;

  constructor(seed: number, cause: Cause) {
    this.#seed = seed;
    this.cause = cause;
  }

  /** What `Date.now()` says: it can jump. */
  get wallMs(): number {
    return EPOCH_MS + this.nowMs + this.#clockErrorMs;
  }

  /** Back by an hour at most, and never ahead of the true time. */
  jump(byMs: number): void {
    this.#clockErrorMs = Math.min(0, Math.max(-MOST_BEHIND_MS, this.#clockErrorMs + byMs));
  }

  /** When the clock will show `wallMs`, if it does not jump before. */
  momentOf(wallMs: number): number {
    return wallMs - EPOCH_MS - this.#clockErrorMs;
  }

  /** `run` happens in `afterMs`, unless its owner is dead; in random order at one moment. */
  add(afterMs: number, label: string, owner: Owner | null, run: () => void, cause: Cause = this.cause): Entry {
    this.#added += 1;
    const order = mix(this.#seed, this.#added);
    const atMs = this.nowMs + Math.max(0, Math.ceil(afterMs));
    const entry: Entry = { atMs, order, label, owner, cause, run, cancelled: false };
    const isLater = (other: Entry) => other.atMs > atMs || (other.atMs === atMs && other.order > order);
    this.#entries.splice(this.#entries.findLastIndex(isLater) + 1, 0, entry);
    return entry;
  }

  /** The next entry that is due by `untilMs`, with the time moved on to it; null where none is. */
  next(untilMs: number): Entry | null {
    for (;;) {
      const entry = this.#entries.at(-1);
      if (entry === undefined || entry.atMs > untilMs) return null;
      this.#entries.pop();
      if (entry.cancelled || entry.owner?.alive === false) continue;
      this.nowMs = entry.atMs;
      this.owner = entry.owner;
      this.cause = entry.cause;
      return entry;
    }
  }
}
