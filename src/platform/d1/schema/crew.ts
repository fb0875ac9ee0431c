// D1's table of who helps an event's organiser.

import { sql } from "drizzle-orm";
import { check, index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** A manager may do most of what the organiser may; a scanner lets people in. */
export const PARTS = ["manager", "scanner"] as const;
export type Part = (typeof PARTS)[number];

export const crew = sqliteTable(
  "crew",
  {
    eventId: text("event_id").notNull(),
    accountId: text("account_id").notNull(),
    part: text("part").$type<Part>().notNull(),
    /** When the account first got a part in the event. */
    sinceMs: integer("since_ms").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.eventId, table.accountId] }),
    index("crew_of_account").on(table.accountId, table.sinceMs, table.eventId),
    index("crew_managers").on(table.accountId).where(sql`${table.part} = 'manager'`),
    check("crew_part", sql`${table.part} IN ('manager', 'scanner')`),
  ],
);
