// Lists of mails: of an event for its organiser, and of an account for its owner.

import { and, desc, eq, isNull, lt, ne, or, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { ReservationState } from "../../domain/stock.ts";
import { type Cursor, isBehind } from "../../platform/d1/cursors.ts";
import { isTicketTypeOfEvent } from "../../platform/d1/ids.ts";
import { accounts } from "../../platform/d1/schema/accounts.ts";
import { orders } from "../../platform/d1/schema/copies.ts";
import { eventMails, mails } from "../../platform/d1/schema/mails.ts";
import type { MailState } from "../../platform/mails.ts";
import type { MailRow } from "./queries.ts";

export type EventMailRow = Awaited<ReturnType<typeof mailsOfEvent>>[number];

/** Newest first, with the address that each goes to, and the sale that `newestSale` finds. */
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
    .select({
      mail: mails,
      to: sql<string | null>`coalesce(${mails.address}, ${accounts.email}, ${ofCustomer})`,
      sale: newestSale(eventId),
    })
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

/**
 * Of a mail to everybody, which is about the event: what its account bought of it last, and what
 * was given back only if that is all.
 */
function newestSale(eventId: string): SQL<string | null> {
  const newest = (state: ReservationState) => sql`(
    SELECT coalesce(sold.order_id, sold.id) FROM reservations AS sold
    WHERE sold.account_id = ${mails.accountId} AND sold.state = ${state}
      AND ${isTicketTypeOfEvent(sql`sold.ticket_type_id`, eventId)}
    ORDER BY sold.created_at_ms DESC, sold.id DESC LIMIT 1)`;
  return sql`CASE WHEN ${mails.about} = ${eventId} THEN coalesce(${newest("confirmed")}, ${newest("refunded")}) END`;
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
