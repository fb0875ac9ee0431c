// Reservations as tests write and read them: "held, p1 failed, p2 pending, then cancelled".

import { refundsWithLate } from "../../../src/domain/late-refunds.ts";
import type { Payment, PaymentAction, PaymentFailure, PaymentState } from "../../../src/domain/payment.ts";
import type { Decision, Reservation, ReservationEvent } from "../../../src/domain/reservation.ts";
import { decide } from "../../../src/domain/reservation-decisions.ts";
import { decideRefund } from "../../../src/domain/reservation-refunds.ts";
import type { ReservationState, SalePeriod } from "../../../src/domain/stock.ts";

export const DEADLINE = Date.UTC(2031, 4, 1, 18, 15);
export const EARLY = DEADLINE - 1;
export const LATE = DEADLINE + 3_600_000;
/** When the payments began to be as they are. */
export const SINCE = DEADLINE - 600_000;
export const QUANTITY = 2;
const ID = "3k9w0c1v7m2x8q4d-0f3g6h9j2k5m8n1p4q7r";
export const CARD = "pm_card_visa";
export const DECLINED: PaymentFailure = { code: "card_declined", message: "The card was declined." };

export const OPEN: SalePeriod = {
  eventStatus: "published",
  eventEndsMs: null,
  salesStartMs: null,
  salesEndMs: null,
};
export const CALLED_OFF: SalePeriod = { ...OPEN, eventStatus: "cancelled" };
export const OVER: SalePeriod = { ...OPEN, eventEndsMs: SINCE };

/** What a payment waits for: "p1 pending at the bank". */
export const ACTION: PaymentAction = { reference: "pi_1", clientSecret: "pi_1_secret_2", untilMs: DEADLINE };
export const AWAITED = " at the bank";
/** A payment that needs a person: "p1 pending for too long". */
const TOO_LONG = " for too long";
const STATES: readonly ReservationState[] = ["held", "confirmed", "cancelled", "expired", "refunded"];
const RELEASES: readonly NonNullable<Reservation["releaseAs"]>[] = ["cancelled", "expired"];
const PAYMENT_STATES: readonly PaymentState[] = ["pending", "succeeded", "failed", "refund_due", "refunded"];

/**
 * The reservation that `text` describes, frozen all the way down: a decision that writes into it
 * throws.
 */
export function reservation(text: string, unlike: Partial<Reservation> = {}): Reservation {
  const [state, ...parts] = text.split(", ");
  const deferred = parts.find((part) => part.startsWith("then "));
  const payments = parts.filter((part) => part !== deferred).map(payment);
  const wanted = { reservationId: ID, quantity: QUANTITY, unitPriceMinor: 4500 };
  return deepFreeze({
    id: ID,
    accountId: "ada",
    orderId: null,
    quantity: QUANTITY,
    priceId: null,
    priceName: "",
    code: null,
    acceptedTerms: null,
    unitPriceMinor: 4500,
    currency: "EUR",
    state: oneOf(STATES, state),
    releaseAs: deferred === undefined ? null : oneOf(RELEASES, deferred.replace("then ", "")),
    createdAtMs: DEADLINE - 900_000,
    expiresAtMs: DEADLINE,
    version: 7,
    payments,
    givenBack: 0,
    restocked: 0,
    refunds: refundsWithLate({ payments, refunds: [] }, [wanted]),
    ...unlike,
  });
}

export function textOf({ state, payments, releaseAs }: Reservation): string {
  const deferred = releaseAs === null ? [] : [`then ${releaseAs}`];
  return [
    state,
    ...payments.map(({ id, state, needsPerson, action }) => {
      return `${id} ${state}${action === null ? "" : AWAITED}${needsPerson ? TOO_LONG : ""}`;
    }),
    ...deferred,
  ].join(", ");
}

export function outcomeOf(decision: Decision): string {
  switch (decision.type) {
    case "changed":
      return textOf(decision.reservation);
    case "unchanged":
      return `unchanged: ${textOf(decision.reservation)}`;
    case "refused":
      return `refused: ${decision.refusal}`;
  }
}

export function pay(
  paymentId: string,
  method: string | null = CARD,
  key = keyOf(paymentId),
  period = OPEN,
): ReservationEvent {
  return { type: "pay", paymentId, key, method, period };
}

/** With just enough stock left to take the tickets again, unless told otherwise. */
export function succeeded(
  paymentId: string,
  available = QUANTITY,
  period = OPEN,
  reference?: string,
): ReservationEvent {
  const offer = { ...period, capacity: available, held: 0, sold: 0 };
  const outcome = { state: "succeeded", ...(reference === undefined ? {} : { reference }) } as const;
  return { type: "settle", paymentId, outcome, offer };
}

export function failed(paymentId: string, period = OPEN): ReservationEvent {
  const offer = { ...period, capacity: 0, held: 0, sold: 0 };
  return { type: "settle", paymentId, outcome: { state: "failed", failure: DECLINED }, offer };
}

export function review(paymentId: string): ReservationEvent {
  return { type: "review", paymentId };
}

/** The refund of a payment that came too late succeeds. */
export interface Refunded {
  readonly type: "refunded";
  readonly paymentId: string;
}

export function refunded(paymentId: string): Refunded {
  return { type: "refunded", paymentId };
}

/** As `decide`. A payment that has no refund of its own is left as it is. */
export function decideAny(from: Reservation | null, event: ReservationEvent | Refunded, nowMs: number): Decision {
  if (event.type !== "refunded") return decide(from, event, nowMs);
  const { paymentId: attemptId } = event;
  const decision = decideRefund(from, { type: "settle", attemptId, outcome: { state: "succeeded" } }, nowMs);
  if (decision.type !== "refused") return decision;
  if (from === null) return { type: "refused", refusal: "reservation_unknown" };
  const isKnown = from.payments.some(({ id }) => id === attemptId);
  return isKnown ? { type: "unchanged", reservation: from } : { type: "refused", refusal: "payment_unknown" };
}

export function awaited(paymentId: string): Extract<ReservationEvent, { type: "action_required" }> {
  const { reference, clientSecret } = ACTION;
  return { type: "action_required", paymentId, action: { reference, clientSecret }, eventEndsMs: null };
}

export const cancel: ReservationEvent = { type: "cancel" };
export const calledOff: ReservationEvent = { type: "called_off" };
export const due: ReservationEvent = { type: "due" };

export function keyOf(paymentId: string): string {
  return `key of ${paymentId}`;
}

function payment(text: string): Payment {
  const [id = "", word] = text.replace(TOO_LONG, "").split(" ");
  const state = oneOf(PAYMENT_STATES, word);
  const failure = state === "failed" ? DECLINED : null;
  const needsPerson = text.endsWith(TOO_LONG);
  const action = text.includes(AWAITED) ? ACTION : null;
  return { id, key: keyOf(id), method: CARD, state, failure, sinceMs: SINCE, needsPerson, action, reference: null };
}

function oneOf<T extends string>(words: readonly T[], word: string | undefined): T {
  const found = words.find((candidate) => candidate === word);
  if (found === undefined) throw new Error(`"${word}" is none of ${words.join(", ")}`);
  return found;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
