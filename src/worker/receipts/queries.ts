// What receipts are made of, and the receipts themselves, in D1.

import { and, asc, eq, isNull, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import type { OrderView } from "../../domain/order.ts";
import { identityOf, type Offering, type Receipt, type Sale, type Unnumbered } from "../../domain/receipt.ts";
import { refundedMinor } from "../../domain/refund.ts";
import type { ReservationView } from "../../domain/reservation.ts";
import { isSold } from "../../domain/stock.ts";
import { events, ticketTypes } from "../../platform/d1/schema/catalogue.ts";
import { orders, reservations } from "../../platform/d1/schema/copies.ts";
import { receiptSeries, receipts } from "../../platform/d1/schema/receipts.ts";
import { derivedId } from "../../platform/ids.ts";
import { viewOfOrderRow } from "../orders/queries.ts";
import { viewOfRow } from "../reservations/queries.ts";

export type ReceiptRow = typeof receipts.$inferSelect;

const AS_ISSUED = [asc(receipts.issuedAtMs), asc(receipts.series), asc(receipts.number)];

/** As far as D1 has copies of them: orders, and reservations that were bought alone. */
export async function salesWithIds(d1: D1Database, ids: readonly string[]): Promise<Sale[]> {
  const db = drizzle(d1);
  const nowMs = Date.now();
  const wanted = sql`(SELECT value FROM json_each(${JSON.stringify(ids)}))`;
  const [ofOrders, alone] = await db.batch([
    db.select().from(orders).where(sql`${orders.id} IN ${wanted}`),
    db
      .select()
      .from(reservations)
      .where(and(sql`${reservations.id} IN ${wanted}`, isNull(reservations.orderId))),
  ]);
  return [
    ...ofOrders.map((row) => saleOfOrder(viewOfOrderRow(row, nowMs))),
    ...alone.map((row) => saleOfReservation(viewOfRow(row, nowMs))),
  ];
}

export function saleOfOrder({ id, currency, state, items, refunds }: OrderView): Sale {
  return { id, currency, isSold: isSold(state), givenBackMinor: givenBackMinor(refunds), items };
}

export function saleOfReservation(reservation: ReservationView): Sale {
  const { id, ticketTypeId, currency, state, priceName = "", quantity, unitPriceMinor, refunds } = reservation;
  const items = [{ reservationId: id, ticketTypeId, priceName, quantity, unitPriceMinor }];
  return { id, currency, isSold: isSold(state), givenBackMinor: givenBackMinor(refunds), items };
}

/** Objects of earlier versions know no refunds. */
function givenBackMinor(refunds: OrderView["refunds"] = []): number {
  return refundedMinor(refunds.filter(({ state }) => state === "succeeded"));
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
    .where(sql`${ticketTypes.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`);
  return new Map(
    rows.map(({ ticketType, event, offer }) => [ticketType.id, { ticketType: ticketType.name, event, ...offer }]),
  );
}

/** All receipts and credit notes of a sale, in the order in which they were issued. */
export async function receiptsOfSale(d1: D1Database, saleId: string): Promise<ReceiptRow[]> {
  return drizzle(d1)
    .select()
    .from(receipts)
    .where(eq(receipts.saleId, saleId))
    .orderBy(...AS_ISSUED);
}

/** Those of each of the sales that has any. */
export async function receiptsOfSales(d1: D1Database, ids: readonly string[]): Promise<Map<string, ReceiptRow[]>> {
  const rows = await drizzle(d1)
    .select()
    .from(receipts)
    .where(sql`${receipts.saleId} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`)
    .orderBy(...AS_ISSUED);
  return Map.groupBy(rows, ({ saleId }) => saleId);
}

/**
 * Inserts it, in a batch, with the next number of its seller, unless another attempt has issued
 * anything for the same source. Reading the last number and inserting are one statement. Whatever
 * the clocks say, a later number has no earlier date.
 */
export function insertReceipt(
  db: DrizzleD1Database,
  { receipt, organizerId }: Unnumbered,
  { saleId, source, attempt, issuedAtMs }: Pick<ReceiptRow, "saleId" | "source" | "attempt" | "issuedAtMs">,
) {
  const series = seriesOf(organizerId, receipt);
  return db.insert(receipts).select(sql`
    SELECT ${series}, COALESCE((SELECT MAX(number) FROM receipts WHERE series = ${series}), 0) + 1,
      ${saleId}, ${source}, ${attempt},
      MAX(${issuedAtMs}, COALESCE((SELECT MAX(issued_at_ms) FROM receipts WHERE series = ${series}), 0)),
      ${JSON.stringify(receipt)}
    WHERE NOT EXISTS (SELECT 1 FROM receipts WHERE source = ${source} AND attempt <> ${attempt})`);
}

/** Says whose series its receipts are in, in a batch. */
export function insertSeries(db: DrizzleD1Database, { receipt, organizerId }: Unnumbered) {
  return db
    .insert(receiptSeries)
    .values({ series: seriesOf(organizerId, receipt), organizerId })
    .onConflictDoNothing();
}

function seriesOf(organizerId: string, { seller }: Receipt): string {
  return derivedId(organizerId, "receipts", identityOf(seller));
}
