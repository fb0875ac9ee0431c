// The ticket type with its counters, and the reservations that they add up to.

import { isUnsettled } from "../../domain/payment.ts";
import { decide, isDue, type Reservation } from "../../domain/reservation.ts";
import type { Stock } from "../../domain/stock.ts";
import { type Change, type Changes, Draft } from "./draft.ts";
import type { TicketTypeState } from "./protocol.ts";
import { dispatchDelayMs } from "./schedule.ts";
import type { Store } from "./store.ts";

/** Due holds that one step releases. A call that needs more stock takes several steps. */
const HOLDS_PER_STEP = 100;

/**
 * A message for the queue. It counts as sent already, and is sent again at `plannedAtMs` unless the
 * payment is settled.
 */
export interface NewMessage {
  readonly paymentId: string;
  readonly plannedAtMs: number;
}

export interface Commit<Result> {
  readonly result: Result;
  readonly changed: readonly Reservation[];
}

export class Ledger {
  readonly #storage: DurableObjectStorage;
  readonly #store: Store;
  /** Null until the object is configured. Its storage stays empty until then. */
  #ticketType: TicketTypeState | null = null;
  // What the transaction in progress changed.
  #changed: Reservation[] = [];
  #newMessages: NewMessage[] = [];

  constructor(storage: DurableObjectStorage, store: Store) {
    this.#storage = storage;
    this.#store = store;
  }

  open(): void {
    this.#ticketType = this.#store.ticketType();
  }

  get ticketType(): TicketTypeState | null {
    return this.#ticketType;
  }

  /** The ticket type, for callers that know it is configured. */
  requireTicketType(): TicketTypeState {
    if (this.#ticketType === null) throw new Error("the ticket type is not configured");
    return this.#ticketType;
  }

  /** Runs `work` in one transaction. If it throws, memory is rolled back too. */
  transaction<Result>(work: () => Result): Commit<Result> {
    const before = this.#ticketType;
    const messagesBefore = this.#newMessages.length;
    this.#changed = [];
    try {
      const result = this.#storage.transactionSync(work);
      return { result, changed: this.#changed };
    } catch (fault) {
      this.#ticketType = before;
      this.#newMessages.length = messagesBefore;
      this.#store.invalidateCaches();
      throw fault;
    }
  }

  /** Writes the ticket type with the next version. In a transaction. */
  saveTicketType(wanted: TicketTypeState): void {
    this.#ticketType = { ...wanted, version: wanted.version + 1 };
    this.#store.saveTicketType(this.#ticketType);
  }

  /** Writes what a batch was planned to change. In a transaction. */
  apply({ reservations, keys, stock }: Changes, nowMs: number): void {
    const inserted = reservations.filter(({ before }) => before === null);
    const updated = Map.groupBy(
      reservations.filter(({ before }) => before !== null),
      ({ before, after }) => before?.state !== after.state || before.releaseAs !== after.releaseAs,
    );
    this.#store.insertReservations(inserted.map(({ after }) => after));
    this.#store.updateReservations((updated.get(true) ?? []).map(({ after }) => after));
    this.#store.updateVersions((updated.get(false) ?? []).map(({ after }) => after));
    this.#savePayments(reservations, nowMs);
    this.#store.saveKeyRecords(keys, nowMs);
    this.#saveStock(stock);
    this.#changed.push(...reservations.map(({ after }) => after));
  }

  /** Reads reservations, those of them that are due expired first. */
  readCurrent(ids: readonly string[], nowMs: number): Reservation[] {
    const reservations = this.#store.reservationsWithIds(ids);
    if (!reservations.some((reservation) => isDue(reservation, nowMs))) return reservations;
    return this.#expire(reservations, nowMs);
  }

  /** Expires due holds, at most `limit` of them. Returns how many it found. In a transaction. */
  releaseDue(nowMs: number, limit = HOLDS_PER_STEP): number {
    if (!this.#store.nextDeadline.isDue(nowMs)) return 0;
    const due = this.#store.dueReservations(nowMs, limit);
    this.#expire(due, nowMs);
    return due.length;
  }

  /** A hold's tickets are available at its deadline: expires due holds until `isEnough`. */
  releaseDueUntil(isEnough: (stock: Stock) => boolean, nowMs: number): void {
    while (!isEnough(this.requireTicketType()) && this.releaseDue(nowMs) > 0);
  }

  /** Messages of the transactions since the last call, each once. */
  takeNewMessages(): NewMessage[] {
    return this.#newMessages.splice(0);
  }

  #expire(reservations: readonly Reservation[], nowMs: number): Reservation[] {
    const draft = new Draft(this.requireTicketType(), reservations);
    for (const reservation of reservations) {
      const decision = decide(reservation, { type: "due" }, nowMs);
      if (decision.type !== "refused") draft.accept(decision);
    }
    this.apply(draft.changes(), nowMs);
    return reservations.map((reservation) => draft.find(reservation.id) ?? reservation);
  }

  /** A message is recorded as sent before it is sent: a crash in between costs only a delay. */
  #savePayments(changes: readonly Change[], nowMs: number): void {
    const plannedAtMs = nowMs + dispatchDelayMs(1);
    const changed = changes.flatMap(({ before, after }) =>
      after.payments
        .filter((payment) => !before?.payments.includes(payment))
        .map((payment) => ({ reservationId: after.id, payment, isSent: isUnsettled(payment) })),
    );
    this.#store.payments.save(
      changed.map(({ reservationId, payment, isSent }) => ({
        reservationId,
        payment,
        dispatches: isSent ? 1 : 0,
        dispatchAtMs: isSent ? plannedAtMs : null,
      })),
    );
    for (const { payment, isSent } of changed) {
      if (isSent) this.#newMessages.push({ paymentId: payment.id, plannedAtMs });
    }
  }

  #saveStock({ held, sold }: Stock): void {
    const ticketType = this.requireTicketType();
    if (held === ticketType.held && sold === ticketType.sold) return;
    this.#ticketType = { ...ticketType, held, sold, version: ticketType.version + 1 };
    this.#store.saveStock(this.#ticketType, this.#ticketType.version);
  }
}
