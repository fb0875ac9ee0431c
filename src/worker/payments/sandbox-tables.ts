// The sandbox's tables in D1, in a file of their own so that a production build leaves them out.

import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** One row is one movement of money, so a second charge would be a second row. */
export const sandboxLedger = sqliteTable(
  "sandbox_ledger",
  {
    idempotencyKey: text("idempotency_key").notNull(),
    kind: text("kind").$type<"charge" | "refund">().notNull(),
    reservationId: text("reservation_id").notNull(),
    method: text("method").notNull(),
    amountMinor: integer("amount_minor").notNull(),
    currency: text("currency").notNull(),
    /** Null where the charge was declined: no money moved. */
    declineCode: text("decline_code"),
    createdAtMs: integer("created_at_ms").notNull(),
    /** Until then the charge is processing. */
    completesAtMs: integer("completes_at_ms").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.idempotencyKey, table.kind] }),
    index("sandbox_ledger_by_reservation").on(table.reservationId),
    index("sandbox_ledger_disputed")
      .on(table.createdAtMs)
      .where(sql`${table.method} IN ('pm_card_createDispute', 'pm_sandbox_dispute_won')`),
  ],
);

/** How often the sandbox was called for a payment whose method is `pm_sandbox_unreachable`. */
export const sandboxCalls = sqliteTable("sandbox_calls", {
  idempotencyKey: text("idempotency_key").primaryKey(),
  calls: integer("calls").notNull(),
});
