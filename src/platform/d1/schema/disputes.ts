// D1's record of disputed payments: a copy of what the payment provider says of each.

import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** `won`: the seller keeps the money. `lost`: the buyer has it back. */
export type DisputeState = "open" | "won" | "lost";

/** One row for each event that the payment bought tickets of: its organiser finds it there. */
export const disputes = sqliteTable(
  "disputes",
  {
    id: text("id").primaryKey(),
    /** The dispute's id at the provider. */
    providerId: text("provider_id").notNull(),
    eventId: text("event_id").notNull(),
    paymentId: text("payment_id").notNull(),
    /** The reservation or the order that was paid for. */
    boughtId: text("bought_id").notNull(),
    amountMinor: integer("amount_minor").notNull(),
    currency: text("currency").notNull(),
    state: text("state").$type<DisputeState>().notNull(),
    /** The provider's word for why. */
    reason: text("reason").notNull(),
    openedAtMs: integer("opened_at_ms").notNull(),
    /** Until when the seller may answer; null where there is nothing to answer. */
    respondByMs: integer("respond_by_ms"),
    /** What was read of the provider later counts. */
    readAtMs: integer("read_at_ms").notNull(),
  },
  (table) => [
    uniqueIndex("disputes_of_provider").on(table.providerId, table.eventId),
    index("disputes_of_event").on(table.eventId, table.openedAtMs, table.id),
    index("disputes_of_bought").on(table.boughtId),
    index("disputes_by_opening").on(table.openedAtMs),
    index("disputes_open").on(table.readAtMs).where(sql`${table.state} = 'open'`),
  ],
);
