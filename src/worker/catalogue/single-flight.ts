// One trip for all who ask for the same thing at the same moment, in one isolate.

import { waitUntil } from "cloudflare:workers";

interface Flight {
  readonly startedAtMs: number;
  /**
   * Null while it is under way. Plain data: what belongs to one request can't be used by another.
   */
  outcome: { readonly value: unknown } | { readonly fault: unknown } | null;
}

// Longer than any trip that is worth waiting for: a database that is slow must not be asked by all
// who wait for it as well. Whoever waited this long makes the trip alone, and whoever comes this
// long after it began does not wait: it may never land.
const PATIENCE_MS = 5_000;
const LONGEST_PAUSE_MS = 8;

const flights = new Map<string, Flight>();

/**
 * What `load` resolves to, or rejects with; of those who ask with the same `key` while one is
 * loading, all get that one's outcome. It must be plain data. A request can't be woken by another's
 * promise, so the others look again and again, each by a timer of its own; the one who loads goes
 * on if its client goes away.
 */
export async function singleFlight<T>(key: string, load: () => Promise<T>): Promise<T> {
  const ahead = flights.get(key);
  if (ahead !== undefined && Date.now() - ahead.startedAtMs < PATIENCE_MS) {
    const outcome = await outcomeOf(ahead);
    if (outcome === null) return load();
    if ("fault" in outcome) throw outcome.fault;
    return outcome.value as T;
  }
  const flight: Flight = { startedAtMs: Date.now(), outcome: null };
  flights.set(key, flight);
  const loading = fly(key, flight, load);
  // The platform waits for it; whether it failed is for those to know who asked.
  waitUntil(loading.catch(() => {}));
  return loading;
}

async function fly<T>(key: string, flight: Flight, load: () => Promise<T>): Promise<T> {
  try {
    const value = await load();
    flight.outcome = { value };
    return value;
  } catch (fault) {
    flight.outcome = { fault };
    throw fault;
  } finally {
    if (flights.get(key) === flight) flights.delete(key);
  }
}

/** Null where it took too long. */
async function outcomeOf(flight: Flight): Promise<Flight["outcome"]> {
  const untilMs = Date.now() + PATIENCE_MS;
  for (
    let pauseMs = 1;
    flight.outcome === null && Date.now() < untilMs;
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
  ) {
    await scheduler.wait(pauseMs);
  }
  return flight.outcome;
}
