// Requests of one isolate for the same object share a call: one is under way at a time, and what comes meanwhile goes
// together in the next. See docs/decisions/0024-collecting.md.

import { waitUntil } from "cloudflare:workers";
import { ServiceError } from "../platform/errors.ts";
import { sleep, within } from "../platform/time.ts";
import { ProblemError } from "./http/problems.ts";
import { Waking } from "./wake.ts";

type Outcome<R> = { readonly result: R } | { readonly fault: unknown };

/** A request, and what came of it. Plain data: what belongs to one request of the Worker can't be used by another. */
interface Entry<Q, R> {
  readonly request: Q;
  /** After that nobody waits for it any more: its request asks alone, or its client has gone, and its timer with it. */
  readonly untilMs: number;
  isTaken: boolean;
  outcome: Outcome<R> | null;
  wake: () => void;
}

/** Those who wait for one object, and the call that is under way; the newest, where there are several. */
interface Line<Q, R> {
  waiting: Entry<Q, R>[];
  flight: { startedAtMs: number; isOver: boolean };
}

/** Carries any number of requests, and says what came of each, in order. */
export type Send<Q, R> = (requests: readonly Q[]) => Promise<readonly R[]>;

/** Bounds what one call takes, and what its failure holds up. */
const MOST_PER_CALL = 250;
// An object that is far away must not be asked one call after the other: this is the longest that a call holds up the next.
const LONGEST_HOLD_UP_MS = 50;
// Whoever has waited this long asks alone: the call that took the request may never come back.
const PATIENCE_MS = 3_000;
// So long after the last look an outcome is looked for again, should nobody have told of it.
const LONGEST_WAIT_MS = 250;
// Who had to wait waits so much longer, and takes those along who come meanwhile: half as many calls and commits in a rush.
const GATHER_MS = 2;
const MOST_LINES = 1_000;

export class Collector<Q, R> {
  readonly #lines = new Map<string, Line<Q, R>>();
  readonly #waking: Waking;

  constructor(waking = new Waking()) {
    this.#waking = waking;
  }

  /**
   * What becomes of `request`, which may go to `key` together with others. It may be sent twice, so it must be one that can
   * be repeated. Where `send` finds that the object can't be reached, all that went together are refused with that; after
   * any other fault each is sent alone, so that none fails for another's sake.
   */
  async ask(key: string, request: Q, send: Send<Q, R>): Promise<R> {
    const entry: Entry<Q, R> = { request, untilMs: Date.now() + PATIENCE_MS, isTaken: false, outcome: null, wake() {} };
    const line = this.#lineOf(key);
    line.waiting.push(entry);
    const outcome = await this.#outcome(key, line, entry, send);
    if (outcome === null) return alone(request, send);
    if ("result" in outcome) return outcome.result;
    if (outcome.fault instanceof ProblemError) throw outcome.fault;
    return alone(request, send);
  }

  /** Null where it took too long. */
  async #outcome(key: string, line: Line<Q, R>, entry: Entry<Q, R>, send: Send<Q, R>): Promise<Outcome<R> | null> {
    let hasWaited = false;
    while (entry.outcome === null && isAwaited(entry)) {
      if (!entry.isTaken && isFree(line)) {
        const flight = this.#fly(key, line, send, hasWaited);
        // It goes on if this client goes away: others wait for it.
        waitUntil(flight);
        await within(PATIENCE_MS, flight);
      } else {
        hasWaited = true;
        // It looks for itself, too: the first in the line, who is woken for the next call, may have gone.
        const restMs = line.flight.startedAtMs + LONGEST_HOLD_UP_MS - Date.now();
        await this.#waking.until(entry.isTaken ? LONGEST_WAIT_MS : Math.max(1, restMs), (wake) => {
          entry.wake = wake;
        });
      }
    }
    if (!entry.isTaken) line.waiting = line.waiting.filter((other) => other !== entry);
    return entry.outcome;
  }

  #lineOf(key: string): Line<Q, R> {
    const known = this.#lines.get(key);
    if (known !== undefined) return known;
    // Lines that all have left who stood in them stay behind.
    if (this.#lines.size >= MOST_LINES) {
      for (const [other, line] of this.#lines) if (!line.waiting.some(isAwaited)) this.#lines.delete(other);
    }
    const line: Line<Q, R> = { waiting: [], flight: { startedAtMs: 0, isOver: true } };
    this.#lines.set(key, line);
    return line;
  }

  /** Takes those that wait, and sends them; with `gathers`, those as well that come in a moment. Never rejects. */
  async #fly(key: string, line: Line<Q, R>, send: Send<Q, R>, gathers: boolean): Promise<void> {
    const flight = { startedAtMs: Date.now(), isOver: false };
    line.flight = flight;
    if (gathers) await sleep(GATHER_MS);
    flight.startedAtMs = Date.now();
    line.waiting = line.waiting.filter(isAwaited);
    const taken = line.waiting.splice(0, MOST_PER_CALL);
    for (const entry of taken) entry.isTaken = true;
    try {
      // Where the thread was busy for long, another may have taken them all meanwhile.
      const results = taken.length === 0 ? [] : await send(taken.map(({ request }) => request));
      for (const [place, entry] of taken.entries()) {
        const result = results[place];
        entry.outcome = result === undefined ? { fault: new ServiceError("no result") } : { result };
      }
    } catch (fault) {
      for (const entry of taken) entry.outcome = { fault };
    }
    flight.isOver = true;
    for (const { wake } of taken) wake();
    if (line.flight === flight) line.waiting[0]?.wake();
    if (line.waiting.length === 0 && line.flight.isOver && this.#lines.get(key) === line) this.#lines.delete(key);
  }
}

function isAwaited({ untilMs }: Entry<unknown, unknown>): boolean {
  return Date.now() < untilMs;
}

function isFree({ flight }: Line<unknown, unknown>): boolean {
  const passedMs = Date.now() - flight.startedAtMs;
  // A clock that was put back frees it.
  return flight.isOver || passedMs < 0 || passedMs >= LONGEST_HOLD_UP_MS;
}

/** The same, in a call of its own. */
export async function alone<Q, R>(request: Q, send: Send<Q, R>): Promise<R> {
  const [result] = await send([request]);
  if (result === undefined) throw new ServiceError("no result");
  return result;
}
