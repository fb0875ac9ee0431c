// The history of one ticket type: each call that a client made, when, and its reply.

import type { HoldState, Outcome, PaymentState } from "./hold-model.ts";

export interface History {
  readonly capacity: number;
  /** How long a hold lasts. */
  readonly holdMs: number;
  /**
   * Calls are timed by the client's monotonic clock, deadlines by the server's. Both run on one
   * machine and from one epoch: this is the most by which they may differ.
   */
  readonly clockToleranceMs: number;
  readonly operations: readonly Operation[];
}

/**
 * It took effect once, somewhere from `startMs` to `endMs`. Where the answer is unknown `endMs` is
 * Infinity.
 */
export type Operation = Answered & { readonly startMs: number; readonly endMs: number };

export type Answered =
  /** `sold_out` says how many were left at that moment. */
  | {
      readonly type: "reserve";
      readonly quantity: number;
      readonly answer:
        | Granted
        | { readonly type: "sold_out"; readonly available: number }
        | { readonly type: "unknown" };
    }
  | { readonly type: "cancel"; readonly hold: string; readonly answer: CancelAnswer }
  | { readonly type: "pay"; readonly hold: string; readonly outcome: Outcome; readonly answer: PayAnswer }
  | { readonly type: "show"; readonly hold: string; readonly answer: Shown | "not_found" }
  /** Held and sold together, asked of the object itself. */
  | { readonly type: "taken"; readonly answer: number };

/** `unknown`: no reply came. It may have happened or not, at any time after its start. */
export type CancelAnswer = (typeof CANCEL_ANSWERS)[number] | "unknown";
export const CANCEL_ANSWERS = ["done", "deferred", "already_confirmed", "reservation_expired", "not_found"] as const;

/** `confirmed`: the tickets are free. */
export type PayAnswer = (typeof PAY_ANSWERS)[number] | "unknown";
export const PAY_ANSWERS = [
  "accepted",
  "confirmed",
  "payment_in_progress",
  "already_confirmed",
  "already_cancelled",
  "reservation_expired",
  "not_found",
] as const;

/**
 * Also where the reply was lost and the reservation was found later: the service's own record says
 * when it began.
 */
export interface Granted {
  readonly type: "granted";
  readonly hold: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

export interface Shown {
  readonly state: HoldState;
  readonly payment: PaymentState | null;
  readonly quantity: number;
  readonly expiresAtMs: number;
}
