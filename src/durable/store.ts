// All SQL of the object. Rows in, plain data out; it decides nothing.

import type { TicketTypeConfig, TicketTypeState } from "./protocol.ts";
import type { Payment, Reservation } from "./reservation.ts";
import {
  PAYMENT_COLUMNS,
  type PaymentRow,
  RESERVATION_COLUMNS,
  type ReservationRow,
  type TicketTypeRow,
  toPayment,
  toReservation,
  toTicketType,
} from "./rows.ts";
import type { Stock } from "./stock.ts";

// Word for word what the partial indexes say, so that SQLite uses them.
const IS_DUE = "reservations.state = 'held' AND release_as IS NULL AND expires_at_ms <= ?";
const IS_DIRTY = "projected_version < version";

/** A payment whose message is due; `dispatches` counts those sent for its present state. */
export interface DueMessage {
  readonly paymentId: string;
  readonly dispatches: number;
}

/** A request that came with an idempotency key, and its result, as text. */
export interface Answer {
  readonly request: string;
  readonly result: string;
}

export class Store {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  ticketType(): TicketTypeState | null {
    const [row] = this.#sql.exec<TicketTypeRow>("SELECT * FROM ticket_type").toArray();
    return row === undefined ? null : toTicketType(row);
  }

  saveTicketType(config: TicketTypeConfig, stock: Stock, version: number): void {
    this.#sql.exec(
      `INSERT INTO ticket_type (only, id, capacity, held, sold, on_sale, on_sale_version, price_minor, currency,
         max_per_buyer, sales_start_ms, sales_end_ms, version)
       VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (only) DO UPDATE SET capacity = excluded.capacity, held = excluded.held, sold = excluded.sold,
         on_sale = excluded.on_sale, on_sale_version = excluded.on_sale_version, price_minor = excluded.price_minor, currency = excluded.currency,
         max_per_buyer = excluded.max_per_buyer, sales_start_ms = excluded.sales_start_ms,
         sales_end_ms = excluded.sales_end_ms, version = excluded.version`,
      config.ticketTypeId,
      stock.capacity,
      stock.held,
      stock.sold,
      config.onSale ? 1 : 0,
      config.onSaleVersion,
      config.priceMinor,
      config.currency,
      config.maxPerBuyer,
      config.salesStartMs,
      config.salesEndMs,
      version,
    );
  }

  saveStock(stock: Stock, version: number): void {
    this.#sql.exec("UPDATE ticket_type SET held = ?, sold = ?, version = ?", stock.held, stock.sold, version);
  }

  reservation(id: string): Reservation | null {
    return this.#oneReservation("id = ?", id);
  }

  reservationByPayment(paymentId: string): Reservation | null {
    return this.#oneReservation("id = (SELECT reservation_id FROM payments WHERE id = ?)", paymentId);
  }

  /** How many tickets of this type the account holds or owns. A hold that is over is neither, released or not. */
  quantityOf(accountId: string, nowMs: number): number {
    return this.#sql
      .exec<{ total: number }>(
        `SELECT COALESCE(SUM(quantity), 0) AS total FROM reservations
         WHERE account_id = ? AND state IN ('held', 'confirmed') AND NOT (${IS_DUE} AND NOT EXISTS (
           SELECT 1 FROM payments WHERE reservation_id = reservations.id AND payments.state = 'pending'))`,
        accountId,
        nowMs,
      )
      .one().total;
  }

  insertReservation(reservation: Reservation): void {
    this.#sql.exec(
      `INSERT INTO reservations (${RESERVATION_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      reservation.id,
      reservation.accountId,
      reservation.quantity,
      reservation.unitPriceMinor,
      reservation.currency,
      reservation.state,
      reservation.releaseAs,
      reservation.createdAtMs,
      reservation.expiresAtMs,
      reservation.version,
    );
  }

  /** What a key was used for, and what that was answered; null where that was not after `afterMs`. */
  answer(accountId: string, key: string, afterMs: number): Answer | null {
    const [row] = this.#sql
      .exec<{ request: string; result: string }>(
        "SELECT request, result FROM answers WHERE account_id = ? AND key = ? AND answered_at_ms > ?",
        accountId,
        key,
        afterMs,
      )
      .toArray();
    return row ?? null;
  }

  saveAnswer(accountId: string, key: string, { request, result }: Answer, nowMs: number): void {
    this.#sql.exec("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?)", accountId, key, request, result, nowMs);
  }

  updateReservation(reservation: Reservation): void {
    this.#sql.exec(
      "UPDATE reservations SET state = ?, release_as = ?, version = ? WHERE id = ?",
      reservation.state,
      reservation.releaseAs,
      reservation.version,
      reservation.id,
    );
  }

  /** `dispatchAtMs`: when the queue is told again; null where nothing is left to tell. */
  savePayment(reservationId: string, payment: Payment, dispatchAtMs: number | null): void {
    this.#sql.exec(
      `INSERT INTO payments (${PAYMENT_COLUMNS}, dispatch_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET state = excluded.state, failure_code = excluded.failure_code,
         failure_message = excluded.failure_message, since_ms = excluded.since_ms,
         needs_person = excluded.needs_person, dispatch_at_ms = excluded.dispatch_at_ms, dispatches = 0`,
      payment.id,
      reservationId,
      payment.key,
      payment.method,
      payment.state,
      payment.failure?.code ?? null,
      payment.failure?.message ?? null,
      payment.sinceMs,
      payment.needsPerson ? 1 : 0,
      dispatchAtMs,
    );
  }

  dueReservations(nowMs: number, limit: number): Reservation[] {
    return this.#reservations(`${IS_DUE} ORDER BY expires_at_ms LIMIT ?`, nowMs, limit);
  }

  firstDeadlineMs(): number | null {
    return this.#sql
      .exec<{ at: number | null }>(
        "SELECT MIN(expires_at_ms) AS at FROM reservations WHERE state = 'held' AND release_as IS NULL",
      )
      .one().at;
  }

  firstDispatchMs(): number | null {
    return this.#sql
      .exec<{ at: number | null }>("SELECT MIN(dispatch_at_ms) AS at FROM payments WHERE dispatch_at_ms IS NOT NULL")
      .one().at;
  }

  paymentsToDispatch(nowMs: number, limit: number): DueMessage[] {
    return this.#sql
      .exec<{ id: string; dispatches: number }>(
        "SELECT id, dispatches FROM payments WHERE dispatch_at_ms <= ? ORDER BY dispatch_at_ms LIMIT ?",
        nowMs,
        limit,
      )
      .toArray()
      .map((row) => ({ paymentId: row.id, dispatches: row.dispatches }));
  }

  recordDispatch(paymentId: string, dispatches: number, nextAtMs: number): void {
    this.#sql.exec(
      "UPDATE payments SET dispatches = ?, dispatch_at_ms = ? WHERE id = ? AND dispatch_at_ms IS NOT NULL",
      dispatches,
      nextAtMs,
      paymentId,
    );
  }

  /** Payments that have been unsettled since before `beforeMs`, and that no person was asked to look at. */
  paymentsToReview(beforeMs: number, limit: number): string[] {
    return this.#sql
      .exec<{ id: string }>(
        `SELECT id FROM payments WHERE state IN ('pending', 'refund_due') AND needs_person = 0 AND since_ms <= ?
         ORDER BY since_ms LIMIT ?`,
        beforeMs,
        limit,
      )
      .toArray()
      .map((row) => row.id);
  }

  /**
   * Forgets reservations that have ended, whose deadline was at or before `endedBeforeMs`, and whose last state is in
   * D1. One with a payment that changed after that moment, or that is not settled, stays. Says how many went.
   */
  dropEnded(endedBeforeMs: number, limit: number): number {
    const ids = this.#sql
      .exec<{ id: string }>(
        `SELECT id FROM reservations WHERE state IN ('cancelled', 'expired') AND expires_at_ms <= ?1
           AND projected_version >= version AND NOT EXISTS (
             SELECT 1 FROM payments WHERE reservation_id = reservations.id
               AND (payments.state IN ('pending', 'refund_due') OR since_ms > ?1))
         ORDER BY expires_at_ms LIMIT ?2`,
        endedBeforeMs,
        limit,
      )
      .toArray()
      .map((row) => row.id);
    const dropped = JSON.stringify(ids);
    this.#sql.exec("DELETE FROM payments WHERE reservation_id IN (SELECT value FROM json_each(?))", dropped);
    this.#sql.exec("DELETE FROM reservations WHERE id IN (SELECT value FROM json_each(?))", dropped);
    return ids.length;
  }

  /** Says how many went. */
  dropAnswers(answeredBeforeMs: number, limit: number): number {
    return this.#sql
      .exec(
        `DELETE FROM answers WHERE (account_id, key) IN (
           SELECT account_id, key FROM answers WHERE answered_at_ms <= ? ORDER BY answered_at_ms LIMIT ?)
         RETURNING 1`,
        answeredBeforeMs,
        limit,
      )
      .toArray().length;
  }

  /** The deadline of the reservation that ended first of those that are still here. */
  firstEndedMs(): number | null {
    return this.#sql
      .exec<{ at: number | null }>(
        "SELECT MIN(expires_at_ms) AS at FROM reservations WHERE state IN ('cancelled', 'expired')",
      )
      .one().at;
  }

  firstAnswerMs(): number | null {
    return this.#sql.exec<{ at: number | null }>("SELECT MIN(answered_at_ms) AS at FROM answers").one().at;
  }

  reservationsAfter(id: string, limit: number): Reservation[] {
    return this.#reservations("id > ? ORDER BY id LIMIT ?", id, limit);
  }

  reservationsWithIds(ids: readonly string[]): Reservation[] {
    return this.#reservations("id IN (SELECT value FROM json_each(?)) ORDER BY id", JSON.stringify(ids));
  }

  /** How many tickets the reservations add up to, by state. */
  ticketsByState(): { held: number; sold: number } {
    return this.#sql
      .exec<{ held: number; sold: number }>(
        `SELECT COALESCE(SUM(quantity) FILTER (WHERE state = 'held'), 0) AS held,
           COALESCE(SUM(quantity) FILTER (WHERE state = 'confirmed'), 0) AS sold
         FROM reservations WHERE state IN ('held', 'confirmed')`,
      )
      .one();
  }

  /** Makes the version the next one above `aboveVersion` as well as above its own: the copy is then made anew. */
  raiseVersion(id: string, aboveVersion: number): void {
    this.#sql.exec("UPDATE reservations SET version = MAX(version, ?) + 1 WHERE id = ?", aboveVersion, id);
  }

  /** Reservations whose copy in D1 is older than they are. */
  dirtyReservations(limit: number): Reservation[] {
    return this.#reservations(`${IS_DIRTY} ORDER BY id LIMIT ?`, limit);
  }

  isDirty(): boolean {
    return (
      this.#sql
        .exec<{ dirty: number }>(
          `SELECT EXISTS (SELECT 1 FROM reservations WHERE ${IS_DIRTY})
           OR EXISTS (SELECT 1 FROM ticket_type WHERE ${IS_DIRTY}) AS dirty`,
        )
        .one().dirty === 1
    );
  }

  /** D1 has acknowledged these versions. What changed meanwhile stays dirty. */
  markProjected(reservations: readonly Reservation[], ticketTypeVersion: number): void {
    this.#sql.exec(
      "UPDATE ticket_type SET projected_version = ? WHERE projected_version < ?",
      ticketTypeVersion,
      ticketTypeVersion,
    );
    for (const { id, version } of reservations) {
      this.#sql.exec(
        "UPDATE reservations SET projected_version = ?1 WHERE id = ?2 AND projected_version < ?1",
        version,
        id,
      );
    }
  }

  #oneReservation(where: string, ...bindings: SqlStorageValue[]): Reservation | null {
    return this.#reservations(where, ...bindings)[0] ?? null;
  }

  #reservations(where: string, ...bindings: SqlStorageValue[]): Reservation[] {
    return this.#sql
      .exec<ReservationRow>(`SELECT ${RESERVATION_COLUMNS} FROM reservations WHERE ${where}`, ...bindings)
      .toArray()
      .map((row) => toReservation(row, this.#payments(row.id)));
  }

  #payments(reservationId: string): Payment[] {
    return this.#sql
      .exec<PaymentRow>(`SELECT ${PAYMENT_COLUMNS} FROM payments WHERE reservation_id = ? ORDER BY seq`, reservationId)
      .toArray()
      .map(toPayment);
  }
}
