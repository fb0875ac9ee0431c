// D1's table of what everybody who holds tickets of an event is to be mailed.

import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { EventStatus } from "../../../domain/stock.ts";

/**
 * One row a change of an event, inserted by the commit that makes the change, and gone once
 * everybody's mail is owed. The columns from `name` on are as people know the event until then.
 */
export const mailings = sqliteTable(
  "mailings",
  {
    /** The event's edition after the change. */
    id: text("id").primaryKey(),
    eventId: text("event_id").notNull(),
    /** Mails to holders of this event's reservations up to this one are owed; at first of none. */
    afterId: text("after_id").notNull().default(""),
    createdAtMs: integer("created_at_ms").notNull(),
    name: text("name").notNull(),
    venue: text("venue").notNull(),
    startsAtMs: integer("starts_at_ms").notNull(),
    timezone: text("timezone").notNull(),
    status: text("status").$type<EventStatus>().notNull(),
    /** Some have been mailed a change that this one takes the place of: they know something else. */
    someKnowMore: integer("some_know_more", { mode: "boolean" }).notNull().default(false),
  },
  (table) => [index("mailings_of_event").on(table.eventId), index("mailings_by_age").on(table.createdAtMs)],
);
