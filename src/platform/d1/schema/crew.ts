// D1's tables of who helps an event's organiser, and of who was invited to.

import { sql } from "drizzle-orm";
import { check, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

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

/** One row an event and address. Inviting the same address again puts another row in its place. */
export const crewInvitations = sqliteTable(
  "crew_invitations",
  {
    id: text("id").primaryKey(),
    eventId: text("event_id").notNull(),
    /** Where it was mailed. */
    emailKey: text("email_key").notNull(),
    part: text("part").$type<Part>().notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
    expiresAtMs: integer("expires_at_ms").notNull(),
    /** Of the token in its link, which is made when its mail is sent; null before. */
    tokenHash: text("token_hash"),
    /** The account that accepted it; null while it is open. */
    acceptedBy: text("accepted_by"),
  },
  (table) => [
    uniqueIndex("crew_invitations_of_event").on(table.eventId, table.emailKey),
    uniqueIndex("crew_invitations_by_token").on(table.tokenHash).where(sql`${table.tokenHash} IS NOT NULL`),
    index("crew_invitations_by_email").on(table.emailKey),
    index("crew_invitations_accepted").on(table.acceptedBy).where(sql`${table.acceptedBy} IS NOT NULL`),
    index("crew_invitations_by_expiry").on(table.expiresAtMs),
    check("crew_invitations_part", sql`${table.part} IN ('manager', 'scanner')`),
  ],
);
