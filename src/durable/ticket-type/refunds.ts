// What organisers and buyers give back of reservations that were bought alone.

import { givenBackUntil, passIdOf } from "../../domain/pass.ts";
import { asMade, BUYERS_KEY, refundViewOf } from "../../domain/refund.ts";
import type { RefundEvent } from "../../domain/refund-decisions.ts";
import { namedBy, namedIn } from "../../domain/refund-passes.ts";
import { type Reservation, type ReservationView, viewOf } from "../../domain/reservation.ts";
import { decideRefund, type RefundDecision } from "../../domain/reservation-refunds.ts";
import { PROJECTION_WAIT_MS } from "../shared/schedule.ts";
import { Draft } from "./draft.ts";
import type { Ledger } from "./ledger.ts";
import type { Outbox } from "./outbox.ts";
import type { Passes } from "./passes.ts";
import type { RefundCall, RefundResult } from "./protocol.ts";
import type { Sales } from "./sales.ts";

export class Refunds {
  readonly #ledger: Ledger;
  readonly #sales: Sales;
  readonly #passes: Passes;
  readonly #outbox: Outbox;

  constructor(ledger: Ledger, sales: Sales, passes: Passes, outbox: Outbox) {
    this.#ledger = ledger;
    this.#sales = sales;
    this.#passes = passes;
    this.#outbox = outbox;
  }

  /** Gives back what an organiser wants to. Stock returns in the same commit. */
  refund({ reservationId, request }: RefundCall): Promise<RefundResult> {
    const passes = this.#passes.named(namedIn(request.items).map(passIdOf));
    return this.#carryOut(this.#find(reservationId), { type: "refund", request, passes }, request.key);
  }

  /** Its buyer gives back all that is left, while the event allows it and nobody went in. */
  giveBack(reservationId: string, accountId: string): Promise<RefundResult> {
    const nowMs = Date.now();
    const owned = this.#sales.findOwned(reservationId, accountId, nowMs);
    const { ticketType, store } = this.#ledger;
    const passes = store.passes.ofReservations([reservationId]);
    const refundableUntilMs = givenBackUntil(ticketType?.refundableUntilMs ?? null, passes, nowMs);
    return this.#carryOut(owned, { type: "give_back", refundableUntilMs }, BUYERS_KEY);
  }

  /** Tries a failed refund again, as a new one to the provider. */
  async retry(reservationId: string, refundId: string, key: string): Promise<RefundResult> {
    const found = this.#find(reservationId);
    const keyOf = found?.refunds.find(({ id }) => id === refundId)?.key ?? "";
    const result = await this.#carryOut(found, { type: "retry", refundId, key }, keyOf);
    return result.ok ? { ...result, refund: { ...result.refund, state: "due", failure: null } } : result;
  }

  show(reservationId: string): ReservationView | null {
    const found = this.#find(reservationId);
    return found && viewOf(found, this.#ledger.requireTicketType().ticketTypeId);
  }

  #find(reservationId: string): Reservation | null {
    if (this.#ledger.ticketType === null) return null;
    this.#sales.releaseDue(Date.now());
    return this.#ledger.store.reservation(reservationId);
  }

  /** `key`: of the refund that it is about. */
  async #carryOut(found: Reservation | null, event: RefundEvent, key: string): Promise<RefundResult> {
    const nowMs = Date.now();
    const decision: RefundDecision = decideRefund(found, event, nowMs);
    if (decision.type === "refused") return { ok: false, refusal: decision.refusal };
    if (decision.type === "changed") {
      this.#ledger.commit(nowMs, () => {
        const draft = new Draft(this.#ledger.requireTicketType(), found === null ? [] : [found]);
        const { id, refunds } = draft.accept(decision);
        draft.namePasses(id, namedBy(refunds, id));
        this.#ledger.apply(draft.changes(), nowMs);
      });
      await this.#outbox.waitForProjection(PROJECTION_WAIT_MS);
    }
    const { reservation } = decision;
    const refund = reservation.refunds.find((one) => one.key === key);
    if (refund === undefined) throw new Error("the decision has no refund");
    const view = viewOf(reservation, this.#ledger.requireTicketType().ticketTypeId);
    const isReplay = decision.type === "unchanged";
    return {
      ok: true,
      reservation: view,
      refund: isReplay ? asMade(refundViewOf(refund)) : refundViewOf(refund),
      isReplay,
    };
  }
}
