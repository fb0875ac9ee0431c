// The books: the ticket type with its counters, in memory as in its table, and the rows that they add up to. They are
// changed together or not at all.

import { log } from "../worker/log.ts";
import type { TicketTypeState } from "./protocol.ts";
import { type Decision, decide, isUnsettled, type Reservation, UNSETTLED_TOO_LONG_MS } from "./reservation.ts";
import { moveStock } from "./stock.ts";
import type { Store } from "./store.ts";

// What is released at a time: by a call before it answers, unless it needs more, and by an alarm before it lets buyers in.
const HOLDS_PER_RELEASE = 500;
const PAYMENTS_PER_REVIEW = 100;

/**
 * Told of each commit: the ticket type as it is now, whether that is another than before, and the reservations that
 * changed. It must not throw.
 */
export type Listener = (ticketType: TicketTypeState, isOther: boolean, changed: readonly Reservation[]) => void;

export class Books {
  readonly #storage: DurableObjectStorage;
  readonly #store: Store;
  readonly #listener: Listener;
  #changed: Reservation[] = [];
  /** What the table says; null while nobody has configured this object. Its storage is then empty, and stays so. */
  #ticketType: TicketTypeState | null = null;

  constructor(storage: DurableObjectStorage, store: Store, listener: Listener) {
    this.#storage = storage;
    this.#store = store;
    this.#listener = listener;
  }

  open(): void {
    this.#ticketType = this.#store.ticketType();
  }

  get ticketType(): TicketTypeState | null {
    return this.#ticketType;
  }

  /** Throws where there is none: whoever asks has made sure. */
  known(): TicketTypeState {
    if (this.#ticketType === null) throw new Error("the ticket type is not configured");
    return this.#ticketType;
  }

  /** Read, decide, write, with no await in between: nothing can interleave. Who listens is told what came of it. */
  transaction<T>(work: () => T): T {
    const before = this.#ticketType;
    this.#changed = [];
    const result = this.#allOrNothing(work);
    const isOther = this.#ticketType !== before;
    const isNews = isOther || this.#changed.length > 0;
    if (isNews && this.#ticketType !== null) this.#listener(this.#ticketType, isOther, this.#changed);
    return result;
  }

  saveConfig(wanted: TicketTypeState): void {
    this.#ticketType = { ...wanted, version: wanted.version + 1 };
    this.#store.saveTicketType(this.#ticketType, this.#ticketType, this.#ticketType.version);
  }

  add(reservation: Reservation): void {
    this.#store.insertReservation(reservation);
    this.#moveStock(null, reservation);
    this.#changed.push(reservation);
  }

  /** Carries a decision out: the reservation, its payments, and the stock. */
  save(before: Reservation, decision: Decision, nowMs: number): void {
    if (decision.type !== "changed") return;
    const after = decision.reservation;
    this.#store.updateReservation(after);
    for (const payment of after.payments) {
      if (before.payments.includes(payment)) continue;
      this.#store.savePayment(after.id, payment, isUnsettled(payment) ? nowMs : null);
    }
    this.#moveStock(before, after);
    this.#changed.push(after);
  }

  /** Gives back what is due, a bounded number of holds. Says how many. */
  releaseSome(nowMs: number): number {
    const due = this.#store.dueReservations(nowMs, HOLDS_PER_RELEASE);
    for (const reservation of due) this.save(reservation, decide(reservation, { type: "due" }, nowMs), nowMs);
    return due.length;
  }

  /** Payments that could not be settled for a day are marked for a person, a bounded number at a time. */
  reviewPayments(nowMs: number): void {
    for (const paymentId of this.#store.paymentsToReview(nowMs - UNSETTLED_TOO_LONG_MS, PAYMENTS_PER_REVIEW)) {
      const reservation = this.#store.reservationByPayment(paymentId);
      if (reservation === null) continue;
      this.save(reservation, decide(reservation, { type: "review", paymentId }, nowMs), nowMs);
      const ticket = this.known().ticketTypeId;
      log("error", "payment needs a person", { ticket, reservation: reservation.id, payment: paymentId });
    }
  }

  /** Memory follows the table, also back. */
  #allOrNothing<T>(work: () => T): T {
    const before = this.#ticketType;
    try {
      return this.#storage.transactionSync(work);
    } catch (fault) {
      this.#ticketType = before;
      throw fault;
    }
  }

  #moveStock(before: Reservation | null, after: Reservation): void {
    if (before?.state === after.state) return;
    const ticketType = this.known();
    const moved = moveStock(ticketType, after.quantity, before?.state ?? null, after.state);
    this.#ticketType = { ...ticketType, ...moved, version: ticketType.version + 1 };
    this.#store.saveStock(moved, this.#ticketType.version);
  }
}
