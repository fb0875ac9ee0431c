// Lists of mails: of an event for its organiser, and of an account for its owner.

import { and, desc, eq, isNull, lt, ne, or, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { type Cursor, isBehind } from "../../platform/d1/cursors.ts";
import { accounts } from "../../platform/d1/schema/accounts.ts";
import { orders } from "../../platform/d1/schema/copies.ts";
import { eventMails, mails } from "../../platform/d1/schema/mails.ts";
import type { MailState } from "../../platform/mails.ts";
import type { MailRow } from "./queries.ts";

export type EventMailRow = Awaited<ReturnType<typeof mailsOfEvent>>[number];

/** Newest first, with the address that each goes to. */
export async function mailsOfEvent(
  d1: D1Database,
  eventId: string,
  state: MailState | undefined,
  limit: number,
  after: Cursor | null,
) {
  const isInState = state === undefined ? undefined : eq(mails.state, state);
  const ofCustomer = sql`${orders.counter} ->> '$.customerEmail'`;
  return drizzle(d1)
    .select({ mail: mails, to: sql<string | null>`coalesce(${mails.address}, ${accounts.email}, ${ofCustomer})` })
    .from(eventMails)
    .innerJoin(mails, eq(mails.id, eventMails.mailId))
    .leftJoin(accounts, eq(accounts.id, mails.accountId))
    .leftJoin(orders, and(eq(orders.id, mails.about), isNull(mails.accountId)))
    .where(
      and(eq(eventMails.eventId, eventId), isInState, isBehind(after, eventMails.createdAtMs, eventMails.mailId, lt)),
    )
    .orderBy(desc(eventMails.createdAtMs), desc(eventMails.mailId))
    .limit(limit);
}

/** Newest first. A mail about a pass that the account passed on went to somebody else. */
export function mailsOfAccount(d1: D1Database, accountId: string, limit: number, after: Cursor | null) {
  const isToAccount = or(isNull(mails.address), eq(mails.kind, "address_changed"));
  return newest(d1, and(eq(mails.accountId, accountId), isToAccount), limit, after);
}

/** Newest first: mails to an address that are no account's. */
export function mailsToAddress(d1: D1Database, emailKey: string, limit: number, after: Cursor | null) {
  return newest(d1, and(eq(mails.address, emailKey), ne(mails.kind, "address_changed")), limit, after);
}

function newest(d1: D1Database, condition: SQL | undefined, limit: number, after: Cursor | null): Promise<MailRow[]> {
  return drizzle(d1)
    .select()
    .from(mails)
    .where(and(condition, isBehind(after, mails.createdAtMs, mails.id, lt)))
    .orderBy(desc(mails.createdAtMs), desc(mails.id))
    .limit(limit);
}
