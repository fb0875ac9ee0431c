// Decides on payments, for many at a time: what they are about is read once, what comes of them is written once, as a rule: what
// depends on the one before it is read and written on its own. Each is decided on its own, in order, in the caller's transaction.

import {
  type Decision,
  decide,
  isReleased,
  type Reservation,
  type ReservationEvent,
} from "../../domain/reservation.ts";
import { viewOf } from "../../domain/reservation-view.ts";
import { available } from "../../domain/stock.ts";
import type { Answers } from "./key-records.ts";
import type { Books } from "./ledger.ts";
import type { PayRequest, PayResult, Settlement, SettleResult } from "./protocol.ts";
import type { Store } from "./store.ts";
import { firstAnswer } from "./views.ts";

/** What was decided and is not written yet. No two are of the same reservation. */
type Unwritten = (readonly [before: Reservation, decision: Decision])[];

export class Paying {
  readonly #books: Books;
  readonly #store: Store;
  readonly #answers: Answers;

  constructor(books: Books, store: Store, answers: Answers) {
    this.#books = books;
    this.#store = store;
    this.#answers = answers;
  }

  /** Begins payments; free tickets are confirmed at once. */
  begin(requests: readonly PayRequest[], nowMs: number): PayResult[] {
    const reservations = this.#store.reservationsWithIds(requests.map(({ reservationId }) => reservationId));
    const known = new Map(reservations.map((reservation) => [reservation.id, reservation]));
    const unwritten: Unwritten = [];
    const results = requests.map((request) => this.#begin(request, known, unwritten, nowMs));
    this.#books.saveAll(unwritten, nowMs);
    return results;
  }

  /** Records what the provider did. The same again changes nothing. */
  settle(settlements: readonly Settlement[], nowMs: number): SettleResult[] {
    const ahead = this.reservationsOf(settlements.map(({ paymentId }) => paymentId));
    const unwritten: Unwritten = [];
    const results = settlements.map((settlement) => this.#settle(settlement, ahead, unwritten, nowMs));
    this.#books.saveAll(unwritten, nowMs);
    return results;
  }

  /** The reservation of each payment that is known. */
  reservationsOf(paymentIds: readonly string[]): Map<string, Reservation> {
    const reservations = this.#store.reservationsByPayments(paymentIds);
    return new Map(reservations.flatMap((one) => one.payments.map(({ id }) => [id, one] as const)));
  }

  /** `known`: reservations by id, as they are by now. One that has a payment takes no other, so none changes twice. */
  #begin(request: PayRequest, known: Map<string, Reservation>, unwritten: Unwritten, nowMs: number): PayResult {
    const { accountId, reservationId, paymentId, key, method, idempotencyKey = null } = request;
    const reservation = known.get(reservationId);
    // Another's and none at all look the same.
    if (reservation?.accountId !== accountId) return { ok: false, refusal: "reservation_unknown" };
    const asked = `pay ${reservationId} with ${method ?? "nothing"}`;
    const result = this.#answers.once<PayResult>(accountId, idempotencyKey, asked, nowMs, () => {
      const decision = decide(reservation, { type: "pay", paymentId, key, method }, nowMs);
      if (decision.type === "refused") return { ok: false, refusal: decision.refusal };
      unwritten.push([reservation, decision]);
      known.set(reservationId, decision.reservation);
      const view = viewOf(decision.reservation, this.#books.known().ticketTypeId);
      return { ok: true, reservation: view, payment: firstAnswer(decision.reservation) };
    });
    return result === "other_request" ? { ok: false, refusal: "idempotency_key_reused" } : result;
  }

  /** `ahead`: what was read for all of them at once. What may have changed since is taken out of it, and read again. */
  #settle(
    { paymentId, outcome }: Settlement,
    ahead: Map<string, Reservation>,
    unwritten: Unwritten,
    nowMs: number,
  ): SettleResult {
    const write = () => this.#books.saveAll(unwritten.splice(0), nowMs);
    let reservation = ahead.get(paymentId);
    if (reservation === undefined) {
      write();
      [reservation] = this.#store.reservationsByPayments([paymentId]);
    }
    if (reservation === undefined) return { ok: false, refusal: "payment_unknown" };
    const { quantity, payments } = reservation;
    // A payment that comes through late may need the stock that others have only held too long.
    if (isReleased(reservation)) {
      write();
      const soldOut = () => (quantity > available(this.#books.known()) ? { type: "sold_out" } : null);
      this.#books.afterDueHolds(nowMs, soldOut);
      ahead.clear();
    }
    for (const { id } of payments) ahead.delete(id);
    const event: ReservationEvent =
      outcome.state === "refunded"
        ? { type: "refunded", paymentId }
        : { type: "settle", paymentId, outcome, stockLeft: available(this.#books.known()) };
    const decision = decide(reservation, event, nowMs);
    if (decision.type === "refused") return { ok: false, refusal: decision.refusal };
    unwritten.push([reservation, decision]);
    return { ok: true, state: decision.reservation.state };
  }
}
