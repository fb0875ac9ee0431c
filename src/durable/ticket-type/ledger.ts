// The books: the ticket type with its counters, in memory as in its table, and the rows that they add up to. They are
// changed together or not at all.

import {
  type Decision,
  decide,
  isReleased,
  isUnsettled,
  type Reservation,
  UNSETTLED_TOO_LONG_MS,
} from "../../domain/reservation.ts";
import { moveStock } from "../../domain/stock.ts";
import { log } from "../../platform/log.ts";
import { Buyers } from "./buyers.ts";
import type { TicketTypeState } from "./protocol.ts";
import { dispatchDelayMs } from "./schedule.ts";
import type { Store } from "./store.ts";

// What is released at a time: by a call before it answers, unless it needs more, and by an alarm before it lets buyers in.
const HOLDS_PER_CALL = 100;
export const HOLDS_PER_ALARM = 500;
const PAYMENTS_PER_REVIEW = 100;
// Refusals that giving back what is due may change.
const FOR_WANT_OF_STOCK: ReadonlySet<string> = new Set(["sold_out", "capacity_below_committed"]);

/**
 * Told of each commit: the ticket type as it is now, whether that is another than before, and the reservations that
 * changed. It must not throw.
 */
export type Listener = (ticketType: TicketTypeState, isOther: boolean, changed: readonly Reservation[]) => void;

/** A message for the queue; kept as sent already, and to be sent again at `plannedAtMs`. */
export interface Message {
  readonly paymentId: string;
  readonly plannedAtMs: number;
}

export class Books {
  readonly #storage: DurableObjectStorage;
  readonly #store: Store;
  readonly #listener: Listener;
  readonly #buyers: Buyers;
  // Of the transaction that is under way. What is new, and the stock, is written once, at its end.
  #changed: Reservation[] = [];
  #added = new Map<number, Reservation[]>();
  #stockMoved = false;
  // Of transactions that are over, and of the one that is under way.
  #messages: Message[] = [];
  /** What the table says; null while nobody has configured this object. Its storage is then empty, and stays so. */
  #ticketType: TicketTypeState | null = null;

  constructor(storage: DurableObjectStorage, store: Store, listener: Listener) {
    this.#storage = storage;
    this.#store = store;
    this.#listener = listener;
    this.#buyers = new Buyers(store);
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
    this.#added = new Map();
    this.#stockMoved = false;
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

  /** How many tickets of this type the account holds or owns, but for what this transaction adds. */
  quantityOf(accountId: string, nowMs: number): number {
    const eras = this.#buyers.erasOf(accountId);
    return eras.length === 0 ? 0 : this.#store.quantityOf(accountId, eras, nowMs);
  }

  /** Within one transaction all that are added are of one moment and one price. */
  add(reservation: Reservation): void {
    const era = this.#buyers.note(reservation.accountId);
    const added = this.#added.get(era) ?? [];
    if (added.push(reservation) === 1) this.#added.set(era, added);
    this.#moveStock(null, reservation);
    this.#changed.push(reservation);
  }

  /** Carries a decision out: the reservation, its payments, and the stock. */
  save(before: Reservation, decision: Decision, nowMs: number): void {
    this.saveAll([[before, decision]], nowMs);
  }

  /** Decisions on different reservations, whose rows are written together. */
  saveAll(decisions: readonly (readonly [before: Reservation, Decision])[], nowMs: number): void {
    const changes = decisions.flatMap(([before, decision]) =>
      decision.type === "changed" ? [{ before, after: decision.reservation }] : [],
    );
    const byMove = Map.groupBy(
      changes,
      ({ before, after }) => before.state !== after.state || before.releaseAs !== after.releaseAs,
    );
    for (const [haveMoved, ones] of byMove) {
      this.#store.updateReservations(
        ones.map(({ after }) => after),
        haveMoved,
      );
    }
    this.#savePayments(changes, nowMs);
    for (const { before, after } of changes) {
      // Taken again: who bought in an era is known of those only that were bought in it.
      if (isReleased(before) && !isReleased(after)) this.#store.moveToEra(after.id, this.#buyers.note(after.accountId));
      this.#moveStock(before, after);
      this.#changed.push(after);
    }
  }

  /** What the queue is to be told at once, after transactions that are over; each only once. */
  takeMessages(): Message[] {
    const messages = this.#messages;
    this.#messages = [];
    return messages;
  }

  /** Gives back what is due, at most so many holds. Says how many. */
  releaseSome(nowMs: number, most = HOLDS_PER_CALL): number {
    if (!this.#store.deadline.isDue(nowMs)) return 0;
    const due = this.#store.dueReservations(nowMs, most);
    this.releaseDue(due, nowMs);
    return due.length;
  }

  /** Gives back those of them that are due. */
  releaseDue(reservations: readonly Reservation[], nowMs: number): void {
    this.saveAll(
      reservations.map((reservation) => [reservation, decide(reservation, { type: "due" }, nowMs)]),
      nowMs,
    );
  }

  /** What `refuse` says once no hold that is over is the reason: its tickets are available at its deadline. */
  afterDueHolds<R extends { readonly type: string }>(nowMs: number, refuse: () => R | null): R | null {
    let refusal = refuse();
    while (refusal !== null && FOR_WANT_OF_STOCK.has(refusal.type) && this.releaseSome(nowMs) > 0) refusal = refuse();
    return refusal;
  }

  /** Payments that could not be settled for a day are marked for a person, a bounded number at a time. */
  reviewPayments(nowMs: number): void {
    for (const paymentId of this.#store.paymentsToReview(nowMs - UNSETTLED_TOO_LONG_MS, PAYMENTS_PER_REVIEW)) {
      const [reservation] = this.#store.reservationsByPayments([paymentId]);
      if (reservation === undefined) continue;
      this.save(reservation, decide(reservation, { type: "review", paymentId }, nowMs), nowMs);
      const ticket = this.known().ticketTypeId;
      log("error", "payment needs a person", { ticket, reservation: reservation.id, payment: paymentId });
    }
  }

  /** Memory follows the table, also back. */
  #allOrNothing<T>(work: () => T): T {
    const before = this.#ticketType;
    const messages = this.#messages.length;
    try {
      return this.#storage.transactionSync(() => {
        const result = work();
        for (const [era, reservations] of this.#added) this.#store.insertReservations(reservations, era);
        const { ticketType } = this;
        if (this.#stockMoved && ticketType !== null) this.#store.saveStock(ticketType, ticketType.version);
        return result;
      });
    } catch (fault) {
      this.#ticketType = before;
      this.#messages.length = messages;
      this.#store.forget();
      this.#buyers.forget();
      throw fault;
    }
  }

  /** A message is kept as sent before it is: a crash in between costs a delay, never a payment. */
  #savePayments(changes: readonly { before: Reservation; after: Reservation }[], nowMs: number): void {
    const plannedAtMs = nowMs + dispatchDelayMs(1);
    const saved = changes.flatMap(({ before, after }) =>
      after.payments
        .filter((payment) => !before.payments.includes(payment))
        .map((payment) => {
          const next = isUnsettled(payment)
            ? { dispatches: 1, dispatchAtMs: plannedAtMs }
            : { dispatches: 0, dispatchAtMs: null };
          return { reservationId: after.id, payment, ...next };
        }),
    );
    this.#store.savePayments(saved);
    for (const { payment } of saved) {
      if (isUnsettled(payment)) this.#messages.push({ paymentId: payment.id, plannedAtMs });
    }
  }

  #moveStock(before: Reservation | null, after: Reservation): void {
    if (before?.state === after.state) return;
    const ticketType = this.known();
    const moved = moveStock(ticketType, after.quantity, before?.state ?? null, after.state);
    this.#ticketType = { ...ticketType, ...moved, version: ticketType.version + 1 };
    this.#stockMoved = true;
  }
}
