// The tables in D1. `npm run db:generate` turns a change here into a migration under /migrations.

import { sql } from "drizzle-orm";
import { check, index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

export type Role = "buyer" | "organizer";
export type EventStatus = "draft" | "published" | "cancelled";

export const accounts = sqliteTable(
  "accounts",
  {
    id: text("id").primaryKey(),
    username: text("username").notNull(),
    email: text("email").notNull(),
    passwordHash: text("password_hash").notNull(),
    role: text("role").$type<Role>().notNull().default("buyer"),
    createdAtMs: integer("created_at_ms").notNull(),
  },
  (table) => [
    // "Ada" and "ada" are the same person at a sign-in form.
    uniqueIndex("accounts_by_username").on(sql`${table.username} COLLATE NOCASE`),
    check("accounts_role", sql`${table.role} IN ('buyer', 'organizer')`),
  ],
);

/** Sessions that were ended before their token expires. A row is of no use once it has expired. */
export const revokedSessions = sqliteTable(
  "revoked_sessions",
  { id: text("id").primaryKey(), expiresAtMs: integer("expires_at_ms").notNull() },
  (table) => [index("revoked_sessions_by_expiry").on(table.expiresAtMs)],
);

export const events = sqliteTable(
  "events",
  {
    id: text("id").primaryKey(),
    organizerId: text("organizer_id")
      .notNull()
      .references(() => accounts.id),
    name: text("name").notNull(),
    description: text("description").notNull(),
    venue: text("venue").notNull(),
    startsAtMs: integer("starts_at_ms").notNull(),
    endsAtMs: integer("ends_at_ms").notNull(),
    timezone: text("timezone").notNull(),
    status: text("status").$type<EventStatus>().notNull(),
    /** Grows with each change of the status, so that news that arrives late is known to be old. */
    statusVersion: integer("status_version").notNull(),
    /** Some ticket type's object may not know the present status yet. */
    announcing: integer("announcing", { mode: "boolean" }).notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
  },
  (table) => [
    index("events_by_date").on(table.startsAtMs, table.id),
    index("events_by_organizer").on(table.organizerId),
    index("events_announcing").on(table.id).where(sql`${table.announcing} = 1`),
    check("events_status", sql`${table.status} IN ('draft', 'published', 'cancelled')`),
  ],
);

/** `name` and `description` are kept here; all else is a copy of what the ticket type's object decided. */
export const ticketTypes = sqliteTable(
  "ticket_types",
  {
    id: text("id").primaryKey(),
    eventId: text("event_id")
      .notNull()
      .references(() => events.id),
    /** The order in which the organiser added them. */
    position: integer("position").notNull(),
    name: text("name").notNull(),
    description: text("description").notNull(),
    capacity: integer("capacity").notNull(),
    held: integer("held").notNull(),
    sold: integer("sold").notNull(),
    onSale: integer("on_sale", { mode: "boolean" }).notNull(),
    priceMinor: integer("price_minor").notNull(),
    currency: text("currency").notNull(),
    maxPerBuyer: integer("max_per_buyer"),
    salesStartMs: integer("sales_start_ms"),
    salesEndMs: integer("sales_end_ms"),
    version: integer("version").notNull(),
  },
  (table) => [index("ticket_types_by_event").on(table.eventId, table.position, table.id)],
);

/** A copy of the objects' reservations. No foreign keys: a copy never fails for what another table lacks. */
export const reservations = sqliteTable(
  "reservations",
  {
    id: text("id").primaryKey(),
    ticketTypeId: text("ticket_type_id").notNull(),
    accountId: text("account_id").notNull(),
    quantity: integer("quantity").notNull(),
    unitPriceMinor: integer("unit_price_minor").notNull(),
    currency: text("currency").notNull(),
    state: text("state").$type<"held" | "confirmed" | "cancelled" | "expired">().notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
    expiresAtMs: integer("expires_at_ms").notNull(),
    version: integer("version").notNull(),
    paymentState: text("payment_state").$type<"pending" | "succeeded" | "failed" | "refund_due" | "refunded">(),
    paymentFailureCode: text("payment_failure_code"),
    paymentFailureMessage: text("payment_failure_message"),
    /** A payment is pending or a refund is due. */
    unsettled: integer("unsettled", { mode: "boolean" }).notNull(),
    /** A payment that could not be settled for a day, so that a person should look; null where there is none. */
    unresolvedPaymentId: text("unresolved_payment_id"),
    unresolvedPaymentState: text("unresolved_payment_state").$type<"pending" | "refund_due">(),
    unresolvedSinceMs: integer("unresolved_since_ms"),
  },
  (table) => [
    index("reservations_of_account").on(table.accountId, table.createdAtMs, table.id),
    index("reservations_overdue").on(table.expiresAtMs).where(sql`${table.state} = 'held'`),
    index("reservations_unsettled").on(table.ticketTypeId).where(sql`${table.unsettled} = 1`),
    index("reservations_unresolved")
      .on(table.ticketTypeId, table.unresolvedSinceMs, table.id)
      .where(sql`${table.unresolvedPaymentId} IS NOT NULL`),
  ],
);
