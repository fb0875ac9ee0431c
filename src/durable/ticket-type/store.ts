// The SQL of the ticket type and its reservations.

import { readPassId } from "../../domain/pass.ts";
import { isRefundId } from "../../domain/refund.ts";
import type { Reservation } from "../../domain/reservation.ts";
import { refundsAsText } from "../../platform/refund-text.ts";
import { type Part, parametersOf, TOTALS, type Total } from "../../platform/totals.ts";
import { NextDue } from "../shared/next-due.ts";
import { RefundMessages } from "../shared/refund-messages.ts";
import type { Inventory } from "./draft.ts";
import { KeyStore } from "./key-store.ts";
import { PassStore, type StoredPass } from "./pass-store.ts";
import { PaymentStore } from "./payment-store.ts";
import type { PassChange } from "./plan-passes.ts";
import { PriceStore } from "./price-store.ts";
import type { TicketTypeState } from "./protocol.ts";
import {
  priceStockOf,
  RESERVATION_COLUMNS,
  RESERVATION_SELECTED,
  RESERVATION_VALUES,
  type ReservationRow,
  reservationValues,
  TICKET_TYPE_COLUMNS,
  TICKET_TYPE_SELECTED,
  TICKET_TYPE_VALUES,
  type TicketTypeRow,
  ticketTypeValues,
  toReservation,
  toTicketType,
} from "./rows.ts";

// Word for word the conditions of the partial indexes, so that SQLite uses them.
const IS_DUE = "reservations.state = 'held' AND release_as IS NULL AND expires_at_ms <= ?";
const IS_DIRTY = "projected_version < version";
const IS_COUNTED = "state IN ('held', 'confirmed')";
export const IS_SOLD = "state IN ('confirmed', 'refunded')";

/** A place among what is sold, in the order of its buyers: an index has them so. */
export type PlaceOfSold = Pick<Reservation, "accountId" | "id">;
export const FIRST_SOLD: PlaceOfSold = { accountId: "", id: "" };

// Word for word the index's condition, and then the state.
const IS_CONFIRMED = `${IS_COUNTED} AND reservations.state = 'confirmed'`;

// What is kept until its refund has succeeded, and was looked at for the last time. The conditions
// are those of indexes.
const OWED = `
  SELECT owner_id FROM refund_messages WHERE dispatch_at_ms IS NOT NULL
  UNION ALL SELECT reservation_id FROM payments
  WHERE state IN ('pending', 'refund_due') AND needs_person = 0 AND state = 'refund_due'`;

export class Store {
  readonly keys: KeyStore;
  readonly passes: PassStore;
  readonly payments: PaymentStore;
  readonly prices: PriceStore;
  readonly refunds: RefundMessages;
  readonly nextDeadline: NextDue;
  readonly firstEnded: NextDue;
  readonly #sql: SqlStorage;
  #isDirty: boolean | null = null;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.keys = new KeyStore(sql);
    this.passes = new PassStore(sql);
    this.payments = new PaymentStore(sql);
    this.prices = new PriceStore(sql);
    this.refunds = new RefundMessages(sql);
    this.nextDeadline = this.#nextDue(
      "SELECT MIN(expires_at_ms) AS at FROM reservations WHERE state = 'held' AND release_as IS NULL",
    );
    this.firstEnded = this.#nextDue(
      `SELECT MIN(expires_at_ms) AS at FROM reservations WHERE state IN ('cancelled', 'expired')
         AND id NOT IN (${OWED})`,
    );
  }

  /** A transaction was undone, or an alarm runs: what is cached may differ from the tables. */
  invalidateCaches(): void {
    const { keys, payments, refunds } = this;
    const due = [this.nextDeadline, keys.firstUse, this.firstEnded, payments.nextDispatch, refunds.nextDispatch];
    for (const cached of due) cached.invalidate();
    this.passes.invalidateCaches();
    this.#isDirty = null;
  }

  ticketType(): TicketTypeState | null {
    const [row] = this.#sql
      .exec<TicketTypeRow>(`SELECT ${TICKET_TYPE_SELECTED}, price_stock AS priceStock FROM ticket_type`)
      .toArray();
    return row === undefined ? null : toTicketType(row, this.prices.all());
  }

  /** Whether a version that does not know prices has moved stock since they were counted. */
  arePricesBehind(): boolean {
    return (
      this.#sql
        .exec(
          `SELECT 1 FROM ticket_type WHERE prices_version < version
         AND (EXISTS (SELECT 1 FROM prices WHERE position > 0) OR EXISTS (SELECT 1 FROM codes))`,
        )
        .toArray().length > 0
    );
  }

  /** The rules of its prices are saved apart. */
  saveTicketType(ticketType: TicketTypeState): void {
    this.#isDirty = true;
    this.#sql.exec(
      `INSERT OR REPLACE INTO ticket_type (only, ${TICKET_TYPE_COLUMNS}, price_stock, prices_version)
       VALUES (1, ${TICKET_TYPE_VALUES}, ?, ?)`,
      ...ticketTypeValues(ticketType),
      priceStockOf(ticketType.prices),
      ticketType.version,
    );
  }

  saveStock({ held, sold, prices }: Inventory, version: number): void {
    this.#isDirty = true;
    this.#sql.exec(
      "UPDATE ticket_type SET held = ?, sold = ?, price_stock = ?, version = ?, prices_version = ?",
      held,
      sold,
      priceStockOf(prices),
      version,
      version,
    );
  }

  /** Passes are written apart, with what came of the requests about them. */
  savePasses(changes: readonly PassChange[], nowMs: number): void {
    if (changes.length > 0) this.#isDirty = true;
    this.passes.save(changes, nowMs);
  }

  reservation(id: string): Reservation | null {
    return this.#reservations("id = ?", id)[0] ?? null;
  }

  reservationsWithIds(ids: readonly string[]): Reservation[] {
    return this.#reservations("id IN (SELECT value FROM json_each(?)) ORDER BY id", JSON.stringify(ids));
  }

  reservationsByPayments(paymentIds: readonly string[]): Reservation[] {
    return this.#reservations(
      "id IN (SELECT reservation_id FROM payments WHERE id IN (SELECT value FROM json_each(?)))",
      JSON.stringify(paymentIds),
    );
  }

  /** Of payments and of attempts at refunds. */
  reservationsOf(ids: readonly string[]): Reservation[] {
    const refundIds = ids.filter(isRefundId);
    const ofPayments = refundIds.length === ids.length ? [] : this.reservationsByPayments(ids);
    if (refundIds.length === 0) return ofPayments;
    const owners = new Set(this.refunds.ownersOf(refundIds).values());
    for (const { id } of ofPayments) owners.delete(id);
    return [...ofPayments, ...this.reservationsWithIds([...owners])];
  }

  heldBy(accountId: string): Reservation[] {
    return this.#reservations(`account_id = ? AND ${IS_COUNTED} AND reservations.state = 'held'`, accountId);
  }

  reservationsAfter(id: string, limit: number): Reservation[] {
    return this.#reservations("id > ? ORDER BY id LIMIT ?", id, limit);
  }

  dueReservations(nowMs: number, limit: number): Reservation[] {
    return this.#reservations(`${IS_DUE} ORDER BY expires_at_ms LIMIT ?`, nowMs, limit);
  }

  /**
   * How many tickets each account holds or owns; accounts without any are left out. A hold that is
   * due does not count, released or not, unless a payment for it is pending.
   */
  ownedByAccounts(accountIds: readonly string[], nowMs: number): Map<string, number> {
    const rows = this.#sql
      .exec<{ account_id: string; total: number }>(
        `SELECT account_id, SUM(quantity - given_back) AS total FROM reservations
         WHERE account_id IN (SELECT value FROM json_each(?)) AND ${IS_COUNTED} AND NOT (${IS_DUE} AND NOT EXISTS (
           SELECT 1 FROM payments WHERE reservation_id = reservations.id AND payments.state = 'pending'))
         GROUP BY account_id`,
        JSON.stringify(accountIds),
        nowMs,
      )
      .toArray();
    return new Map(rows.map((row) => [row.account_id, row.total]));
  }

  /** Whether any reservation is sold of which something is left to give back. */
  hasSold(): boolean {
    return this.#sql.exec(`SELECT 1 FROM reservations WHERE ${IS_CONFIRMED} LIMIT 1`).toArray().length > 0;
  }

  soldAfter({ accountId, id }: PlaceOfSold, limit: number): Reservation[] {
    return this.#reservations(
      `${IS_CONFIRMED} AND (account_id, id) > (?, ?) ORDER BY account_id, id LIMIT ?`,
      accountId,
      id,
      limit,
    );
  }

  countSold(): number {
    return this.#sql.exec<{ n: number }>(`SELECT COUNT(*) AS n FROM reservations WHERE ${IS_CONFIRMED}`).one().n;
  }

  hasReservations(): boolean {
    return this.#sql.exec("SELECT 1 FROM reservations LIMIT 1").toArray().length > 0;
  }

  insertReservations(reservations: readonly Reservation[]): void {
    if (reservations.length === 0) return;
    this.#isDirty = true;
    for (const { expiresAtMs } of reservations) this.nextDeadline.add(expiresAtMs);
    this.#sql.exec(
      `INSERT INTO reservations (${RESERVATION_COLUMNS}) SELECT ${RESERVATION_VALUES} FROM json_each(?)`,
      JSON.stringify(reservations.map(reservationValues)),
    );
  }

  updateReservations(reservations: readonly Reservation[]): void {
    if (reservations.length === 0) return;
    this.#isDirty = true;
    for (const { state, releaseAs, expiresAtMs } of reservations) {
      if (state === "held" && releaseAs === null) this.nextDeadline.add(expiresAtMs);
      if (state === "cancelled" || state === "expired") this.firstEnded.add(expiresAtMs);
    }
    this.#sql.exec(
      `UPDATE reservations SET state = value ->> 1, release_as = value ->> 2, version = value ->> 3,
         given_back = value ->> 4, restocked = value ->> 5, refunds = value ->> 6
       FROM json_each(?) WHERE reservations.id = value ->> 0`,
      JSON.stringify(
        reservations.map(({ id, state, releaseAs, version, givenBack, restocked, refunds }) => {
          return [id, state, releaseAs, version, givenBack, restocked, refundsAsText(refunds)];
        }),
      ),
    );
  }

  /** Writes the version alone. SQLite then leaves the indexes on the state as they are. */
  updateVersions(reservations: readonly Reservation[]): void {
    if (reservations.length === 0) return;
    this.#isDirty = true;
    this.#sql.exec(
      "UPDATE reservations SET version = value ->> 1 FROM json_each(?) WHERE reservations.id = value ->> 0",
      JSON.stringify(reservations.map(({ id, version }) => [id, version])),
    );
  }

  /**
   * Deletes reservations that ended by `endedBeforeMs` and whose last state is in D1, unless a
   * payment is unsettled or has changed since, or a refund is still looked at. Returns how many.
   */
  deleteEnded(endedBeforeMs: number, limit: number): number {
    this.firstEnded.invalidate();
    const ids = this.#sql
      .exec<{ id: string }>(
        `SELECT id FROM reservations WHERE state IN ('cancelled', 'expired') AND expires_at_ms <= ?1
           AND projected_version >= version AND NOT EXISTS (
             SELECT 1 FROM payments WHERE reservation_id = reservations.id
               AND (payments.state IN ('pending', 'refund_due') OR since_ms > ?1))
           AND id NOT IN (${OWED})
         ORDER BY expires_at_ms LIMIT ?2`,
        endedBeforeMs,
        limit,
      )
      .toArray()
      .map((row) => row.id);
    this.payments.deleteOf(ids);
    this.refunds.deleteOf(ids);
    this.#sql.exec("DELETE FROM reservations WHERE id IN (SELECT value FROM json_each(?))", JSON.stringify(ids));
    return ids.length;
  }

  /**
   * Sums of tickets by state. It reads every reservation in the order of the table: a condition on
   * the state would have them read in the order of their buyers, which takes eight times as long.
   */
  ticketsByState(): { held: number; sold: number } {
    return this.#sql
      .exec<{ held: number; sold: number }>(
        `SELECT COALESCE(SUM(quantity) FILTER (WHERE state = 'held'), 0) AS held,
           COALESCE(SUM(quantity - restocked) FILTER (WHERE ${IS_SOLD}), 0) AS sold
         FROM reservations`,
      )
      .one();
  }

  totals(part: Part): Total[] {
    return this.#sql.exec<Total & Record<string, SqlStorageValue>>(TOTALS, ...parametersOf(part)).toArray();
  }

  /** Makes the version higher than both, so that D1 gets the copy again. */
  raiseVersion(id: string, aboveVersion: number): void {
    this.#isDirty = true;
    this.#sql.exec("UPDATE reservations SET version = MAX(version, ?) + 1 WHERE id = ?", aboveVersion, id);
  }

  raisePassVersion(passId: string, aboveVersion: number): void {
    const name = readPassId(passId);
    if (name === null) return;
    this.#isDirty = true;
    this.passes.raiseVersion(name, aboveVersion);
  }

  dirtyReservations(limit: number): Reservation[] {
    return this.#reservations(`${IS_DIRTY} ORDER BY id LIMIT ?`, limit);
  }

  isDirty(): boolean {
    this.#isDirty ??=
      this.#sql
        .exec<{ dirty: number }>(
          `SELECT EXISTS (SELECT 1 FROM reservations WHERE ${IS_DIRTY})
           OR EXISTS (SELECT 1 FROM passes WHERE ${IS_DIRTY})
           OR EXISTS (SELECT 1 FROM ticket_type WHERE ${IS_DIRTY}) AS dirty`,
        )
        .one().dirty === 1;
    return this.#isDirty;
  }

  /** D1 has acknowledged these versions. What has changed meanwhile stays dirty. */
  markProjected(reservations: readonly Reservation[], passes: readonly StoredPass[], ticketTypeVersion: number): void {
    this.passes.markProjected(passes);
    this.#sql.exec("UPDATE ticket_type SET projected_version = ?1 WHERE projected_version < ?1", ticketTypeVersion);
    this.#sql.exec(
      `UPDATE reservations SET projected_version = value ->> 1
       FROM json_each(?) WHERE reservations.id = value ->> 0 AND projected_version < value ->> 1`,
      JSON.stringify(reservations.map(({ id, version }) => [id, version])),
    );
    this.#isDirty = null;
  }

  #reservations(where: string, ...bindings: SqlStorageValue[]): Reservation[] {
    const rows = this.#sql
      .exec<ReservationRow>(`SELECT ${RESERVATION_SELECTED} FROM reservations WHERE ${where}`, ...bindings)
      .toArray();
    if (rows.length === 0) return [];
    const payments = this.payments.ofReservations(rows.map(({ id }) => id));
    return rows.map((row) => toReservation(row, payments.get(row.id) ?? []));
  }

  #nextDue(query: string): NextDue {
    return new NextDue(() => this.#sql.exec<{ at: number | null }>(query).one().at);
  }
}
