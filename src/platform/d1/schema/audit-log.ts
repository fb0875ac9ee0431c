// D1's table of the audit log.

import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

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
  | "password.reset"
  | "password.reset-asked"
  | "link.asked"
  | "email.asked"
  | "email.verify"
  | "email.change"
  | "password.refused"
  | "api-key.create"
  | "api-key.revoke"
  | "webhook.create"
  | "webhook.change"
  | "webhook.rotate"
  | "webhook.delete"
  | "role.change"
  | "event.create"
  | "event.change"
  | "event.call-off"
  | "event.message"
  | "event.delete"
  | "event.handover"
  | "crew.put"
  | "crew.remove"
  | "crew.invite"
  | "crew.take-back"
  | "crew.accept"
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
  | "order.sell"
  | "order.sell-refused"
  | "order.pay"
  | "order.pay-refused"
  | "order.cancel"
  | "order.cancel-refused"
  | "order.erase-customer"
  | "order.mail"
  | "payment.refund"
  | "payment.dispute"
  | "refund.make"
  | "refund.retry"
  | "refund.by-hand"
  | "refund.make-refused"
  | "refund.retry-refused"
  | "refund.by-hand-refused"
  | "refund.give-back"
  | "refund.succeeded"
  | "refund.failed";

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
    objectType: text("object_type")
      .$type<"account" | "event" | "ticket" | "order" | "reservation" | "payment">()
      .notNull(),
    /** Null if the caller named an account that does not exist. */
    objectId: text("object_id"),
    /** The event whose organiser may read it. */
    eventId: text("event_id"),
    /** The client's IP address; null for the service itself, and once it has been erased. */
    address: text("address"),
    /** JSON: the requested change. */
    details: text("details"),
    /** The key for programs that the account did it with; null: it was signed in itself. */
    apiKeyId: text("api_key_id"),
  },
  (table) => [
    index("audit_log_by_time").on(table.atMs, table.id),
    index("audit_log_of_event").on(table.eventId, table.atMs, table.id).where(sql`${table.eventId} IS NOT NULL`),
    index("audit_log_of_actor").on(table.actorId, table.atMs, table.id).where(sql`${table.actorId} IS NOT NULL`),
    index("audit_log_of_account").on(table.objectId, table.atMs, table.id).where(sql`${table.objectType} = 'account'`),
    index("audit_log_of_sale")
      .on(table.objectId, table.atMs)
      .where(sql`${table.objectType} IN ('order', 'reservation', 'payment')`),
    index("audit_log_with_address").on(table.atMs).where(sql`${table.address} IS NOT NULL`),
  ],
);
