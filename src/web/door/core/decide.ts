// What a device decides without the network: by the same rules as the service, with what it knows.

import { type DoorDecision, type DoorTerms, decideAtDoor } from "../../../domain/check-in.ts";
import { type KnownPass, passFrom } from "./known-pass.ts";
import { type Outcome, outcome } from "./outcome.ts";
import { isWaiting, type OwnScan } from "./scan.ts";

/** What the device has of a pass. `count` grows with each transaction of the store. */
export interface PassFacts {
  readonly known: KnownPass | null;
  /** Of this device, the oldest first. */
  readonly scans: readonly OwnScan[];
  readonly count: number;
}

/** Of a genuine code. `nowMs` is the service's time as far as the device knows it. */
export function decideAlone({ known, scans }: PassFacts, scan: OwnScan, terms: DoorTerms, nowMs: number): Outcome {
  const others = scans.filter((other) => isWaiting(other) && other.key !== scan.key);
  const pass = passFrom(scan.passId, known, others, nowMs);
  // The list may be older than the code: one that was passed on since is genuine, and newer.
  const generation = Math.max(pass.generation, scan.generation);
  const { direction, gate, key } = scan;
  const event = { type: direction, key, gate, generation: scan.generation, atMs: null };
  return outcomeOf(decideAtDoor({ ...pass, generation }, event, terms, nowMs));
}

function outcomeOf(decision: DoorDecision): Outcome {
  if (decision.type !== "refused") {
    const { outcome: happened } = decision;
    switch (happened.type) {
      case "admitted":
      case "undone": {
        const { atMs, gate } = happened.admission;
        return outcome(happened.type, { atMs, gate });
      }
      case "readmitted":
      case "went_out":
        return outcome(happened.type, { atMs: happened.atMs });
    }
  }
  const { refusal } = decision;
  switch (refusal.type) {
    case "already_admitted":
      return outcome(refusal.type, { atMs: refusal.atMs, gate: refusal.gate === "" ? null : refusal.gate });
    case "too_early":
      return outcome(refusal.type, { doorsOpenAtMs: refusal.doorsOpenAtMs });
    case "already_out":
    case "revoked":
    // The list has no time of a revocation, nor of going out.
    case "unknown":
    case "not_admitted":
    case "reentry_not_allowed":
      return outcome(refusal.type);
  }
}
