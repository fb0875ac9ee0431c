// The life of a reservation. Pure: no clock, no storage, no await.

export type ReservationState = "held" | "confirmed" | "cancelled" | "expired";

/** `refund_due` and `refunded` are payments that went through for tickets the buyer could not be given. */
export type PaymentState = "pending" | "succeeded" | "failed" | "refund_due" | "refunded";

/** Why a payment failed: the provider's code (`card_declined`) and a sentence for people. */
export interface PaymentFailure {
  readonly code: string;
  readonly message: string;
}

export type PaymentOutcome =
  | { readonly state: "succeeded" }
  | { readonly state: "failed"; readonly failure: PaymentFailure };

export interface Payment {
  readonly id: string;
  /** The buyer's idempotency key: the same key asks for the same payment. */
  readonly key: string;
  /** The provider's name of what to charge. Null where nothing is charged. */
  readonly method: string | null;
  readonly state: PaymentState;
  readonly failure: PaymentFailure | null;
  /** When its present state began. */
  readonly sinceMs: number;
  /** It could not be settled for a day. It is still tried, and keeps its tickets, but somebody should look. */
  readonly needsPerson: boolean;
}

/** How long a payment, or a refund, may stay unsettled before a person is asked to look. */
export const UNSETTLED_TOO_LONG_MS = 24 * 60 * 60_000;

export interface Reservation {
  readonly id: string;
  readonly accountId: string;
  readonly quantity: number;
  /** The price when the hold began, in the currency's minor unit. */
  readonly unitPriceMinor: number;
  readonly currency: string;
  readonly state: ReservationState;
  /** A cancel or an expiry that met a pending payment, and waits for its outcome. */
  readonly releaseAs: "cancelled" | "expired" | null;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  /** Grows by one with each change, so that a copy can tell which state is newer. */
  readonly version: number;
  /** Oldest first. At most one is pending while the reservation is held. */
  readonly payments: readonly Payment[];
}

export type ReservationEvent =
  | { readonly type: "pay"; readonly paymentId: string; readonly key: string; readonly method: string | null }
  /** `stockLeft` is what is available now: a payment that comes through late may take stock again. */
  | {
      readonly type: "settle";
      readonly paymentId: string;
      readonly outcome: PaymentOutcome;
      readonly stockLeft: number;
    }
  | { readonly type: "refunded"; readonly paymentId: string }
  /** The payment is looked at: has it been unsettled for too long? */
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
  | "payment_unknown";

export type Decision =
  | { readonly type: "changed"; readonly reservation: Reservation }
  | { readonly type: "unchanged"; readonly reservation: Reservation }
  | { readonly type: "refused"; readonly refusal: ReservationRefusal };

/** What `event` does to `reservation` at `nowMs`. Replays are answered first, so every caller may retry. */
export function decide(reservation: Reservation, event: ReservationEvent, nowMs: number): Decision {
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
      // The deadline decides, not the alarm: an early alarm releases nothing, a second one finds it done.
      if (reservation.state !== "held" || nowMs < reservation.expiresAtMs) return unchanged(reservation);
      return decideRelease(reservation, "expired");
  }
}

/** What the whole reservation costs, in the currency's minor unit. */
export function totalMinor(reservation: Reservation): number {
  return reservation.unitPriceMinor * reservation.quantity;
}

export function hasPendingPayment(reservation: Reservation): boolean {
  return reservation.payments.some((payment) => payment.state === "pending");
}

/** Whether its tickets went back on sale. */
export function isReleased(reservation: Reservation): boolean {
  return reservation.state === "cancelled" || reservation.state === "expired";
}

/** Whether nothing more is to be expected of it. */
export function isOver({ state, payments }: Reservation): boolean {
  return state !== "held" && !payments.some(isUnsettled);
}

/** Whether the provider still has something to do: charge, or give back. */
export function isUnsettled(payment: Payment): boolean {
  return payment.state === "pending" || payment.state === "refund_due";
}

/** The payment that speaks for the reservation: the one that paid for it, else one to be given back, else the latest. */
export function currentPayment({ payments }: Reservation): Payment | null {
  return (
    payments.find(({ state }) => state === "succeeded") ??
    payments.find(({ state }) => state === "refund_due" || state === "refunded") ??
    payments.at(-1) ??
    null
  );
}

function decidePay(
  reservation: Reservation,
  event: Extract<ReservationEvent, { type: "pay" }>,
  nowMs: number,
): Decision {
  const free = totalMinor(reservation) === 0;
  const method = free ? null : event.method;
  const replayed = reservation.payments.find((payment) => payment.key === event.key);
  if (replayed !== undefined) {
    return replayed.method === method ? unchanged(reservation) : refused("idempotency_key_reused");
  }
  if (reservation.state === "confirmed") return refused("already_confirmed");
  if (reservation.state === "cancelled") return refused("already_cancelled");
  if (reservation.state === "expired") return refused("reservation_expired");
  if (hasPendingPayment(reservation)) return refused("payment_in_progress");
  if (nowMs >= reservation.expiresAtMs) return refused("reservation_expired");
  if (!free && method === null) return refused("payment_method_required");

  const payment: Payment = {
    id: event.paymentId,
    key: event.key,
    method,
    state: free ? "succeeded" : "pending",
    failure: null,
    sinceMs: nowMs,
    needsPerson: false,
  };
  return changed({
    ...reservation,
    state: free ? "confirmed" : "held",
    payments: [...reservation.payments, payment],
  });
}

function decideSettle(
  reservation: Reservation,
  event: Extract<ReservationEvent, { type: "settle" }>,
  nowMs: number,
): Decision {
  const payment = reservation.payments.find((candidate) => candidate.id === event.paymentId);
  if (payment === undefined) return refused("payment_unknown");
  // Success is final. Failure is not: a payment given up on may have gone through after all.
  const settledBefore = payment.state === "failed" ? event.outcome.state === "failed" : payment.state !== "pending";
  if (settledBefore) return unchanged(reservation);
  return event.outcome.state === "succeeded"
    ? decideSucceeded(reservation, payment, event.stockLeft, nowMs)
    : decideFailed(reservation, payment, event.outcome.failure, nowMs);
}

/** A paid buyer gets the tickets, or the money back. Never neither, never both. */
function decideSucceeded(reservation: Reservation, payment: Payment, stockLeft: number, nowMs: number): Decision {
  const owned = reservation.state === "held";
  const takenAgain = reservation.state !== "confirmed" && stockLeft >= reservation.quantity;
  if (!owned && !takenAgain) {
    return changed(withPayment(reservation, inState(payment, "refund_due", nowMs)));
  }
  const paid = withPayment(reservation, inState(payment, "succeeded", nowMs));
  return changed({ ...paid, state: "confirmed", releaseAs: null });
}

function decideFailed(reservation: Reservation, payment: Payment, failure: PaymentFailure, nowMs: number): Decision {
  const failed = withPayment(reservation, { ...inState(payment, "failed", nowMs), failure });
  if (reservation.state !== "held") return changed(failed);
  const releaseAs = reservation.releaseAs ?? (nowMs >= reservation.expiresAtMs ? "expired" : null);
  return changed(releaseAs === null ? failed : { ...failed, state: releaseAs, releaseAs: null });
}

function decideRefunded(reservation: Reservation, paymentId: string, nowMs: number): Decision {
  const payment = reservation.payments.find((candidate) => candidate.id === paymentId);
  if (payment === undefined) return refused("payment_unknown");
  if (payment.state !== "refund_due") return unchanged(reservation);
  return changed(withPayment(reservation, inState(payment, "refunded", nowMs)));
}

/** Nothing is given up: its tickets stay where they are, and it is tried on. */
function decideReview(reservation: Reservation, paymentId: string, nowMs: number): Decision {
  const payment = reservation.payments.find((candidate) => candidate.id === paymentId);
  if (payment === undefined) return refused("payment_unknown");
  const tooLong = isUnsettled(payment) && nowMs >= payment.sinceMs + UNSETTLED_TOO_LONG_MS;
  if (!tooLong || payment.needsPerson) return unchanged(reservation);
  return changed(withPayment(reservation, { ...payment, needsPerson: true }));
}

/** Stock goes back at once, or, while a payment may still succeed, once that payment has failed. */
function decideRelease(reservation: Reservation, as: "cancelled" | "expired"): Decision {
  if (reservation.state === as) return unchanged(reservation);
  if (reservation.state === "confirmed") return refused("already_confirmed");
  if (reservation.state === "cancelled") return refused("already_cancelled");
  if (reservation.state === "expired") return refused("reservation_expired");
  if (!hasPendingPayment(reservation)) return changed({ ...reservation, state: as, releaseAs: null });
  if (reservation.releaseAs !== null) return unchanged(reservation);
  return changed({ ...reservation, releaseAs: as });
}

function inState(payment: Payment, state: PaymentState, sinceMs: number): Payment {
  return { ...payment, state, failure: null, sinceMs, needsPerson: false };
}

function withPayment(reservation: Reservation, replacement: Payment): Reservation {
  const payments = reservation.payments.map((payment) => (payment.id === replacement.id ? replacement : payment));
  return { ...reservation, payments };
}

function changed(reservation: Reservation): Decision {
  return { type: "changed", reservation: { ...reservation, version: reservation.version + 1 } };
}

function unchanged(reservation: Reservation): Decision {
  return { type: "unchanged", reservation };
}

function refused(refusal: ReservationRefusal): Decision {
  return { type: "refused", refusal };
}
