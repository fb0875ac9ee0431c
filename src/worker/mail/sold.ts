// What a mail about a sale shows of it, read from D1.

import { and, eq, isNull } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { ORDER_ID_PATTERN } from "../../domain/id-forms.ts";
import type { ReservationState } from "../../domain/stock.ts";
import { orders, reservations } from "../../platform/d1/schema/copies.ts";
import { viewOfOrderRow } from "../orders/queries.ts";
import { offeringsOf, saleOfOrder, saleOfReservation } from "../receipts/queries.ts";
import { viewOfRow } from "../reservations/queries.ts";
import type { PassedItem } from "./pass-pictures.ts";
import type { Sold, SoldEvent, SoldLine } from "./templates/sold.ts";

export interface MailedSold extends Sold {
  readonly items: readonly PassedItem[];
  readonly state: ReservationState;
  /** Null where nothing is held (any more). */
  readonly heldUntilMs: number | null;
}

/**
 * An order, or a reservation that was bought alone: all that it was of, or only what was not given
 * back. `publicUrl`: null for a buyer who can't sign in. Null: D1 has no such sale, or nothing of
 * its events (any more).
 */
export async function readSold(
  d1: D1Database,
  saleId: string,
  publicUrl: string | null,
  which: "all" | "left",
): Promise<MailedSold | null> {
  const isOrder = ORDER_ID_PATTERN.test(saleId);
  const found = isOrder ? await readOrder(d1, saleId) : await readReservation(d1, saleId);
  if (found === null) return null;
  const { sale, state, expiresAtMs, givenBack } = found;
  const offerings = await offeringsOf(d1, [sale]);
  const events = new Map<string, Omit<SoldEvent, "lines"> & { readonly lines: SoldLine[] }>();
  const items: PassedItem[] = [];
  for (const { reservationId, ticketTypeId, priceName, quantity, unitPriceMinor } of sale.items) {
    const offering = offerings.get(ticketTypeId);
    const count = quantity - (which === "all" ? 0 : (givenBack.get(reservationId) ?? 0));
    if (offering === undefined || count === 0) continue;
    const { id, name, venue, startsAtMs, timezone } = offering.event;
    const event = events.get(id) ?? { name, venue, startsAtMs, timezone, lines: [] };
    items.push({ reservationId, ticketType: offering.ticketType, priceName, quantity });
    const line = { ticketType: offering.ticketType, priceName, quantity: count, amountMinor: count * unitPriceMinor };
    event.lines.push(line);
    events.set(id, event);
  }
  if (events.size === 0) return null;
  const pageUrl = publicUrl && `${publicUrl}/my/${isOrder ? "orders" : "reservations"}/${saleId}`;
  const heldUntilMs = state === "held" ? expiresAtMs : null;
  const { currency } = sale;
  return { id: saleId, isOrder, currency, events: [...events.values()], pageUrl, state, heldUntilMs, items };
}

async function readOrder(d1: D1Database, id: string) {
  const row = await drizzle(d1).select().from(orders).where(eq(orders.id, id)).get();
  if (row === undefined) return null;
  const view = viewOfOrderRow(row, Date.now());
  const givenBack = new Map(view.items.map((item) => [item.reservationId, item.givenBack ?? 0]));
  return { sale: saleOfOrder(view), state: view.state, expiresAtMs: view.expiresAtMs, givenBack };
}

async function readReservation(d1: D1Database, id: string) {
  const isAlone = and(eq(reservations.id, id), isNull(reservations.orderId));
  const row = await drizzle(d1).select().from(reservations).where(isAlone).get();
  if (row === undefined) return null;
  const view = viewOfRow(row, Date.now());
  const givenBack = new Map([[id, row.givenBack]]);
  return { sale: saleOfReservation(view), state: view.state, expiresAtMs: view.expiresAtMs, givenBack };
}
