// Plain data between the Worker and an order's object. During a deployment their versions differ:
// fields may be added, never renamed, and an unknown member of a union fails the call.

import type { CounterSale } from "../../domain/counter.ts";
import type { Order, OrderItem, OrderRefusal, OrderView, Taken } from "../../domain/order.ts";
import type { OrderRefundRefusal } from "../../domain/order-refunds.ts";
import type { PaymentRequest, PaymentView } from "../../domain/payment.ts";
import type { RefundView } from "../../domain/refund.ts";
import type { orders } from "../../platform/d1/schema/copies.ts";
import type { OrderHoldResult } from "../ticket-type/order-protocol.ts";
import type { Result, TakesBack } from "../ticket-type/protocol.ts";

/** The caller makes all ids, so that a call repeated after a lost reply has one effect. */
export interface NewOrder {
  readonly orderId: string;
  readonly accountId: string;
  /** Of the buyer's request: another one that finds its order gets a replay. */
  readonly requestId: string;
  /** The request in a canonical form: the same key with another request is refused. */
  readonly request: string;
  /** Left out of what a buyer makes. */
  readonly counter?: CounterSale;
  /** It is too late for a new order: only one that was made by the same request is returned. */
  readonly onlyAsReplay?: boolean;
  readonly items: readonly NewItem[];
}

/** Workers of version 1 leave out what the buyer accepts. */
type NewItem = Pick<OrderItem, "reservationId" | "ticketTypeId" | "priceId" | "code" | "quantity"> &
  Partial<Pick<OrderItem, "acceptedTerms">>;

type HoldRefusal = Extract<OrderHoldResult, { readonly ok: false }>["refusal"]["because"];

/** Nothing stays held. `item` is the index of the first item that can't be held. */
export type NewOrderRefusal =
  | { readonly type: "not_held"; readonly item: number; readonly because: HoldRefusal }
  | { readonly type: "other_currencies" | "idempotency_key_reused" | "nothing_to_replay" | "unavailable" }
  /** At the counter: it was held, and could not be paid any more. */
  | { readonly type: "not_taken"; readonly because: OrderRefusal };

export type NewOrderResult = Result<{ readonly order: OrderView; readonly isReplay: boolean }, NewOrderRefusal>;

/** `order_unknown`: to all but the owner. */
export type FindOrderResult = Result<{ readonly order: OrderView }, "order_unknown">;

/** `deferred`: only if the payment fails. */
export type CancelOrderResult =
  | Result<{ readonly deferred: boolean; readonly order: OrderView }, OrderRefusal>
  | TakesBack;

export interface PayOrderRequest extends PaymentRequest {
  readonly accountId: string;
  /** Money that came to the counter. Left out of what the provider is to charge. */
  readonly taken?: Taken;
}

/** `unavailable`: not all ticket types have replied. A repeat with the key waits for them again. */
export type PayOrderResult = Result<
  { readonly order: OrderView; readonly payment: PaymentView; readonly isReplay: boolean },
  OrderRefusal | "unavailable"
>;

/** `unavailable`: a ticket type did not say until when it may be given back. */
export type OrderRefundResult = Result<
  { readonly order: OrderView; readonly refund: RefundView; readonly isReplay: boolean },
  OrderRefundRefusal | { readonly type: "unavailable" }
>;

/** A reservation as its ticket type has it, which was put back to an earlier time. */
export interface ForgottenItem {
  readonly reservationId: string;
  readonly givenBack: number;
}

/** The row that D1 should have for an order. */
export type OrderCopy = typeof orders.$inferSelect;

/** The order for reconciliation, and the row that D1 should have: null for one that nobody sees. */
export interface OrderAudit {
  readonly order: Order;
  readonly copy: OrderCopy | null;
  /** D1 has acknowledged it. */
  readonly isCopied: boolean;
}

/** A message of the `payments` queue. It names the object, and the object says what to do. */
export interface OrderPaymentMessage {
  readonly orderId: string;
  readonly paymentId: string;
  /** In a notice that says of a success: the provider's own id of the charge. */
  readonly reference?: string | undefined;
}
