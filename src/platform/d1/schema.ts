// The tables in D1. `npm run db:generate` turns a change here into a migration under /migrations.

import { sql } from "drizzle-orm";
import { check, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/**
 * Each may do what a buyer may. A scanner will be let to the door; an admin may do what organisers
 * may, everywhere.
 */
export const ROLES = ["buyer", "organizer", "scanner", "admin"] as const;
export type Role = (typeof ROLES)[number];
/** What was asked for and allowed; `…-refused` where it was not. */
export type AuditAction =
  | "account.register"
  | "account.export"
  | "account.delete"
  | "session.start"
  | "session.start-refused"
  | "session.end"
  | "session.end-all"
  | "session.refresh-reused"
  | "password.change"
  | "password.refused"
  | "role.change"
  | "event.create"
  | "event.change"
  | "ticket.add"
  | "ticket.change"
  | "ticket.change-refused"
  | "payment.refund";
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
    check("accounts_role", sql`${table.role} IN ('buyer', 'organizer', 'scanner', 'admin')`),
  ],
);

/**
 * A sign-in, and all refresh tokens that follow from it. The sweep deletes it once it has expired.
 */
export const sessions = sqliteTable(
  "sessions",
  {
    id: text("id").primaryKey(),
    accountId: text("account_id").notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
    /** Fixed at the sign-in, however often the session is refreshed. */
    expiresAtMs: integer("expires_at_ms").notNull(),
    endedAtMs: integer("ended_at_ms"),
  },
  (table) => [
    index("sessions_of_account").on(table.accountId, table.createdAtMs, table.id),
    index("sessions_not_ended").on(table.accountId).where(sql`${table.endedAtMs} IS NULL`),
    index("sessions_by_expiry").on(table.expiresAtMs),
  ],
);

/** Used tokens stay as long as their session: a token that comes again was copied. */
export const refreshTokens = sqliteTable(
  "refresh_tokens",
  {
    /** SHA-256 of the token, so that a stolen table opens no session. */
    hash: text("hash").primaryKey(),
    sessionId: text("session_id").notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
    usedAtMs: integer("used_at_ms"),
    successorHash: text("successor_hash"),
  },
  (table) => [index("refresh_tokens_of_session").on(table.sessionId, table.createdAtMs)],
);

/** The revocation list: ended sessions, until the last of their access tokens has expired. */
export const revokedSessions = sqliteTable(
  "revoked_sessions",
  {
    /** Grows with each row and is never reused: who has read up to one needs only what follows. */
    position: integer("position").primaryKey({ autoIncrement: true }),
    id: text("id").notNull().unique(),
    expiresAtMs: integer("expires_at_ms").notNull(),
  },
  (table) => [index("revoked_sessions_by_expiry").on(table.expiresAtMs)],
);

/** Passwords that nobody may choose, NFKC in small letters. Its migration fills it. */
export const commonPasswords = sqliteTable("common_passwords", { password: text("password").primaryKey() });

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
    /** Grows with each change of what is searched: name, venue, description. */
    wordsVersion: integer("words_version").notNull().default(1),
    /** The version whose words can be found; 0 for none. */
    indexedVersion: integer("indexed_version").notNull().default(0),
    /** The SHA-256 of the request that made it, where that had an Idempotency-Key. */
    requestHash: text("request_hash"),
  },
  (table) => [
    // Lists name the condition of a partial index as it stands here, letter for letter, or SQLite
    // does not use it.
    index("events_public").on(table.startsAtMs, table.id).where(sql`${table.status} <> 'draft'`),
    index("events_by_organizer").on(table.organizerId),
    index("events_unindexed").on(table.id).where(sql`${table.indexedVersion} < ${table.wordsVersion}`),
    index("events_announcing").on(table.id).where(sql`${table.announcing} = 1`),
    check("events_status", sql`${table.status} IN ('draft', 'published', 'cancelled')`),
  ],
);

/**
 * The inverted index of the list of events, in the list's order: a row for each token of an event's
 * texts (kept by `search.ts`), one for its organiser (`@` and the account's id) and, while tickets
 * may be left, one for that (`@available`). Triggers keep the latter two, and move all of them when
 * the event's date changes.
 */
export const eventTerms = sqliteTable(
  "event_terms",
  {
    term: text("term").notNull(),
    startsAtMs: integer("starts_at_ms").notNull(),
    eventId: text("event_id").notNull(),
    /**
     * `@available` holds from here on: the first start of a sale with tickets left; null for no
     * bound, as in all other rows.
     */
    opensMs: integer("opens_ms"),
    /** And until here: the last end of such a sale. */
    closesMs: integer("closes_ms"),
  },
  (table) => [
    primaryKey({ columns: [table.term, table.startsAtMs, table.eventId] }),
    index("event_terms_of_event").on(table.eventId),
    index("event_terms_closing").on(table.closesMs).where(sql`${table.closesMs} IS NOT NULL`),
  ],
);

/**
 * `name` and `description` are kept here; all else is a copy of what the ticket type's object
 * decided.
 */
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
    /** The SHA-256 of the request that made it, where that had an Idempotency-Key. */
    requestHash: text("request_hash"),
  },
  (table) => [index("ticket_types_by_event").on(table.eventId, table.position, table.id)],
);

/**
 * A copy of the objects' reservations. No foreign keys: a copy never fails for what another table
 * lacks.
 */
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
    /**
     * A payment that could not be settled for a day, so that a person should look; null where there
     * is none.
     */
    unresolvedPaymentId: text("unresolved_payment_id"),
    unresolvedPaymentState: text("unresolved_payment_state").$type<"pending" | "refund_due">(),
    unresolvedSinceMs: integer("unresolved_since_ms"),
  },
  (table) => [
    // Of all states, too: a list of all of them is merged from four. One that has them together
    // would cost each copy a row more.
    index("reservations_of_account_by_state").on(table.accountId, table.state, table.createdAtMs, table.id),
    index("reservations_overdue").on(table.expiresAtMs).where(sql`${table.state} = 'held'`),
    index("reservations_unsettled").on(table.ticketTypeId).where(sql`${table.unsettled} = 1`),
    index("reservations_unresolved")
      .on(table.ticketTypeId, table.unresolvedSinceMs, table.id)
      .where(sql`${table.unresolvedPaymentId} IS NOT NULL`),
  ],
);

/**
 * Who did what to which object, from where, when. Triggers in its migration let rows be added and
 * their addresses be erased, and nothing else.
 */
export const auditLog = sqliteTable(
  "audit_log",
  {
    id: text("id").primaryKey(),
    atMs: integer("at_ms").notNull(),
    action: text("action").$type<AuditAction>().notNull(),
    /**
     * The account that did it; null for the service itself, and for somebody who is not signed in.
     */
    actorId: text("actor_id"),
    objectType: text("object_type").$type<"account" | "event" | "ticket" | "payment">().notNull(),
    /** Null where somebody named an account that there is not. */
    objectId: text("object_id"),
    /** The event whose organiser may read it. */
    eventId: text("event_id"),
    /**
     * The address that the request came from; null for the service itself, and once it was erased.
     */
    address: text("address"),
    /** JSON: what was asked for. */
    details: text("details"),
  },
  (table) => [
    index("audit_log_by_time").on(table.atMs, table.id),
    index("audit_log_of_event").on(table.eventId, table.atMs, table.id).where(sql`${table.eventId} IS NOT NULL`),
    index("audit_log_of_actor").on(table.actorId, table.atMs, table.id).where(sql`${table.actorId} IS NOT NULL`),
    index("audit_log_of_account").on(table.objectId, table.atMs, table.id).where(sql`${table.objectType} = 'account'`),
    index("audit_log_with_address").on(table.atMs).where(sql`${table.address} IS NOT NULL`),
  ],
);
