// Gives back what was sold of a ticket type whose event was called off with refunds: step by step,
// driven by the alarm. What is left to do is what is still confirmed, so a crash forgets nothing.

import type { Reservation } from "../../domain/reservation.ts";
import { decideRefund } from "../../domain/reservation-refunds.ts";
import { SECOND_MS } from "../../domain/units.ts";
import { orderNameOf } from "../../platform/ids.ts";
import { errorFields, log } from "../../platform/log.ts";
import { timeout } from "../../platform/time.ts";
import { publishRetryDelayMs } from "../shared/schedule.ts";
import { Draft } from "./draft.ts";
import type { Ledger } from "./ledger.ts";
import type { Coordinator, Objects } from "./order-protocol.ts";
import { FIRST_SOLD, type PlaceOfSold } from "./store.ts";

// 25 a second, which is what a payment provider takes by default: more would only wait there, and
// keep thread, D1 and queue from the sales of other events.
const SOLD_PER_STEP = 5;
const PAUSE_MS = 0.2 * SECOND_MS;
// Where a step takes long, others wait as well: it then leaves them nine tenths of the time.
const REST_PER_WORK = 9;
const LONGEST_REST_MS = 10 * SECOND_MS;
// An alarm that waited longer would delay the next one.
const CALL_TIMEOUT_MS = 5 * SECOND_MS;

export class CallingOff {
  readonly #ledger: Ledger;
  readonly #orders: Objects<Coordinator>;
  // In memory only: after a restart the first step begins from the start, at once.
  #after: PlaceOfSold = FIRST_SOLD;
  #rounds = 0;
  #notBeforeMs = 0;

  constructor(ledger: Ledger, orders: Objects<Coordinator>) {
    this.#ledger = ledger;
    this.#orders = orders;
  }

  /** When the next step is due; null where nothing is to be given back. */
  dueAtMs(nowMs: number): number | null {
    const isDone = this.#ticketTypeIds() === null || !this.#ledger.store.hasSold();
    return isDone ? null : Math.max(nowMs, this.#notBeforeMs);
  }

  /** One step. What was bought alone is refunded here, and an order refunds what is part of it. */
  async run(nowMs: number): Promise<void> {
    const ticketTypeIds = this.#ticketTypeIds();
    if (ticketTypeIds === null || this.dueAtMs(nowMs) !== nowMs) return;
    const sold = this.#ledger.store.soldAfter(this.#after, SOLD_PER_STEP);
    const last = sold.at(-1);
    if (last !== undefined && sold.length === SOLD_PER_STEP) {
      this.#after = last;
      this.#notBeforeMs = nowMs + PAUSE_MS;
    } else {
      // What is left then waits for its order, which is called again, less and less often.
      this.#after = FIRST_SOLD;
      this.#rounds += 1;
      this.#notBeforeMs = nowMs + publishRetryDelayMs(this.#rounds);
    }
    this.#refund(
      sold.filter(({ orderId }) => orderId === null),
      nowMs,
    );
    const orderIds = new Set(sold.flatMap(({ orderId }) => orderId ?? []));
    await Promise.all([...orderIds].map((orderId) => this.#tell(orderId, ticketTypeIds)));
    const tookMs = Date.now() - nowMs;
    this.#notBeforeMs = Math.max(this.#notBeforeMs, nowMs + Math.min(LONGEST_REST_MS, tookMs * (1 + REST_PER_WORK)));
  }

  /** The event's, its own among them; null where nothing is refunded. */
  #ticketTypeIds(): readonly string[] | null {
    const { refunding = null, ticketTypeId = "" } = this.#ledger.ticketType ?? {};
    return refunding === null ? null : [...new Set([ticketTypeId, ...refunding.split(" ")])];
  }

  #refund(alone: readonly Reservation[], nowMs: number): void {
    if (alone.length === 0) return;
    this.#ledger.commit(nowMs, () => {
      const draft = new Draft(this.#ledger.requireTicketType(), alone);
      for (const reservation of alone) {
        const { id } = reservation;
        const decision = decideRefund(reservation, { type: "called_off", reservationIds: [id] }, nowMs);
        if (decision.type === "refused") log("error", "not given back", { reservation: id, ...decision.refusal });
        else draft.accept(decision);
      }
      this.#ledger.apply(draft.changes(), nowMs);
    });
  }

  /** An order that does not hear of it is called again in the next round. */
  async #tell(orderId: string, ticketTypeIds: readonly string[]): Promise<void> {
    try {
      await timeout(CALL_TIMEOUT_MS, this.#orders.getByName(orderNameOf(orderId)).calledOff(ticketTypeIds));
    } catch (fault) {
      log("warn", "an order was not called off", { order: orderId, ...errorFields(fault) });
    }
  }
}
