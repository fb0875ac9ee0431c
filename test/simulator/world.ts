// What all parts of a simulation share: the time, the choices, the history, and whether a promise
// was broken.

import { mix, Prng } from "../support/prng.ts";
import { Coverage } from "./coverage.ts";
import type { Fault, FaultRates } from "./faults.ts";
import { Mirror } from "./mirror.ts";
import { type Cause, type Owner, Timeline } from "./timeline.ts";

/**
 * One random choice of a step. `key` names it, so that the fault it made can be left out of a later
 * run.
 */
export interface Choice {
  readonly key: string;
  readonly prng: Prng;
}

/** A part of the world that is out of order for a while. */
export type Outage = "D1" | "queue" | "provider" | "cache";

export class World {
  readonly timeline: Timeline;
  readonly mirror = new Mirror();
  readonly coverage = new Coverage();
  readonly history: string[] = [];
  /** The choices that made a fault, in order. */
  readonly struck: { readonly key: string; readonly fault: Fault }[] = [];
  readonly outages = new Map<Outage, number>();
  /** The first promise that was broken. */
  violation: string | null = null;
  /** From now on nothing goes wrong any more. */
  quiet = false;
  storageFaults = 0;
  readonly #met: { readonly fault: Fault; readonly ids: readonly string[] | null }[] = [];
  readonly #rates: FaultRates;
  readonly #withoutFaults: ReadonlySet<string>;

  constructor(seed: number, rates: FaultRates, withoutFaults: ReadonlySet<string>) {
    this.timeline = new Timeline(seed, causeOf(seed, -1));
    this.#rates = rates;
    this.#withoutFaults = withoutFaults;
  }

  /** Depends on the action that this goes back to, and on how many choices it made before. */
  choose(): Choice {
    const { cause } = this.timeline;
    cause.drawn += 1;
    return { key: `${cause.index}.${cause.drawn}`, prng: new Prng(mix(cause.seed, cause.drawn)) };
  }

  /**
   * Which of `faults` strikes here, if any. `ids`: the reservations or payments that it strikes;
   * null for all.
   */
  strike({ key, prng }: Choice, faults: readonly Fault[], ids: readonly string[] | null): Fault | null {
    let left = prng.fraction();
    if (this.quiet) return null;
    for (const fault of faults) {
      left -= this.#rates[fault] ?? 0;
      if (left < 0) {
        if (this.#withoutFaults.has(key)) return null;
        this.struck.push({ key, fault });
        this.met(fault, ids);
        return fault;
      }
    }
    return null;
  }

  met(fault: Fault, ids: readonly string[] | null): void {
    this.record(`! ${fault}`);
    this.#met.push({ fault, ids });
  }

  /**
   * Counts the faults of this step together with the states they met, once the mirror knows those.
   */
  countFaults(): void {
    for (const { fault, ids } of this.#met) {
      for (const situation of this.mirror.situations(ids, this.timeline.wallMs)) this.coverage.count(fault, situation);
    }
    this.#met.length = 0;
  }

  isDown(part: Outage): boolean {
    return !this.quiet && (this.outages.get(part) ?? 0) > this.timeline.nowMs;
  }

  record(line: string): void {
    this.history.push(`${this.timeline.nowMs} ${line}`);
  }

  broken(what: string): void {
    if (this.violation !== null) return;
    this.violation = what;
    this.record(`BROKEN: ${what}`);
  }
}

export function causeOf(seed: number, index: number): Cause {
  return { index, seed: mix(seed, index + 1, 0x5eed), drawn: 0 };
}

/**
 * `immediate`: its calls take no time and don't fail, so that they arrive at a moment that was
 * chosen.
 */
export function newOwner(kind: Owner["kind"], name: string, immediate = false): Owner {
  return { kind, name, alive: true, immediate };
}
