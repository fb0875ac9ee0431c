// The SQL of one order: its items, what is left over of refused attempts, and its payments.

import { refundsWithLate } from "../../domain/late-refunds.ts";
import { isToCharge, isToEnd, type Order, type OrderItem } from "../../domain/order.ts";
import { type Payment, type Todo, todoFor } from "../../domain/payment.ts";
import { readRefunds, refundsAsText } from "../../platform/refund-text.ts";
import { ACTION_UNTIL_MS, actionOf, actionText } from "../shared/awaited.ts";
import type { DueMessage, Message, MessageStore, NewMessages } from "../shared/message-sender.ts";
import { RefundMessages } from "../shared/refund-messages.ts";
import { nextDispatchMs } from "../shared/schedule.ts";

/** An order with what its object keeps beside it. */
export interface StoredOrder {
  readonly order: Order;
  /** The request that made it, in a canonical form, and which one that was. */
  readonly request: string;
  readonly requestId: string;
  readonly projectedVersion: number;
}

type OrderRow = Omit<Order, "items" | "leftovers" | "payments" | "refunds" | "cancelRequested" | "counter"> & {
  /** JSON. */
  readonly counter: string | null;
  readonly cancelRequested: number;
  readonly refunds: string | null;
  readonly request: string;
  readonly requestId: string;
  readonly projectedVersion: number;
};

type PaymentRow = Omit<Payment, "failure" | "needsPerson" | "action"> & {
  readonly failureCode: string | null;
  readonly failureMessage: string | null;
  readonly needsPerson: number;
  readonly actionText: string | null;
};

const ITEM_COLUMNS = {
  reservationId: "reservation_id",
  ticketTypeId: "ticket_type_id",
  quantity: "quantity",
  priceId: "price_id",
  code: "code",
  acceptedTerms: "accepted_terms",
  priceName: "price_name",
  unitPriceMinor: "unit_price_minor",
  phase: "phase",
  paymentId: "payment_id",
  givenBack: "given_back",
  restocked: "restocked",
  takenBack: "taken_back",
} as const satisfies Record<keyof OrderItem, string>;
const ITEM_FIELDS = Object.keys(ITEM_COLUMNS) as (keyof OrderItem)[];
const CHANGING = [
  ...["price_id", "code", "accepted_terms", "price_name", "unit_price_minor", "phase", "payment_id"],
  ...["given_back", "restocked", "taken_back"],
];

const SAVE_ITEMS = `
  INSERT INTO items (position, ${Object.values(ITEM_COLUMNS)})
  SELECT value ->> 0, ${ITEM_FIELDS.map((_, index) => `value ->> ${index + 1}`)} FROM json_each(?) WHERE true
  ON CONFLICT (position) DO UPDATE SET ${CHANGING.map((column) => `${column} = excluded.${column}`)}`;

// Its message is planned anew where something else is to be done (?12).
const SAVE_PAYMENT = `
  INSERT INTO payments
    (id, key, method, state, failure_code, failure_message, since_ms, needs_person, action, dispatch_at_ms, dispatches,
     reference)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?13)
  ON CONFLICT (id) DO UPDATE SET state = excluded.state, failure_code = excluded.failure_code,
    failure_message = excluded.failure_message, since_ms = excluded.since_ms, needs_person = excluded.needs_person,
    action = excluded.action, dispatch_at_ms = iif(?12, dispatch_at_ms, excluded.dispatch_at_ms),
    dispatches = iif(?12, dispatches, excluded.dispatches), reference = excluded.reference`;

export class OrderStore implements MessageStore {
  readonly refunds: RefundMessages;
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.refunds = new RefundMessages(sql);
  }

  read(): StoredOrder | null {
    const [row] = this.#sql
      .exec<OrderRow>(
        `SELECT id, account_id AS accountId, counter, request, request_id AS requestId, phase,
           cancel_requested AS cancelRequested, currency, created_at_ms AS createdAtMs,
           expires_at_ms AS expiresAtMs, version, projected_version AS projectedVersion, refunds FROM orders`,
      )
      .toArray();
    if (row === undefined) return null;
    const { request, requestId, projectedVersion, cancelRequested, counter, refunds, ...fields } = row;
    const items = this.#items();
    const payments = this.#payments();
    const parts = { items, leftovers: this.#leftovers(), payments };
    const known = refundsWithLate({ payments, refunds: readRefunds(refunds) }, items);
    const read = { refunds: known, counter: counter && JSON.parse(counter) };
    return {
      order: { ...fields, ...parts, ...read, cancelRequested: cancelRequested === 1 },
      request,
      requestId,
      projectedVersion,
    };
  }

  /** Writes a new order, in the place of the one that was refused if any. In a transaction. */
  insert(stored: StoredOrder, refused: Order | null): void {
    if (refused !== null) this.#sql.exec("DELETE FROM items; DELETE FROM leftovers; DELETE FROM payments");
    const { order } = stored;
    this.#saveOrder(stored);
    this.#saveItems([...order.items.entries()]);
    for (const id of order.leftovers) this.#sql.exec("INSERT INTO leftovers (reservation_id) VALUES (?)", id);
  }

  /** Writes what changed, and returns the messages that begin with it. In a transaction. */
  update(before: Order, stored: StoredOrder, nowMs: number): NewMessages {
    const { order } = stored;
    this.#saveOrder(stored);
    this.#saveItems([...order.items.entries()].filter(([position, item]) => item !== before.items[position]));
    for (const id of before.leftovers) {
      if (!order.leftovers.includes(id)) this.#sql.exec("DELETE FROM leftovers WHERE reservation_id = ?", id);
    }
    for (const { id } of before.payments) {
      if (!order.payments.some((payment) => payment.id === id)) this.#sql.exec("DELETE FROM payments WHERE id = ?", id);
    }
    return {
      messages: order.payments.flatMap((payment) => this.#savePayment(before, order, payment, nowMs) ?? []),
      refundMessages: this.refunds.save(order.id, before.refunds, order.refunds, nowMs),
    };
  }

  markProjected(version: number): void {
    this.#sql.exec("UPDATE orders SET projected_version = ?1 WHERE projected_version < ?1", version);
  }

  nextDispatchMs(): number | null {
    return this.#sql.exec<{ at: number | null }>("SELECT MIN(dispatch_at_ms) AS at FROM payments").one().at;
  }

  isMessageDue(nowMs: number): boolean {
    const atMs = this.nextDispatchMs();
    return atMs !== null && atMs <= nowMs;
  }

  dueMessages(nowMs: number, limit: number): DueMessage[] {
    return this.#sql
      .exec<DueMessage & Record<string, SqlStorageValue>>(
        `SELECT id AS paymentId, dispatches, ${ACTION_UNTIL_MS} AS untilMs FROM payments
         WHERE dispatch_at_ms <= ? ORDER BY dispatch_at_ms LIMIT ?`,
        nowMs,
        limit,
      )
      .toArray();
  }

  recordDispatches(messages: readonly Message[]): void {
    for (const { paymentId, dispatches, plannedAtMs } of messages) {
      this.#sql.exec(
        "UPDATE payments SET dispatches = ?, dispatch_at_ms = ? WHERE id = ? AND dispatch_at_ms IS NOT NULL",
        dispatches + 1,
        plannedAtMs,
        paymentId,
      );
    }
  }

  undoDispatch({ paymentId, dispatches, plannedAtMs }: Message, nextAtMs: number): void {
    this.#sql.exec(
      "UPDATE payments SET dispatches = ?, dispatch_at_ms = ? WHERE id = ? AND dispatches = ? AND dispatch_at_ms = ?",
      dispatches,
      nextAtMs,
      paymentId,
      dispatches + 1,
      plannedAtMs,
    );
  }

  #saveOrder({ order, request, requestId, projectedVersion }: StoredOrder): void {
    this.#sql.exec(
      `INSERT INTO orders (only, id, account_id, request, request_id, phase, cancel_requested, currency, created_at_ms,
         expires_at_ms, version, projected_version, counter, refunds)
       VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (only) DO UPDATE SET request = excluded.request, request_id = excluded.request_id,
         phase = excluded.phase, cancel_requested = excluded.cancel_requested, currency = excluded.currency,
         created_at_ms = excluded.created_at_ms, expires_at_ms = excluded.expires_at_ms, version = excluded.version,
         projected_version = excluded.projected_version, counter = excluded.counter, refunds = excluded.refunds`,
      order.id,
      order.accountId,
      request,
      requestId,
      order.phase,
      Number(order.cancelRequested),
      order.currency,
      order.createdAtMs,
      order.expiresAtMs,
      order.version,
      projectedVersion,
      order.counter && JSON.stringify(order.counter),
      refundsAsText(order.refunds),
    );
  }

  /** In one statement. What an item asked for never changes, nor does its index then. */
  #saveItems(items: readonly (readonly [position: number, item: OrderItem])[]): void {
    if (items.length === 0) return;
    const values = items.map(([position, item]) => [position, ...ITEM_FIELDS.map((field) => item[field])]);
    this.#sql.exec(SAVE_ITEMS, JSON.stringify(values));
  }

  /** A message is recorded as sent before it is sent: a crash in between costs only a delay. */
  #savePayment(before: Order, order: Order, payment: Payment, nowMs: number): Message | null {
    const earlier = before.payments.find(({ id }) => id === payment.id) ?? null;
    const todo = todoOf(order, payment);
    const isSame = todo === (earlier && todoOf(before, earlier));
    if (earlier === payment && isSame) return null;
    const { id, key, method, state, failure, sinceMs, needsPerson, action } = payment;
    const plannedAtMs = todo === null ? null : nextDispatchMs(1, action?.untilMs ?? null, nowMs);
    const isSent = todo !== null && todo !== "wait";
    this.#sql.exec(
      SAVE_PAYMENT,
      id,
      key,
      method,
      state,
      failure?.code ?? null,
      failure?.message ?? null,
      sinceMs,
      Number(needsPerson),
      actionText(payment),
      plannedAtMs,
      Number(isSent),
      Number(isSame),
      payment.reference,
    );
    return !isSame && isSent && plannedAtMs !== null ? { paymentId: id, dispatches: 0, plannedAtMs } : null;
  }

  #items(): OrderItem[] {
    return this.#sql
      .exec<OrderItem & Record<string, SqlStorageValue>>(
        `SELECT ${ITEM_FIELDS.map((field) => `${ITEM_COLUMNS[field]} AS ${field}`)} FROM items ORDER BY position`,
      )
      .toArray();
  }

  #leftovers(): string[] {
    const rows = this.#sql.exec<{ id: string }>("SELECT reservation_id AS id FROM leftovers").toArray();
    return rows.map(({ id }) => id);
  }

  #payments(): Payment[] {
    const rows = this.#sql
      .exec<PaymentRow>(
        `SELECT id, key, method, state, failure_code AS failureCode, failure_message AS failureMessage,
           since_ms AS sinceMs, needs_person AS needsPerson, action AS actionText, reference
         FROM payments ORDER BY seq`,
      )
      .toArray();
    return rows.map((row) => {
      const { failureCode, failureMessage, needsPerson, actionText, ...payment } = row;
      const failure = failureCode === null ? null : { code: failureCode, message: failureMessage ?? failureCode };
      return { ...payment, failure, needsPerson: needsPerson === 1, action: actionOf(payment.state, actionText) };
    });
  }
}

/** What the provider is to do for a payment of the order now; null where there is nothing. */
export function todoOf(order: Order, payment: Payment): Todo | null {
  return isToCharge(order, payment) ? todoFor(payment, isToEnd(order, payment)) : null;
}
