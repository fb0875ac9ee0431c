// One scan of this device, from when a code is read until the service has answered. Pure.

import { type Direction, letsPass, type Outcome } from "./outcome.ts";

export interface OwnScan {
  /** Made once. Every request about this scan has it, so the service counts it once. */
  readonly key: string;
  readonly eventId: string;
  readonly passId: string;
  /** Null where the crew looked the pass up, because its holder has lost the code. */
  readonly code: string | null;
  /** Of the code; 0 where there is none. */
  readonly generation: number;
  readonly gate: string;
  readonly direction: Direction;
  /** By the service's clock, as far as the device knew it. */
  readonly atMs: number;
  /** A request without a time went out, so the service may have decided by it. */
  readonly isAsked: boolean;
  /** What the crew saw; null while they have seen nothing. */
  readonly shown: Outcome | null;
  /** What the service answered; null while the device does not know it. */
  readonly answer: Outcome | null;
  /** The crew has read the concern about it. */
  readonly isSettled: boolean;
  /** A manager has taken the admission back. */
  readonly isTakenBack: boolean;
}

/** Somebody passed by the device's own decision, and the service has yet to hear of it. */
export function isWaiting({ shown, answer }: OwnScan): boolean {
  return shown !== null && letsPass(shown) && answer === null;
}

/**
 * The service may have decided, and nobody has passed: the reply was lost. A repeat asks with the
 * same key, so a person whom the service has let in is not refused for it.
 */
export function isOpen({ isAsked, shown, answer }: OwnScan): boolean {
  return isAsked && answer === null && (shown === null || !letsPass(shown));
}

/** What the crew should look at, once the service has answered to what the device had decided. */
export type Concern =
  /** Somebody is inside whom the service would have refused. */
  | { readonly type: "refused_later"; readonly answer: Outcome }
  /** Somebody else went in later with the same pass, at another gate that was online. */
  | { readonly type: "two_inside"; readonly atMs: number; readonly gate: string };

export function concernOf({ shown, answer, isSettled, isTakenBack }: OwnScan): Concern | null {
  if (isSettled || isTakenBack || shown === null || answer === null || !letsPass(shown)) return null;
  if (!letsPass(answer)) return { type: "refused_later", answer };
  return answer.displaced === null ? null : { type: "two_inside", ...answer.displaced };
}
