// What happens to a pass at a door. Pure: no clock, no storage.

import type { Admission, Pass } from "./pass.ts";

/** What the door must know of the event. */
export interface DoorTerms {
  /** Null: nobody is too early. */
  readonly doorsOpenAtMs: number | null;
  /** Whether who goes out may come in again. */
  readonly reentry: boolean;
}

/** A code that was scanned. It has the pass's generation. */
interface Scan {
  readonly key: string;
  readonly gate: string;
  readonly generation: number;
  /** When, by the device's clock. Null: now, because the device waits for the reply. */
  readonly atMs: number | null;
  /** How far that clock is behind ours, below 0 if it is ahead. Left out: nobody knows. */
  readonly behindMs?: number;
}

export type DoorEvent =
  | ({ readonly type: "in" } & Scan)
  | ({ readonly type: "out" } & Scan)
  /** Takes back an admission: the one by this check-in, or null for whichever there is. */
  | { readonly type: "undo"; readonly checkInKey: string | null };

export type DoorOutcome =
  /** `displaced`: came later but was there first. Somebody else went in with the same pass. */
  | { readonly type: "admitted"; readonly admission: Admission; readonly displaced: Admission | null }
  | { readonly type: "readmitted"; readonly atMs: number }
  | { readonly type: "went_out"; readonly atMs: number }
  | { readonly type: "undone"; readonly admission: Admission };

export type DoorRefusal =
  | { readonly type: "already_admitted"; readonly atMs: number; readonly gate: string }
  /** Null: the code is an older one of a pass that was passed on. */
  | { readonly type: "revoked"; readonly revokedAtMs: number | null }
  | { readonly type: "unknown" }
  | { readonly type: "too_early"; readonly doorsOpenAtMs: number }
  | { readonly type: "not_admitted" }
  | { readonly type: "already_out"; readonly atMs: number }
  | { readonly type: "reentry_not_allowed" };

export type DoorDecision =
  | { readonly type: "changed" | "unchanged"; readonly pass: Pass; readonly outcome: DoorOutcome }
  | { readonly type: "refused"; readonly refusal: DoorRefusal };

/** What `event` does to `pass` at `nowMs`; null for a pass that there is not. */
export function decideAtDoor(pass: Pass | null, event: DoorEvent, terms: DoorTerms, nowMs: number): DoorDecision {
  if (pass === null) return refused({ type: "unknown" });
  switch (event.type) {
    case "in":
      return decideIn(pass, event, terms, nowMs);
    case "out":
      return decideOut(pass, event, terms, nowMs);
    case "undo":
      return decideUndo(pass, event.checkInKey);
  }
}

/** By our clock. A device's may be wrong by minutes: nothing was scanned later than now. */
export function scannedAtMs({ atMs, behindMs = 0 }: Pick<Scan, "atMs" | "behindMs">, nowMs: number): number {
  return atMs === null ? nowMs : Math.min(atMs + behindMs, nowMs);
}

function decideIn(pass: Pass, scan: Scan, terms: DoorTerms, nowMs: number): DoorDecision {
  const { admission, outSinceMs } = pass;
  if (admission?.key === scan.key) {
    return { type: "unchanged", pass, outcome: { type: "admitted", admission, displaced: null } };
  }
  const refusal = refuseCode(pass, scan.generation);
  if (refusal !== null) return refused(refusal);
  const { doorsOpenAtMs } = terms;
  // By our clock: a device that was offline has let them in, and no clock of its undoes that.
  if (doorsOpenAtMs !== null && nowMs < doorsOpenAtMs) return refused({ type: "too_early", doorsOpenAtMs });
  const atMs = scannedAtMs(scan, nowMs);
  const mine = { key: scan.key, atMs, gate: scan.gate };
  if (admission === null) return admitted({ ...pass, admission: mine }, mine, null);
  const isOffline = scan.atMs !== null;
  // The first one in time counts. Of two at the same moment it is the one that is on record, and a
  // scan that waits for its reply is never the first, even if our clock was set back.
  if (isOffline && atMs < admission.atMs) return admitted({ ...pass, admission: mine }, mine, admission);
  if (outSinceMs !== null && (!isOffline || atMs >= outSinceMs)) {
    return { type: "changed", pass: { ...pass, outSinceMs: null }, outcome: { type: "readmitted", atMs } };
  }
  return refused({ type: "already_admitted", atMs: admission.atMs, gate: admission.gate });
}

function decideOut(pass: Pass, scan: Scan, { reentry }: DoorTerms, nowMs: number): DoorDecision {
  const refusal = refuseCode(pass, scan.generation);
  if (refusal !== null) return refused(refusal);
  if (!reentry) return refused({ type: "reentry_not_allowed" });
  const { admission, outSinceMs } = pass;
  if (admission === null) return refused({ type: "not_admitted" });
  if (outSinceMs !== null) return refused({ type: "already_out", atMs: outSinceMs });
  // Nobody goes out before they came in, whatever the device's clock says.
  const atMs = Math.max(scannedAtMs(scan, nowMs), admission.atMs);
  return { type: "changed", pass: { ...pass, outSinceMs: atMs }, outcome: { type: "went_out", atMs } };
}

function decideUndo(pass: Pass, checkInKey: string | null): DoorDecision {
  const { admission, revokedAtMs } = pass;
  if (revokedAtMs !== null) return refused({ type: "revoked", revokedAtMs });
  if (admission === null || ![null, admission.key].includes(checkInKey)) return refused({ type: "not_admitted" });
  const undone = { ...pass, admission: null, outSinceMs: null };
  return { type: "changed", pass: undone, outcome: { type: "undone", admission } };
}

/** A revoked pass never goes in, also where it was scanned before it was revoked. */
function refuseCode({ generation, revokedAtMs }: Pass, scanned: number): DoorRefusal | null {
  // Nobody has been given such a code.
  if (scanned > generation) return { type: "unknown" };
  if (revokedAtMs !== null) return { type: "revoked", revokedAtMs };
  return scanned < generation ? { type: "revoked", revokedAtMs: null } : null;
}

function admitted(pass: Pass, admission: Admission, displaced: Admission | null): DoorDecision {
  return { type: "changed", pass, outcome: { type: "admitted", admission, displaced } };
}

function refused(refusal: DoorRefusal): DoorDecision {
  return { type: "refused", refusal };
}
