// The confirmation once more, because its buyer asks for it.

import { and, eq, gt, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { HOUR_MS, MINUTE_MS } from "../../domain/units.ts";
import { ticketTypes } from "../../platform/d1/schema/catalogue.ts";
import { mails } from "../../platform/d1/schema/mails.ts";
import { derivedId } from "../../platform/ids.ts";
import { mailIdOf } from "../../platform/mails.ts";
import type { Env } from "../env.ts";
import { type OwedMail, oweMailIf, sendSoon } from "./owing.ts";

/** Of all that an account bought. In the same minute there is one at most about each. */
const AGAIN_AN_HOUR = 5;

/** An order, or a reservation that was bought alone. */
export interface Bought {
  readonly id: string;
  /** The first that it has tickets of: of its event is the mail. */
  readonly ticketTypeId: string;
}

/** Which mail the request is for. A repeat with its key, or in the same minute, is for the same. */
export function mailAgain({ id }: Bought, accountId: string, idempotencyKey: string | null, nowMs: number): OwedMail {
  const key = idempotencyKey === null ? null : derivedId(accountId, `mails of ${id}`, idempotencyKey);
  return { kind: "confirmed_again", about: id, version: key ?? Math.floor(nowMs / MINUTE_MS), accountId };
}

export async function isOwed(d1: D1Database, { kind, about, version }: OwedMail): Promise<boolean> {
  return (await drizzle(d1).$count(mails, eq(mails.id, mailIdOf(kind, about, version)))) > 0;
}

/** False where the account has had enough of them lately. */
export async function oweAgain(env: Env, mail: OwedMail, { ticketTypeId }: Bought, nowMs: number): Promise<boolean> {
  const { kind, about, version, accountId = "" } = mail;
  const db = drizzle(env.DB);
  const lately = and(eq(mails.accountId, accountId), eq(mails.kind, kind), gt(mails.createdAtMs, nowMs - HOUR_MS));
  const areFew = sql`(SELECT COUNT(*) FROM ${mails} WHERE ${lately}) < ${AGAIN_AN_HOUR}`;
  const { eventId } = ticketTypes;
  const event = await db.select({ eventId }).from(ticketTypes).where(eq(ticketTypes.id, ticketTypeId)).get();
  const owed: OwedMail = event === undefined ? mail : { ...mail, eventId: event.eventId };
  const [, found] = await db.batch([
    oweMailIf(db, owed, areFew, nowMs),
    db
      .select({ id: mails.id })
      .from(mails)
      .where(eq(mails.id, mailIdOf(kind, about, version))),
  ]);
  if (found.length > 0) sendSoon(env, owed);
  return found.length > 0;
}
