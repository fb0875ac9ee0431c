// One ticket type, made of the real decisions only: what the object does, without its storage, its
// clock and its queue. Beside it a till that knows whose money was taken, to hold the decisions
// against.

import { decideOrderStep, type ParticipantStep } from "../../../src/domain/participation.ts";
import type { Payment } from "../../../src/domain/payment.ts";
import { firstPrice } from "../../../src/domain/price.ts";
import type { RefundEvent } from "../../../src/domain/refund-decisions.ts";
import type { Decision, Reservation, ReservationEvent } from "../../../src/domain/reservation.ts";
import { decideReserve } from "../../../src/domain/reservation-decisions.ts";
import { decideRefund, type RefundDecision } from "../../../src/domain/reservation-refunds.ts";
import { moveStock, restocked, type SaleRules, type Stock } from "../../../src/domain/stock.ts";
import { decideAny, type Refunded } from "./reservation-text.ts";

const HOLD_MS = 15 * 60_000;

export interface Told {
  readonly before: Reservation;
  readonly decision: Decision;
  /** What the same event, told again right away, came to. */
  readonly again: Decision;
}

export class BoxOffice {
  rules: SaleRules;
  readonly reservations: Reservation[] = [];
  /** The payments that the provider took money for, whatever else it said later. */
  readonly charged = new Set<string>();
  stock: Stock;
  nowMs = Date.UTC(2031, 4, 1);
  #payments = 0;

  constructor(capacity: number, maxPerBuyer: number | null, priceMinor: number) {
    this.stock = { capacity, held: 0, sold: 0 };
    const window = { salesStartMs: null, salesEndMs: null, eventEndsMs: null };
    this.rules = { eventStatus: "published", priceMinor, currency: "EUR", maxPerBuyer, ...window };
  }

  /** Whether the tickets were given. */
  reserve(accountId: string, quantity: number, orderId: string | null = null): boolean {
    const theirs = this.quantityIn("held", accountId) + this.quantityIn("confirmed", accountId);
    const reservationId = `r${this.reservations.length}`;
    const offer = { ...this.rules, ...this.stock, prices: [firstPrice("t", this.rules.priceMinor)] };
    const choice = { priceId: null, code: null, codes: [], requiredTerms: null, acceptedTerms: null };
    const event = {
      reservationId,
      accountId,
      orderId,
      quantity,
      ...choice,
      offer,
      ownedByBuyer: theirs,
      holdMs: HOLD_MS,
    };
    const decision = decideReserve(null, event, this.nowMs);
    if (decision.type !== "changed") return false;
    this.reservations.push(decision.reservation);
    this.stock = moveStock(this.stock, quantity, null, "held");
    return true;
  }

  pay(index: number, key: string): Told {
    this.#payments += 1;
    const period = this.rules;
    return this.tell(index, { type: "pay", paymentId: `p${this.#payments}`, key, method: "pm_card_visa", period });
  }

  settle(index: number, paymentId: string, succeeds: boolean): Told {
    if (succeeds) this.charged.add(paymentId);
    return this.#tell(index, () => ({
      type: "settle",
      paymentId,
      outcome: succeeds ? { state: "succeeded" } : { state: "failed", failure: { code: "declined", message: "No." } },
      offer: { ...this.rules, ...this.stock },
    }));
  }

  tell(index: number, event: ReservationEvent | Refunded): Told {
    return this.#tell(index, () => event);
  }

  /** The tickets that the reservations in `state` add up to, of one account or of all. */
  quantityIn(state: Reservation["state"], accountId?: string): number {
    return this.reservations
      .filter((one) => one.state === state && (accountId ?? one.accountId) === one.accountId)
      .reduce((sum, { quantity }) => sum + quantity, 0);
  }

  payments(): { readonly index: number; readonly reservation: Reservation; readonly payment: Payment }[] {
    return this.reservations.flatMap((reservation, index) =>
      reservation.payments.map((payment) => ({ index, reservation, payment })),
    );
  }

  /** What the order of a reservation does with it. */
  takeStep(index: number, step: ParticipantStep): Decision {
    const before = this.#reservation(index);
    const decision = decideOrderStep(before, before.orderId ?? "", step, this.rules, this.nowMs);
    this.#accept(index, before, decision);
    return decision;
  }

  /** What its organiser gives back: so many tickets, or all that are left. */
  refund(index: number, quantity: number | "all", restock: boolean): RefundDecision {
    const { id: reservationId, refunds } = this.#reservation(index);
    const items = quantity === "all" ? quantity : [{ reservationId, quantity }];
    const money = { items, amountMinor: null, restock, reason: "", requestedBy: "organizer" } as const;
    const request = { key: `${refunds.length}`, request: "", ...money };
    return this.giveBack(index, { type: "refund", request, passes: [] });
  }

  /** Its tickets are on sale again where that is meant. */
  giveBack(index: number, event: RefundEvent): RefundDecision {
    const before = this.#reservation(index);
    const decision = decideRefund(before, event, this.nowMs);
    if (decision.type !== "changed") return decision;
    this.reservations[index] = decision.reservation;
    this.stock = restocked(this.stock, decision.reservation.restocked - before.restocked);
    return decision;
  }

  /** The event is made anew for the second telling: what is left has changed by then. */
  #tell(index: number, makeEvent: () => ReservationEvent | Refunded): Told {
    const before = this.#reservation(index);
    const decision = decideAny(before, makeEvent(), this.nowMs);
    this.#accept(index, before, decision);
    return { before, decision, again: decideAny(this.#reservation(index), makeEvent(), this.nowMs) };
  }

  #accept(index: number, before: Reservation, decision: Decision): void {
    if (decision.type !== "changed") return;
    this.reservations[index] = decision.reservation;
    this.stock = moveStock(this.stock, before.quantity, before.state, decision.reservation.state);
  }

  #reservation(index: number): Reservation {
    const reservation = this.reservations[index];
    if (reservation === undefined) throw new Error(`there is no reservation ${index}`);
    return reservation;
  }
}
