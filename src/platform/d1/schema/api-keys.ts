// D1's table of keys for programs.

import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { Scope } from "../../../domain/scopes.ts";

/** A key that is revoked has no row any more. */
export const apiKeys = sqliteTable(
  "api_keys",
  {
    id: text("id").primaryKey(),
    accountId: text("account_id").notNull(),
    /** SHA-256 of the key, so that a stolen table opens nothing. */
    hash: text("hash").notNull(),
    name: text("name").notNull(),
    /** The key's last characters, by which its owner knows it again. */
    ending: text("ending").notNull(),
    scopes: text("scopes", { mode: "json" }).$type<readonly Scope[]>().notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
    /** Null: it does not expire. */
    expiresAtMs: integer("expires_at_ms"),
    /** Up to an hour behind. */
    lastUsedAtMs: integer("last_used_at_ms"),
  },
  (table) => [
    uniqueIndex("api_keys_by_hash").on(table.hash),
    uniqueIndex("api_keys_by_name").on(table.accountId, table.name),
    index("api_keys_of_account").on(table.accountId, table.createdAtMs, table.id),
  ],
);
