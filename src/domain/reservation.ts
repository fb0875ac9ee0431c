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
import {
  type Choice,
  type Code,
  choosePrice,
  offerAt,
  type PriceRefusal,
  refuseChosen,
  type TicketTypeOffer,
} from "./price.ts";
import {
  available,
  type ReservationState,
  type ReserveRefusal,
  refuseReserve,
  type SalePeriod,
  type Stock,
  saleStateOf,
} from "./stock.ts";

export interface Reservation {
  readonly id: string;
  readonly accountId: string;
  /** The order that it is part of, and that alone pays for it; null for one that was made alone. */
  readonly orderId: string | null;
  readonly quantity: number;
  /** The ticket type's first price: null. */
  readonly priceId: string | null;
  /** The name of the price when the hold began. */
  readonly priceName: string;
  /** The code that opened the price, in its folded form. */
  readonly code: string | null;
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

/** Objects that know no prices leave these out. */
type PriceOfReservation = Pick<Reservation, "priceId" | "priceName" | "code">;

export interface ReservationView
  extends Omit<Reservation, keyof PriceOfReservation | "orderId" | "releaseAs" | "version" | "payments">,
    Partial<PriceOfReservation> {
  readonly ticketTypeId: string;
  /** Objects of version 5 leave it out. */
  readonly orderId?: string | null;
  readonly payment: PaymentView | null;
  /** A cancel waits for the outcome of a payment. Objects of version 3 leave it out. */
  readonly cancelRequested?: boolean;
}

/** A reservation's state or, where its payment says more to a buyer, what that says. */
export type ReservationStatus = ReservationState | "awaiting_payment" | "refunding" | "refunded";

/** A buyer asks for tickets. `codes` are the ticket type's that read like the buyer's. */
export interface ReserveEvent extends Choice {
  readonly reservationId: string;
  readonly accountId: string;
  readonly orderId: string | null;
  readonly quantity: number;
  readonly offer: TicketTypeOffer;
  readonly codes: readonly Code[];
  /** Tickets of this type that the account holds or owns already. */
  readonly ownedByBuyer: number;
  readonly holdMs: number;
}

export type ReservationEvent =
  | ({ readonly type: "pay"; readonly period: SalePeriod } & PaymentRequest)
  /** `offer` is what is on sale now: a payment that succeeds late may take tickets again. */
  | {
      readonly type: "settle";
      readonly paymentId: string;
      readonly outcome: PaymentOutcome;
      readonly offer: Stock & SalePeriod;
    }
  | { readonly type: "refunded"; readonly paymentId: string }
  | { readonly type: "review"; readonly paymentId: string }
  | { readonly type: "cancel" }
  /** Its owner lets go of everything: also what is part of an order. */
  | { readonly type: "let_go" }
  /** The organiser called the event off. */
  | { readonly type: "called_off" }
  | { readonly type: "due" };

export type ReservationRefusal =
  | "reservation_expired"
  | "already_cancelled"
  | "already_confirmed"
  | "event_cancelled"
  | "event_over"
  | "payment_in_progress"
  | "payment_method_required"
  | "idempotency_key_reused"
  | "payment_unknown"
  | "part_of_order"
  | "reservation_unknown";

export type Decision<Refusal = ReservationRefusal> =
  | { readonly type: "changed" | "unchanged"; readonly reservation: Reservation }
  | { readonly type: "refused"; readonly refusal: Refusal };

/** A refusal of a hold. `idempotency_key_reused`: the id was made for another request. */
export type HoldRefusal = ReserveRefusal | PriceRefusal | { readonly type: "idempotency_key_reused" };

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
      if (reservation.orderId !== null) return refused("part_of_order");
      return decideRelease(reservation, "cancelled");
    case "let_go":
      return decideRelease(reservation, isDue(reservation, nowMs) ? "expired" : "cancelled");
    case "called_off":
      if (reservation.state !== "held") return unchanged(reservation);
      return decideRelease(reservation, isDue(reservation, nowMs) ? "expired" : "cancelled");
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
  const { reservationId, accountId, orderId, quantity, ownedByBuyer, holdMs } = event;
  if (reservation !== null) {
    const isReplay = reservation.accountId === accountId && reservation.quantity === quantity;
    return isReplay ? unchanged(reservation) : refused({ type: "idempotency_key_reused" });
  }
  const chosen = choosePrice(event.offer.prices, event.codes, event);
  if ("type" in chosen) return refused(chosen);
  const { price, code } = chosen;
  const offer = offerAt(chosen, event.offer);
  const refusal = refuseChosen(chosen, quantity) ?? refuseReserve(offer, offer, quantity, ownedByBuyer, nowMs);
  if (refusal !== null) return refused(refusal);
  return {
    type: "changed",
    reservation: {
      id: reservationId,
      accountId,
      orderId,
      quantity,
      priceId: price === event.offer.prices[0] ? null : price.id,
      priceName: price.name,
      code: code?.code ?? null,
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
  return {
    ...shown,
    ticketTypeId,
    payment: payment && { state: payment.state, failure: payment.failure },
    cancelRequested: releaseAs === "cancelled",
  };
}

export function statusOf({ state, payment }: Pick<ReservationView, "state" | "payment">): ReservationStatus {
  switch (payment?.state) {
    case "pending":
      return "awaiting_payment";
    case "refund_due":
      return "refunding";
    case "refunded":
      return "refunded";
    default:
      return state;
  }
}

export function isDue({ state, expiresAtMs }: Reservation, nowMs: number): boolean {
  return state === "held" && nowMs >= expiresAtMs;
}

/** Whether its hold should not stand any more: it is due, or its event was called off. */
export function isToRelease(reservation: Reservation, { eventStatus }: SalePeriod, nowMs: number): boolean {
  return isDue(reservation, nowMs) || (reservation.state === "held" && eventStatus === "cancelled");
}

/** Why no payment may begin. No money is taken for an event that was called off or is over. */
export function refusePayment(reservation: Reservation, period: SalePeriod, nowMs: number): ReservationRefusal | null {
  if (reservation.state !== "confirmed" && period.eventStatus === "cancelled") return "event_cancelled";
  if (reservation.state !== "held") return endOf(reservation.state);
  if (hasPendingPayment(reservation)) return "payment_in_progress";
  if (isDue(reservation, nowMs)) return "reservation_expired";
  return period.eventEndsMs !== null && nowMs >= period.eventEndsMs ? "event_over" : null;
}

function decidePay(
  reservation: Reservation,
  { period, ...request }: PaymentRequest & { readonly period: SalePeriod },
  nowMs: number,
): Decision {
  const replay = replayOf(reservation.payments, request, totalMinor(reservation));
  if (replay === "idempotency_key_reused") return refused(replay);
  if (replay !== null) return unchanged(reservation);
  if (reservation.orderId !== null) return refused("part_of_order");
  const refusal = refusePayment(reservation, period, nowMs);
  if (refusal !== null) return refused(refusal);
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
  { paymentId, outcome, offer }: Extract<ReservationEvent, { type: "settle" }>,
  nowMs: number,
): Decision {
  const payment = findPayment(reservation, paymentId);
  if (payment === null) return refused("payment_unknown");
  if (isSettledBy(payment, outcome)) return unchanged(reservation);
  return outcome.state === "succeeded"
    ? decideSucceeded(reservation, payment, offer, nowMs)
    : decideFailed(reservation, payment, outcome.failure, offer, nowMs);
}

/** A paid buyer gets the tickets, or the money back. Never neither, never both. */
function decideSucceeded(
  reservation: Reservation,
  payment: Payment,
  offer: Stock & SalePeriod,
  nowMs: number,
): Decision {
  if (canBeConfirmed(reservation, offer, nowMs)) {
    const paid = withPayment(reservation, inState(payment, "succeeded", nowMs));
    return changed({ ...paid, state: "confirmed", releaseAs: null });
  }
  const unpaid = withPayment(reservation, inState(payment, "refund_due", nowMs));
  if (reservation.state !== "held") return changed(unpaid);
  return changed(released(unpaid, offer.eventStatus === "cancelled" ? "cancelled" : "expired"));
}

/** Whether a payment that succeeds now still gets its tickets, or can take them again. */
function canBeConfirmed(reservation: Reservation, offer: Stock & SalePeriod, nowMs: number): boolean {
  const saleState = saleStateOf(offer, nowMs);
  switch (reservation.state) {
    case "confirmed":
      return false;
    case "held": {
      const isKept = hasPendingPayment(reservation) || !isDue(reservation, nowMs);
      // The buyer paid in time, even if the sale or the event has ended since.
      return isKept ? saleState !== "cancelled" : saleState === "open";
    }
    case "cancelled":
    case "expired":
      return saleState === "open" && available(offer) >= reservation.quantity;
  }
}

/** The hold goes on, or ends as it would have without the payment. */
export function decideFailed(
  reservation: Reservation,
  payment: Payment,
  failure: PaymentFailure,
  { eventStatus }: SalePeriod,
  nowMs: number,
): Decision {
  const failed = withPayment(reservation, asFailed(payment, failure, nowMs));
  if (reservation.state !== "held") return changed(failed);
  if (reservation.releaseAs !== null) return changed(released(failed, reservation.releaseAs));
  if (isDue(reservation, nowMs)) return changed(released(failed, "expired"));
  return changed(eventStatus === "cancelled" ? released(failed, "cancelled") : failed);
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

function decideRelease(reservation: Reservation, as: "cancelled" | "expired"): Decision {
  if (reservation.state === as) return unchanged(reservation);
  if (reservation.state !== "held") return refused(endOf(reservation.state));
  if (hasPendingPayment(reservation) && reservation.releaseAs !== null) return unchanged(reservation);
  return changed(released(reservation, as));
}

/** Stock goes back at once, or, while a payment may still succeed, once that payment has failed. */
function released(held: Reservation, as: "cancelled" | "expired"): Reservation {
  if (hasPendingPayment(held)) return { ...held, releaseAs: held.releaseAs ?? as };
  return { ...held, state: as, releaseAs: null };
}

export function endOf(state: Exclude<ReservationState, "held">): ReservationRefusal {
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

export function withPayment(reservation: Reservation, replacement: Payment): Reservation {
  const payments = reservation.payments.map((payment) => (payment.id === replacement.id ? replacement : payment));
  return { ...reservation, payments };
}

export function changed(reservation: Reservation): Decision<never> {
  return { type: "changed", reservation: { ...reservation, version: reservation.version + 1 } };
}

export function unchanged(reservation: Reservation): Decision<never> {
  return { type: "unchanged", reservation };
}

export function refused<Refusal>(refusal: Refusal): Decision<Refusal> {
  return { type: "refused", refusal };
}
