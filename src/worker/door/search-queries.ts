// Finds what was bought by what a person without their code can say, in D1's copies.

import { and, eq, inArray, isNotNull, isNull, or, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { passIdOf } from "../../domain/pass.ts";
import type { ReservationState } from "../../domain/stock.ts";
import { isOneOf } from "../../platform/d1/ids.ts";
import { accounts } from "../../platform/d1/schema/accounts.ts";
import { orders, passes, reservations } from "../../platform/d1/schema/copies.ts";
import { matching, mayMatch } from "./name-search.ts";

const SOLD: readonly ReservationState[] = ["confirmed", "refunded"];

/**
 * Reservations in these ticket types of accounts with the address, and of guests who gave it:
 * nobody has proven that it is theirs. `states`: an index has each account's state by state.
 */
export async function boughtByAddress(
  d1: D1Database,
  emailKey: string,
  ticketTypeIds: readonly string[],
  limit: number,
  states = SOLD,
): Promise<string[]> {
  const rows = await drizzle(d1)
    .select({ id: reservations.id })
    .from(accounts)
    .innerJoin(reservations, and(eq(reservations.accountId, accounts.id), inArray(reservations.state, states)))
    .where(
      and(
        or(eq(accounts.emailKey, emailKey), eq(accounts.guestEmailKey, emailKey)),
        isOneOf(reservations.ticketTypeId, ticketTypeIds),
      ),
    )
    .limit(limit);
  return rows.map(({ id }) => id);
}

/** Those of accounts with the text in their username. Reads all that these ticket types sold. */
export async function boughtByName(
  d1: D1Database,
  text: string,
  ticketTypeIds: readonly string[],
  limit: number,
): Promise<string[]> {
  const isSold = sql`${reservations.state} IN ('confirmed', 'refunded')`;
  // A guest's username is made of its id.
  const isNamed = and(isNull(accounts.guestDueMs), mayMatch(accounts.username, text));
  const rows = await drizzle(d1)
    .select({ id: reservations.id, name: accounts.username })
    .from(reservations)
    .crossJoin(accounts)
    .where(
      and(isOneOf(reservations.ticketTypeId, ticketTypeIds), isSold, eq(accounts.id, reservations.accountId), isNamed),
    );
  return matching(rows, text, limit).map(({ id }) => id);
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
 * address. Reads all that the counter has sold.
 */
export async function soldAtCounter(
  d1: D1Database,
  eventId: string,
  asked: { readonly text: string } | { readonly emailKey: string },
  limit: number,
): Promise<string[]> {
  const name = sql`(counter ->> '$.customerName')`;
  const isAsked =
    "text" in asked ? mayMatch(name, asked.text) : sql`lower(counter ->> '$.customerEmail') = ${asked.emailKey}`;
  const rows = await drizzle(d1).all<{ id: string; name: string | null }>(sql`
    SELECT item.value ->> 'reservationId' AS id, ${name} AS name
    FROM ${orders} CROSS JOIN json_each(${orders.items}) AS item
    WHERE ${orders.accountId} = ${eventId} AND ${orders.state} IN ('confirmed', 'refunded') AND ${isAsked}`);
  const found = "text" in asked ? matching(rows, asked.text, limit) : rows.slice(0, limit);
  return found.map(({ id }) => id);
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
 * Passes whose holder's name has the text in it. Reads all names of these ticket types, in their
 * index.
 */
export async function passesNamed(
  d1: D1Database,
  text: string,
  ticketTypeIds: readonly string[],
  limit: number,
): Promise<string[]> {
  const isNamed = and(isNotNull(passes.holderName), mayMatch(passes.holderName, text));
  const rows = await drizzle(d1)
    .select({ reservationId: passes.reservationId, number: passes.number, name: passes.holderName })
    .from(passes)
    .where(and(isOneOf(passes.ticketTypeId, ticketTypeIds), isNamed));
  return matching(rows, text, limit).map(passIdOf);
}
