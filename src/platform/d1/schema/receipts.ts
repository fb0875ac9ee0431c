// D1's tables of receipts and credit notes.

import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { Receipt } from "../../../domain/receipt.ts";

/**
 * A number is given by inserting its receipt, and triggers keep every row as it is: so no number is
 * given twice, and none is missing.
 */
export const receipts = sqliteTable(
  "receipts",
  {
    /** Of one seller of one organiser. */
    series: text("series").notNull(),
    /** From 1, without gaps in its series. */
    number: integer("number").notNull(),
    /** The order, or the reservation that was bought alone. */
    saleId: text("sale_id").notNull(),
    /** What it is for, once: the sale, or the refund and which of its documents it is. */
    source: text("source").notNull(),
    /** Of the attempt that issued it. Another one adds nothing to what it issued. */
    attempt: text("attempt").notNull(),
    issuedAtMs: integer("issued_at_ms").notNull(),
    receipt: text("receipt", { mode: "json" }).$type<Receipt>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.series, table.number] }),
    uniqueIndex("receipts_by_source").on(table.source, table.series),
    index("receipts_of_sale").on(table.saleId),
    index("receipts_by_date").on(table.series, table.issuedAtMs, table.number),
  ],
);

/** Whose series it is. An event that is handed over leaves its receipts where they are. */
export const receiptSeries = sqliteTable(
  "receipt_series",
  {
    series: text("series").primaryKey(),
    organizerId: text("organizer_id").notNull(),
  },
  (table) => [uniqueIndex("receipt_series_of_organizer").on(table.organizerId, table.series)],
);

/**
 * Sales that were paid or given back since, and may lack a receipt or a credit note. Triggers add
 * them with the copy that says so; a seller that an event gets later, too.
 */
export const receiptsDue = sqliteTable("receipts_due", {
  saleId: text("sale_id").primaryKey(),
  /** Another one each time it becomes due: what was read before does not end it. */
  token: text("token").notNull(),
});
