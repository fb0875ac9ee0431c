// Finds what was bought by what a person without their code can say, in D1's copies.

import { and, eq, inArray, isNotNull, isNull, or, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { ORDER_ID_PATTERN, PASS_ID_PATTERN, RESERVATION_ID_PATTERN } from "../../domain/id-forms.ts";
import { passIdOf } from "../../domain/pass.ts";
import type { ReservationState } from "../../domain/stock.ts";
import { isOneOf } from "../../platform/d1/ids.ts";
import { accounts } from "../../platform/d1/schema/accounts.ts";
import { orders, passes, reservations } from "../../platform/d1/schema/copies.ts";
import { emailKeyOf } from "../accounts/email.ts";
import { matching, mayMatch } from "./name-search.ts";

const SOLD: readonly ReservationState[] = ["confirmed", "refunded"];

/** Enough for a party that has one name. Who finds more should say more. */
export const MAX_FOUND = 100;

/** Ids; some may be of other events. */
export interface Bought {
  readonly reservationIds: readonly string[];
  readonly passIds: readonly string[];
}

/**
 * What was bought in these ticket types of the event, by the id of a pass, of a reservation or of
 * an order, by an address, or by a name. `states`: of what was bought with the address.
 */
export async function findBought(
  d1: D1Database,
  text: string,
  eventId: string,
  ticketTypeIds: readonly string[],
  states = SOLD,
): Promise<Bought> {
  if (PASS_ID_PATTERN.test(text)) return { reservationIds: [], passIds: [text] };
  if (RESERVATION_ID_PATTERN.test(text)) return { reservationIds: [text], passIds: [] };
  if (ORDER_ID_PATTERN.test(text)) return { reservationIds: await reservationsOfOrder(d1, text), passIds: [] };
  const emailKey = emailKeyOf(text);
  const [sold, bought, passIds] = await (emailKey === null
    ? Promise.all([
        soldAtCounter(d1, eventId, { text }),
        boughtByName(d1, text, ticketTypeIds),
        passesNamed(d1, text, ticketTypeIds),
      ])
    : Promise.all([
        soldAtCounter(d1, eventId, { emailKey }),
        boughtByAddress(d1, emailKey, ticketTypeIds, states),
        passedOnTo(d1, emailKey, ticketTypeIds),
      ]));
  return { reservationIds: [...sold, ...bought], passIds };
}

/** Neither an id nor an address. */
export function isName(text: string): boolean {
  const isId = [PASS_ID_PATTERN, RESERVATION_ID_PATTERN, ORDER_ID_PATTERN].some((pattern) => pattern.test(text));
  return !isId && emailKeyOf(text) === null;
}

/**
 * Reservations in these ticket types of accounts with the address, and of guests who gave it:
 * nobody has proven that it is theirs. `states`: an index has each account's state by state.
 */
async function boughtByAddress(
  d1: D1Database,
  emailKey: string,
  ticketTypeIds: readonly string[],
  states: readonly ReservationState[],
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
    .limit(MAX_FOUND);
  return rows.map(({ id }) => id);
}

/** Those of accounts with the text in their username. Reads all that these ticket types sold. */
async function boughtByName(d1: D1Database, text: string, ticketTypeIds: readonly string[]): Promise<string[]> {
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
  return matching(rows, text, MAX_FOUND).map(({ id }) => id);
}

/**
 * By reservation: the username of the account that bought it, or the name of the counter's
 * customer. A guest's username is made of its id.
 */
export async function buyerNames(
  d1: D1Database,
  bought: readonly { readonly reservationId: string }[],
): Promise<ReadonlyMap<string, string>> {
  if (bought.length === 0) return new Map();
  const username = sql<string | null>`iif(${accounts.guestDueMs} IS NULL, ${accounts.username}, NULL)`;
  const rows = await drizzle(d1)
    .select({
      id: reservations.id,
      name: sql<string | null>`coalesce(${orders.counter} ->> '$.customerName', ${username})`,
    })
    .from(reservations)
    .leftJoin(orders, eq(orders.id, reservations.orderId))
    .leftJoin(accounts, eq(accounts.id, reservations.accountId))
    .where(isOneOf(reservations.id, [...new Set(bought.map(({ reservationId }) => reservationId))]));
  return new Map(rows.flatMap(({ id, name }) => (name === null ? [] : [[id, name] as const])));
}

/** Reservations of an order, of whichever events. */
async function reservationsOfOrder(d1: D1Database, orderId: string): Promise<string[]> {
  const rows = await drizzle(d1).all<{ id: string }>(sql`
    SELECT item.value ->> 'reservationId' AS id FROM ${orders} CROSS JOIN json_each(${orders.items}) AS item
    WHERE ${orders.id} = ${orderId}`);
  return rows.map(({ id }) => id);
}

/**
 * Reservations that the event's counter has sold to who has the text in their name, or to the
 * address. Reads all that the counter has sold.
 */
async function soldAtCounter(
  d1: D1Database,
  eventId: string,
  asked: { readonly text: string } | { readonly emailKey: string },
): Promise<string[]> {
  const name = sql`(counter ->> '$.customerName')`;
  const isAsked =
    "text" in asked ? mayMatch(name, asked.text) : sql`lower(counter ->> '$.customerEmail') = ${asked.emailKey}`;
  const rows = await drizzle(d1).all<{ id: string; name: string | null }>(sql`
    SELECT item.value ->> 'reservationId' AS id, ${name} AS name
    FROM ${orders} CROSS JOIN json_each(${orders.items}) AS item
    WHERE ${orders.accountId} = ${eventId} AND ${orders.state} IN ('confirmed', 'refunded') AND ${isAsked}`);
  const found = "text" in asked ? matching(rows, asked.text, MAX_FOUND) : rows.slice(0, MAX_FOUND);
  return found.map(({ id }) => id);
}

/** Passes that were passed on to the address, of these ticket types. */
async function passedOnTo(d1: D1Database, emailKey: string, ticketTypeIds: readonly string[]): Promise<string[]> {
  const rows = await drizzle(d1)
    .select({ reservationId: passes.reservationId, number: passes.number })
    .from(passes)
    .where(and(eq(passes.emailKey, emailKey), isOneOf(passes.ticketTypeId, ticketTypeIds)))
    .limit(MAX_FOUND);
  return rows.map(passIdOf);
}

/**
 * Passes whose holder's name has the text in it. Reads all names of these ticket types, in their
 * index.
 */
async function passesNamed(d1: D1Database, text: string, ticketTypeIds: readonly string[]): Promise<string[]> {
  const isNamed = and(isNotNull(passes.holderName), mayMatch(passes.holderName, text));
  const rows = await drizzle(d1)
    .select({ reservationId: passes.reservationId, number: passes.number, name: passes.holderName })
    .from(passes)
    .where(and(isOneOf(passes.ticketTypeId, ticketTypeIds), isNamed));
  return matching(rows, text, MAX_FOUND).map(passIdOf);
}
