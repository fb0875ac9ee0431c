// The port to a payment provider.

import type { AmountRefusal, PaymentFailure, RequiredAction } from "../../domain/payment.ts";
import type { RefundOutcome } from "../../domain/refund.ts";
import { DAY_MS, HOUR_MS } from "../../domain/units.ts";
import type { OrderPaymentMessage } from "../../durable/order/protocol.ts";
import type { Charge, PaymentMessage, RefundTask } from "../../durable/ticket-type/protocol.ts";
import type { DisputeState } from "../../platform/d1/schema/disputes.ts";
import { ServiceError } from "../../platform/errors.ts";

export type ChargeOutcome =
  /** `reference`: its own id of the charge, which never changes. */
  | { readonly state: "succeeded"; readonly reference?: string }
  | { readonly state: "failed"; readonly failure: PaymentFailure }
  /** The provider has not finished. Look again after `retryAfterMs`. */
  | { readonly state: "processing"; readonly retryAfterMs: number }
  /** It charges once the buyer has confirmed that at the bank. */
  | { readonly state: "action_required"; readonly action: RequiredAction };

/** A charge or a refund that the provider has on record, whether or not it succeeded. */
export interface Movement {
  readonly kind: "charge" | "refund";
  readonly paymentId: string;
  /** Of a refund: the attempt's id; null for one that the service did not make. */
  readonly refundId: string | null;
  /** What the charge was for: a reservation, or an order. */
  readonly reservationId: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly state: "succeeded" | "failed" | "processing";
}

/** A buyer's bank asks for the money of a payment back. */
export interface Dispute {
  /** The provider's own. */
  readonly id: string;
  readonly paymentId: string;
  /** The reservation or the order that was paid for. */
  readonly boughtId: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly state: DisputeState;
  /** The provider's word for why. */
  readonly reason: string;
  readonly openedAtMs: number;
  /** Until when the seller may answer; null where there is nothing to answer. */
  readonly respondByMs: number | null;
}

/** Says no more than "look at this dispute now". */
export interface DisputeMessage {
  readonly disputeId: string;
}

/** What the provider has sent by itself: no more than "look at this now". */
export interface Notice {
  /** Null: nothing of this service's. */
  readonly about: PaymentMessage | OrderPaymentMessage | DisputeMessage | null;
}

export interface PaymentProvider {
  readonly name: "stripe" | "sandbox";
  /** For front ends; null where they need none. */
  readonly publishableKey: string | null;
  /** In one invocation of the Worker. At most six over HTTP: a seventh waits as its time runs. */
  readonly maxConcurrentCalls: number;
  /** How long it remembers a `paymentId`. After that, a repeated charge would be a second one. */
  readonly idempotencyWindowMs: number;
  /** Whether `method` has the form of a payment method. Checked before a payment begins. */
  accepts(method: string): boolean;
  /** Why it could not charge so much. Checked when a price is made. Null if it can. */
  refuseAmount(amountMinor: number, currency: string): AmountRefusal | null;
  /** Charges a `paymentId` once, however often it is called. Throws if the outcome is unknown. */
  charge(charge: Charge): Promise<ChargeOutcome>;
  /**
   * The outcome of a charge, however old; null if the provider never took it. Moves no money.
   * `reference`: its own id of the charge, where that is known.
   */
  lookUp(paymentId: string, reference?: string): Promise<ChargeOutcome | null>;
  /** Sees to it that a charge never succeeds, unless it has: then that is the outcome. */
  cancel(paymentId: string, reference: string): Promise<ChargeOutcome>;
  /** Amounts of refunds in a currency are multiples of it. */
  refundStepMinor(currency: string): number;
  /** Gives back once for each attempt, however often it is called. Throws if nobody knows. */
  refund(task: RefundTask): Promise<RefundOutcome>;
  /** The outcome of an attempt, however old; null if the provider never took it. Moves no money. */
  lookUpRefund(task: RefundTask): Promise<RefundOutcome | null>;
  /** Of this service's payments, opened since then: of the provider's last thousand. */
  disputesSince(openedMs: number): Promise<readonly Dispute[]>;
  /** Null where it is about no payment of this service, or unknown. */
  dispute(id: string): Promise<Dispute | null>;
  /** Null where nothing proves that the provider sent it. A provider without it sends none. */
  readNotice?(body: string, signature: string): Promise<Notice | null>;
  /** All movements for these reservations and orders: up to a thousand. Moves no money. */
  ledger(boughtIds: readonly string[], begun: Period): Promise<Movement[]>;
}

/** When payments began that are looked for. */
export interface Period {
  readonly fromMs: number;
  readonly toMs: number;
}

/** How far the clocks of all involved may be apart. */
const CLOCK_TOLERANCE_MS = HOUR_MS;

/** Of payments for what was made in this time: no hold lasts longer than a day. */
export function paymentsOf(firstMadeMs: number, lastMadeMs: number): Period {
  return { fromMs: firstMadeMs - CLOCK_TOLERANCE_MS, toMs: lastMadeMs + DAY_MS + CLOCK_TOLERANCE_MS };
}

/** The provider did not reply, so the money may or may not have moved. */
export class ProviderUnreachable extends ServiceError {}

/** The provider carries out no more requests for a moment. */
export class ProviderBusy extends ServiceError {}
