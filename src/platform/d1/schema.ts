// The tables in D1. `npm run db:generate` turns a change here into a migration under /migrations.

import { sql } from "drizzle-orm";
import { check, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { Price } from "../../domain/price.ts";
import type { EventStatus } from "../../domain/stock.ts";
import { DAY_MS } from "../../domain/units.ts";

/** Scanner is reserved for the door; an admin may do what organisers may, everywhere. */
export const ROLES = ["buyer", "organizer", "scanner", "admin"] as const;
export type Role = (typeof ROLES)[number];
/** A request that was carried out; `…-refused` for one that was not. */
export type AuditAction =
  | "account.register"
  | "account.export"
  | "account.delete"
  | "guest.create"
  | "guest.upgrade"
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
  | "event.delete"
  | "event.handover"
  | "ticket.add"
  | "ticket.change"
  | "ticket.change-refused"
  | "price.add"
  | "price.change"
  | "price.change-refused"
  | "price.delete"
  | "codes.add"
  | "ticket.delete"
  | "ticket.delete-refused"
  | "payment.refund";

export const accounts = sqliteTable(
  "accounts",
  {
    id: text("id").primaryKey(),
    /** A guest's is made of its id, in a form that nobody can register. It is never shown. */
    username: text("username").notNull(),
    email: text("email").notNull(),
    /**
     * `emailKeyOf` the address. Null for guests, and for accounts made before addresses counted, if
     * an older one has the address.
     */
    emailKey: text("email_key"),
    passwordHash: text("password_hash").notNull(),
    role: text("role").$type<Role>().notNull().default("buyer"),
    createdAtMs: integer("created_at_ms").notNull(),
    /** When its owner asked for its deletion. It can't reserve or pay since then. */
    closingSinceMs: integer("closing_since_ms"),
    /** When the sweep next looks whether this guest may go. Null if it is not a guest's account. */
    guestDueMs: integer("guest_due_ms"),
  },
  (table) => [
    // "Ada" and "ada" are the same person at a sign-in form.
    uniqueIndex("accounts_by_username").on(sql`${table.username} COLLATE NOCASE`),
    uniqueIndex("accounts_by_email").on(table.emailKey),
    index("accounts_closing").on(table.closingSinceMs).where(sql`${table.closingSinceMs} IS NOT NULL`),
    index("accounts_guests").on(table.guestDueMs).where(sql`${table.guestDueMs} IS NOT NULL`),
    check("accounts_role", sql`${table.role} IN ('buyer', 'organizer', 'scanner', 'admin')`),
  ],
);

/** A sign-in, with its refresh tokens. The sweep deletes it once it has expired. */
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

// Indexes have these two conditions, so queries repeat them letter for letter.

/** The version of `tokenize.ts`: events of an older one are indexed again. */
export const TOKENS_VERSION = 3;
export const isUnindexed = sql`("indexed_version" < "words_version" OR "tokens_version" < 3)`;

/** Events are in classes by their length: up to each of these, and longer. */
export const EVENT_LENGTHS_MS = [DAY_MS, 16 * DAY_MS, 256 * DAY_MS];
/** From 0, the shortest, to 3. */
export const lengthClass = sql`(("ends_at_ms" - "starts_at_ms" > 86400000)
  + ("ends_at_ms" - "starts_at_ms" > 1382400000) + ("ends_at_ms" - "starts_at_ms" > 22118400000))`;

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
    /** Grows with each change of status or end, so that objects ignore one that arrives late. */
    statusVersion: integer("status_version").notNull(),
    /** Not read: the Worker of the version before writes it until a deployment is over. */
    announcing: integer("announcing", { mode: "boolean" }).notNull(),
    /**
     * When a request took it off sale to find out what is held and sold. That request ends it, or
     * else the sweep.
     */
    withdrawnSinceMs: integer("withdrawn_since_ms"),
    /** Of all its ticket types. Null before the first one, and in old events with several. */
    currency: text("currency"),
    createdAtMs: integer("created_at_ms").notNull(),
    /** Grows with each change of the searched texts: name, venue, description. */
    textsVersion: integer("words_version").notNull().default(1),
    /** The version of the texts that the inverted index has; 0 for none. */
    indexedVersion: integer("indexed_version").notNull().default(0),
    /** The version of status and end that the objects of all its ticket types know. */
    announcedVersion: integer("announced_version").notNull().default(0),
    /** The version of the tokens that the inverted index has: those of an older one are remade. */
    tokensVersion: integer("tokens_version").notNull().default(1),
    /** SHA-256 of the request that made it, if that had an Idempotency-Key. */
    requestHash: text("request_hash"),
    /** Another one with each change by its organiser. A trigger sees to other writers' changes. */
    edition: text("edition").notNull().default("0"),
  },
  (table) => [
    // Queries repeat a partial index's condition letter for letter, or SQLite does not use it.
    index("events_public").on(table.startsAtMs, table.id).where(sql`${table.status} <> 'draft'`),
    index("events_by_organizer").on(table.organizerId),
    index("events_by_length").on(lengthClass, table.startsAtMs, table.id, table.endsAtMs),
    index("events_unindexed").on(table.id).where(isUnindexed),
    index("events_unannounced").on(table.id).where(sql`${table.announcedVersion} < ${table.statusVersion}`),
    index("events_withdrawn").on(table.id).where(sql`${table.withdrawnSinceMs} IS NOT NULL`),
    check("events_status", sql`${table.status} IN ('draft', 'published', 'cancelled')`),
  ],
);

/**
 * The inverted index of the list of events, in its order: a row for each token of an event's texts
 * (kept by `search.ts`), for its organiser (`@` and the account's id) and, while tickets may be
 * left, `@available`. Triggers keep the latter two, and move all when the event's date changes.
 */
export const eventTerms = sqliteTable(
  "event_terms",
  {
    term: text("term").notNull(),
    startsAtMs: integer("starts_at_ms").notNull(),
    eventId: text("event_id").notNull(),
    /** `@available` holds from the first start of a sale with tickets left; null for no bound. */
    opensMs: integer("opens_ms"),
    closesMs: integer("closes_ms"),
  },
  (table) => [
    primaryKey({ columns: [table.term, table.startsAtMs, table.eventId] }),
    index("event_terms_of_event").on(table.eventId),
    index("event_terms_closing").on(table.closesMs).where(sql`${table.closesMs} IS NOT NULL`),
  ],
);

/**
 * D1 owns `position`, `name`, `description` and `hidden`; the rest is a copy of the ticket type's
 * object. Changes of `name`, `description` and `hidden` come through the object.
 */
export const ticketTypes = sqliteTable(
  "ticket_types",
  {
    id: text("id").primaryKey(),
    eventId: text("event_id")
      .notNull()
      .references(() => events.id),
    position: integer("position").notNull(),
    name: text("name").notNull(),
    description: text("description").notNull(),
    /** Left out of public pages and lists. A buyer who has its id can see and reserve it. */
    hidden: integer("hidden", { mode: "boolean" }).notNull().default(false),
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
    /** Null until its object has published them: then `priceMinor` is all there is. */
    prices: text("prices", { mode: "json" }).$type<readonly Price[]>(),
    /** SHA-256 of the request that made it, if that had an Idempotency-Key. */
    requestHash: text("request_hash"),
    /** Another one with each change by its organiser. */
    edition: text("edition").notNull().default("0"),
  },
  (table) => [index("ticket_types_by_event").on(table.eventId, table.position, table.id)],
);

/** Ticket types being deleted: a row goes once the object has deleted its storage or refused. */
export const retiringTicketTypes = sqliteTable("retiring_ticket_types", {
  id: text("id").primaryKey(),
  sinceMs: integer("since_ms").notNull(),
});

/** A copy of the objects' reservations, without foreign keys: written whatever others lack. */
export const reservations = sqliteTable(
  "reservations",
  {
    id: text("id").primaryKey(),
    ticketTypeId: text("ticket_type_id").notNull(),
    accountId: text("account_id").notNull(),
    /** The order that it is part of; null for one that was made alone. */
    orderId: text("order_id"),
    quantity: integer("quantity").notNull(),
    /** The ticket type's first price: null. */
    priceId: text("price_id"),
    /** The name of the price when the hold began. */
    priceName: text("price_name").notNull().default(""),
    code: text("code"),
    unitPriceMinor: integer("unit_price_minor").notNull(),
    currency: text("currency").notNull(),
    state: text("state").$type<"held" | "confirmed" | "cancelled" | "expired">().notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
    expiresAtMs: integer("expires_at_ms").notNull(),
    version: integer("version").notNull(),
    paymentState: text("payment_state").$type<"pending" | "succeeded" | "failed" | "refund_due" | "refunded">(),
    paymentFailureCode: text("payment_failure_code"),
    paymentFailureMessage: text("payment_failure_message"),
    /** A cancel waits for the outcome of a payment. */
    cancelRequested: integer("cancel_requested", { mode: "boolean" }).notNull().default(false),
    /** A payment is pending or a refund is due. */
    unsettled: integer("unsettled", { mode: "boolean" }).notNull(),
    /** A payment that has not settled for a day and needs a person; null if there is none. */
    unresolvedPaymentId: text("unresolved_payment_id"),
    unresolvedPaymentState: text("unresolved_payment_state").$type<"pending" | "refund_due">(),
    unresolvedSinceMs: integer("unresolved_since_ms"),
  },
  (table) => [
    // A list of all states merges four ranges: an index without the state is one more to write.
    index("reservations_of_account_by_state").on(table.accountId, table.state, table.createdAtMs, table.id),
    index("reservations_overdue").on(table.expiresAtMs).where(sql`${table.state} = 'held'`),
    index("reservations_unsettled").on(table.ticketTypeId).where(sql`${table.unsettled} = 1`),
    index("reservations_unresolved")
      .on(table.ticketTypeId, table.unresolvedSinceMs, table.id)
      .where(sql`${table.unresolvedPaymentId} IS NOT NULL`),
  ],
);

/** A copy of the orders' objects. Their reservations are in `reservations` as well. */
export const orders = sqliteTable(
  "orders",
  {
    id: text("id").primaryKey(),
    accountId: text("account_id").notNull(),
    /** JSON: an array of `OrderItemView`. */
    items: text("items").notNull(),
    currency: text("currency").notNull(),
    state: text("state").$type<"held" | "confirmed" | "cancelled" | "expired">().notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
    expiresAtMs: integer("expires_at_ms").notNull(),
    version: integer("version").notNull(),
    paymentState: text("payment_state").$type<"pending" | "succeeded" | "failed" | "refund_due" | "refunded">(),
    paymentFailureCode: text("payment_failure_code"),
    paymentFailureMessage: text("payment_failure_message"),
    cancelRequested: integer("cancel_requested", { mode: "boolean" }).notNull(),
    /** A payment or a refund is not settled, or a ticket type has not acknowledged what it must. */
    unfinished: integer("unfinished", { mode: "boolean" }).notNull(),
  },
  (table) => [
    index("orders_of_account_by_state").on(table.accountId, table.state, table.createdAtMs, table.id),
    index("orders_overdue").on(table.expiresAtMs).where(sql`${table.state} = 'held'`),
    index("orders_unfinished").on(table.id).where(sql`${table.unfinished} = 1`),
  ],
);

/**
 * Who did what to what, when, and from where. Triggers in its migration allow adding rows and
 * erasing addresses, and nothing else.
 */
export const auditLog = sqliteTable(
  "audit_log",
  {
    id: text("id").primaryKey(),
    atMs: integer("at_ms").notNull(),
    action: text("action").$type<AuditAction>().notNull(),
    /** The account that did it; null for the service itself and for callers without a session. */
    actorId: text("actor_id"),
    objectType: text("object_type").$type<"account" | "event" | "ticket" | "payment">().notNull(),
    /** Null if the caller named an account that does not exist. */
    objectId: text("object_id"),
    /** The event whose organiser may read it. */
    eventId: text("event_id"),
    /** The client's IP address; null for the service itself, and once it has been erased. */
    address: text("address"),
    /** JSON: the requested change. */
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

/** How far the cron sweep has come, which goes round for ever. It has one row, or none. */
export const sweepProgress = sqliteTable("sweep_progress", {
  only: integer("only").primaryKey(),
  comparedUpTo: text("compared_up_to").notNull(),
});
