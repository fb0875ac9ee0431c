// The confirmation once more, because its buyer asks for it, or who manages its event.

import { and, eq, gt, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { HOUR_MS, MINUTE_MS } from "../../domain/units.ts";
import { ticketTypes } from "../../platform/d1/schema/catalogue.ts";
import { mails } from "../../platform/d1/schema/mails.ts";
import { derivedId } from "../../platform/ids.ts";
import { mailIdOf } from "../../platform/mails.ts";
import { type AuditEntry, auditStatementIfChanged } from "../audit/queries.ts";
import type { Env } from "../env.ts";
import { type OwedMail, oweMailIf, sendSoon } from "./owing.ts";

/** Of all that an account bought, or of a counter's order. In one minute one about each. */
const AGAIN_AN_HOUR = 5;

/** An order, or a reservation that was bought alone. */
export interface Bought {
  readonly id: string;
  /** The first that it has tickets of: of its event is the mail. */
  readonly ticketTypeId: string;
}

/** `to`: the buyer's account; null for the customer of a counter. `by`: the account that asks. */
export interface Asked {
  readonly to: string | null;
  readonly by: string;
}

/** Which mail the request is for. A repeat with its key, or in the same minute, is for the same. */
export function mailAgain({ id }: Bought, { to, by }: Asked, idempotencyKey: string | null, nowMs: number): OwedMail {
  const key = idempotencyKey === null ? null : derivedId(by, `mails of ${id}`, idempotencyKey);
  const mail = { kind: "confirmed_again", about: id, version: key ?? Math.floor(nowMs / MINUTE_MS) } as const;
  return to === null ? mail : { ...mail, accountId: to };
}

export async function isOwed(d1: D1Database, { kind, about, version }: OwedMail): Promise<boolean> {
  return (await drizzle(d1).$count(mails, eq(mails.id, mailIdOf(kind, about, version)))) > 0;
}

/** False where there were enough lately. `audited`: the entry for a mail that becomes owed. */
export async function oweAgain(
  env: Env,
  mail: OwedMail,
  { ticketTypeId }: Bought,
  nowMs: number,
  audited: AuditEntry | null,
): Promise<boolean> {
  const { kind, about, accountId } = mail;
  const db = drizzle(env.DB);
  const isTheirs = accountId === undefined ? eq(mails.about, about) : eq(mails.accountId, accountId);
  const lately = and(isTheirs, eq(mails.kind, kind), gt(mails.createdAtMs, nowMs - HOUR_MS));
  const areFew = sql`(SELECT COUNT(*) FROM ${mails} WHERE ${lately}) < ${AGAIN_AN_HOUR}`;
  const { eventId } = ticketTypes;
  const event = await db.select({ eventId }).from(ticketTypes).where(eq(ticketTypes.id, ticketTypeId)).get();
  const owed: OwedMail = event === undefined ? mail : { ...mail, eventId: event.eventId };
  const owing = oweMailIf(db, owed, areFew, nowMs);
  await (audited === null ? owing : db.batch([owing, auditStatementIfChanged(db, audited)]));
  const isNowOwed = await isOwed(env.DB, mail);
  if (isNowOwed) sendSoon(env, owed);
  return isNowOwed;
}
