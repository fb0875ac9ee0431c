// What the object forgets: answers after a day, reservations some time after they have ended (D1 keeps those), and who bought
// when, where nothing of it counts any more.

import { earliestOf } from "./schedule.ts";
import type { Store } from "./store.ts";

const HOUR_MS = 60 * 60_000;

/** A day was promised. The hour is for clients and objects whose clocks differ. */
export const ANSWERS_KEPT_MS = 25 * HOUR_MS;

// What goes in one run, of each kind. Buyers get in between two runs.
const ROWS_PER_RUN = 500;
// What may not go yet is looked at again after this long.
const PAUSE_MS = HOUR_MS;

export class Retention {
  readonly #store: Store;
  readonly #reservationsKeptMs: number;
  #notBeforeMs = 0;

  /** `reservationsKeptMs`: counted from a hold's deadline. */
  constructor(store: Store, reservationsKeptMs: number) {
    this.#store = store;
    this.#reservationsKeptMs = reservationsKeptMs;
  }

  /** When there is something to forget; null where there is nothing. */
  dueAtMs(): number | null {
    const answerMs = this.#store.answered.knownMs();
    const endedMs = this.#store.ended.knownMs();
    const dueAtMs = earliestOf(
      answerMs === null ? null : answerMs + ANSWERS_KEPT_MS,
      endedMs === null ? null : endedMs + this.#reservationsKeptMs,
    );
    return dueAtMs === null ? null : Math.max(dueAtMs, this.#notBeforeMs);
  }

  /** Forgets what is due, a bounded number of rows. In the caller's transaction. */
  run(nowMs: number): void {
    const dueAtMs = this.dueAtMs();
    if (dueAtMs === null || nowMs < dueAtMs) return;
    const answers = this.#store.dropAnswers(nowMs - ANSWERS_KEPT_MS, ROWS_PER_RUN);
    const reservations = this.#store.dropEnded(nowMs - this.#reservationsKeptMs, ROWS_PER_RUN);
    const eras = this.#store.dropEras(ROWS_PER_RUN);
    const isAll = answers < ROWS_PER_RUN && reservations < ROWS_PER_RUN && eras < ROWS_PER_RUN;
    this.#notBeforeMs = isAll ? nowMs + PAUSE_MS : nowMs;
  }
}
