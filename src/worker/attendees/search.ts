// Finds what an event sold, by what its organiser has at hand: a name, an address, a code, an id.

import { and, eq, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { ORDER_ID_PATTERN, ticketTypeIdOf } from "../../domain/id-forms.ts";
import { readPassId } from "../../domain/pass.ts";
import { readPassCode } from "../../domain/pass-code.ts";
import { foldCode } from "../../domain/price.ts";
import { isOneOf } from "../../platform/d1/ids.ts";
import { reservations } from "../../platform/d1/schema/copies.ts";
import type { TicketTypeRow } from "../catalogue/queries.ts";
import { findBought, isName, MAX_FOUND } from "../door/search-queries.ts";

const ANY_STATE = ["confirmed", "refunded", "held", "cancelled", "expired"] as const;

/** Ids of orders, and of reservations that were made alone. */
export async function findSales(
  d1: D1Database,
  text: string,
  eventId: string,
  ticketTypes: readonly TicketTypeRow[],
): Promise<string[]> {
  if (ORDER_ID_PATTERN.test(text)) return [text];
  const ids = await findReservations(d1, text, eventId, ticketTypes);
  const rows = await drizzle(d1)
    .select({ id: reservations.id, orderId: reservations.orderId })
    .from(reservations)
    .where(isOneOf(reservations.id, ids));
  return [...new Set(rows.map(({ id, orderId }) => orderId ?? id))].slice(0, MAX_FOUND);
}

/** Ids of reservations of the event: of what is held as well as of what was sold. */
export async function findReservations(
  d1: D1Database,
  text: string,
  eventId: string,
  ticketTypes: readonly TicketTypeRow[],
): Promise<string[]> {
  const ids = ticketTypes.map(({ id }) => id);
  const found = await foundBy(d1, text.trim(), eventId, ids);
  return [...new Set(found)].filter((id) => ids.includes(ticketTypeIdOf(id))).slice(0, MAX_FOUND);
}

async function foundBy(d1: D1Database, text: string, eventId: string, ids: readonly string[]): Promise<string[]> {
  const asked = readPassCode(text)?.passId ?? text;
  // An index has the codes, and names are looked for in all that the event has sold.
  const withCode = isName(asked) ? await boughtWithCode(d1, asked, ids) : [];
  if (withCode.length > 0) return withCode;
  const { reservationIds, passIds } = await findBought(d1, asked, eventId, ids, ANY_STATE);
  return [...reservationIds, ...reservationsOf(passIds)];
}

async function boughtWithCode(d1: D1Database, text: string, ticketTypeIds: readonly string[]): Promise<string[]> {
  const rows = await drizzle(d1)
    .select({ id: reservations.id })
    .from(reservations)
    .where(
      and(
        isOneOf(reservations.ticketTypeId, ticketTypeIds),
        eq(reservations.code, foldCode(text)),
        sql`${reservations.code} IS NOT NULL`,
      ),
    )
    .limit(MAX_FOUND);
  return rows.map(({ id }) => id);
}

function reservationsOf(passIds: readonly string[]): string[] {
  return passIds.flatMap((id) => readPassId(id)?.reservationId ?? []);
}
