// What all parts of a simulation share: time, choices, history, and the first broken promise.

import { ticketTypeIdOf } from "../../src/domain/id-forms.ts";
import { mix, Prng } from "../support/prng.ts";
import { Coverage } from "./coverage.ts";
import type { Fault, FaultRates, Part } from "./faults.ts";
import type { Mirror, MirroredReservation } from "./mirror.ts";
import type { OrderMirror } from "./order-mirror.ts";
import { situationsOf } from "./situations.ts";
import { type Cause, type Owner, Timeline } from "./timeline.ts";

/** One random choice of a step. By `key` the fault it made can be left out of a later run. */
export interface Choice {
  readonly key: string;
  readonly prng: Prng;
}

/**
 * Reservations, payments or orders that a fault meets, as they are after its step; null for all
 * there are.
 */
export type About = readonly string[] | (() => readonly string[]) | null;

/** An object's host, as far as what strikes between two steps needs it. */
export interface Struck {
  strikeAfterStep(): void;
  expose(): void;
  cover(): void;
}

export class World {
  readonly timeline: Timeline;
  /** By ticket type. */
  readonly mirrors = new Map<string, Mirror>();
  /** By the names of their objects. */
  readonly orders = new Map<string, OrderMirror>();
  readonly coverage = new Coverage();
  readonly history: string[] = [];
  /** The keys of the choices that made a fault, in order. */
  readonly seed: number;
  readonly struck: string[] = [];
  /** Until when each part is out of order. */
  readonly outages = new Map<Part, number>();
  /** The hosts of objects whose processes live. */
  readonly running = new Map<Owner, Struck>();
  /** What may fail in the middle of this step. */
  readonly exposed = new Set<Struck>();
  /** Checks that wait for what this step has written. */
  readonly later: (() => void)[] = [];
  violation: string | null = null;
  /** When offline scans truly were, by our clock each time that they were brought in. */
  readonly #scannedAtMs = new Map<string, Set<number>>();
  /** From now on nothing goes wrong any more. */
  quiet = false;
  /** From when on sweeps look at what has ended, as nothing goes wrong any more. */
  sweepsLookBackToMs = Number.NEGATIVE_INFINITY;
  storageFaults = 0;
  readonly #met: { readonly fault: Fault; readonly about: About }[] = [];
  readonly #rates: FaultRates;
  readonly #withoutFaults: readonly string[];

  constructor(seed: number, rates: FaultRates, withoutFaults: readonly string[]) {
    this.seed = seed;
    this.timeline = new Timeline(seed, causeOf(seed, -1));
    this.#rates = rates;
    this.#withoutFaults = withoutFaults;
  }

  /** Of all ticket types. */
  reservations(): MirroredReservation[] {
    return [...this.mirrors.values()].flatMap(({ reservations }) => [...reservations.values()]);
  }

  reservation(id: string): MirroredReservation | undefined {
    return this.mirrors.get(ticketTypeIdOf(id))?.reservations.get(id);
  }

  /** Whether its ticket type has it, or dropped it in the end. */
  isKnown(id: string): boolean {
    const mirror = this.mirrors.get(ticketTypeIdOf(id));
    return mirror !== undefined && (mirror.reservations.has(id) || mirror.gone.has(id));
  }

  /** Also before it was put back to an earlier time. */
  wasHeld(id: string): boolean {
    const mirror = this.mirrors.get(ticketTypeIdOf(id));
    return this.isKnown(id) || (mirror?.lost.has(id) ?? false);
  }

  /** Depends on the action that this goes back to, and on how many choices it made before. */
  choose(): Choice {
    const { cause } = this.timeline;
    cause.drawn += 1;
    return { key: `${cause.index}.${cause.drawn}`, prng: new Prng(mix(cause.seed, cause.drawn)) };
  }

  /** Which of `faults` strikes here, if any. */
  strike({ key, prng }: Choice, faults: readonly Fault[], about: About): Fault | null {
    let left = prng.fraction();
    if (this.quiet) return null;
    for (const fault of faults) {
      left -= this.#rates[fault] ?? 0;
      if (left < 0) {
        if (this.#withoutFaults.includes(key)) return null;
        this.struck.push(key);
        this.met(fault, about);
        return fault;
      }
    }
    return null;
  }

  met(fault: Fault, about: About): void {
    this.record(`! ${fault}`);
    this.#met.push({ fault, about });
  }

  /** Counts the faults of this step with the states they met, once the mirror knows those. */
  countFaults(): void {
    for (const { fault, about } of this.#met) {
      const ids = typeof about === "function" ? about() : about;
      for (const situation of situationsOf(this, ids)) this.coverage.count(fault, situation);
    }
    this.#met.length = 0;
  }

  scannedAt(key: string, passId: string, shownMs: number, trueMs: number): void {
    const scan = `${key} ${passId} ${shownMs}`;
    this.#scannedAtMs.set(scan, (this.#scannedAtMs.get(scan) ?? new Set()).add(trueMs));
  }

  /** By what its device's clock showed. */
  trueMomentsOf(key: string, passId: string, shownMs: number): readonly number[] {
    return [...(this.#scannedAtMs.get(`${key} ${passId} ${shownMs}`) ?? [])];
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

/** As one of what a fault is about. */
export function aboutOrder(name: string): string {
  return `order:${name}`;
}

export function causeOf(seed: number, index: number): Cause {
  return { index, seed: mix(seed, index + 1, 0x5eed), drawn: 0 };
}

/** `immediate`: its calls take no time and don't fail, so they arrive at the chosen moment. */
export function newOwner(kind: Owner["kind"], name: string, immediate = false): Owner {
  return { kind, name, alive: true, immediate };
}
