// Deletes records of keys, and reservations some time after they ended. D1 keeps those.

import { DAY_MS, HOUR_MS } from "../../domain/units.ts";
import { earliestOf } from "../shared/schedule.ts";
import type { Store } from "./store.ts";

/** The API promises a day. The hour is for clients and objects whose clocks differ. */
export const KEYS_KEPT_MS = 25 * HOUR_MS;

/** A device that was offline may bring its scans in days later, and then lose the reply. */
export const PASS_REQUESTS_KEPT_MS = 30 * DAY_MS;

// What one run deletes of each kind. Buyers get their turn between two runs.
const ROWS_PER_RUN = 500;
// Pause after a run that left only rows that can't be deleted yet.
const RECHECK_MS = HOUR_MS;

export class Retention {
  readonly #store: Store;
  readonly #reservationsKeptMs: number;
  #notBeforeMs = 0;

  /** `reservationsKeptMs` counts from a hold's deadline. */
  constructor(store: Store, reservationsKeptMs: number) {
    this.#store = store;
    this.#reservationsKeptMs = reservationsKeptMs;
  }

  dueAtMs(): number | null {
    const keyMs = this.#store.keys.firstUse.cachedMs();
    const endedMs = this.#store.firstEnded.cachedMs();
    const passRequestMs = this.#store.passes.firstRequest.cachedMs();
    const dueAtMs = earliestOf(
      keyMs === null ? null : keyMs + KEYS_KEPT_MS,
      endedMs === null ? null : endedMs + this.#reservationsKeptMs,
      passRequestMs === null ? null : passRequestMs + PASS_REQUESTS_KEPT_MS,
    );
    return dueAtMs === null ? null : Math.max(dueAtMs, this.#notBeforeMs);
  }

  /** Deletes what is due, a bounded number of rows. In the caller's transaction. */
  run(nowMs: number): void {
    const dueAtMs = this.dueAtMs();
    if (dueAtMs === null || nowMs < dueAtMs) return;
    const keys = this.#store.keys.delete(nowMs - KEYS_KEPT_MS, ROWS_PER_RUN);
    const reservations = this.#store.deleteEnded(nowMs - this.#reservationsKeptMs, ROWS_PER_RUN);
    const passRequests = this.#store.passes.deleteRecords(nowMs - PASS_REQUESTS_KEPT_MS, ROWS_PER_RUN);
    const isDone = [keys, reservations, passRequests].every((deleted) => deleted < ROWS_PER_RUN);
    this.#notBeforeMs = isDone ? nowMs + RECHECK_MS : nowMs;
  }
}
