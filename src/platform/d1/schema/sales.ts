// D1's sums of what was sold, and of what has gone back of it.

import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { SaleMethod } from "../../../domain/counter.ts";

/**
 * What was sold of each ticket type, at each price and by each method: in all, and in each hour and
 * quarter of an hour. Triggers on the copies keep it, however a copy is written. A report thus
 * reads as many rows after a million sales as after a thousand.
 */
export const sales = sqliteTable(
  "sales",
  {
    ticketTypeId: text("ticket_type_id").notNull(),
    /** How long the time is that the row is about; 0 for all time. */
    lengthMs: integer("length_ms").notNull(),
    /** The beginning of that time; 0 for all time. */
    atMs: integer("at_ms").notNull(),
    priceId: text("price_id").notNull(),
    method: text("method").$type<SaleMethod>().notNull(),
    currency: text("currency").notNull(),
    /** Of what was paid for, when it was. What was given back since is counted, too. */
    tickets: integer("tickets").notNull(),
    takenMinor: integer("taken_minor").notNull(),
    /** Of each refund when it was made, whatever becomes of its money. */
    ticketsBack: integer("tickets_back").notNull(),
    /** When the refund succeeded. */
    givenBackMinor: integer("given_back_minor").notNull(),
    /** By refunds that are due or under way, since when they are. */
    refundingMinor: integer("refunding_minor").notNull(),
  },
  (table) => [
    primaryKey({
      columns: [table.ticketTypeId, table.lengthMs, table.atMs, table.priceId, table.method, table.currency],
    }),
  ],
);
