// Owing mails: a statement for the batch that makes them owed, and a nudge after its commit.

import type { DrizzleD1Database } from "drizzle-orm/d1";
import { mails } from "../../platform/d1/schema/mails.ts";
import { errorFields, log } from "../../platform/log.ts";
import { type MailKind, mailIdOf } from "../../platform/mails.ts";
import { timeout } from "../../platform/time.ts";
import type { Env } from "../env.ts";

const NUDGE_TIMEOUT_MS = 1_000;

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

/** Has mails sent at once that a batch has made owed. Never rejects: else the sweep sends them. */
export async function nudgeMails(env: Pick<Env, "MAILS">, mailIds: readonly string[]): Promise<void> {
  if (mailIds.length === 0) return;
  try {
    await timeout(NUDGE_TIMEOUT_MS, env.MAILS.sendBatch(mailIds.map((mailId) => ({ body: { mailId } }))));
  } catch (fault) {
    log("warn", "sending to the mails queue failed", errorFields(fault));
  }
}
