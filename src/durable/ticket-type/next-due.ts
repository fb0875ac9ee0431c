// The first of the moments that stand in a table, known without asking the table each time.

import { earliestOf } from "./schedule.ts";

export class Soonest {
  readonly #ask: () => number | null;
  // Not asked yet, or not any more.
  #atMs: number | null | undefined;

  /** `ask`: what the table says. */
  constructor(ask: () => number | null) {
    this.#ask = ask;
  }

  /** Null where there is none. It may be too early, because what stood there has gone; it is never too late. */
  knownMs(): number | null {
    if (this.#atMs === undefined) this.#atMs = this.#ask();
    return this.#atMs;
  }

  /** As it is, if it has come; asked anew, so that whoever sees to it does not come in vain again. */
  atMs(nowMs: number): number | null {
    const knownMs = this.knownMs();
    if (knownMs !== null && knownMs <= nowMs) this.#atMs = this.#ask();
    return this.knownMs();
  }

  /** Whether the first one has come. */
  isDue(nowMs: number): boolean {
    const atMs = this.atMs(nowMs);
    return atMs !== null && atMs <= nowMs;
  }

  /** One more. */
  note(atMs: number | null): void {
    if (this.#atMs !== undefined) this.#atMs = earliestOf(this.#atMs, atMs);
  }

  /** What was noted may not be so: a transaction was undone. */
  forget(): void {
    this.#atMs = undefined;
  }
}
