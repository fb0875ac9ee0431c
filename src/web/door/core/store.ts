// What a device keeps, and in which steps it changes.

import type { ClockOffset } from "../../ui/clock-offset.ts";
import type { PassFacts } from "./decide.ts";
import type { PassNews } from "./known-pass.ts";
import type { PassPlan } from "./plans.ts";
import type { OwnScan } from "./scan.ts";

export interface DoorEventTerms {
  readonly id: string;
  readonly name: string;
  readonly timezone: string;
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly doorsOpenAtMs: number | null;
  readonly reentry: boolean;
  readonly status: "draft" | "published" | "cancelled";
  /** Whether the account that read the list may take admissions back. */
  readonly mayUndo: boolean;
}

/** A public key of passes: `x` as a JWK has it. */
export interface DoorKey {
  readonly number: number;
  readonly x: string;
}

/** What the service says of the door, without its passes. */
export interface DoorList {
  readonly event: DoorEventTerms;
  readonly keys: readonly DoorKey[];
  /** What an earlier version of the page kept does not say how many are sold. */
  readonly tickets: readonly { readonly id: string; readonly name: string; readonly sold?: number }[];
  /** Reservations whose payment is disputed. What an earlier version of the page kept has none. */
  readonly disputed?: readonly string[];
  /** Where to read on. */
  readonly cursor: string;
  /** When it was last complete, by the service's clock; null before that. */
  readonly completeAtMs: number | null;
}

export interface ListPage {
  readonly list: Omit<DoorList, "completeAtMs">;
  readonly passes: readonly (PassNews & { readonly id: string })[];
  readonly more: boolean;
}

/**
 * Each method is one transaction: all of it is kept or nothing, and no other tab of the device
 * comes in between.
 */
export interface DoorStore {
  change<T>(eventId: string, passId: string, plan: (facts: PassFacts) => PassPlan<T>): Promise<T>;
  /** A number that is greater than all counts before it. */
  count(): Promise<number>;
  list(eventId: string): Promise<DoorList | null>;
  /** False where an older reply had to be put aside: the list is then to be read once more. */
  addPage(eventId: string, page: ListPage, startedAt: number, completeAtMs: number | null): Promise<boolean>;
  /** Of all events, the oldest first. */
  waiting(): Promise<OwnScan[]>;
  clock(): Promise<ClockOffset | null>;
  setClock(offset: ClockOffset): Promise<void>;
}
