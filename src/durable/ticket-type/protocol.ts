// Plain data between Worker and object. During a deployment their versions differ: fields may be
// added, never renamed, and an unknown member of a union fails the call.

import type { WithdrawalRefusal } from "../../domain/catalogue.ts";
import type { CounterTerms } from "../../domain/counter.ts";
import type { IfMatch, PreconditionRefusal } from "../../domain/edition.ts";
import type { Payment, PaymentOutcome, PaymentRequest, PaymentView, RequiredAction } from "../../domain/payment.ts";
import type { Choice, PriceChangeRefusal, PriceRefusal, PriceRules, TicketTypeOffer } from "../../domain/price.ts";
import type { RefundOutcome, RefundRequest, RefundView } from "../../domain/refund.ts";
import type { ReservationRefusal, ReservationView } from "../../domain/reservation.ts";
import type { ReservationRefundRefusal } from "../../domain/reservation-refunds.ts";
import type { ChangeRefusal, EventStatus, ReservationState, ReserveRefusal, SaleRules } from "../../domain/stock.ts";
import type { TermsRefusal } from "../../domain/terms.ts";
import type { passes, reservations } from "../../platform/d1/schema/copies.ts";
import type { PassTotal, Total } from "../../platform/totals.ts";
import type { AwaitedCharge } from "../shared/awaited.ts";
import type { RefundInstruction } from "../shared/refund-instructions.ts";

export type { RefundInstruction, RefundTask } from "../shared/refund-instructions.ts";

export type Result<Success, Refusal> =
  | ({ readonly ok: true } & Success)
  | { readonly ok: false; readonly refusal: Refusal };

/**
 * What the sale must know of its event. Workers of version 2 leave out its status and end, those of
 * version 9 its terms.
 */
export interface SaleNews {
  /** Whether the event is published. */
  readonly onSale: boolean;
  /** Grows with each change of the event's status, end or terms. */
  readonly onSaleVersion: number;
  readonly eventStatus?: EventStatus;
  readonly eventEndsMs?: number | null;
  /** The version of the terms that a buyer has to accept; null for none. */
  readonly termsVersion?: string | null;
  /** Until when buyers may give back; null: not at all. Workers of version 6 leave it out. */
  readonly refundableUntilMs?: number | null;
  /** All that was sold is refunded: see `TicketTypeState`. Workers of version 6 leave it out. */
  readonly refunding?: string | null;
  /** When the event starts, and what the door must know. Workers of version 6 leave them out. */
  readonly eventStartsMs?: number | null;
  readonly doorsOpenAtMs?: number | null;
  readonly reentry?: boolean;
}

type OwnRules = Omit<SaleRules, keyof SaleNews>;

/** `prices`: all, if there are several. The first has the ticket type's id and `priceMinor`. */
export interface TicketTypeConfig extends OwnRules, SaleNews {
  readonly ticketTypeId: string;
  readonly capacity: number;
  readonly prices?: readonly PriceRules[];
}

export type TicketTypeChange = Partial<OwnRules & Pick<TicketTypeConfig, "capacity">>;

/** What buyers read of a ticket type. D1 owns it; a change of it goes through the object. */
export interface TicketTypeTexts {
  readonly name: string;
  readonly description: string;
  readonly hidden: boolean;
}

/** Goes with a change. Workers of version 2 leave it out, and write texts to D1 themselves. */
export interface Edit {
  /** The caller makes it, so that a call repeated after a lost reply finds its own change. */
  readonly edition: string;
  readonly ifMatch: IfMatch;
  readonly texts: Partial<TicketTypeTexts>;
}

/** The ticket type as its object has it. `version` grows with each change. */
export interface TicketTypeState extends TicketTypeOffer {
  readonly ticketTypeId: string;
  readonly onSale: boolean;
  readonly onSaleVersion: number;
  /** The version that had `eventStatus` and `eventEndsMs` with it; 0 where none had. */
  readonly eventVersion: number;
  readonly termsVersion: string | null;
  /** Until when buyers may give back what they bought; null: not at all. */
  readonly refundableUntilMs: number | null;
  /**
   * The ids of the event's ticket types, with spaces between them, once it was called off and all
   * that was sold is refunded; null otherwise.
   */
  readonly refunding: string | null;
  /** Null where it was not announced yet. */
  readonly eventStartsMs: number | null;
  /** From when passes are let in; null: whenever they are scanned. */
  readonly doorsOpenAtMs: number | null;
  /** Whether who went out may come in again with the same pass. */
  readonly reentry: boolean;
  readonly version: number;
  /** Another one with each change by an organiser, and never by a sale. */
  readonly edition: string;
  /** The last changes of texts, for D1 to copy with the edition. */
  readonly newTexts: Partial<TicketTypeTexts>;
}

export type ChangeResult = Result<
  { readonly ticketType: TicketTypeState },
  ChangeRefusal | PreconditionRefusal | { readonly type: "ticket_unknown" }
>;

export type PriceChangeResult = Result<
  { readonly ticketType: TicketTypeState },
  PriceChangeRefusal | { readonly type: "ticket_unknown" }
>;

/** Codes that are made together. A batch with the same id is the same batch. */
export interface CodeBatch {
  readonly id: string;
  readonly priceId: string;
  /** Folded, and different. `maxUses`: tickets; null for no limit. */
  readonly codes: readonly { readonly code: string; readonly maxUses: number | null }[];
}

/** `seq` grows with each code that is made. */
export interface ListedCode {
  readonly seq: number;
  readonly code: string;
  readonly maxUses: number | null;
  readonly uses: number;
}

export type CodesRefusal =
  | { readonly type: "ticket_unknown" }
  | { readonly type: "no_such_price" }
  | { readonly type: "too_many_codes" }
  /** `code` opens the price already. */
  | { readonly type: "code_exists"; readonly code: string };

export type CodesResult = Result<{ readonly codes: readonly ListedCode[] }, CodesRefusal>;

/** What a buyer's code opens. */
export type OpenedResult = Result<
  { readonly priceIds: readonly string[] },
  PriceRefusal | { readonly type: "ticket_unknown" }
>;

export type RetireResult = Result<object, WithdrawalRefusal | PreconditionRefusal>;

/**
 * The caller makes the id, so that a call repeated after a lost reply has one effect. Workers of
 * version 3 name neither price nor code.
 */
export interface ReserveRequest extends Partial<Choice> {
  readonly reservationId: string;
  readonly accountId: string;
  readonly quantity: number;
  readonly idempotencyKey: string | null;
  /** The order that it is part of. Left out of what is reserved alone. */
  readonly orderId?: string | null;
  /** The version of the event's terms that the buyer accepts. */
  readonly acceptedTerms?: string | null;
  /** Left out of what a buyer reserves. */
  readonly counter?: CounterTerms;
}

/** The key was used before, by another call: this is its reply. Older objects leave it out. */
interface Replayable {
  readonly isReplay?: boolean;
}

export type ReserveResult = Result<
  Replayable & { readonly reservation: ReservationView },
  ReserveRefusal | PriceRefusal | TermsRefusal | { readonly type: ReserveRequestRefusal }
>;

export type ReserveRequestRefusal = "ticket_unknown" | "idempotency_key_reused";

export type FindResult = Result<{ readonly reservation: ReservationView }, "reservation_unknown">;

/** `reservation_unknown`: to all but the owner. `deferred`: only if the payment fails. */
export type CancelResult =
  | Result<{ readonly deferred: boolean; readonly reservation: ReservationView }, ReservationRefusal>
  | TakesBack;

/** It can't be cancelled any more, but `giveBack` may take it. Older objects do not say so. */
export interface TakesBack {
  readonly ok: false;
  readonly refusal: "already_confirmed" | "already_refunded";
  readonly takesBack: true;
}

export interface PayRequest extends PaymentRequest {
  readonly reservationId: string;
  readonly accountId: string;
  /** The key that the buyer sent, if any. Workers of version 1 do not send it. */
  readonly idempotencyKey?: string | null;
}

export type PayResult = Result<
  Replayable & { readonly reservation: ReservationView; readonly payment: PaymentView },
  ReservationRefusal
>;

/** `refund`: as it is now, or as it was made for a replay. */
export type RefundResult = Result<
  { readonly reservation: ReservationView; readonly refund: RefundView; readonly isReplay: boolean },
  ReservationRefundRefusal
>;

/** `held`: tickets that a payment keeps. `toRefund`: reservations that are confirmed. */
export interface LeftOfCallingOff extends Pick<TicketTypeState, "held" | "sold"> {
  readonly toRefund: number;
}

/** What the provider is to do for a payment now; `nothing` for one that is settled. */
export type PaymentInstruction =
  | RefundInstruction
  | {
      readonly todo: "charge";
      readonly charge: Charge;
      /** When it began. Objects of version 1 leave it out. */
      readonly sinceMs?: number;
      /** Of a charge that waits for its buyer. Workers that do not know it cancel such a charge. */
      readonly awaited?: AwaitedCharge;
    }
  /** `hasFailed`: it should not succeed any more. Earlier objects leave it out. */
  | { readonly todo: "nothing"; readonly hasFailed?: boolean }
  | { readonly todo: "unknown" };

export interface Charge {
  /** Unique. It is the provider's idempotency key. */
  readonly paymentId: string;
  /** What it pays for: a reservation or, if an order's object says so, that order. */
  readonly reservationId: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly method: string;
  /** The provider's own id of the charge, where it is known. */
  readonly reference?: string;
}

export interface Settlement {
  readonly paymentId: string;
  /** `refunded`: a refund that has succeeded, of an object or by a Worker that knows no other. */
  readonly outcome: PaymentOutcome | { readonly state: "refunded" } | RefundSettlement;
}

/** Of a refund: then `paymentId` is that of its attempt. */
export interface RefundSettlement {
  readonly state: "refund";
  readonly refund: RefundOutcome;
}

/** What an organiser gives back. */
export interface RefundCall {
  readonly reservationId: string;
  readonly request: RefundRequest;
}

/** A charge that waits for its buyer. */
export interface ActionRequired {
  readonly paymentId: string;
  readonly action: RequiredAction;
}

export type SettleResult = Result<{ readonly state: ReservationState }, ReservationRefusal>;

/** The row that D1 should have for a reservation. */
export type ReservationCopy = typeof reservations.$inferSelect;

/** The row that D1 should have for a pass that something has happened to. */
export type PassCopy = typeof passes.$inferSelect;

/**
 * A reservation for reconciliation: its row, its payments that were to be charged, and its parts of
 * its order's payments, which objects of version 3 leave out.
 */
export interface AuditedReservation {
  readonly copy: ReservationCopy;
  readonly payments: readonly Pick<Payment, "id" | "state">[];
  readonly parts?: readonly Pick<Payment, "id" | "state">[];
  /** Objects of version 6 leave them out. */
  readonly passes?: readonly PassCopy[];
}

export interface AuditPage {
  readonly ticketType: TicketTypeState;
  /** Sums over all reservations, if requested. The counters in `ticketType` should equal them. */
  readonly counted: { readonly held: number; readonly sold: number } | null;
  /** Ordered by id. */
  readonly reservations: readonly AuditedReservation[];
  readonly more: boolean;
}

/** `count` reads every held or sold reservation. */
export type AuditQuestion = { readonly count: boolean } & (
  | { readonly after: string; readonly limit: number }
  | { readonly ids: readonly string[] }
);

/** What copies should add up to, before any row of them is compared. */
export interface CopiesDigest {
  readonly ticketType: TicketTypeState;
  readonly totals: readonly Total[];
  /** Objects of version 6 leave it out. */
  readonly passes?: PassTotal;
}

/** Copies that are wrong although their version is not old: they need a higher version. */
export interface Republication {
  readonly reservations: readonly { readonly id: string; readonly aboveVersion: number }[];
  /** Null: the ticket type's own copy is right. */
  readonly ticketTypeAboveVersion: number | null;
  /** Workers of version 6 leave them out. */
  readonly passes?: readonly { readonly passId: string; readonly aboveVersion: number }[];
}

/** A message of the `payments` queue. It names the object, and the object says what to do. */
export interface PaymentMessage {
  readonly ticketTypeId: string;
  readonly paymentId: string;
  /** In a notice that says of a success: the provider's own id of the charge. */
  readonly reference?: string | undefined;
}
