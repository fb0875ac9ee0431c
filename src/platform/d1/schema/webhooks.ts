// D1's tables of webhooks: who is sent what, and what is owed to them.

import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { AttemptError, DeliveryState, TEST_TYPE, WebhookState, WebhookType } from "../../../domain/webhooks.ts";

/** A subscription: news of all events that its account organises. */
export const webhooks = sqliteTable(
  "webhooks",
  {
    id: text("id").primaryKey(),
    accountId: text("account_id").notNull(),
    url: text("url").notNull(),
    types: text("types", { mode: "json" }).$type<readonly WebhookType[]>().notNull(),
    state: text("state").$type<WebhookState>().notNull().default("active"),
    /** `whsec_…`. In plain text, because it signs. */
    secret: text("secret").notNull(),
    /** It signs as well until then, after a rotation. */
    previousSecret: text("previous_secret"),
    previousUntilMs: integer("previous_until_ms"),
    createdAtMs: integer("created_at_ms").notNull(),
    /** Of its newest delivery. They are numbered from 1, without gaps. */
    lastNumber: integer("last_number").notNull().default(0),
    /** Since when no delivery was accepted; null after one that was. */
    failingSinceMs: integer("failing_since_ms"),
    /** One invocation at a time delivers, until then. */
    leaseUntilMs: integer("lease_until_ms").notNull().default(0),
  },
  (table) => [
    index("webhooks_of_account").on(table.accountId, table.createdAtMs, table.id),
    uniqueIndex("webhooks_by_url").on(table.accountId, table.url),
  ],
);

/** Triggers insert these with the copies that they are about, and number them. */
export const webhookDeliveries = sqliteTable(
  "webhook_deliveries",
  {
    webhookId: text("webhook_id").notNull(),
    number: integer("number").notNull(),
    type: text("type").$type<WebhookType | typeof TEST_TYPE>().notNull(),
    /** What it says, once: the same news is not owed again. */
    subject: text("subject").notNull(),
    /** JSON: ids, states, amounts and times. */
    data: text("data").notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
    state: text("state").$type<DeliveryState>().notNull().default("due"),
    /** Since when it is due: since it was made, or replayed. */
    dueSinceMs: integer("due_since_ms").notNull(),
    attempts: integer("attempts").notNull().default(0),
    /** When it is sent next; null if it is not. */
    dueMs: integer("due_ms"),
    /** Of the last attempt: the reply's status, or why there was none. */
    lastStatus: integer("last_status"),
    lastError: text("last_error").$type<AttemptError>(),
    lastAttemptMs: integer("last_attempt_ms"),
  },
  (table) => [
    primaryKey({ columns: [table.webhookId, table.number] }),
    index("webhook_deliveries_by_subject").on(table.webhookId, table.subject),
    index("webhook_deliveries_due")
      .on(table.webhookId, table.dueMs, table.number)
      .where(sql`${table.dueMs} IS NOT NULL`),
    index("webhook_deliveries_overdue").on(table.dueMs).where(sql`${table.dueMs} IS NOT NULL`),
    index("webhook_deliveries_by_age").on(table.createdAtMs),
  ],
);
