// How an event was called off: what its organiser says to the buyers, and whether they get their
// money back. Pure.

import type { EventStatus } from "./stock.ts";

export interface Cancellation {
  /** Everything that was sold is refunded. */
  readonly refund: boolean;
  /** Empty where nothing was said. */
  readonly message: string;
  /** Null where that is not known. */
  readonly atMs: number | null;
}

/** `message`: left out to say nothing more. */
export interface CancellationRequest {
  readonly refund: boolean;
  readonly message?: string | undefined;
}

/** Buyers know something else already. */
export interface CalledOffOtherwise extends Cancellation {
  readonly type: "called_off_otherwise";
}

/** Of an event that was called off before anything was kept of it. */
export const NOTHING_SAID: Cancellation = { refund: false, message: "", atMs: null };

/** How an event was called off; null while it is not. */
export function cancellationOf(event: {
  readonly status: EventStatus;
  readonly cancellation: Cancellation | null;
}): Cancellation | null {
  return event.status === "cancelled" ? (event.cancellation ?? NOTHING_SAID) : null;
}

/**
 * The event's cancellation after `request`; the same one where that changes nothing. `kept`: null
 * while it is not called off. Refunds may be added, and a message where there is none: what was
 * promised or said stays.
 */
export function decideCancellation(
  kept: Cancellation | null,
  { refund, message }: CancellationRequest,
  nowMs: number,
): Cancellation | CalledOffOtherwise {
  if (kept === null) return { refund, message: message ?? "", atMs: nowMs };
  const said = message ?? kept.message;
  const isOtherwise = (kept.refund && !refund) || (kept.message !== "" && said !== kept.message);
  if (isOtherwise) return { type: "called_off_otherwise", ...kept };
  const isSame = kept.refund === refund && kept.message === said;
  return isSame ? kept : { ...kept, refund, message: said };
}
