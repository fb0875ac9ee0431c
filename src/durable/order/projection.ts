// Writes the copy of an order to D1. A newer version always wins.

import { getTableColumns } from "drizzle-orm";
import { ticketTypeIdOf } from "../../domain/id-forms.ts";
import { type Order, orderViewOf } from "../../domain/order.ts";
import { stepsOf } from "../../domain/order-steps.ts";
import { isUnsettled, paidAtMs } from "../../domain/payment.ts";
import { isUnderWay } from "../../domain/refund.ts";
import { orders as copies } from "../../platform/d1/schema/copies.ts";
import { refundColumns } from "../../platform/refund-text.ts";
import { type MailedSale, mailsOfSale, owedIds, oweMailsOf } from "../shared/mail-news.ts";
import { unresolvedOf } from "../shared/unresolved.ts";
import type { OrderCopy } from "./protocol.ts";

const FIELDS = Object.keys(getTableColumns(copies)) as (keyof OrderCopy)[];
const COLUMNS = Object.values(getTableColumns(copies)).map(({ name }) => name);

const UPSERT_ORDER = `
  INSERT INTO orders (${COLUMNS}) VALUES (${COLUMNS.map(() => "?")})
  ON CONFLICT (id) DO UPDATE SET ${COLUMNS.slice(1).map((column) => `${column} = excluded.${column}`)}
  WHERE excluded.version > orders.version`;

/** Null for an order that nobody sees: it holds nothing yet, or was refused. */
export function orderCopyOf(order: Order): OrderCopy | null {
  const view = orderViewOf(order);
  if (view === null) return null;
  const { items, payment, counter = null, ...fields } = view;
  return {
    ...fields,
    items: JSON.stringify(items),
    counter: counter && JSON.stringify(counter),
    paidAtMs: paidAtMs(order.payments),
    version: order.version,
    paymentState: payment?.state ?? null,
    paymentFailureCode: payment?.failure?.code ?? null,
    paymentFailureMessage: payment?.failure?.message ?? null,
    ...refundColumns(order.refunds),
    unfinished: stepsOf(order).length > 0 || order.payments.some(isUnsettled) || order.refunds.some(isUnderWay),
    ...unresolvedOf(order),
  };
}

/** None where nobody is there to write to: a customer of the counter who left no address. */
function mailedSaleOf({ state }: OrderCopy, order: Order): MailedSale[] {
  const { id, accountId, counter, expiresAtMs, items, payments, refunds } = order;
  const [first] = items;
  if (first === undefined || (counter !== null && counter.customerEmail === null)) return [];
  const ticketTypeId = ticketTypeIdOf(first.reservationId);
  const tickets = items.reduce((sum, { quantity }) => sum + quantity, 0);
  const whose = counter === null ? accountId : null;
  return [{ id, accountId: whose, ticketTypeId, state, expiresAtMs, tickets, payments, refunds }];
}

/**
 * Resolves once D1 has acknowledged it, with the mails that are owed from now on; rejects where
 * that is not known.
 */
export async function projectOrder(db: D1Database, copy: OrderCopy, order: Order): Promise<readonly string[]> {
  const values = FIELDS.map((field) => copy[field]);
  const upsert = db
    .prepare(UPSERT_ORDER)
    .bind(...values.map((value) => (typeof value === "boolean" ? Number(value) : value)));
  const nowMs = Date.now();
  const news = mailedSaleOf(copy, order).flatMap((sale) => mailsOfSale(sale, nowMs));
  const oweMails = oweMailsOf(db, news, nowMs);
  if (oweMails === null) {
    await upsert.run();
    return [];
  }
  return owedIds((await db.batch([upsert, oweMails])).at(-1));
}
