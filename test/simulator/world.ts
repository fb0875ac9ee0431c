// What all parts of a simulation share: time, choices, history, and the first broken promise.

import { mix, Prng } from "../support/prng.ts";
import { Coverage } from "./coverage.ts";
import type { Fault, FaultRates, Part } from "./faults.ts";
import { Mirror } from "./mirror.ts";
import { type Cause, type Owner, Timeline } from "./timeline.ts";

/** One random choice of a step. By `key` the fault it made can be left out of a later run. */
export interface Choice {
  readonly key: string;
  readonly prng: Prng;
}

export class World {
  readonly timeline: Timeline;
  readonly mirror = new Mirror();
  readonly coverage = new Coverage();
  readonly history: string[] = [];
  /** The keys of the choices that made a fault, in order. */
  readonly struck: string[] = [];
  /** Until when each part is out of order. */
  readonly outages = new Map<Part, number>();
  violation: string | null = null;
  /** From now on nothing goes wrong any more. */
  quiet = false;
  storageFaults = 0;
  readonly #met: { readonly fault: Fault; readonly ids: readonly string[] | null }[] = [];
  readonly #rates: FaultRates;
  readonly #withoutFaults: readonly string[];

  constructor(seed: number, rates: FaultRates, withoutFaults: readonly string[]) {
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

  /** Which of `faults` strikes here, if any. `ids`: the reservations or payments; null for all. */
  strike({ key, prng }: Choice, faults: readonly Fault[], ids: readonly string[] | null): Fault | null {
    let left = prng.fraction();
    if (this.quiet) return null;
    for (const fault of faults) {
      left -= this.#rates[fault] ?? 0;
      if (left < 0) {
        if (this.#withoutFaults.includes(key)) return null;
        this.struck.push(key);
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

  /** Counts the faults of this step with the states they met, once the mirror knows those. */
  countFaults(): void {
    for (const { fault, ids } of this.#met) {
      for (const situation of this.mirror.situations(ids, this.timeline.wallMs)) this.coverage.count(fault, situation);
    }
    this.#met.length = 0;
  }

  isDown(part: Part): boolean {
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

/** `immediate`: its calls take no time and don't fail, so they arrive at the chosen moment. */
export function newOwner(kind: Owner["kind"], name: string, immediate = false): Owner {
  return { kind, name, alive: true, immediate };
}
