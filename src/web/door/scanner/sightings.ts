// Which of the codes that a camera sees again and again is a new scan. Pure.

/** A code that was out of sight for so long is shown again on purpose. */
const GONE_MS = 1_500;

export class Sightings {
  #text: string | null = null;
  #lastSeenMs = 0;

  /** True if the code is to be scanned. One that is held still is scanned once. */
  isNew(text: string, nowMs: number): boolean {
    const isSame = this.#text === text && nowMs - this.#lastSeenMs < GONE_MS;
    this.#text = text;
    this.#lastSeenMs = nowMs;
    return !isSame;
  }

  /**
   * A code in sight while a verdict is shown. The one that it is about must not be scanned again as
   * soon as the verdict is gone; any other one waits for that.
   */
  keep(text: string, nowMs: number): void {
    if (this.#text === text) this.#lastSeenMs = nowMs;
  }
}
