// The life of a reservation. Pure: no clock, no storage, no await.

import {
  asFailed,
  beginPayment,
  currentPayment,
  inState,
  isSettledBy,
  isUnsettled,
  type Payment,
  type PaymentFailure,
  type PaymentOutcome,
  type PaymentRequest,
  replayOf,
  reviewed,
} from "./payment.ts";
import { type ReservationState, type ReserveRefusal, refuseReserve, type SaleRules, type Stock } from "./stock.ts";

export interface Reservation {
  readonly id: string;
  readonly accountId: string;
  readonly quantity: number;
  /** The price when the hold began, in the currency's minor unit. */
  readonly unitPriceMinor: number;
  readonly currency: string;
  readonly state: ReservationState;
  /** A cancel or an expiry that met a pending payment and waits for its outcome. */
  readonly releaseAs: "cancelled" | "expired" | null;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  /** Grows by one with each change, so that a copy can tell which state is newer. */
  readonly version: number;
  /** Oldest first. At most one is pending while the reservation is held. */
  readonly payments: readonly Payment[];
}

/** What others may see of a payment, and of a reservation: in RPC, in replies, and over sockets. */
export type PaymentView = Pick<Payment, "state" | "failure">;

export interface ReservationView extends Omit<Reservation, "releaseAs" | "version" | "payments"> {
  readonly ticketTypeId: string;
  readonly payment: PaymentView | null;
}

/** A buyer asks for tickets. `offer` is the ticket type's current stock and sale rules. */
export interface ReserveEvent {
  readonly reservationId: string;
  readonly accountId: string;
  readonly quantity: number;
  readonly offer: Stock & SaleRules;
  /** Tickets of this type that the account holds or owns already. */
  readonly ownedByBuyer: number;
  readonly holdMs: number;
}

export type ReservationEvent =
  | ({ readonly type: "pay" } & PaymentRequest)
  /** `available` is the stock now: a payment that succeeds late may take tickets again. */
  | {
      readonly type: "settle";
      readonly paymentId: string;
      readonly outcome: PaymentOutcome;
      readonly available: number;
    }
  | { readonly type: "refunded"; readonly paymentId: string }
  | { readonly type: "review"; readonly paymentId: string }
  | { readonly type: "cancel" }
  | { readonly type: "due" };

export type ReservationRefusal =
  | "reservation_expired"
  | "already_cancelled"
  | "already_confirmed"
  | "payment_in_progress"
  | "payment_method_required"
  | "idempotency_key_reused"
  | "payment_unknown"
  | "reservation_unknown";

export type Decision<Refusal = ReservationRefusal> =
  | { readonly type: "changed" | "unchanged"; readonly reservation: Reservation }
  | { readonly type: "refused"; readonly refusal: Refusal };

/** A refusal of a hold. `idempotency_key_reused`: the id was made for another request. */
export type HoldRefusal = ReserveRefusal | { readonly type: "idempotency_key_reused" };

/** What `event` does to `reservation` at `nowMs`. Replays come first: callers may retry. */
export function decide(reservation: Reservation | null, event: ReservationEvent, nowMs: number): Decision {
  if (reservation === null) return refused("reservation_unknown");
  switch (event.type) {
    case "pay":
      return decidePay(reservation, event, nowMs);
    case "settle":
      return decideSettle(reservation, event, nowMs);
    case "refunded":
      return decideRefunded(reservation, event.paymentId, nowMs);
    case "review":
      return decideReview(reservation, event.paymentId, nowMs);
    case "cancel":
      return decideRelease(reservation, "cancelled");
    case "due":
      // The deadline decides, not the alarm: an early alarm releases nothing.
      return isDue(reservation, nowMs) ? decideRelease(reservation, "expired") : unchanged(reservation);
  }
}

/** A new hold, or a replay where `reservation` is there already. */
export function decideReserve(
  reservation: Reservation | null,
  event: ReserveEvent,
  nowMs: number,
): Decision<HoldRefusal> {
  const { reservationId, accountId, quantity, offer, ownedByBuyer, holdMs } = event;
  if (reservation !== null) {
    const isReplay = reservation.accountId === accountId && reservation.quantity === quantity;
    return isReplay ? unchanged(reservation) : refused({ type: "idempotency_key_reused" });
  }
  const refusal = refuseReserve(offer, offer, quantity, ownedByBuyer, nowMs);
  if (refusal !== null) return refused(refusal);
  return {
    type: "changed",
    reservation: {
      id: reservationId,
      accountId,
      quantity,
      unitPriceMinor: offer.priceMinor,
      currency: offer.currency,
      state: "held",
      releaseAs: null,
      createdAtMs: nowMs,
      expiresAtMs: nowMs + holdMs,
      version: 1,
      payments: [],
    },
  };
}

/** What the whole reservation costs, in the currency's minor unit. */
export function totalMinor({ unitPriceMinor, quantity }: Pick<Reservation, "unitPriceMinor" | "quantity">): number {
  return unitPriceMinor * quantity;
}

export function hasPendingPayment({ payments }: Reservation): boolean {
  return payments.some(({ state }) => state === "pending");
}

/** Whether its tickets went back on sale. */
export function isReleased({ state }: Reservation): boolean {
  return state === "cancelled" || state === "expired";
}

/** Whether nothing can change it any more. */
export function isOver({ state, payments }: Reservation): boolean {
  return state !== "held" && !payments.some(isUnsettled);
}

export function viewOf(reservation: Reservation, ticketTypeId: string): ReservationView {
  const { releaseAs, version, payments, ...shown } = reservation;
  const payment = currentPayment(payments);
  return { ...shown, ticketTypeId, payment: payment && { state: payment.state, failure: payment.failure } };
}

export function isDue({ state, expiresAtMs }: Reservation, nowMs: number): boolean {
  return state === "held" && nowMs >= expiresAtMs;
}

function decidePay(reservation: Reservation, request: PaymentRequest, nowMs: number): Decision {
  const replay = replayOf(reservation.payments, request, totalMinor(reservation));
  if (replay === "idempotency_key_reused") return refused(replay);
  if (replay !== null) return unchanged(reservation);
  if (reservation.state !== "held") return refused(endOf(reservation.state));
  if (hasPendingPayment(reservation)) return refused("payment_in_progress");
  if (isDue(reservation, nowMs)) return refused("reservation_expired");
  const payment = beginPayment(request, totalMinor(reservation), nowMs);
  if (payment === "payment_method_required") return refused(payment);
  return changed({
    ...reservation,
    state: payment.state === "succeeded" ? "confirmed" : "held",
    payments: [...reservation.payments, payment],
  });
}

function decideSettle(
  reservation: Reservation,
  { paymentId, outcome, available }: Extract<ReservationEvent, { type: "settle" }>,
  nowMs: number,
): Decision {
  const payment = findPayment(reservation, paymentId);
  if (payment === null) return refused("payment_unknown");
  if (isSettledBy(payment, outcome)) return unchanged(reservation);
  return outcome.state === "succeeded"
    ? decideSucceeded(reservation, payment, available, nowMs)
    : decideFailed(reservation, payment, outcome.failure, nowMs);
}

/** A paid buyer gets the tickets, or the money back. Never neither, never both. */
function decideSucceeded(reservation: Reservation, payment: Payment, available: number, nowMs: number): Decision {
  const isTakenAgain = isReleased(reservation) && available >= reservation.quantity;
  if (reservation.state !== "held" && !isTakenAgain) {
    return changed(withPayment(reservation, inState(payment, "refund_due", nowMs)));
  }
  const paid = withPayment(reservation, inState(payment, "succeeded", nowMs));
  return changed({ ...paid, state: "confirmed", releaseAs: null });
}

function decideFailed(reservation: Reservation, payment: Payment, failure: PaymentFailure, nowMs: number): Decision {
  const failed = withPayment(reservation, asFailed(payment, failure, nowMs));
  if (reservation.state !== "held") return changed(failed);
  const releaseAs = reservation.releaseAs ?? (isDue(reservation, nowMs) ? "expired" : null);
  return changed(releaseAs === null ? failed : { ...failed, state: releaseAs, releaseAs: null });
}

function decideRefunded(reservation: Reservation, paymentId: string, nowMs: number): Decision {
  const payment = findPayment(reservation, paymentId);
  if (payment === null) return refused("payment_unknown");
  if (payment.state !== "refund_due") return unchanged(reservation);
  return changed(withPayment(reservation, inState(payment, "refunded", nowMs)));
}

/** Releases nothing: the tickets stay where they are, and the service keeps trying. */
function decideReview(reservation: Reservation, paymentId: string, nowMs: number): Decision {
  const payment = findPayment(reservation, paymentId);
  if (payment === null) return refused("payment_unknown");
  const after = reviewed(payment, nowMs);
  return after === payment ? unchanged(reservation) : changed(withPayment(reservation, after));
}

/** Stock goes back at once, or, while a payment may still succeed, once that payment has failed. */
function decideRelease(reservation: Reservation, as: "cancelled" | "expired"): Decision {
  if (reservation.state === as) return unchanged(reservation);
  if (reservation.state !== "held") return refused(endOf(reservation.state));
  if (!hasPendingPayment(reservation)) return changed({ ...reservation, state: as, releaseAs: null });
  if (reservation.releaseAs !== null) return unchanged(reservation);
  return changed({ ...reservation, releaseAs: as });
}

function endOf(state: Exclude<ReservationState, "held">): ReservationRefusal {
  switch (state) {
    case "confirmed":
      return "already_confirmed";
    case "cancelled":
      return "already_cancelled";
    case "expired":
      return "reservation_expired";
  }
}

function findPayment({ payments }: Reservation, paymentId: string): Payment | null {
  return payments.find(({ id }) => id === paymentId) ?? null;
}

function withPayment(reservation: Reservation, replacement: Payment): Reservation {
  const payments = reservation.payments.map((payment) => (payment.id === replacement.id ? replacement : payment));
  return { ...reservation, payments };
}

function changed(reservation: Reservation): Decision<never> {
  return { type: "changed", reservation: { ...reservation, version: reservation.version + 1 } };
}

function unchanged(reservation: Reservation): Decision<never> {
  return { type: "unchanged", reservation };
}

function refused<Refusal>(refusal: Refusal): Decision<Refusal> {
  return { type: "refused", refusal };
}
