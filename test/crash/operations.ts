// The history of one ticket type: each call that a client made, when, and its reply.

import type { HoldState, Outcome, PaymentState } from "./hold-model.ts";

export interface History {
  readonly capacity: number;
  /** What a hold may take from as well, by name: prices and codes with so many tickets. */
  readonly caps: Readonly<Record<string, number>>;
  readonly holdMs: number;
  /** The most by which the clients' monotonic clock and the server's may differ. */
  readonly clockToleranceMs: number;
  readonly operations: readonly Operation[];
}

/** It took effect once, from `startMs` to `endMs`, which is Infinity if the answer is unknown. */
export type Operation = Answered & { readonly startMs: number; readonly endMs: number };

export type Answered =
  /** `caps` are those that its price and its code have. */
  | {
      readonly type: "reserve";
      readonly quantity: number;
      readonly caps: readonly string[];
      readonly answer: Granted | SoldOut | UsedUp | NotOnSale;
    }
  | { readonly type: "call_off"; readonly answer: "done" }
  | GivingBack
  | { readonly type: "cancel"; readonly hold: string; readonly answer: CancelAnswer }
  | { readonly type: "pay"; readonly hold: string; readonly outcome: Outcome; readonly answer: PayAnswer }
  | { readonly type: "show"; readonly hold: string; readonly answer: Shown | "not_found" }
  /** Held and sold together, asked of the object itself. */
  | { readonly type: "taken"; readonly answer: number };

/** So many tickets of what is confirmed were given back, and so many of them are on sale again. */
export interface GivingBack {
  readonly type: "refund";
  readonly hold: string;
  readonly quantity: number;
  readonly restocked: number;
  /** Nobody asked for it: the event was called off with refunds. */
  readonly isCallingOff: boolean;
  readonly answer: "done" | (typeof REFUND_REFUSALS)[number];
}

/** It is not sold; and all of it was given back. */
export const REFUND_REFUSALS = ["nothing_paid", "refund_exceeds"] as const;

/** `unknown`: no reply came. It may have happened or not, at any time after its start. */
export type CancelAnswer = (typeof CANCEL_ANSWERS)[number] | "unknown";
export const CANCEL_ANSWERS = [
  "done",
  "deferred",
  // It was confirmed, and has gone back to its buyer's account, now or before.
  "given_back",
  "already_confirmed",
  "already_refunded",
  "reservation_expired",
  "not_found",
] as const;

/** `confirmed`: the tickets are free. */
export type PayAnswer = (typeof PAY_ANSWERS)[number] | "unknown";
export const PAY_ANSWERS = [
  "accepted",
  "confirmed",
  "payment_in_progress",
  "already_confirmed",
  "already_refunded",
  "already_cancelled",
  "reservation_expired",
  "event_cancelled",
  "not_found",
] as const;

/** Says how many were left at that moment, where the least was left. */
export interface SoldOut {
  readonly type: "sold_out";
  readonly available: number;
}

/** Of the code, which is looked at before everything else. */
export interface UsedUp {
  readonly type: "used_up";
  readonly cap: string;
  readonly left: number;
}

/** The event was called off. */
export interface NotOnSale {
  readonly type: "not_on_sale";
}

/** Also where the reply was lost and the reservation found later: its record says when it began. */
export interface Granted {
  readonly type: "granted";
  readonly hold: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  /** Null for a hold that was made alone. */
  readonly order: PartOfOrder | null;
}

/** An order may let go of its holds: for a reason of its own, and at its deadline. */
export interface PartOfOrder {
  /** From when there was such a reason; Infinity where there never was. */
  readonly cancelledFromMs: number;
  /** When the first of its holds ends. */
  readonly expiresAtMs: number;
}

export interface Shown {
  readonly state: HoldState;
  readonly payment: PaymentState | null;
  readonly quantity: number;
  readonly givenBack: number;
  /** Null once it is confirmed. */
  readonly expiresAtMs: number | null;
}

export type Granting = Extract<Operation, { type: "reserve" }> & { readonly answer: Granted };

export function isGranting(operation: Operation): operation is Granting {
  return operation.type === "reserve" && operation.answer.type === "granted";
}
