// D1's tables of accounts, their sessions, and the passwords that nobody may choose.

import { sql } from "drizzle-orm";
import { check, index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { LinkPurpose } from "../../../domain/links.ts";
import type { Language } from "../../mails.ts";

/** Scanner is reserved for the door; an admin may do what organisers may, everywhere. */
export const ROLES = ["buyer", "organizer", "scanner", "admin"] as const;
export type Role = (typeof ROLES)[number];

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
    /** `emailKeyOf` a guest's address, which it does not claim. Null once it has registered. */
    guestEmailKey: text("guest_email_key"),
    /** `emailKeyOf` the address, once a link mailed to it was used; not unique. Else null. */
    verifiedEmailKey: text("verified_email_key"),
    verifiedAtMs: integer("verified_at_ms"),
    /** The address that takes the place of `email` once it is proven. */
    pendingEmail: text("pending_email"),
    passwordHash: text("password_hash").notNull(),
    role: text("role").$type<Role>().notNull().default("buyer"),
    createdAtMs: integer("created_at_ms").notNull(),
    /** In which its mails are written. */
    language: text("language").$type<Language>().notNull().default("en"),
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
    index("accounts_by_guest_email").on(table.guestEmailKey).where(sql`${table.guestEmailKey} IS NOT NULL`),
    index("accounts_by_verified_email").on(table.verifiedEmailKey).where(sql`${table.verifiedEmailKey} IS NOT NULL`),
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

/** What the links in mails carry. The sweep deletes a token some time after it has expired. */
export const linkTokens = sqliteTable(
  "link_tokens",
  {
    /** SHA-256 of the token, so that a stolen table opens no account. */
    hash: text("hash").primaryKey(),
    purpose: text("purpose").$type<LinkPurpose>().notNull(),
    accountId: text("account_id").notNull(),
    /** `emailKeyOf` the address that the mail went to: what using the link proves. */
    emailKey: text("email_key").notNull(),
    expiresAtMs: integer("expires_at_ms").notNull(),
    usedAtMs: integer("used_at_ms"),
    /** The id of the one use. */
    useId: text("use_id"),
  },
  (table) => [
    index("link_tokens_of_account").on(table.accountId),
    index("link_tokens_by_email").on(table.emailKey),
    index("link_tokens_by_expiry").on(table.expiresAtMs),
  ],
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
