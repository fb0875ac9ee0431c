// An order's rounds of calls to its ticket types, and why what they refused was refused.

import { ticketTypeIdOf } from "../../domain/id-forms.ts";
import {
  type Held,
  type OrderEvent,
  type OrderRefusal,
  type OrderStep,
  pendingPayment,
  type StepResult,
} from "../../domain/order.ts";
import { releaseUnpaid, stepsOf } from "../../domain/order-steps.ts";
import type { ReservationRefusal } from "../../domain/reservation.ts";
import { errorFields, log } from "../../platform/log.ts";
import type { Objects, Participant } from "../ticket-type/order-protocol.ts";
import type { RoundResult } from "./driver.ts";
import type { OrderLedger } from "./ledger.ts";
import { type Round, takeSteps } from "./participants.ts";
import type { NewOrderRefusal } from "./protocol.ts";
import type { StoredOrder } from "./store.ts";

export class Rounds {
  readonly #ledger: OrderLedger;
  readonly #ticketTypes: Objects<Participant>;
  readonly #forgetIfOld: () => Promise<void>;
  // For the requests that wait: why something could not be held, or a payment not begin.
  #notHeld: NewOrderRefusal | null = null;
  #notBegun: { readonly paymentId: string; readonly refusal: ReservationRefusal } | null = null;

  /** `forgetIfOld` is called where nothing is left to do. */
  constructor(ledger: OrderLedger, ticketTypes: Objects<Participant>, forgetIfOld: () => Promise<void>) {
    this.#ledger = ledger;
    this.#ticketTypes = ticketTypes;
    this.#forgetIfOld = forgetIfOld;
  }

  /** Call it before a new attempt to hold everything. */
  restart(): void {
    this.#notHeld = null;
  }

  /** Why the newest attempt to hold everything failed. */
  get notHeld(): NewOrderRefusal {
    return this.#notHeld ?? { type: "unavailable" };
  }

  /** Why a payment that is gone did not begin. */
  notBegun(paymentId: string): OrderRefusal {
    const refusal = this.#notBegun?.paymentId === paymentId ? this.#notBegun.refusal : null;
    if (refusal === null || refusal === "reservation_unknown" || refusal === "part_of_order") {
      return "reservation_expired";
    }
    return refusal;
  }

  /** One round of calls. Its results are written in one commit. Never rejects. */
  async run(): Promise<RoundResult> {
    try {
      return await this.#takeRound();
    } catch (fault) {
      // Its results are not written: the steps remain.
      log("error", "an order's round failed", { order: this.#ledger.order?.id, ...errorFields(fault) });
      return "later";
    }
  }

  async #takeRound(): Promise<RoundResult> {
    const { stored } = this.#ledger;
    const steps = stored === null ? [] : stepsOf(stored.order);
    if (stored === null || steps.length === 0) return this.#end();
    const round = await takeSteps(this.#ticketTypes, stored.order, steps, ({ held }) =>
      this.#releaseLate(stored, held),
    );
    const before = this.#ledger.order;
    this.#take(round, this.#ledger.stored?.requestId === stored.requestId);
    const after = this.#ledger.order;
    if (after === null || stepsOf(after).length === 0) return this.#end();
    return round.failed || after === before ? "later" : "again";
  }

  /**
   * What an attempt that is given up on holds all the same, because its call was slow. A lost reply
   * is not found: what that holds ends at its deadline. Once, without waiting.
   */
  #releaseLate({ order, requestId }: StoredOrder, held: readonly Held[]): void {
    const { stored } = this.#ledger;
    const isGivenUp = stored?.requestId !== requestId || stored.order.phase === "refused";
    const [first] = held;
    if (!isGivenUp || first === undefined) return;
    const steps = held.map(({ reservationId }) => releaseUnpaid(reservationId));
    this.#ticketTypes
      .getByName(ticketTypeIdOf(first.reservationId))
      .takeOrderSteps(order.id, steps)
      .catch((fault) => log("warn", "a late hold is not released", { order: order.id, ...errorFields(fault) }));
  }

  /** Never rejects: what can't be deleted now is deleted by an alarm. */
  async #end(): Promise<RoundResult> {
    try {
      await this.#forgetIfOld();
    } catch (fault) {
      log("warn", "an order is not forgotten", { order: this.#ledger.order?.id, ...errorFields(fault) });
    }
    // A request may have come in while everything was deleted.
    const { order } = this.#ledger;
    return order !== null && stepsOf(order).length > 0 ? "again" : "done";
  }

  /** `isSameAttempt`: otherwise what it held is for one that was refused meanwhile. */
  #take({ held, notHeld, notHeldIds, acknowledged }: Round, isSameAttempt: boolean): void {
    const events: OrderEvent[] = acknowledged.map(({ step, result }) => ({ type: "acknowledged", step, result }));
    if (isSameAttempt && held.length > 0) events.push({ type: "reserved", held });
    if (isSameAttempt && notHeld !== null) events.push({ type: "abandon", notHeld: notHeldIds });
    for (const { step, result } of acknowledged) this.#addRefusal(step, result);
    const before = this.#ledger.order;
    this.#ledger.decideAll(events);
    const after = this.#ledger.order;
    if (before?.phase !== "reserving" || after?.phase !== "refused") return;
    this.#notHeld = notHeld ?? { type: "other_currencies" };
  }

  #addRefusal(step: OrderStep, result: StepResult): void {
    if (result.ok) return;
    const { refusal } = result;
    const { order } = this.#ledger;
    if (step.type === "begin" && refusal !== "payment_in_progress") {
      const paymentId = order === null ? undefined : pendingPayment(order)?.id;
      const isOfIt = paymentId !== undefined && step.paymentId.startsWith(`${paymentId}.`);
      if (isOfIt && this.#notBegun?.paymentId !== paymentId) this.#notBegun = { paymentId, refusal };
    }
    // The order was promised that a prepared reservation can be confirmed.
    if (step.type === "confirm") log("error", "an order's reservation is not confirmed", { order: order?.id, refusal });
  }
}
