// What receipts are made of, and the receipts themselves, in D1.

import { and, asc, eq, isNull, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { isLate } from "../../domain/late-refunds.ts";
import type { OrderView } from "../../domain/order.ts";
import { identityOf, type Offering, type Sale, type Seller } from "../../domain/receipt.ts";
import type { RefundView } from "../../domain/refund.ts";
import type { ReservationView } from "../../domain/reservation.ts";
import { isSold } from "../../domain/stock.ts";
import { isOneOf } from "../../platform/d1/ids.ts";
import { events, ticketTypes } from "../../platform/d1/schema/catalogue.ts";
import { orders, reservations } from "../../platform/d1/schema/copies.ts";
import { receiptSeries, receipts } from "../../platform/d1/schema/receipts.ts";
import { derivedId } from "../../platform/ids.ts";
import { type OrderRow, viewOfOrderRow } from "../orders/queries.ts";
import { type ReservationRow, viewOfRow } from "../reservations/queries.ts";

export type ReceiptRow = typeof receipts.$inferSelect;

const AS_ISSUED = [asc(receipts.issuedAtMs), asc(receipts.series), asc(receipts.number)];

/** As far as D1 has copies of them: orders, and reservations that were bought alone. */
export async function salesWithIds(d1: D1Database, ids: readonly string[]): Promise<Sale[]> {
  const db = drizzle(d1);
  return copiedSales(...(await db.batch(copiesWithIds(db, ids)))).map(({ sale }) => sale);
}

/** A sale with what was issued for it, both as they were at one moment. */
export interface Correctable {
  readonly sale: Sale;
  /** As the copy has them. */
  readonly refunds: string | null;
  readonly issued: readonly ReceiptRow[];
}

export async function correctablesWithIds(d1: D1Database, ids: readonly string[]): Promise<Correctable[]> {
  const db = drizzle(d1);
  const ofSales = db.select().from(receipts).where(isOneOf(receipts.saleId, ids));
  const [ofOrders, alone, rows] = await db.batch([...copiesWithIds(db, ids), ofSales]);
  const issued = Map.groupBy(rows, ({ saleId }) => saleId);
  return copiedSales(ofOrders, alone).map((copied) => ({ ...copied, issued: issued.get(copied.sale.id) ?? [] }));
}

function copiesWithIds(db: DrizzleD1Database, ids: readonly string[]) {
  const isAlone = and(isOneOf(reservations.id, ids), isNull(reservations.orderId));
  return [
    db.select().from(orders).where(isOneOf(orders.id, ids)),
    db.select().from(reservations).where(isAlone),
  ] as const;
}

function copiedSales(ofOrders: readonly OrderRow[], alone: readonly ReservationRow[]) {
  const nowMs = Date.now();
  return [
    ...ofOrders.map((row) => ({ sale: saleOfOrder(viewOfOrderRow(row, nowMs)), refunds: row.refunds })),
    ...alone.map((row) => ({ sale: saleOfReservation(viewOfRow(row, nowMs)), refunds: row.refunds })),
  ];
}

/** Objects of earlier versions know no refunds. */
export function saleOfOrder({ id, currency, state, items, refunds = [] }: OrderView): Sale {
  return { id, currency, isSold: isSold(state), refunds: ofSale(refunds), items };
}

/** Late payments paid for nothing. */
function ofSale(refunds: readonly RefundView[]): readonly RefundView[] {
  return refunds.filter((refund) => !isLate(refund));
}

export function saleOfReservation(reservation: ReservationView): Sale {
  const { id, ticketTypeId, currency, state, priceName = "", quantity, unitPriceMinor, refunds = [] } = reservation;
  const items = [{ reservationId: id, ticketTypeId, priceName, quantity, unitPriceMinor }];
  return { id, currency, isSold: isSold(state), refunds: ofSale(refunds), items };
}

/** By ticket type. What D1 does not have is left out. */
export async function offeringsOf(d1: D1Database, sales: readonly Sale[]): Promise<Map<string, Offering>> {
  const ids = [...new Set(sales.flatMap(({ items }) => items.map(({ ticketTypeId }) => ticketTypeId)))];
  const { id, name, startsAtMs, timezone, venue, organizerId, seller, vatRate } = events;
  const rows = await drizzle(d1)
    .select({
      ticketType: ticketTypes,
      event: { id, name, startsAtMs, timezone, venue },
      offer: { organizerId, seller, rate: vatRate },
    })
    .from(ticketTypes)
    .innerJoin(events, eq(events.id, ticketTypes.eventId))
    .where(isOneOf(ticketTypes.id, ids));
  return new Map(
    rows.map(({ ticketType, event, offer }) => [ticketType.id, { ticketType: ticketType.name, event, ...offer }]),
  );
}

/** All receipts and credit notes of a sale, in the order in which they were issued. */
export async function receiptsOfSale(d1: D1Database, saleId: string): Promise<ReceiptRow[]> {
  return (await receiptsOfSales(d1, [saleId])).get(saleId) ?? [];
}

/** Those of each of the sales that has any. */
export async function receiptsOfSales(d1: D1Database, ids: readonly string[]): Promise<Map<string, ReceiptRow[]>> {
  const rows = await drizzle(d1)
    .select()
    .from(receipts)
    .where(isOneOf(receipts.saleId, ids))
    .orderBy(...AS_ISSUED);
  return Map.groupBy(rows, ({ saleId }) => saleId);
}

/** Whose numbers a receipt has one of. */
export function seriesOf(organizerId: string, seller: Seller): string {
  return derivedId(organizerId, "receipts", identityOf(seller));
}

/**
 * Inserts it, in a batch, with the next number of its series, unless another attempt has issued
 * anything for the same source. Reading the last number and inserting are one statement. Whatever
 * the clocks say, a later number has no earlier date. `of`: the copy that it was read from; nothing
 * is inserted once that has other refunds.
 */
export function insertReceipt(
  db: DrizzleD1Database,
  { saleId, series, source, attempt, issuedAtMs, receipt }: Omit<ReceiptRow, "number">,
  of?: Pick<Correctable, "refunds">,
) {
  const isAsRead =
    of &&
    sql`AND EXISTS (
      SELECT 1 FROM orders WHERE id = ${saleId} AND refunds = ${of.refunds}
      UNION ALL SELECT 1 FROM reservations WHERE id = ${saleId} AND refunds = ${of.refunds})`;
  return db.insert(receipts).select(sql`
    SELECT ${series}, COALESCE((SELECT MAX(number) FROM receipts WHERE series = ${series}), 0) + 1,
      ${saleId}, ${source}, ${attempt},
      MAX(${issuedAtMs}, COALESCE((SELECT MAX(issued_at_ms) FROM receipts WHERE series = ${series}), 0)),
      ${JSON.stringify(receipt)}
    WHERE NOT EXISTS (SELECT 1 FROM receipts WHERE source = ${source} AND attempt <> ${attempt}) ${isAsRead}`);
}

/** Says whose series its receipts are in, in a batch. */
export function insertSeries(db: DrizzleD1Database, row: typeof receiptSeries.$inferInsert) {
  return db.insert(receiptSeries).values(row).onConflictDoNothing();
}
