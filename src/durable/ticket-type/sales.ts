// What buyers and orders do with reservations of a ticket type. Each call is a transaction of its
// own or shares one: reserving and paying are what many do at once.

import type { StepResult } from "../../domain/order.ts";
import type { ParticipantStep } from "../../domain/participation.ts";
import { isToRelease, type Reservation, viewOf } from "../../domain/reservation.ts";
import { decide } from "../../domain/reservation-decisions.ts";
import { PROJECTION_WAIT_MS } from "../shared/schedule.ts";
import { Draft, type Plan } from "./draft.ts";
import { paymentFacts, reserveFacts, settlementFacts } from "./facts.ts";
import { GroupCommit } from "./group-commit.ts";
import type { Ledger } from "./ledger.ts";
import type { OrderHold, OrderHoldResult } from "./order-protocol.ts";
import type { Outbox } from "./outbox.ts";
import { holdRequests, type OrderedStep, planOrderHolds, planOrderSteps } from "./plan-orders.ts";
import { instructionFor, planActions, planPayments, planSettlements } from "./plan-payments.ts";
import { planReleases, planReservations } from "./plan-reservations.ts";
import type {
  ActionRequired,
  CancelResult,
  FindResult,
  PaymentInstruction,
  PayRequest,
  PayResult,
  ReserveRequest,
  ReserveResult,
  Settlement,
  SettleResult,
} from "./protocol.ts";

export class Sales {
  readonly #ledger: Ledger;
  readonly #outbox: Outbox;
  readonly #holdMs: number;
  readonly #reserving: GroupCommit<ReserveRequest, ReserveResult>;
  readonly #paying: GroupCommit<PayRequest, PayResult>;
  readonly #holding: GroupCommit<readonly ReserveRequest[], OrderHoldResult>;
  readonly #stepping: GroupCommit<OrderedStep, StepResult>;

  /** `durable` resolves once all commits so far are on disk. */
  constructor(ledger: Ledger, outbox: Outbox, holdMs: number, durable: () => Promise<void>) {
    this.#ledger = ledger;
    this.#outbox = outbox;
    this.#holdMs = holdMs;
    this.#reserving = new GroupCommit((requests) => this.#reserve(requests), durable);
    this.#paying = new GroupCommit((requests) => this.#pay(requests), durable);
    this.#holding = new GroupCommit((orders) => this.#holdForOrders(orders), durable);
    this.#stepping = new GroupCommit((steps) => this.takeSteps(steps), durable);
  }

  /** Decides each request on its own, in order. Calls that wait share one commit. */
  async reserve(requests: readonly ReserveRequest[]): Promise<ReserveResult[]> {
    const results = await this.#reserving.run(requests);
    // A refusal does not wait for the copies of other buyers' reservations.
    if (results.some(({ ok }) => ok)) await this.#outbox.waitForProjection(PROJECTION_WAIT_MS);
    return results;
  }

  /** Holds all of an order's items, or none. A repeated call finds what the first one held. */
  async holdForOrder(orderId: string, holds: readonly OrderHold[]): Promise<OrderHoldResult> {
    const [result] = await this.#holding.run([holdRequests(orderId, holds)]);
    if (result === undefined) throw new Error("the commit gave no result");
    if (result.ok) await this.#outbox.waitForProjection(PROJECTION_WAIT_MS);
    return result;
  }

  /** Takes an order's steps, each on its own. Repeated ones change nothing. */
  async takeOrderSteps(orderId: string, steps: readonly ParticipantStep[]): Promise<StepResult[]> {
    const results = await this.#stepping.run(steps.map((step) => ({ orderId, step })));
    // A buyer who let go finds it so in the list at once. A deleted ticket type has no copies.
    const isLetGo = steps.some(({ type }, index) => type === "release" && results[index]?.ok === true);
    if (isLetGo) await this.#outbox.waitForProjection(PROJECTION_WAIT_MS);
    return results;
  }

  find(reservationId: string, accountId: string): FindResult {
    const reservation = this.findOwned(reservationId, accountId, Date.now());
    if (reservation === null) return { ok: false, refusal: "reservation_unknown" };
    return { ok: true, reservation: viewOf(reservation, this.#ledger.requireTicketType().ticketTypeId) };
  }

  async cancel(reservationId: string, accountId: string): Promise<CancelResult> {
    const nowMs = Date.now();
    const reservation = this.findOwned(reservationId, accountId, nowMs);
    if (reservation === null) return { ok: false, refusal: "reservation_unknown" };
    const decision = decide(reservation, { type: "cancel" }, nowMs);
    if (decision.type === "refused") {
      const { refusal } = decision;
      const isSold = refusal === "already_confirmed" || refusal === "already_refunded";
      return isSold ? { ok: false, refusal, takesBack: true } : { ok: false, refusal };
    }
    if (decision.type === "changed") {
      this.#ledger.commit(nowMs, () => {
        const draft = new Draft(this.#ledger.requireTicketType(), [reservation]);
        draft.accept(decision);
        this.#ledger.apply(draft.changes(), nowMs);
      });
      await this.#outbox.waitForProjection(PROJECTION_WAIT_MS);
    }
    const { ticketTypeId } = this.#ledger.requireTicketType();
    const view = viewOf(decision.reservation, ticketTypeId);
    return { ok: true, deferred: view.state === "held", reservation: view };
  }

  /** Cancels all that the account holds. What waits for a payment is cancelled if that fails. */
  async releaseHoldsOf(accountId: string): Promise<void> {
    const { ticketType, store } = this.#ledger;
    if (ticketType === null) return;
    this.#carryOut((nowMs) => planReleases(this.#ledger.requireTicketType(), store.heldBy(accountId), nowMs));
    await this.#outbox.waitForProjection(PROJECTION_WAIT_MS);
  }

  /** Begins a payment and returns at once. Free tickets are confirmed at once. */
  async pay(request: PayRequest): Promise<PayResult> {
    const [result] = await this.#paying.run([request]);
    if (result === undefined) throw new Error("the commit gave no result");
    if (result.ok) await this.#outbox.waitForProjection(PROJECTION_WAIT_MS);
    return result;
  }

  /** What the provider is to do for each payment now, in order. */
  instructions(paymentIds: readonly string[]): PaymentInstruction[] {
    if (this.#ledger.ticketType === null) return paymentIds.map(() => ({ todo: "unknown" }));
    const reservations = this.#ledger.store.reservationsOf(paymentIds);
    const ticketType = this.#ledger.requireTicketType();
    const nowMs = Date.now();
    return paymentIds.map((paymentId) => instructionFor(paymentId, reservations, ticketType, nowMs));
  }

  /** Records what the provider did. A repeated settlement changes nothing. */
  settle(settlements: readonly Settlement[]): SettleResult[] {
    if (this.#ledger.ticketType === null) return settlements.map(() => ({ ok: false, refusal: "payment_unknown" }));
    return this.#carryOut((nowMs) =>
      planSettlements(settlementFacts(this.#ledger, settlements, nowMs), settlements, nowMs),
    );
  }

  /** Records that charges wait for their buyers. The same again changes nothing. */
  awaitActions(required: readonly ActionRequired[]): SettleResult[] {
    if (this.#ledger.ticketType === null) return required.map(() => ({ ok: false, refusal: "payment_unknown" }));
    return this.#carryOut((nowMs) => {
      const reservations = this.#ledger.store.reservationsByPayments(required.map(({ paymentId }) => paymentId));
      return planActions({ ticketType: this.#ledger.requireTicketType(), reservations }, required, nowMs);
    });
  }

  /** Steps of any orders, in one commit. */
  takeSteps(steps: readonly OrderedStep[]): StepResult[] {
    if (steps.length === 0) return [];
    if (this.#ledger.ticketType === null) return steps.map(() => ({ ok: false, refusal: "reservation_unknown" }));
    const ids = steps.map(({ step }) => step.reservationId);
    return this.#carryOut((nowMs) => {
      const reservations = this.#ledger.readCurrent(ids, nowMs);
      this.#ledger.omitLosses(ids);
      return planOrderSteps(this.#ledger.requireTicketType(), reservations, steps, nowMs);
    });
  }

  /** The account's own reservation, released if it should be. Others' look like none. */
  findOwned(reservationId: string, accountId: string, nowMs: number): Reservation | null {
    if (this.#ledger.ticketType === null) return null;
    this.releaseDue(nowMs);
    const stored = this.#ledger.store.reservation(reservationId);
    if (stored?.accountId !== accountId) return null;
    const [reservation] = isToRelease(stored, this.#ledger.requireTicketType(), nowMs)
      ? this.#ledger.commit(nowMs, () => this.#ledger.readCurrent([reservationId], nowMs))
      : [stored];
    return reservation ?? null;
  }

  /** Releases holds that are due, a bounded number, before a call looks at anything. */
  releaseDue(nowMs: number): void {
    if (this.#ledger.ticketType === null) return;
    if (this.#ledger.isReleaseDue(nowMs)) this.#ledger.commit(nowMs, () => this.#ledger.releaseDue(nowMs));
    else this.#outbox.restoreAlarm(nowMs);
  }

  #reserve(requests: readonly ReserveRequest[]): ReserveResult[] {
    if (this.#ledger.ticketType === null) {
      return requests.map(() => ({ ok: false, refusal: { type: "ticket_unknown" } }));
    }
    return this.#carryOut((nowMs) => {
      const facts = reserveFacts(this.#ledger, requests, this.#holdMs, nowMs);
      return planReservations(facts, requests, nowMs);
    });
  }

  /** Each order on its own: what one of them took is gone for the next. */
  #holdForOrders(orders: readonly (readonly ReserveRequest[])[]): OrderHoldResult[] {
    if (this.#ledger.ticketType === null) {
      return orders.map(([first]) => {
        const reservationId = first?.reservationId ?? "";
        return { ok: false, refusal: { reservationId, because: { type: "ticket_unknown" } } };
      });
    }
    const nowMs = Date.now();
    return this.#ledger.commit(nowMs, () => {
      this.#ledger.releaseDue(nowMs);
      return orders.flatMap((requests) => {
        const facts = reserveFacts(this.#ledger, requests, this.#holdMs, nowMs);
        const { results, changes } = planOrderHolds(facts, requests, nowMs);
        this.#ledger.apply(changes, nowMs);
        return results;
      });
    });
  }

  #pay(requests: readonly PayRequest[]): PayResult[] {
    if (this.#ledger.ticketType === null) return requests.map(() => ({ ok: false, refusal: "reservation_unknown" }));
    return this.#carryOut((nowMs) => planPayments(paymentFacts(this.#ledger, requests, nowMs), requests, nowMs));
  }

  /** Read, plan, apply: one transaction for a batch. */
  #carryOut<Result>(plan: (nowMs: number) => Plan<Result>): Result[] {
    const nowMs = Date.now();
    return this.#ledger.commit(nowMs, () => {
      this.#ledger.releaseDue(nowMs);
      const { results, changes } = plan(nowMs);
      this.#ledger.apply(changes, nowMs);
      return [...results];
    });
  }
}
