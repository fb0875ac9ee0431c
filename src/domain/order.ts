// An order: reservations that are held, paid for and confirmed together, or not at all. Pure.

import type { CounterMethod, CounterSale } from "./counter.ts";
import {
  currentPayment,
  isUnsettled,
  type Payment,
  type PaymentFailure,
  type PaymentOutcome,
  type PaymentRequest,
  type PaymentView,
  paymentViewOf,
  type RequiredAction,
} from "./payment.ts";
import { isUnderWay, type Refund, type RefundView, refundViewOf } from "./refund.ts";
import type { ReservationRefusal } from "./reservation.ts";
import type { ReservationState } from "./stock.ts";

/**
 * `reserving`: not everything is held yet. `refused`: something could not be held, and what was is
 * let go. `beginning`: each reservation is being frozen for a payment. `charging`: the provider may
 * charge. `preparing`: it has, and each reservation says whether it can still be confirmed.
 */
export type OrderPhase =
  | "reserving"
  | "refused"
  | "held"
  | "beginning"
  | "charging"
  | "preparing"
  | "confirmed"
  | "cancelled"
  | "expired";

/** `beginning`: a payment may have begun on it. The others are as its ticket type acknowledged. */
export type ItemPhase = "reserving" | "held" | "beginning" | "begun" | "prepared" | "confirmed" | "released";

/** A reservation of the order. Its id is kept before the first call for it. */
export interface OrderItem {
  readonly reservationId: string;
  readonly ticketTypeId: string;
  /** As asked for, then as it was held at. The ticket type's first price: null. */
  readonly priceId: string | null;
  /** As asked for, then the one that opened the price. */
  readonly code: string | null;
  /** As the buyer sent it, then the version of the event's terms that was in force. */
  readonly acceptedTerms: string | null;
  readonly quantity: number;
  /** As the ticket type said when it was held; empty and 0 before. */
  readonly priceName: string;
  readonly unitPriceMinor: number;
  readonly phase: ItemPhase;
  /** The order's payment that froze it, or may have; null where none did. */
  readonly paymentId: string | null;
  /** Tickets of it that were given back, and how many of those are on sale again. */
  readonly givenBack: number;
  readonly restocked: number;
  /** How many of them its ticket type has acknowledged. */
  readonly takenBack: number;
}

export interface Order {
  readonly id: string;
  /** The buyer's, or the event's id for what its counter sold: no account has that. */
  readonly accountId: string;
  /** Null for what a buyer made. */
  readonly counter: CounterSale | null;
  readonly phase: OrderPhase;
  /** A cancel that met a payment and waits for its outcome. */
  readonly cancelRequested: boolean;
  /** Null until everything is held. */
  readonly currency: string | null;
  readonly createdAtMs: number;
  /** The earliest deadline of its reservations; null until everything is held. */
  readonly expiresAtMs: number | null;
  /** Grows by one with each change, so that a copy can tell which state is newer. */
  readonly version: number;
  readonly items: readonly OrderItem[];
  /** Reservations of an earlier, refused attempt that may still be held. */
  readonly leftovers: readonly string[];
  /** Oldest first. At most one is pending. */
  readonly payments: readonly Payment[];
  /** Oldest first. */
  readonly refunds: readonly Refund[];
}

/** What a ticket type says of a reservation that it holds for the order. */
export interface Held {
  readonly reservationId: string;
  readonly priceId: string | null;
  readonly priceName: string;
  readonly code: string | null;
  readonly acceptedTerms: string | null;
  readonly unitPriceMinor: number;
  readonly currency: string;
  readonly expiresAtMs: number;
}

/** What a ticket type is to do next for one of the order's reservations. Each may be repeated. */
export type OrderStep =
  | { readonly type: "reserve"; readonly reservationId: string }
  /** Freezes the hold for a payment: from then on only the order ends it. */
  | { readonly type: "begin"; readonly reservationId: string; readonly paymentId: string }
  /** Asks whether it can still be confirmed. Yes is a promise. */
  | { readonly type: "prepare"; readonly reservationId: string; readonly paymentId: string }
  | { readonly type: "confirm"; readonly reservationId: string; readonly paymentId: string }
  /** The payment has failed: the hold goes on, or ends as it would have without the payment. */
  | {
      readonly type: "fail";
      readonly reservationId: string;
      readonly paymentId: string;
      readonly failure: PaymentFailure;
    }
  /**
   * Tickets were given back: so many in all, of which so many are on sale again. `passes`: the
   * numbers of all that refunds have named; left out where they named none.
   */
  | {
      readonly type: "give_back";
      readonly reservationId: string;
      readonly givenBack: number;
      readonly restocked: number;
      readonly passes?: readonly number[];
    }
  | {
      readonly type: "release";
      readonly reservationId: string;
      readonly as: "cancelled" | "expired";
      /** Of a payment that is pending. */
      readonly failure: PaymentFailure;
    };

export type StepResult =
  | { readonly ok: true; readonly state: ReservationState }
  | { readonly ok: false; readonly refusal: ReservationRefusal };

/** Money that came to the counter, and who took it. */
export interface Taken {
  readonly as: CounterMethod;
  readonly by: string;
}

export type OrderEvent =
  | { readonly type: "reserved"; readonly held: readonly Held[] }
  /** Something can't be held, or nobody waits for it any more. `notHeld`: these are not. */
  | { readonly type: "abandon"; readonly notHeld: readonly string[] }
  | { readonly type: "acknowledged"; readonly step: OrderStep; readonly result: StepResult }
  /** A hold ended without the order, or will with its payment: its event was called off. */
  | { readonly type: "lost"; readonly reservationId: string }
  /** Its ticket type was put back to an earlier time, and has only so many tickets given back. */
  | { readonly type: "forgotten"; readonly reservationId: string; readonly givenBack: number }
  | ({ readonly type: "pay"; readonly taken?: Taken | undefined } & PaymentRequest)
  | { readonly type: "settle"; readonly paymentId: string; readonly outcome: PaymentOutcome }
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
  /** Who the counter's customer was is not to be known any more. */
  | { readonly type: "erase_customer" }
  | { readonly type: "due" };

export type OrderRefusal = "order_unknown" | Exclude<ReservationRefusal, "reservation_unknown" | "part_of_order">;

export type OrderDecision =
  | { readonly type: "changed" | "unchanged"; readonly order: Order }
  | { readonly type: "refused"; readonly refusal: OrderRefusal };

/** What others may see of it. */
export interface OrderView {
  readonly id: string;
  readonly accountId: string;
  readonly items: readonly OrderItemView[];
  readonly currency: string;
  readonly state: ReservationState;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly cancelRequested: boolean;
  readonly payment: PaymentView | null;
  /** Objects of the first version leave these out. */
  readonly counter?: CounterSale | null;
  readonly refunds?: readonly RefundView[];
}

/** `acceptedTerms` and `givenBack` are left out where there is nothing of the kind. */
export type OrderItemView = Pick<
  OrderItem,
  "reservationId" | "ticketTypeId" | "priceId" | "priceName" | "code" | "quantity" | "unitPriceMinor"
> &
  Partial<Pick<OrderItem, "acceptedTerms" | "givenBack">>;

export function totalOf({
  items,
}: {
  readonly items: readonly Pick<OrderItem, "unitPriceMinor" | "quantity">[];
}): number {
  return items.reduce((sum, { unitPriceMinor, quantity }) => sum + unitPriceMinor * quantity, 0);
}

/** As others see it; null for an order that they do not: it holds nothing yet, or was refused. */
export function stateOf({ phase, items }: Pick<Order, "phase" | "items">): ReservationState | null {
  switch (phase) {
    case "confirmed":
      return items.every(({ quantity, givenBack }) => givenBack === quantity) ? "refunded" : "confirmed";
    case "reserving":
    case "refused":
      return null;
    case "held":
    case "beginning":
    case "charging":
    case "preparing":
      return "held";
    default:
      return phase;
  }
}

export function orderViewOf(order: Order): OrderView | null {
  const { id, accountId, counter, currency, createdAtMs, expiresAtMs, cancelRequested } = order;
  const state = stateOf(order);
  if (state === null || currency === null || expiresAtMs === null) return null;
  const payment = currentPayment(order.payments);
  const items = order.items.map(({ reservationId, ticketTypeId, priceId, priceName, code, acceptedTerms, ...item }) => {
    const { quantity, unitPriceMinor, givenBack } = item;
    const accepted = acceptedTerms === null ? {} : { acceptedTerms };
    const terms = { reservationId, ticketTypeId, priceId, priceName, code, ...accepted };
    return { ...terms, quantity, unitPriceMinor, ...(givenBack === 0 ? {} : { givenBack }) };
  });
  const shown = payment && paymentViewOf(payment, isToEnd(order, payment));
  const refunds = order.refunds.map(refundViewOf);
  const money = { currency, payment: shown, refunds };
  return { id, accountId, items, ...money, state, createdAtMs, expiresAtMs, cancelRequested, counter };
}

/** Once the provider may charge, nothing ends the order but the outcome. */
export function isOrderDue({ phase, expiresAtMs }: Order, nowMs: number): boolean {
  return (phase === "held" || phase === "beginning") && expiresAtMs !== null && nowMs >= expiresAtMs;
}

/** Whether its payment succeeds once all have begun: the provider has nothing to charge. */
export function isPaidAtOnce(order: Pick<Order, "counter" | "items">): boolean {
  return order.counter !== null || totalOf(order) === 0;
}

/** What the provider is to do for a payment now. */
export function isToCharge({ phase }: Order, { state }: Payment): boolean {
  return phase === "charging" && state === "pending";
}

/** Whether a charge that waits for the buyer is cancelled before the buyer's time is over. */
export function isToEnd({ cancelRequested }: Order, { action }: Payment): boolean {
  return action !== null && cancelRequested;
}

export function isEnded({ phase }: Pick<Order, "phase">): boolean {
  return phase === "refused" || phase === "cancelled" || phase === "expired";
}

/** Whether nothing can change it any more, but for what is left to do for its reservations. */
export function isOrderOver({ phase, payments, refunds }: Order): boolean {
  const isDecided = isEnded({ phase }) || phase === "confirmed";
  return isDecided && !payments.some(isUnsettled) && !refunds.some(isUnderWay);
}

export function pendingPayment({ payments }: Pick<Order, "payments">): Payment | null {
  return payments.find(({ state }) => state === "pending") ?? null;
}

/** The id of the order's payment in a ticket type, where each reservation has a row of its own. */
export function paymentIdOf({ items }: Order, { reservationId, paymentId }: OrderItem): string {
  return `${paymentId}.${items.findIndex((item) => item.reservationId === reservationId)}`;
}
