// What came of a scan, as the service says it or as the device decides it, and who may pass.

import type { PassState } from "../../../domain/pass.ts";
import type { CheckInOfBatch } from "../../ui/api-types.ts";

export type Direction = "in" | "out";

/** The results of the API's check-ins, and what a device alone can say. */
export type Result =
  | CheckInOfBatch["result"]
  /** The device can't tell without the network. */
  | "undecided"
  /** The account works at no such door (any more). */
  | "not_crew"
  /** The service refuses to read it at all: a fault of ours, which must not hold up other scans. */
  | "not_accepted";

export interface Place {
  readonly atMs: number;
  readonly gate: string;
}

/** The pass as the service had it when it replied. */
export interface SeenPass {
  readonly id: string;
  readonly state: PassState;
  readonly outside: boolean;
  readonly holder: string | null;
  readonly ticket: string;
  readonly price: string;
  readonly isDisputed: boolean;
}

export interface Outcome {
  readonly result: Result;
  /** When it happened; of `already_admitted` when the pass went in. Null where nobody knows. */
  readonly atMs: number | null;
  readonly gate: string | null;
  /** Somebody who went in later with the same pass, and whose scan the service had first. */
  readonly displaced: Place | null;
  /** Of `too_early`. */
  readonly doorsOpenAtMs: number | null;
  /** Null where the device decided, or where there is no pass of this event. */
  readonly pass: SeenPass | null;
}

const NOTHING = { atMs: null, gate: null, displaced: null, doorsOpenAtMs: null, pass: null };

export function outcome(result: Result, rest: Partial<Omit<Outcome, "result">> = {}): Outcome {
  return { result, ...NOTHING, ...rest };
}

/** Whether the person may pass: in, or out where they may come back. */
export function letsPass({ result }: Outcome): boolean {
  return result === "admitted" || result === "readmitted" || result === "went_out";
}
