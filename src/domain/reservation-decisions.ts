// The life of a reservation. Pure: no clock, no storage, no await.

import { withLateRefund } from "./late-refunds.ts";
import {
  asCharged,
  asFailed,
  awaitingAction,
  beginPayment,
  inState,
  isSettledBy,
  type Payment,
  type PaymentFailure,
  type PaymentRequest,
  replayOf,
  reviewed,
} from "./payment.ts";
import { choosePrice, offerAt, refuseChosen } from "./price.ts";
import {
  type Decision,
  type HoldRefusal,
  hasPendingPayment,
  isDue,
  type Reservation,
  type ReservationEvent,
  type ReservationRefusal,
  type ReserveEvent,
  totalMinor,
} from "./reservation.ts";
import {
  available,
  isSold,
  type ReservationState,
  refuseReserve,
  type SalePeriod,
  type Stock,
  saleStateOf,
  withoutWindow,
} from "./stock.ts";
import { refuseTerms } from "./terms.ts";

/** What `event` does to `reservation` at `nowMs`. Replays come first: callers may retry. */
export function decide(reservation: Reservation | null, event: ReservationEvent, nowMs: number): Decision {
  if (reservation === null) return refused("reservation_unknown");
  switch (event.type) {
    case "pay":
      return decidePay(reservation, event, nowMs);
    case "settle":
      return decideSettle(reservation, event, nowMs);
    case "action_required":
      return decideActionRequired(reservation, event);
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
  const { reservationId, accountId, orderId, quantity, holdMs, counter } = event;
  if (reservation !== null) {
    const isReplay = reservation.accountId === accountId && reservation.quantity === quantity;
    return isReplay ? unchanged(reservation) : refused({ type: "idempotency_key_reused" });
  }
  const isAtCounter = counter !== undefined;
  const chosen = choosePrice(event.offer.prices, event.codes, event, isAtCounter);
  if ("type" in chosen) return refused(chosen);
  const { price, code } = chosen;
  const offer = offerAt(chosen, event.offer);
  const { requiredTerms, acceptedTerms } = event;
  const rules = isAtCounter ? { ...withoutWindow(offer), maxPerBuyer: null } : offer;
  const refusal =
    refuseChosen(chosen, quantity, isAtCounter) ??
    refuseReserve(offer, rules, quantity, event.ownedByBuyer, nowMs) ??
    // Last: no buyer accepts terms of what they can't have. At the counter people talk.
    (isAtCounter ? null : refuseTerms(requiredTerms, acceptedTerms));
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
      acceptedTerms: isAtCounter ? null : requiredTerms,
      unitPriceMinor: counter?.isFree === true ? 0 : offer.priceMinor,
      currency: offer.currency,
      state: "held",
      releaseAs: null,
      createdAtMs: nowMs,
      expiresAtMs: counter?.expiresAtMs ?? nowMs + holdMs,
      version: 1,
      payments: [],
      givenBack: 0,
      restocked: 0,
      refunds: [],
    },
  };
}

/** Why no payment may begin. No money is taken for an event that was called off or is over. */
export function refusePayment(reservation: Reservation, period: SalePeriod, nowMs: number): ReservationRefusal | null {
  if (!isSold(reservation.state) && period.eventStatus === "cancelled") return "event_cancelled";
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
    ? decideSucceeded(reservation, asCharged(payment, outcome), offer, nowMs)
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
  const { id: reservationId, quantity, unitPriceMinor } = reservation;
  const unpaid = withLateRefund(reservation, payment, [{ reservationId, quantity, unitPriceMinor }], nowMs);
  if (reservation.state !== "held") return changed(unpaid);
  return changed(released(unpaid, offer.eventStatus === "cancelled" ? "cancelled" : "expired"));
}

/** Whether a payment that succeeds now still gets its tickets, or can take them again. */
function canBeConfirmed(reservation: Reservation, offer: Stock & SalePeriod, nowMs: number): boolean {
  const saleState = saleStateOf(offer, nowMs);
  switch (reservation.state) {
    case "confirmed":
    case "refunded":
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

/** A payment that was settled meanwhile waits for nothing. */
function decideActionRequired(
  reservation: Reservation,
  { paymentId, action, eventEndsMs }: Extract<ReservationEvent, { type: "action_required" }>,
): Decision {
  const payment = findPayment(reservation, paymentId);
  if (payment === null) return refused("payment_unknown");
  const after = awaitingAction(payment, action, reservation.expiresAtMs, eventEndsMs);
  return after === payment ? unchanged(reservation) : changed(withPayment(reservation, after));
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
  if (hasPendingPayment(reservation) && reservation.releaseAs !== null) {
    // An expiry leaves buyers their time at the bank; a cancel ends it.
    const isSooner = as === "cancelled" && reservation.releaseAs === "expired" && isActionRequired(reservation);
    return isSooner ? changed({ ...reservation, releaseAs: as }) : unchanged(reservation);
  }
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
    case "refunded":
      return "already_refunded";
    case "cancelled":
      return "already_cancelled";
    case "expired":
      return "reservation_expired";
  }
}

function isActionRequired({ payments }: Reservation): boolean {
  return payments.some(({ action }) => action !== null);
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
