// Owing mails: a statement for the batch that makes them owed, and after its commit `sendSoon`.

import { waitUntil } from "cloudflare:workers";
import { type SQL, sql } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { mails } from "../../platform/d1/schema/mails.ts";
import { nudgeMails } from "../../platform/mail-queue.ts";
import { type MailKind, mailIdOf } from "../../platform/mails.ts";
import type { Env } from "../env.ts";

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
  return oweMailIf(db, owed, sql`true`, nowMs);
}

/** The same on a condition. */
export function oweMailIf(db: DrizzleD1Database, owed: OwedMail, condition: SQL, nowMs: number) {
  const { kind, about, accountId = null, address = null, eventId = null, parameters = {} } = owed;
  return db
    .insert(mails)
    .select(sql`
      SELECT ${idOf(owed)}, ${kind}, ${about}, ${accountId}, ${address}, ${eventId}, ${JSON.stringify(parameters)}, 'due', 0,
        ${nowMs}, ${nowMs}, ${nowMs}, NULL, NULL, NULL
      WHERE ${condition}`)
    .onConflictDoNothing();
}

/** After the commit. The sweep sends it as well, later. */
export function sendSoon(env: Env, owed: OwedMail): void {
  waitUntil(nudgeMails(env.MAILS, [idOf(owed)]));
}

function idOf({ kind, about, version }: OwedMail): string {
  return mailIdOf(kind, about, version);
}
