// What travels between the Worker and a ticket type's object. Plain data. During a deployment both sides run in two
// versions: fields may be added, never renamed, and who meets a member of a union that it does not know does nothing.

import type { PaymentOutcome, PaymentState } from "../../domain/payment.ts";
import type { ReservationRefusal, ReservationState } from "../../domain/reservation.ts";
import type { PaymentView, ReservationView } from "../../domain/reservation-view.ts";
import type { ChangeRefusal, ReserveRefusal, SaleRules, Stock } from "../../domain/stock.ts";

export interface TicketTypeConfig extends SaleRules {
  readonly ticketTypeId: string;
  readonly capacity: number;
  /** Which version of the event's status `onSale` is from. */
  readonly onSaleVersion: number;
}

/** What became of the event. */
export type SaleNews = Pick<TicketTypeConfig, "onSale" | "onSaleVersion">;

export type TicketTypeChange = Partial<Omit<TicketTypeConfig, "ticketTypeId" | keyof SaleNews>>;

/** What the object knows of its ticket type. `version` grows with each change of any of it. */
export interface TicketTypeState extends TicketTypeConfig, Stock {
  readonly version: number;
}

export type ChangeResult =
  | { readonly ok: true; readonly ticketType: TicketTypeState }
  | { readonly ok: false; readonly refusal: ChangeRefusal | { readonly type: "ticket_unknown" } };

/** The caller makes the id, so that a call that is repeated after a lost reply has one effect. */
export interface ReserveRequest {
  readonly reservationId: string;
  readonly accountId: string;
  readonly quantity: number;
  readonly idempotencyKey: string | null;
}

export type ReserveResult =
  | { readonly ok: true; readonly reservation: ReservationView }
  | { readonly ok: false; readonly refusal: ReserveRefusal | { readonly type: ReserveRequestRefusal } };

export type ReserveRequestRefusal = "ticket_unknown" | "idempotency_key_reused";

/** `reservation_unknown` is also the answer to anyone but the owner. */
export type OwnedRefusal = "reservation_unknown" | ReservationRefusal;

export type FindResult =
  | { readonly ok: true; readonly reservation: ReservationView }
  | { readonly ok: false; readonly refusal: "reservation_unknown" };

/** `deferred`: a payment is pending; the reservation is let go only if that payment fails. */
export type CancelResult =
  | { readonly ok: true; readonly deferred: boolean; readonly reservation: ReservationView }
  | { readonly ok: false; readonly refusal: OwnedRefusal };

/** As for `ReserveRequest`, the caller makes the payment's id. */
export interface PayRequest {
  readonly reservationId: string;
  readonly accountId: string;
  readonly paymentId: string;
  /** One for each payment: the same one asks for the same payment. */
  readonly key: string;
  readonly method: string | null;
  /** The buyer's own, where there is one: its answer is kept, refusals too. Workers of version 1 do not send it. */
  readonly idempotencyKey?: string | null;
}

export type PayResult =
  | { readonly ok: true; readonly reservation: ReservationView; readonly payment: PaymentView }
  | { readonly ok: false; readonly refusal: OwnedRefusal };

/** What the provider is to do for a payment now; `nothing` where it is settled already. */
export type PaymentInstruction =
  /** `sinceMs`: when the payment began, or the refund became due. Objects of version 1 do not say. */
  | { readonly todo: "charge" | "refund"; readonly charge: Charge; readonly sinceMs?: number }
  | { readonly todo: "nothing" }
  | { readonly todo: "unknown" };

export interface Charge {
  /** Unique, and the provider's idempotency key. */
  readonly paymentId: string;
  readonly reservationId: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly method: string;
}

export interface Settlement {
  readonly paymentId: string;
  readonly outcome: PaymentOutcome | { readonly state: "refunded" };
}

export type SettleResult =
  | { readonly ok: true; readonly state: ReservationState }
  | { readonly ok: false; readonly refusal: ReservationRefusal };

/** A reservation as its row in D1 should be. */
export interface ReservationCopy {
  readonly id: string;
  readonly ticketTypeId: string;
  readonly accountId: string;
  readonly quantity: number;
  readonly unitPriceMinor: number;
  readonly currency: string;
  readonly state: ReservationState;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly version: number;
  readonly paymentState: PaymentState | null;
  readonly paymentFailureCode: string | null;
  readonly paymentFailureMessage: string | null;
  readonly unsettled: boolean;
  readonly unresolvedPaymentId: string | null;
  readonly unresolvedPaymentState: "pending" | "refund_due" | null;
  readonly unresolvedSinceMs: number | null;
}

/** A reservation with what the object knows of its payments: what others say of it is held against this. */
export interface AuditedReservation {
  readonly copy: ReservationCopy;
  /** Those that money was asked for. */
  readonly payments: readonly { readonly id: string; readonly state: PaymentState }[];
}

/** Part of an object's books. */
export interface AuditPage {
  readonly ticketType: TicketTypeState;
  /** What the reservations add up to, where that was asked; `ticketType` has the counters, which should say the same. */
  readonly counted: { readonly held: number; readonly sold: number } | null;
  /** By id. */
  readonly reservations: readonly AuditedReservation[];
  /** Whether there are more after these. */
  readonly more: boolean;
}

/** Which part: those after an id, at most `limit`; or those with these ids. To count goes through all that are sold. */
export type AuditQuestion = { readonly count: boolean } & (
  | { readonly after: string; readonly limit: number }
  | { readonly ids: readonly string[] }
);

/** Copies that are wrong although their version is not old: they are made anew, with a version above the wrong one. */
export interface Republication {
  readonly reservations: readonly { readonly id: string; readonly aboveVersion: number }[];
  /** Null leaves the ticket type's own copy as it is. */
  readonly ticketTypeAboveVersion: number | null;
}

/** A message of the `payments` queue. It says where to ask; what to do is known to the object alone. */
export interface PaymentMessage {
  readonly ticketTypeId: string;
  readonly paymentId: string;
}
