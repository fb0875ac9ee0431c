// What somebody wants to see once a link has signed them in: an order, or a reservation that was
// bought alone. Only ids get into a link, and so nothing that leads elsewhere.

import { eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import * as z from "zod";
import { ORDER_ID_PATTERN, RESERVATION_ID_PATTERN } from "../../domain/id-forms.ts";
import { orders, reservations } from "../../platform/d1/schema/copies.ts";

const TICKETS = "/my/orders";
const Wanted = z.object({ about: z.string().optional() });

/** As a mail remembers it: an id, or null. */
export function wantedIn(parameters: Readonly<Record<string, unknown>>): string | null {
  return Wanted.safeParse(parameters).data?.about ?? null;
}

/** The account that it is of. Null for what is not known, or not yet. */
export async function accountOf(d1: D1Database, id: string | null): Promise<string | null> {
  if (id === null) return null;
  const table = ORDER_ID_PATTERN.test(id) ? orders : reservations;
  const found = await drizzle(d1).select({ accountId: table.accountId }).from(table).where(eq(table.id, id)).get();
  return found?.accountId ?? null;
}

/** The shop's page of it; the one of all tickets where an id is none. */
export function pageAbout(id: string | null): string {
  if (id !== null && ORDER_ID_PATTERN.test(id)) return `${TICKETS}/${id}`;
  return id !== null && RESERVATION_ID_PATTERN.test(id) ? `/my/reservations/${id}` : TICKETS;
}
