// All SQL of the object. Rows in, plain data out; it decides nothing.

import type { Payment, Reservation } from "../../domain/reservation.ts";
import type { Stock } from "../../domain/stock.ts";
import { Soonest } from "./next-due.ts";
import type { TicketTypeConfig, TicketTypeState } from "./protocol.ts";
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

// Word for word what the partial indexes say, so that SQLite uses them.
const IS_DUE = "reservations.state = 'held' AND release_as IS NULL AND expires_at_ms <= ?";
const IS_DIRTY = "projected_version < version";
const IS_COUNTED = "state IN ('held', 'confirmed')";

/** A payment whose message is due; `dispatches` counts those sent for its present state. */
export interface DueMessage {
  readonly paymentId: string;
  readonly dispatches: number;
}

/** A payment as it is to be kept; `dispatchAtMs`: when the queue is told again, null where nothing is left to tell. */
export interface SavedPayment {
  readonly reservationId: string;
  readonly payment: Payment;
  readonly dispatches: number;
  readonly dispatchAtMs: number | null;
}

/** A request that came with an idempotency key, and its result, as text. */
export interface Answer {
  readonly request: string;
  readonly result: string;
}

export class Store {
  /** What is to be done when. Kept in memory, so that a call that finds nothing to do need not ask for it. */
  readonly deadline = this.#soonest(
    "SELECT MIN(expires_at_ms) AS at FROM reservations WHERE state = 'held' AND release_as IS NULL",
  );
  readonly dispatch = this.#soonest("SELECT MIN(dispatch_at_ms) AS at FROM payments WHERE dispatch_at_ms IS NOT NULL");
  readonly answered = this.#soonest("SELECT MIN(answered_at_ms) AS at FROM answers");
  readonly ended = this.#soonest(
    "SELECT MIN(expires_at_ms) AS at FROM reservations WHERE state IN ('cancelled', 'expired')",
  );
  readonly #sql: SqlStorage;
  #isDirty: boolean | null = null;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** A transaction was undone: what is in memory may say otherwise than the tables. */
  forget(): void {
    for (const soonest of [this.deadline, this.dispatch, this.answered, this.ended]) soonest.forget();
    this.#isDirty = null;
  }

  ticketType(): TicketTypeState | null {
    const [row] = this.#sql.exec<TicketTypeRow>("SELECT * FROM ticket_type").toArray();
    return row === undefined ? null : toTicketType(row);
  }

  /** With a version that D1 does not have. */
  saveTicketType(config: TicketTypeConfig, stock: Stock, version: number): void {
    this.#isDirty = true;
    this.#sql.exec(
      `INSERT OR REPLACE INTO ticket_type (only, id, capacity, held, sold, on_sale, on_sale_version, price_minor, currency,
         max_per_buyer, sales_start_ms, sales_end_ms, version)
       VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
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
    this.#isDirty = true;
    this.#sql.exec("UPDATE ticket_type SET held = ?, sold = ?, version = ?", stock.held, stock.sold, version);
  }

  reservation(id: string): Reservation | null {
    return this.#reservations("id = ?", id)[0] ?? null;
  }

  /** Those that the payments are of, each once, in no order. */
  reservationsByPayments(paymentIds: readonly string[]): Reservation[] {
    return this.#reservations(
      "id IN (SELECT reservation_id FROM payments WHERE id IN (SELECT value FROM json_each(?)))",
      JSON.stringify(paymentIds),
    );
  }

  /**
   * How many tickets of this type the account holds or owns, of those that it took in these eras. A hold that is over is
   * neither, released or not.
   */
  quantityOf(accountId: string, eras: readonly number[], nowMs: number): number {
    return this.#sql
      .exec<{ total: number }>(
        `SELECT COALESCE(SUM(quantity), 0) AS total FROM reservations
         WHERE era IN (SELECT value FROM json_each(?)) AND account_id = ? AND ${IS_COUNTED} AND NOT (${IS_DUE} AND NOT EXISTS (
           SELECT 1 FROM payments WHERE reservation_id = reservations.id AND payments.state = 'pending'))`,
        JSON.stringify(eras),
        accountId,
        nowMs,
      )
      .one().total;
  }

  hasBuyersIn(era: number): boolean {
    return (
      this.#sql.exec(`SELECT 1 FROM reservations WHERE era = ? AND ${IS_COUNTED} LIMIT 1`, era).toArray().length > 0
    );
  }

  /** Each as often as it has reservations. */
  buyersIn(era: number): string[] {
    return this.#sql
      .exec<{ id: string }>(`SELECT account_id AS id FROM reservations WHERE era = ? AND ${IS_COUNTED}`, era)
      .toArray()
      .map(({ id }) => id);
  }

  /** 0 where there is none. */
  lastEra(): number {
    return this.#sql
      .exec<{ era: number }>(
        `SELECT MAX(COALESCE((SELECT MAX(era) FROM reservations WHERE ${IS_COUNTED}), 0),
           COALESCE((SELECT MAX(era) FROM eras), 0)) AS era`,
      )
      .one().era;
  }

  /** The eras that are over, and who bought in each, as a filter; one at a time, because all of them may be large. */
  eras(): Iterable<{ era: number; accounts: ArrayBuffer }> {
    return this.#sql.exec<{ era: number; accounts: ArrayBuffer }>("SELECT era, accounts FROM eras");
  }

  saveEra(era: number, accounts: Uint8Array<ArrayBuffer>): void {
    this.#sql.exec("INSERT OR REPLACE INTO eras VALUES (?, ?)", era, accounts);
  }

  /** Forgets who bought in eras of which no reservation counts any more, but for the last one. Says how many went. */
  dropEras(limit: number): number {
    return this.#sql
      .exec(
        `DELETE FROM eras WHERE era IN (
           SELECT era FROM eras WHERE era < (SELECT MAX(era) FROM eras) AND NOT EXISTS (
             SELECT 1 FROM reservations WHERE era = eras.era AND ${IS_COUNTED}) LIMIT ?)
         RETURNING 1`,
        limit,
      )
      .toArray().length;
  }

  /** New ones of one era, in one statement. They are of one moment and one price: that is told once for all of them. */
  insertReservations(reservations: readonly Reservation[], era: number): void {
    const [first] = reservations;
    if (first === undefined) return;
    this.#isDirty = true;
    this.deadline.note(first.expiresAtMs);
    const { unitPriceMinor, currency, state, releaseAs, createdAtMs, expiresAtMs, version } = first;
    const rows = reservations.map(({ id, accountId, quantity }) => [id, accountId, quantity]);
    this.#sql.exec(
      `INSERT INTO reservations (${RESERVATION_COLUMNS}, era)
       SELECT value ->> 0, value ->> 1, value ->> 2, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 FROM json_each(?1)`,
      JSON.stringify(rows),
      ...[unitPriceMinor, currency, state, releaseAs, createdAtMs, expiresAtMs, version, era],
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
    this.answered.note(nowMs);
    this.#sql.exec("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?)", accountId, key, request, result, nowMs);
  }

  /**
   * What has changed of them, in one statement. `haveMoved`: their states, too; else what finds them by those is not written
   * anew.
   */
  updateReservations(reservations: readonly Reservation[], haveMoved: boolean): void {
    this.#isDirty = true;
    for (const { state, releaseAs, expiresAtMs } of reservations) {
      if (state === "held" && releaseAs === null) this.deadline.note(expiresAtMs);
      if (state === "cancelled" || state === "expired") this.ended.note(expiresAtMs);
    }
    const rows = reservations.map(({ id, state, releaseAs, version }) => [id, state, releaseAs, version]);
    const STATES = haveMoved ? "state = value ->> 1, release_as = value ->> 2, " : "";
    this.#sql.exec(
      `UPDATE reservations SET ${STATES}version = value ->> 3
       FROM json_each(?) WHERE reservations.id = value ->> 0`,
      JSON.stringify(rows),
    );
  }

  /** It is of another era now. */
  moveToEra(reservationId: string, era: number): void {
    this.#sql.exec("UPDATE reservations SET era = ? WHERE id = ?", era, reservationId);
  }

  /** New ones, and what has changed of others, in one statement. */
  savePayments(payments: readonly SavedPayment[]): void {
    if (payments.length === 0) return;
    for (const { dispatchAtMs } of payments) this.dispatch.note(dispatchAtMs);
    const rows = payments.map(({ reservationId, payment, dispatches, dispatchAtMs }) => [
      ...[payment.id, reservationId, payment.key, payment.method, payment.state],
      ...[payment.failure?.code, payment.failure?.message, payment.sinceMs, payment.needsPerson ? 1 : 0],
      ...[dispatches, dispatchAtMs],
    ]);
    this.#sql.exec(
      // Without the WHERE, SQLite takes ON CONFLICT for a join's ON.
      `INSERT INTO payments (${PAYMENT_COLUMNS}, dispatches, dispatch_at_ms)
       SELECT ${rows[0]?.map((_, column) => `value ->> ${column}`)} FROM json_each(?) WHERE true
       ON CONFLICT (id) DO UPDATE SET state = excluded.state, failure_code = excluded.failure_code,
         failure_message = excluded.failure_message, since_ms = excluded.since_ms,
         needs_person = excluded.needs_person, dispatch_at_ms = excluded.dispatch_at_ms, dispatches = excluded.dispatches`,
      JSON.stringify(rows),
    );
  }

  dueReservations(nowMs: number, limit: number): Reservation[] {
    return this.#reservations(`${IS_DUE} ORDER BY expires_at_ms LIMIT ?`, nowMs, limit);
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
    this.dispatch.note(nextAtMs);
    this.#sql.exec(
      "UPDATE payments SET dispatches = ?, dispatch_at_ms = ? WHERE id = ? AND dispatch_at_ms IS NOT NULL",
      dispatches,
      nextAtMs,
      paymentId,
    );
  }

  /** It was not sent after all: due at `nextAtMs`, unless something else has come of it meanwhile. */
  undoDispatch({ paymentId, dispatches }: DueMessage, plannedAtMs: number, nextAtMs: number): void {
    this.dispatch.note(nextAtMs);
    this.#sql.exec(
      "UPDATE payments SET dispatches = ?, dispatch_at_ms = ? WHERE id = ? AND dispatches = ? AND dispatch_at_ms = ?",
      ...[dispatches, nextAtMs, paymentId, dispatches + 1, plannedAtMs],
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
    this.ended.forget();
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
    this.answered.forget();
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
    this.#isDirty = true;
    this.#sql.exec("UPDATE reservations SET version = MAX(version, ?) + 1 WHERE id = ?", aboveVersion, id);
  }

  /** Reservations whose copy in D1 is older than they are. */
  dirtyReservations(limit: number): Reservation[] {
    return this.#reservations(`${IS_DIRTY} ORDER BY id LIMIT ?`, limit);
  }

  isDirty(): boolean {
    this.#isDirty ??=
      this.#sql
        .exec<{ dirty: number }>(
          `SELECT EXISTS (SELECT 1 FROM reservations WHERE ${IS_DIRTY})
           OR EXISTS (SELECT 1 FROM ticket_type WHERE ${IS_DIRTY}) AS dirty`,
        )
        .one().dirty === 1;
    return this.#isDirty;
  }

  /** D1 has acknowledged these versions. What changed meanwhile stays dirty. */
  markProjected(reservations: readonly Reservation[], ticketTypeVersion: number): void {
    this.#sql.exec(
      "UPDATE ticket_type SET projected_version = ? WHERE projected_version < ?",
      ticketTypeVersion,
      ticketTypeVersion,
    );
    this.#sql.exec(
      `UPDATE reservations SET projected_version = value ->> 1
       FROM json_each(?) WHERE reservations.id = value ->> 0 AND projected_version < value ->> 1`,
      JSON.stringify(reservations.map(({ id, version }) => [id, version])),
    );
    this.#isDirty = null;
  }

  #reservations(where: string, ...bindings: SqlStorageValue[]): Reservation[] {
    const rows = this.#sql
      .exec<ReservationRow>(`SELECT ${RESERVATION_COLUMNS} FROM reservations WHERE ${where}`, ...bindings)
      .toArray();
    const payments = rows.length === 0 ? [] : this.#payments(rows.map(({ id }) => id));
    const paymentsOf = Map.groupBy(payments, (row) => row.reservation_id);
    return rows.map((row) => toReservation(row, (paymentsOf.get(row.id) ?? []).map(toPayment)));
  }

  #payments(reservationIds: readonly string[]): PaymentRow[] {
    return this.#sql
      .exec<PaymentRow>(
        `SELECT ${PAYMENT_COLUMNS} FROM payments WHERE reservation_id IN (SELECT value FROM json_each(?)) ORDER BY seq`,
        JSON.stringify(reservationIds),
      )
      .toArray();
  }

  /** What `query` says: one moment, as `at`. */
  #soonest(query: string): Soonest {
    return new Soonest(() => this.#sql.exec<{ at: number | null }>(query).one().at);
  }
}
