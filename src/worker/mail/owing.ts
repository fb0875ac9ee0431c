// Owing mails: a statement for the batch that makes them owed. After its commit, `nudgeMails`.

import { type SQL, sql } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { mails } from "../../platform/d1/schema/mails.ts";
import { type MailKind, mailIdOf } from "../../platform/mails.ts";

/** Either an account, whose address counts when the mail is sent, or an address. */
export interface OwedMail {
  readonly kind: MailKind;
  /** The id of what it is about. */
  readonly about: string;
  /** Where it is owed again for the same thing. */
  readonly version?: number | string;
  readonly accountId?: string;
  readonly address?: string;
  readonly eventId?: string;
  /** Never a secret: those are made when the mail is sent. */
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/** For a batch. A mail that is owed already stays as it is. */
export function oweMail(db: DrizzleD1Database, owed: OwedMail, nowMs: number) {
  const { kind, about, version, accountId = null, address = null, eventId = null, parameters = {} } = owed;
  const id = mailIdOf(kind, about, version);
  const times = { dueMs: nowMs, createdAtMs: nowMs, sinceMs: nowMs };
  return db
    .insert(mails)
    .values({ id, kind, about, accountId, address, eventId, parameters, ...times })
    .onConflictDoNothing();
}

/** The same on a condition. */
export function oweMailIf(db: DrizzleD1Database, owed: OwedMail, condition: SQL, nowMs: number) {
  const { kind, about, version, accountId = null, address = null, eventId = null, parameters = {} } = owed;
  const id = mailIdOf(kind, about, version);
  return db
    .insert(mails)
    .select(sql`
      SELECT ${id}, ${kind}, ${about}, ${accountId}, ${address}, ${eventId}, ${JSON.stringify(parameters)}, 'due', 0,
        ${nowMs}, ${nowMs}, ${nowMs}, NULL, NULL
      WHERE ${condition}`)
    .onConflictDoNothing();
}
