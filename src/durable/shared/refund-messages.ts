// When the message of each refund is sent next, and when a person should look at one. The refunds
// themselves are with what they are of.

import { attemptIdOf, isUnderWay, nextLookMs, type Refund, reviewAtMs } from "../../domain/refund.ts";
import type { DueMessage, Message, MessageStore } from "./message-sender.ts";
import { NextDue } from "./next-due.ts";
import { dispatchDelayMs } from "./schedule.ts";

export class RefundMessages implements MessageStore {
  readonly nextDispatch: NextDue;
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    const query = "SELECT MIN(dispatch_at_ms) AS at FROM refund_messages WHERE dispatch_at_ms IS NOT NULL";
    this.nextDispatch = new NextDue(() => sql.exec<{ at: number | null }>(query).one().at);
  }

  /**
   * Plans the messages of refunds that changed, and returns the messages that begin now. They count
   * as sent before they are sent: a crash in between costs only a delay. In a transaction.
   */
  save(ownerId: string, before: readonly Refund[], after: readonly Refund[], nowMs: number): Message[] {
    if (before === after) return [];
    return after
      .filter((refund) => !before.includes(refund))
      .flatMap((refund) => this.#plan(ownerId, refund, nowMs) ?? []);
  }

  /** The reservations or orders that these are refunds of. */
  ownersOf(attemptIds: readonly string[]): Map<string, string> {
    const rows = this.#sql
      .exec<{ ref: string; ownerId: string }>(
        `SELECT ref, owner_id AS ownerId FROM refund_messages WHERE ref IN (SELECT value FROM json_each(?))`,
        JSON.stringify(attemptIds),
      )
      .toArray();
    return new Map(rows.map(({ ref, ownerId }) => [ref, ownerId]));
  }

  /** Of reservations that are deleted. */
  deleteOf(ownerIds: readonly string[]): void {
    this.#sql.exec(
      "DELETE FROM refund_messages WHERE owner_id IN (SELECT value FROM json_each(?))",
      JSON.stringify(ownerIds),
    );
  }

  isMessageDue(nowMs: number): boolean {
    return this.nextDispatch.isDue(nowMs);
  }

  dueMessages(nowMs: number, limit: number): DueMessage[] {
    return this.#sql
      .exec<DueMessage & Record<string, SqlStorageValue>>(
        `SELECT ref AS paymentId, dispatches, NULL AS untilMs FROM refund_messages WHERE dispatch_at_ms <= ?
         ORDER BY dispatch_at_ms LIMIT ?`,
        nowMs,
        limit,
      )
      .toArray();
  }

  recordDispatches(messages: readonly Message[]): void {
    for (const { paymentId, dispatches, plannedAtMs } of messages) {
      this.nextDispatch.add(plannedAtMs);
      this.#sql.exec(
        "UPDATE refund_messages SET dispatches = ?, dispatch_at_ms = ? WHERE ref = ? AND dispatch_at_ms IS NOT NULL",
        dispatches + 1,
        plannedAtMs,
        paymentId,
      );
    }
  }

  undoDispatch({ paymentId, dispatches, plannedAtMs }: Message, nextAtMs: number): void {
    this.nextDispatch.add(nextAtMs);
    this.#sql.exec(
      `UPDATE refund_messages SET dispatches = ?, dispatch_at_ms = ?
       WHERE ref = ? AND dispatches = ? AND dispatch_at_ms = ?`,
      dispatches,
      nextAtMs,
      paymentId,
      dispatches + 1,
      plannedAtMs,
    );
  }

  /** Refunds that a person should look at by now, unless they have ended meanwhile. */
  unreviewed(nowMs: number, limit: number): string[] {
    return this.#sql
      .exec<{ ref: string }>(
        "SELECT ref FROM refund_messages WHERE review_at_ms <= ? ORDER BY review_at_ms LIMIT ?",
        nowMs,
        limit,
      )
      .toArray()
      .map(({ ref }) => ref);
  }

  /** While the provider has something to do a message is on its way; later it looks again. */
  #plan(ownerId: string, refund: Refund, nowMs: number): Message | null {
    const paymentId = attemptIdOf(refund);
    const isSent = isUnderWay(refund);
    const plannedAtMs = isSent ? nowMs + dispatchDelayMs(1) : nextLookMs(refund);
    this.nextDispatch.add(plannedAtMs);
    this.#sql.exec(
      `INSERT INTO refund_messages (ref, owner_id, dispatches, dispatch_at_ms, review_at_ms) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (ref) DO UPDATE SET dispatches = excluded.dispatches, dispatch_at_ms = excluded.dispatch_at_ms,
         review_at_ms = excluded.review_at_ms`,
      paymentId,
      ownerId,
      Number(isSent),
      plannedAtMs,
      reviewAtMs(refund),
    );
    return isSent && plannedAtMs !== null ? { paymentId, dispatches: 0, plannedAtMs } : null;
  }
}
