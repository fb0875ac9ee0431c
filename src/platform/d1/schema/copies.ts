// D1's copies of reservations and orders, and how far the sweep has compared them.

import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { SaleMethod } from "../../../domain/counter.ts";
import type { PassState } from "../../../domain/pass.ts";
import type { ReservationState } from "../../../domain/stock.ts";

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
    /** The version of the event's terms that the buyer accepted with the hold. */
    acceptedTerms: text("accepted_terms"),
    unitPriceMinor: integer("unit_price_minor").notNull(),
    currency: text("currency").notNull(),
    state: text("state").$type<ReservationState>().notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
    expiresAtMs: integer("expires_at_ms").notNull(),
    version: integer("version").notNull(),
    paymentState: text("payment_state").$type<"pending" | "succeeded" | "failed" | "refund_due" | "refunded">(),
    paymentFailureCode: text("payment_failure_code"),
    paymentFailureMessage: text("payment_failure_message"),
    /** A cancel waits for the outcome of a payment. */
    cancelRequested: integer("cancel_requested", { mode: "boolean" }).notNull().default(false),
    /** Tickets that were given back, and how many of those are on sale again. */
    givenBack: integer("given_back").notNull().default(0),
    restocked: integer("restocked").notNull().default(0),
    /** JSON: an array of `Refund`; null for none. Those of an order are the order's. */
    refunds: text("refunds"),
    /** The same of payments that came too late. */
    lateRefunds: text("late_refunds"),
    /** Null until it is paid, in a part of an order, and in rows from before this column. */
    paidAtMs: integer("paid_at_ms"),
    /** A payment is pending, or a refund is due or under way. */
    unsettled: integer("unsettled", { mode: "boolean" }).notNull(),
    /** A payment, or a refund, that needs a person; null if there is none. */
    unresolvedPaymentId: text("unresolved_payment_id"),
    unresolvedPaymentState: text("unresolved_payment_state").$type<"pending" | "refund_due" | "refund_failed">(),
    unresolvedSinceMs: integer("unresolved_since_ms"),
  },
  (table) => [
    // A list of all states merges four ranges: an index without the state is one more to write.
    index("reservations_of_account_by_state").on(table.accountId, table.state, table.createdAtMs, table.id),
    index("reservations_overdue").on(table.expiresAtMs).where(sql`${table.state} = 'held'`),
    index("reservations_unsettled").on(table.ticketTypeId).where(sql`${table.unsettled} = 1`),
    index("reservations_sold").on(table.ticketTypeId, table.id).where(sql`${table.state} IN ('confirmed', 'refunded')`),
    index("reservations_with_code").on(table.ticketTypeId, table.code).where(sql`${table.code} IS NOT NULL`),
    index("reservations_paid").on(table.ticketTypeId, table.paidAtMs).where(sql`${table.paidAtMs} IS NOT NULL`),
    index("reservations_unresolved")
      .on(table.ticketTypeId, table.unresolvedSinceMs, table.id)
      .where(sql`${table.unresolvedPaymentId} IS NOT NULL`),
  ],
);

/** A copy of the objects' passes. One that nothing has happened to has no row. */
export const passes = sqliteTable(
  "passes",
  {
    reservationId: text("reservation_id").notNull(),
    number: integer("number").notNull(),
    ticketTypeId: text("ticket_type_id").notNull(),
    generation: integer("generation").notNull(),
    state: text("state").$type<PassState>().notNull(),
    holderName: text("holder_name"),
    /** The address that it was passed on to; null while it is its buyer's, empty once erased. */
    holderEmail: text("holder_email"),
    emailKey: text("email_key"),
    /** When it was last passed on; 0 if it never was, and in rows from before this column. */
    passedOnAtMs: integer("passed_on_at_ms").notNull().default(0),
    revokedAtMs: integer("revoked_at_ms"),
    admittedAtMs: integer("admitted_at_ms"),
    gate: text("gate"),
    outSinceMs: integer("out_since_ms"),
    /** The number of its last change among those of the ticket type's passes. */
    version: integer("version").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.reservationId, table.number] }),
    index("passes_named").on(table.ticketTypeId, table.holderName).where(sql`${table.holderName} IS NOT NULL`),
    index("passes_of_address")
      .on(table.emailKey, table.passedOnAtMs, table.reservationId, table.number)
      .where(sql`${table.emailKey} IS NOT NULL`),
  ],
);

/** Of an order of the counter. An index has this expression, so queries use the same one. */
export const hasCustomer = sql`(counter ->> '$.customerName' IS NOT NULL OR counter ->> '$.customerEmail' IS NOT NULL)`;

/** Of an order, by its id. An index has this expression, so queries use the same one. */
export const firstReservation = sql`items ->> '$[0].reservationId'`;

/** A copy of the orders' objects. Their reservations are in `reservations` as well. */
export const orders = sqliteTable(
  "orders",
  {
    id: text("id").primaryKey(),
    /** The buyer's, or the event's id for what its counter sold. */
    accountId: text("account_id").notNull(),
    /** JSON: a `CounterSale`. Null for what a buyer made. */
    counter: text("counter"),
    /** Null until it is confirmed, and in rows from before there was this column. */
    paidAtMs: integer("paid_at_ms"),
    /** JSON: an array of `OrderItemView`. */
    items: text("items").notNull(),
    currency: text("currency").notNull(),
    state: text("state").$type<ReservationState>().notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
    expiresAtMs: integer("expires_at_ms").notNull(),
    version: integer("version").notNull(),
    paymentState: text("payment_state").$type<"pending" | "succeeded" | "failed" | "refund_due" | "refunded">(),
    paymentFailureCode: text("payment_failure_code"),
    paymentFailureMessage: text("payment_failure_message"),
    cancelRequested: integer("cancel_requested", { mode: "boolean" }).notNull(),
    /** JSON: an array of `Refund`; null for none. */
    refunds: text("refunds"),
    /** The same of payments that came too late. */
    lateRefunds: text("late_refunds"),
    /** A payment or a refund is not settled, or a ticket type has not acknowledged what it must. */
    unfinished: integer("unfinished", { mode: "boolean" }).notNull(),
    /** A payment, or a refund, that needs a person; null if there is none. */
    unresolvedPaymentId: text("unresolved_payment_id"),
    unresolvedPaymentState: text("unresolved_payment_state").$type<"pending" | "refund_due" | "refund_failed">(),
    unresolvedSinceMs: integer("unresolved_since_ms"),
  },
  (table) => [
    index("orders_of_account_by_state").on(table.accountId, table.state, table.createdAtMs, table.id),
    index("orders_overdue").on(table.expiresAtMs).where(sql`${table.state} = 'held'`),
    index("orders_unfinished").on(table.id).where(sql`${table.unfinished} = 1`),
    index("orders_unresolved")
      .on(table.unresolvedSinceMs, table.id)
      .where(sql`${table.unresolvedPaymentId} IS NOT NULL`),
    // Of the counter: its account is the event.
    index("orders_with_customer").on(table.accountId).where(hasCustomer),
    // It begins with a ticket type's id.
    index("orders_by_first_reservation").on(firstReservation),
  ],
);

/**
 * What each event has of each order, as an order has items of several events, perhaps; and each
 * reservation that was made alone, in the place of an order. Triggers on both keep it.
 */
export const eventOrders = sqliteTable(
  "event_orders",
  {
    eventId: text("event_id").notNull(),
    /** How it was paid at the counter, or is to be; `online` for what a buyer made. */
    method: text("method").$type<SaleMethod>().notNull(),
    state: text("state").$type<ReservationState>().notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
    /** The order's id, or that of a reservation that was made alone. */
    orderId: text("order_id").notNull(),
    /** Null until the order is confirmed, and for a reservation, which has its own. */
    paidAtMs: integer("paid_at_ms"),
    /** The account at the counter; null for what a buyer made. */
    takenBy: text("taken_by"),
    tickets: integer("tickets").notNull(),
    amountMinor: integer("amount_minor").notNull(),
    currency: text("currency").notNull(),
  },
  (table) => [
    // A list of all merges a range for each method and state: an index for each filter is one more.
    primaryKey({ columns: [table.eventId, table.method, table.state, table.createdAtMs, table.orderId] }),
    index("event_orders_paid").on(table.eventId, table.paidAtMs).where(sql`${table.paidAtMs} IS NOT NULL`),
  ],
);

/**
 * What each event has of each refund that has succeeded, of an order or of a reservation that was
 * bought alone. Triggers on both keep it.
 */
export const eventRefunds = sqliteTable(
  "event_refunds",
  {
    /** The order or the reservation. */
    saleId: text("sale_id").notNull(),
    refundId: text("refund_id").notNull(),
    eventId: text("event_id").notNull(),
    /** When it succeeded. */
    atMs: integer("at_ms").notNull(),
    /** How it was paid, and goes back. */
    method: text("method").$type<SaleMethod>().notNull(),
    /** The account at the counter; null for what a buyer made. */
    givenBy: text("given_by"),
    tickets: integer("tickets").notNull(),
    amountMinor: integer("amount_minor").notNull(),
    currency: text("currency").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.saleId, table.refundId, table.eventId] }),
    index("event_refunds_by_time").on(table.eventId, table.atMs),
  ],
);

/** How far the cron sweep has come, which goes round for ever. It has one row, or none. */
export const sweepProgress = sqliteTable("sweep_progress", {
  only: integer("only").primaryKey(),
  comparedUpTo: text("compared_up_to").notNull(),
  ordersComparedUpTo: text("orders_compared_up_to").notNull().default(""),
});
