// D1's table of mails that the service owes, or has sent.

import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { MailKind, MailState } from "../../mails.ts";

/** One row a mail. It is inserted by the commit that makes the mail owed, once, by its id. */
export const mails = sqliteTable(
  "mails",
  {
    /** `mailIdOf` what it is about: owing the same mail again adds nothing. */
    id: text("id").primaryKey(),
    kind: text("kind").$type<MailKind>().notNull(),
    /** The id of what it is about: an order, a reservation, an account, a pass. */
    about: text("about").notNull(),
    /** Whose it is. It goes to the address that the account has when it is sent. */
    accountId: text("account_id"),
    /** Where it goes if it is no account's. */
    address: text("address"),
    /** The event that it is about, of an order the first. `event_mails` has all of them. */
    eventId: text("event_id"),
    /** What its text needs and no table has. Never a secret. */
    parameters: text("parameters", { mode: "json" }).$type<Readonly<Record<string, unknown>>>().notNull(),
    state: text("state").$type<MailState>().notNull().default("due"),
    /** How often sending it was begun. */
    attempts: integer("attempts").notNull().default(0),
    /** When it is sent next, or, while it is being sent, when another attempt may begin. */
    dueMs: integer("due_ms"),
    createdAtMs: integer("created_at_ms").notNull(),
    /** When its present state began. */
    sinceMs: integer("since_ms").notNull(),
    /** The mail service's own id of it, by which its notices name it. */
    messageId: text("message_id"),
    /** Why it was not sent, or came back: a code. */
    error: text("error"),
    /** Of which mailing it is part; null for a mail of its own. */
    mailingId: text("mailing_id"),
  },
  (table) => [
    index("mails_due").on(table.dueMs).where(sql`${table.dueMs} IS NOT NULL`),
    index("mails_about").on(table.about),
    index("mails_by_age").on(table.createdAtMs),
    index("mails_of_account")
      .on(table.accountId, table.createdAtMs, table.id)
      .where(sql`${table.accountId} IS NOT NULL`),
    index("mails_of_address").on(table.address, table.createdAtMs, table.id).where(sql`${table.address} IS NOT NULL`),
    index("mails_of_mailing")
      .on(table.mailingId, table.state, table.sinceMs)
      .where(sql`${table.mailingId} IS NOT NULL`),
    index("mails_by_message").on(table.messageId).where(sql`${table.messageId} IS NOT NULL`),
  ],
);

/** In whose lists a mail is. Triggers keep it: an order may be of several events. */
export const eventMails = sqliteTable(
  "event_mails",
  {
    eventId: text("event_id").notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
    mailId: text("mail_id").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.eventId, table.createdAtMs, table.mailId] }),
    index("event_mails_by_mail").on(table.mailId),
  ],
);

/** Since when mails are owed: nobody hears of what happened before. One row. */
export const mailStart = sqliteTable("mail_start", { sinceMs: integer("since_ms").primaryKey() });
