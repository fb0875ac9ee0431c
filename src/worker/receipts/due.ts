// Which sales may still need a receipt.

import { asc, gte, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { isOfTicketType } from "../../platform/d1/ids.ts";
import { receiptsDue } from "../../platform/d1/schema/receipts.ts";
import { newId } from "../../platform/ids.ts";

export type DueRow = typeof receiptsDue.$inferSelect;

/**
 * Makes receipts due, in a batch, of all that was sold of the event, if it is in this edition now:
 * its organiser has named a seller. Null: of nothing.
 */
export function receiptsDueOf(db: DrizzleD1Database, eventId: string, edition: string | null) {
  return db
    .insert(receiptsDue)
    .select(
      sql`SELECT DISTINCT COALESCE(r.order_id, r.id), ${edition ?? ""}
        FROM ticket_types AS t JOIN reservations AS r ON ${isOfTicketType(sql`r.id`, sql`t.id`)}
        WHERE t.event_id = ${edition === null ? null : eventId} AND r.state IN ('confirmed', 'refunded')
          AND EXISTS (SELECT 1 FROM events WHERE id = ${eventId} AND edition = ${edition})
          AND NOT EXISTS (SELECT 1 FROM receipts WHERE sale_id = COALESCE(r.order_id, r.id))`,
    )
    .onConflictDoUpdate({ target: receiptsDue.saleId, set: { token: sql`excluded.token` } });
}

/** From a random place on: sales that fail do not keep the others waiting. */
export async function dueReceipts(d1: D1Database, limit: number): Promise<DueRow[]> {
  const dueFrom = (first: string) =>
    drizzle(d1)
      .select()
      .from(receiptsDue)
      .where(gte(receiptsDue.saleId, first))
      .orderBy(asc(receiptsDue.saleId))
      .limit(limit);
  const [after, first] = await drizzle(d1).batch([dueFrom(newId()), dueFrom("")]);
  return [...new Map([...after, ...first].map((row) => [row.saleId, row])).values()].slice(0, limit);
}

/** Ends what was read as due, in a batch, unless it has become due again since. */
export function endDue(db: DrizzleD1Database, rows: readonly DueRow[]) {
  const read = JSON.stringify(rows.map(({ saleId, token }) => [saleId, token]));
  const isRead = sql`(${receiptsDue.saleId}, ${receiptsDue.token}) IN
    (SELECT value ->> 0, value ->> 1 FROM json_each(${read}))`;
  return db.delete(receiptsDue).where(isRead);
}
