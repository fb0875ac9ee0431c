// The earliest moment in a table, cached.

import { earliestOf } from "./schedule.ts";

export class NextDue {
  readonly #query: () => number | null;
  // Undefined: not read yet, or invalid.
  #cachedMs: number | null | undefined;

  /** `query` reads the earliest moment from the table; null where there is none. */
  constructor(query: () => number | null) {
    this.#query = query;
  }

  /** The cached minimum. It may be too early, because its row has gone; it is never too late. */
  cachedMs(): number | null {
    if (this.#cachedMs === undefined) this.#cachedMs = this.#query();
    return this.#cachedMs;
  }

  /** The same, read again where the cached moment has come: that row may have gone. */
  currentMs(nowMs: number): number | null {
    const cachedMs = this.cachedMs();
    if (cachedMs !== null && cachedMs <= nowMs) this.#cachedMs = this.#query();
    return this.cachedMs();
  }

  isDue(nowMs: number): boolean {
    const atMs = this.currentMs(nowMs);
    return atMs !== null && atMs <= nowMs;
  }

  /** A row with this moment was written. */
  add(atMs: number | null): void {
    if (this.#cachedMs !== undefined) this.#cachedMs = earliestOf(this.#cachedMs, atMs);
  }

  /** The table may have changed in other ways: a transaction was undone, or rows were deleted. */
  invalidate(): void {
    this.#cachedMs = undefined;
  }
}
