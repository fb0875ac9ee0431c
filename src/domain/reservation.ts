// A reservation: what it is, what may happen to it, and what others see of it. Pure.

import type { CounterTerms } from "./counter.ts";
import {
  currentPayment,
  isUnsettled,
  type Payment,
  type PaymentOutcome,
  type PaymentRequest,
  type PaymentView,
  paymentViewOf,
  type RequiredAction,
} from "./payment.ts";
import type { Choice, Code, PriceRefusal, TicketTypeOffer } from "./price.ts";
import { isUnderWay, type Refund, type RefundView, refundViewOf } from "./refund.ts";
import type { ReservationState, ReserveRefusal, SalePeriod, Stock } from "./stock.ts";
import type { TermsRefusal } from "./terms.ts";

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
  /** The version of its event's terms that the buyer accepted with the hold; null for none. */
  readonly acceptedTerms: string | null;
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
  /** Tickets of it that were given back, and how many of those are on sale again. */
  readonly givenBack: number;
  readonly restocked: number;
  /** Oldest first. Those of an order are the order's. */
  readonly refunds: readonly Refund[];
}

/** Objects that know no prices leave these out. */
type PriceOfReservation = Pick<Reservation, "priceId" | "priceName" | "code">;

/** What others may see of it: in RPC, in replies, and over sockets. */
export interface ReservationView
  extends Omit<
      Reservation,
      | keyof PriceOfReservation
      | "orderId"
      | "acceptedTerms"
      | "releaseAs"
      | "version"
      | "payments"
      | "givenBack"
      | "restocked"
      | "refunds"
    >,
    Partial<PriceOfReservation> {
  readonly ticketTypeId: string;
  /** Objects of version 5 leave it out. */
  readonly orderId?: string | null;
  /** Objects of version 9 leave it out. */
  readonly acceptedTerms?: string | null;
  readonly payment: PaymentView | null;
  /** A cancel waits for the outcome of a payment. Objects of version 3 leave it out. */
  readonly cancelRequested?: boolean;
  /** Objects of version 6 leave them out. */
  readonly givenBack?: number;
  readonly refunds?: readonly RefundView[];
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
  /** The version of the event's terms that a buyer has to accept; null for none. */
  readonly requiredTerms: string | null;
  readonly acceptedTerms: string | null;
  readonly codes: readonly Code[];
  /** Tickets of this type that the account holds or owns already. */
  readonly ownedByBuyer: number;
  readonly holdMs: number;
  /** Left out of what a buyer reserves. */
  readonly counter?: CounterTerms | undefined;
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
  /** The provider charges once the buyer has confirmed that at the bank. */
  | {
      readonly type: "action_required";
      readonly paymentId: string;
      readonly action: RequiredAction;
      /** Null where that is not known. */
      readonly eventEndsMs: number | null;
    }
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
  | "already_refunded"
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
export type HoldRefusal = ReserveRefusal | PriceRefusal | TermsRefusal | { readonly type: "idempotency_key_reused" };

/** What the whole reservation costs, in the currency's minor unit. */
export function totalMinor({ unitPriceMinor, quantity }: Pick<Reservation, "unitPriceMinor" | "quantity">): number {
  return unitPriceMinor * quantity;
}

export function hasPendingPayment({ payments }: Reservation): boolean {
  return payments.some(({ state }) => state === "pending");
}

/** Whether a charge that waits for the buyer is cancelled before the buyer's time is over. */
export function isToEnd({ state, releaseAs }: Reservation, { action }: Payment): boolean {
  return action !== null && (state !== "held" || releaseAs === "cancelled");
}

/** Whether its tickets went back on sale. */
export function isReleased({ state }: Reservation): boolean {
  return state === "cancelled" || state === "expired";
}

/** Whether nothing can change it any more. */
export function isOver({ state, payments, refunds }: Reservation): boolean {
  return state !== "held" && !payments.some(isUnsettled) && !refunds.some(isUnderWay);
}

export function viewOf(reservation: Reservation, ticketTypeId: string): ReservationView {
  const { releaseAs, version, payments, restocked, refunds, ...shown } = reservation;
  const payment = currentPayment(payments);
  return {
    ...shown,
    ticketTypeId,
    payment: payment && paymentViewOf(payment, isToEnd(reservation, payment)),
    cancelRequested: releaseAs === "cancelled",
    refunds: refunds.map(refundViewOf),
  };
}

export function statusOf({
  state,
  payment,
  refunds = [],
}: Pick<ReservationView, "state" | "payment" | "refunds">): ReservationStatus {
  switch (payment?.state) {
    case "pending":
      return "awaiting_payment";
    case "refund_due":
      return "refunding";
    case "refunded":
      return "refunded";
    default:
      return state === "refunded" && refunds.some((refund) => refund.state !== "succeeded") ? "refunding" : state;
  }
}

export function isDue({ state, expiresAtMs }: Reservation, nowMs: number): boolean {
  return state === "held" && nowMs >= expiresAtMs;
}

/** Whether its hold should not stand any more: it is due, or its event was called off. */
export function isToRelease(reservation: Reservation, { eventStatus }: SalePeriod, nowMs: number): boolean {
  return isDue(reservation, nowMs) || (reservation.state === "held" && eventStatus === "cancelled");
}
