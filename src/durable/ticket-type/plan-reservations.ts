// Decides who gets tickets, for many requests at a time: what they have in common is read once, what comes of them is
// written once.

import type { Reservation } from "../../domain/reservation.ts";
import { viewOf } from "../../domain/reservation-view.ts";
import { type ReserveRefusal, refuseReserve } from "../../domain/stock.ts";
import type { Answers } from "./key-records.ts";
import type { Books } from "./ledger.ts";
import type { ReserveRequest, ReserveResult } from "./protocol.ts";
import type { Store } from "./store.ts";

export class Reserving {
  readonly #books: Books;
  readonly #store: Store;
  readonly #answers: Answers;
  readonly #holdMs: number;

  /** `holdMs`: how long a hold lasts. */
  constructor(books: Books, store: Store, answers: Answers, holdMs: number) {
    this.#books = books;
    this.#store = store;
    this.#answers = answers;
    this.#holdMs = holdMs;
  }

  /** Decides each request on its own, in order. In the caller's transaction. */
  all(requests: readonly ReserveRequest[], nowMs: number): ReserveResult[] {
    const earlier = this.#store.reservationsWithIds(requests.map(({ reservationId }) => reservationId));
    const known = new Map(earlier.map((reservation) => [reservation.id, reservation]));
    const theirs = new Map<string, number>();
    return requests.map((request) => this.#once(request, known, theirs, nowMs));
  }

  /** Replays are answered first. `known`: reservations by id; `theirs`: tickets by account, as far as they were asked for. */
  #once(
    request: ReserveRequest,
    known: Map<string, Reservation>,
    theirs: Map<string, number>,
    nowMs: number,
  ): ReserveResult {
    const { reservationId, accountId, quantity, idempotencyKey } = request;
    // The same call again, because its reply was lost.
    const earlier = known.get(reservationId);
    if (earlier?.accountId === accountId && earlier.quantity === quantity) {
      return this.#held({ ...earlier, state: "held", payments: [] });
    }
    if (earlier !== undefined) return { ok: false, refusal: { type: "idempotency_key_reused" } };
    const result = this.#answers.once<ReserveResult>(accountId, idempotencyKey, `reserve ${quantity}`, nowMs, () => {
      const refusal = this.#refusal(request, theirs, nowMs);
      if (refusal !== null) return { ok: false, refusal };
      // From here on nothing can be refused.
      const reservation = this.#hold(request, nowMs);
      known.set(reservationId, reservation);
      if (theirs.has(accountId)) theirs.set(accountId, (theirs.get(accountId) ?? 0) + quantity);
      return this.#held(reservation);
    });
    return result === "other_request" ? { ok: false, refusal: { type: "idempotency_key_reused" } } : result;
  }

  #refusal({ accountId, quantity }: ReserveRequest, theirs: Map<string, number>, nowMs: number): ReserveRefusal | null {
    const { maxPerBuyer } = this.#books.known();
    if (maxPerBuyer !== null && !theirs.has(accountId)) theirs.set(accountId, this.#books.quantityOf(accountId, nowMs));
    const has = theirs.get(accountId) ?? 0;
    return this.#books.afterDueHolds(nowMs, () =>
      refuseReserve(this.#books.known(), this.#books.known(), quantity, has, nowMs),
    );
  }

  #hold({ reservationId, accountId, quantity }: ReserveRequest, nowMs: number): Reservation {
    const { priceMinor, currency } = this.#books.known();
    const reservation: Reservation = {
      ...{ id: reservationId, accountId, quantity, unitPriceMinor: priceMinor, currency },
      ...{ state: "held", releaseAs: null, createdAtMs: nowMs, expiresAtMs: nowMs + this.#holdMs },
      ...{ version: 1, payments: [] },
    };
    this.#books.add(reservation);
    return reservation;
  }

  #held(reservation: Reservation): ReserveResult {
    return { ok: true, reservation: viewOf(reservation, this.#books.known().ticketTypeId) };
  }
}
