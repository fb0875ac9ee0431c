// When something that keeps failing is left alone, and when it is tried again. Pure.

export interface Breaker {
  /** In a row. */
  readonly failures: number;
  /** Once it is open: before this nobody tries. */
  readonly nextTryAtMs: number;
}

export const CLOSED: Breaker = { failures: 0, nextTryAtMs: 0 };

const FAILURES_TO_OPEN = 3;
const REST_MS = 10_000;

export function isOpen({ failures }: Breaker): boolean {
  return failures >= FAILURES_TO_OPEN;
}

/**
 * The breaker with a try at `nowMs` on record, or null where it is to be left alone. Open, it lets one try through every
 * ten seconds: whoever makes it may never come back, and then the next one is let through ten seconds later.
 */
export function tried(breaker: Breaker, nowMs: number): Breaker | null {
  if (!isOpen(breaker)) return breaker;
  const restsForMs = breaker.nextTryAtMs - nowMs;
  // A clock that was set back does not make the rest any longer.
  if (restsForMs > 0 && restsForMs <= REST_MS) return null;
  return { ...breaker, nextTryAtMs: nowMs + REST_MS };
}

export function failed({ failures }: Breaker, nowMs: number): Breaker {
  return { failures: failures + 1, nextTryAtMs: nowMs + REST_MS };
}
