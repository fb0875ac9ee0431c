// D1's tables of events and their ticket types, with the inverted index of the list of events.

import { sql } from "drizzle-orm";
import { check, index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { Cancellation } from "../../../domain/cancellation.ts";
import type { Price } from "../../../domain/price.ts";
import type { Seller } from "../../../domain/receipt.ts";
import type { EventStatus } from "../../../domain/stock.ts";
import type { Terms } from "../../../domain/terms.ts";
import { DAY_MS } from "../../../domain/units.ts";
import { accounts } from "./accounts.ts";

// Indexes have these two conditions, so queries repeat them letter for letter.

/** The version of `tokenize.ts`: events of an older one are indexed again. */
export const TOKENS_VERSION = 4;
export const isUnindexed = sql`("indexed_version" < "words_version" OR "tokens_version" < 4)`;

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
    /** Until when buyers may give back what they bought; null: not at all. */
    refundableUntilMs: integer("refundable_until_ms"),
    /** From when passes are let in; null: whenever the crew scans. */
    doorsOpenAtMs: integer("doors_open_at_ms"),
    /** Whether who went out may come in again with the same pass. */
    reentry: integer("reentry", { mode: "boolean" }).notNull().default(false),
    /** How it was called off; null while it is not, and where nothing was kept of that. */
    cancellation: text("cancellation", { mode: "json" }).$type<Cancellation>(),
    /** It was called off with refunds, and its objects may have something left to refund. */
    refunding: integer("refunding", { mode: "boolean" }).notNull().default(false),
    status: text("status").$type<EventStatus>().notNull(),
    /** Grows with each change of what objects must know, so that late news changes nothing. */
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
    /** Of the terms that buyers have to accept; null for none. */
    termsVersion: text("terms_version"),
    /** Who sells its tickets; null: what is bought has no receipt. */
    seller: text("seller", { mode: "json" }).$type<Seller>(),
    /** Of the VAT that prices include, in hundredths of a percent; null for none. */
    vatRate: integer("vat_rate"),
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
    index("events_refunding").on(table.id).where(sql`${table.refunding} = 1`),
    index("events_withdrawn").on(table.id).where(sql`${table.withdrawnSinceMs} IS NOT NULL`),
    check("events_status", sql`${table.status} IN ('draft', 'published', 'cancelled')`),
  ],
);

/** Every version of its terms that an event ever had: buyers have accepted it. */
export const termsVersions = sqliteTable(
  "terms_versions",
  {
    /** Its place in the list, among those of one moment. */
    id: text("id").notNull(),
    eventId: text("event_id").notNull(),
    version: text("version").notNull(),
    terms: text("terms", { mode: "json" }).$type<Terms>().notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
  },
  (table) => [primaryKey({ columns: [table.eventId, table.version] })],
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
