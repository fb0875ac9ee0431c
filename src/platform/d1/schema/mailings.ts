// D1's table of what everybody who holds tickets of an event is to be mailed.

import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { EventStatus } from "../../../domain/stock.ts";

/**
 * One row a change of an event, or a message of its organiser, inserted by the commit that makes
 * it, and gone once everybody's mail is owed. The columns from `name` on are as people know the
 * event until then.
 */
export const mailings = sqliteTable(
  "mailings",
  {
    /** The event's edition after the change, or the message's id. */
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
    /** Some have been mailed a change that this one takes the place of. */
    someKnowMore: integer("some_know_more", { mode: "boolean" }).notNull().default(false),
    kind: text("kind").$type<"change" | "message">().notNull().default("change"),
  },
  (table) => [index("mailings_of_event").on(table.eventId), index("mailings_by_age").on(table.createdAtMs)],
);

/** What an event's organiser has written to everybody who holds tickets of it. */
export const eventMessages = sqliteTable(
  "event_messages",
  {
    id: text("id").primaryKey(),
    eventId: text("event_id").notNull(),
    subject: text("subject").notNull(),
    text: text("text").notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
    /** Of its body; null without an Idempotency-Key. */
    requestHash: text("request_hash"),
    /** Since when everybody's mail is owed; null before. */
    owedSinceMs: integer("owed_since_ms"),
  },
  (table) => [index("event_messages_of_event").on(table.eventId, table.createdAtMs, table.id)],
);
