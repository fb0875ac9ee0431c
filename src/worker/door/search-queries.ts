// Finds what was bought by what a person without their code can say, in D1's copies.

import { and, eq, inArray, isNotNull, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { passIdOf } from "../../domain/pass.ts";
import { isOneOf } from "../../platform/d1/ids.ts";
import { accounts } from "../../platform/d1/schema/accounts.ts";
import { orders, passes, reservations } from "../../platform/d1/schema/copies.ts";

/** Reservations that the account with the address has bought, in these ticket types. */
export async function boughtByAddress(
  d1: D1Database,
  emailKey: string,
  ticketTypeIds: readonly string[],
  limit: number,
): Promise<string[]> {
  const isSold = inArray(reservations.state, ["confirmed", "refunded"]);
  const rows = await drizzle(d1)
    .select({ id: reservations.id })
    .from(accounts)
    .innerJoin(reservations, and(eq(reservations.accountId, accounts.id), isSold))
    .where(and(eq(accounts.emailKey, emailKey), isOneOf(reservations.ticketTypeId, ticketTypeIds)))
    .limit(limit);
  return rows.map(({ id }) => id);
}

/** Reservations of an order, of whichever events. */
export async function reservationsOfOrder(d1: D1Database, orderId: string): Promise<string[]> {
  const rows = await drizzle(d1).all<{ id: string }>(sql`
    SELECT item.value ->> 'reservationId' AS id FROM ${orders} CROSS JOIN json_each(${orders.items}) AS item
    WHERE ${orders.id} = ${orderId}`);
  return rows.map(({ id }) => id);
}

/**
 * Reservations that the event's counter has sold to who has the text in their name, or to the
 * address, in any case of ASCII letters. Reads all that the counter has sold.
 */
export async function soldAtCounter(
  d1: D1Database,
  eventId: string,
  asked: { readonly text: string } | { readonly emailKey: string },
  limit: number,
): Promise<string[]> {
  const isAsked =
    "text" in asked
      ? sql`instr(lower(counter ->> '$.customerName'), lower(${asked.text})) > 0`
      : sql`lower(counter ->> '$.customerEmail') = ${asked.emailKey}`;
  const rows = await drizzle(d1).all<{ id: string }>(sql`
    SELECT item.value ->> 'reservationId' AS id FROM ${orders} CROSS JOIN json_each(${orders.items}) AS item
    WHERE ${orders.accountId} = ${eventId} AND ${orders.state} IN ('confirmed', 'refunded') AND ${isAsked}
    LIMIT ${limit}`);
  return rows.map(({ id }) => id);
}

/** Passes that were passed on to the address, of these ticket types. */
export async function passedOnTo(
  d1: D1Database,
  emailKey: string,
  ticketTypeIds: readonly string[],
  limit: number,
): Promise<string[]> {
  const rows = await drizzle(d1)
    .select({ reservationId: passes.reservationId, number: passes.number })
    .from(passes)
    .where(and(eq(passes.emailKey, emailKey), isOneOf(passes.ticketTypeId, ticketTypeIds)))
    .limit(limit);
  return rows.map(passIdOf);
}

/**
 * Passes whose holder's name has the text in it, in any case of ASCII letters. Reads all names of
 * these ticket types, in their index.
 */
export async function passesNamed(
  d1: D1Database,
  text: string,
  ticketTypeIds: readonly string[],
  limit: number,
): Promise<string[]> {
  const isNamed = sql`instr(lower(${passes.holderName}), lower(${text})) > 0`;
  const rows = await drizzle(d1)
    .select({ reservationId: passes.reservationId, number: passes.number })
    .from(passes)
    .where(and(isOneOf(passes.ticketTypeId, ticketTypeIds), isNotNull(passes.holderName), isNamed))
    .limit(limit);
  return rows.map(passIdOf);
}
