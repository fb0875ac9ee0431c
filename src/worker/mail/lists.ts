// Mails as organisers see them.

import { and, desc, eq, isNull, lt, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { type Cursor, isBehind } from "../../platform/d1/cursors.ts";
import { accounts } from "../../platform/d1/schema/accounts.ts";
import { orders } from "../../platform/d1/schema/copies.ts";
import { mails } from "../../platform/d1/schema/mails.ts";
import type { MailState } from "../../platform/mails.ts";

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
    .from(mails)
    .leftJoin(accounts, eq(accounts.id, mails.accountId))
    .leftJoin(orders, and(eq(orders.id, mails.about), isNull(mails.accountId)))
    .where(and(eq(mails.eventId, eventId), isInState, isBehind(after, mails.createdAtMs, mails.id, lt)))
    .orderBy(desc(mails.createdAtMs), desc(mails.id))
    .limit(limit);
}
