// Plain data about passes between Worker and object. During a deployment their versions differ:
// fields may be added, never renamed.

import type { DoorEvent, DoorOutcome, DoorRefusal } from "../../domain/check-in.ts";
import type { PassReader, PassView } from "../../domain/pass.ts";
import type { PassRefusal } from "../../domain/pass-holders.ts";
import type { Result } from "./protocol.ts";

/** All passes of some reservations, some passes by their ids, or all that an address holds. */
export type PassQuestion =
  | { readonly reservationIds: readonly string[] }
  | { readonly passIds: readonly string[] }
  | { readonly emailKey: string };

/** `isHolder`: the reader is who the pass is for. A buyer also sees what was passed on. */
export interface ReadPass extends PassView {
  readonly isHolder: boolean;
}

export interface NameRequest {
  readonly passId: string;
  readonly reader: PassReader;
  readonly name: string | null;
}

export interface PassOnRequest {
  readonly passId: string;
  readonly reader: PassReader;
  readonly email: string;
  readonly emailKey: string;
  /** The caller makes one where the client sent none, so that a call can be repeated. */
  readonly key: string;
}

/** `emailKey`: whose it then is. One that was passed on since is somebody else's. */
export interface HolderToErase {
  readonly passId: string;
  readonly emailKey: string | null;
  /** Of D1's copy, which gets a newer one. 0 where the pass may be somebody else's by now. */
  readonly aboveVersion: number;
}

/** `pass`: as the request left it, also for a replay. */
export type PassResult = Result<
  { readonly pass: ReadPass; readonly isReplay: boolean },
  PassRefusal | { readonly type: "idempotency_key_reused" }
>;

/** Something that happens at a door. `key` is this request's own; `by` the account that scans. */
export type DoorRequest = DoorEvent & { readonly passId: string; readonly key: string; readonly by: string };

/** `pass`: as it is now; null where there is no such pass. */
export type DoorResult =
  | { readonly ok: true; readonly outcome: DoorOutcome; readonly pass: PassView; readonly isReplay: boolean }
  | {
      readonly ok: false;
      readonly refusal: DoorRefusal | { readonly type: "idempotency_key_reused" };
      readonly pass: PassView | null;
      readonly isReplay: boolean;
    };

/** How many went in, and at which gate. `inside`: those who have not gone out again. */
export interface DoorCounts {
  readonly admitted: number;
  readonly inside: number;
  readonly gates: readonly { readonly gate: string; readonly admitted: number }[];
}

export interface DoorChanges {
  /** Passes that have changed since the cursor, each once and as it is now. */
  readonly passes: readonly PassView[];
  /** Where to go on. From 0 it is all that differs from a pass that nothing has happened to. */
  readonly cursor: number;
  readonly more: boolean;
  readonly counts: DoorCounts;
}
