// The SQL of payments and of the messages that are due for them. It decides nothing.

import type { Payment } from "../../domain/payment.ts";
import { ACTION_UNTIL_MS, actionText } from "../shared/awaited.ts";
import type { DueMessage, Message, MessageStore } from "../shared/message-sender.ts";
import { NextDue } from "../shared/next-due.ts";
import { PAYMENT_COLUMNS, PAYMENT_SELECTED, PAYMENT_VALUES, type PaymentRow, toPayment } from "./rows.ts";

/** `dispatchAtMs`: when its message is sent next; null where nothing is left to send. */
export interface SavedPayment {
  readonly reservationId: string;
  readonly payment: Payment;
  readonly dispatches: number;
  readonly dispatchAtMs: number | null;
}

export class PaymentStore implements MessageStore {
  readonly nextDispatch: NextDue;
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    const query = "SELECT MIN(dispatch_at_ms) AS at FROM payments WHERE dispatch_at_ms IS NOT NULL";
    this.nextDispatch = new NextDue(() => sql.exec<{ at: number | null }>(query).one().at);
  }

  /** By reservation, oldest first. */
  ofReservations(reservationIds: readonly string[]): Map<string, Payment[]> {
    const rows = this.#sql
      .exec<PaymentRow>(
        `SELECT ${PAYMENT_SELECTED} FROM payments WHERE reservation_id IN (SELECT value FROM json_each(?)) ORDER BY seq`,
        JSON.stringify(reservationIds),
      )
      .toArray();
    const groups = Map.groupBy(rows, (row) => row.reservationId);
    return new Map([...groups].map(([id, group]) => [id, group.map(toPayment)]));
  }

  save(payments: readonly SavedPayment[]): void {
    if (payments.length === 0) return;
    for (const { dispatchAtMs } of payments) this.nextDispatch.add(dispatchAtMs);
    const rows = payments.map(({ reservationId, payment, dispatches, dispatchAtMs }) => [
      payment.id,
      reservationId,
      payment.key,
      payment.method,
      payment.state,
      payment.failure?.code ?? null,
      payment.failure?.message ?? null,
      payment.sinceMs,
      payment.needsPerson ? 1 : 0,
      actionText(payment),
      payment.reference,
      dispatches,
      dispatchAtMs,
    ]);
    this.#sql.exec(
      // Without the WHERE, SQLite reads ON CONFLICT as the ON of a join.
      `INSERT INTO payments (${PAYMENT_COLUMNS})
       SELECT ${PAYMENT_VALUES} FROM json_each(?) WHERE true
       ON CONFLICT (id) DO UPDATE SET state = excluded.state, failure_code = excluded.failure_code,
         failure_message = excluded.failure_message, since_ms = excluded.since_ms,
         needs_person = excluded.needs_person, action = excluded.action, reference = excluded.reference,
         dispatch_at_ms = excluded.dispatch_at_ms, dispatches = excluded.dispatches`,
      JSON.stringify(rows),
    );
  }

  deleteOf(reservationIds: readonly string[]): void {
    this.#sql.exec(
      "DELETE FROM payments WHERE reservation_id IN (SELECT value FROM json_each(?))",
      JSON.stringify(reservationIds),
    );
  }

  isMessageDue(nowMs: number): boolean {
    return this.nextDispatch.isDue(nowMs);
  }

  dueMessages(nowMs: number, limit: number): DueMessage[] {
    return this.#sql
      .exec<DueMessage & Record<string, SqlStorageValue>>(
        `SELECT id AS paymentId, dispatches, ${ACTION_UNTIL_MS} AS untilMs FROM payments
         WHERE dispatch_at_ms <= ? AND method IS NOT NULL
         ORDER BY dispatch_at_ms LIMIT ?`,
        nowMs,
        limit,
      )
      .toArray();
  }

  /** Payments of orders, which charge nothing here: only the order knows what became of them. */
  dueQuestions(nowMs: number, limit: number): Omit<Message, "plannedAtMs">[] {
    return this.#sql
      .exec<Omit<Message, "plannedAtMs">>(
        `SELECT id AS paymentId, dispatches FROM payments WHERE dispatch_at_ms <= ? AND method IS NULL
         ORDER BY dispatch_at_ms LIMIT ?`,
        nowMs,
        limit,
      )
      .toArray();
  }

  recordDispatches(messages: readonly Message[]): void {
    for (const { plannedAtMs } of messages) this.nextDispatch.add(plannedAtMs);
    this.#sql.exec(
      `UPDATE payments SET dispatches = value ->> 1, dispatch_at_ms = value ->> 2
       FROM json_each(?) WHERE payments.id = value ->> 0 AND dispatch_at_ms IS NOT NULL`,
      JSON.stringify(
        messages.map(({ paymentId, dispatches, plannedAtMs }) => [paymentId, dispatches + 1, plannedAtMs]),
      ),
    );
  }

  undoDispatch({ paymentId, dispatches, plannedAtMs }: Message, nextAtMs: number): void {
    this.nextDispatch.add(nextAtMs);
    this.#sql.exec(
      "UPDATE payments SET dispatches = ?, dispatch_at_ms = ? WHERE id = ? AND dispatches = ? AND dispatch_at_ms = ?",
      dispatches,
      nextAtMs,
      paymentId,
      dispatches + 1,
      plannedAtMs,
    );
  }

  /**
   * Payments that have been pending since before `beforeMs` and are not marked for a person.
   * An order marks its own.
   */
  unreviewed(beforeMs: number, limit: number): string[] {
    return this.#sql
      .exec<{ id: string }>(
        // The first condition is that of the index.
        `SELECT id FROM payments WHERE state IN ('pending', 'refund_due') AND needs_person = 0 AND since_ms <= ?
           AND state = 'pending' AND method IS NOT NULL
         ORDER BY since_ms LIMIT ?`,
        beforeMs,
        limit,
      )
      .toArray()
      .map((row) => row.id);
  }
}
