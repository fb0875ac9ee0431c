// What a mail about a sale shows of it, read from D1.

import { ORDER_ID_PATTERN } from "../../platform/ids.ts";
import { offeringsOf, salesWithIds } from "../receipts/queries.ts";
import type { Sold, SoldEvent, SoldLine } from "./templates/sold.ts";

/** Null: D1 has no such sale, or nothing of its events (any more). */
export async function readSold(d1: D1Database, saleId: string, publicUrl: string): Promise<Sold | null> {
  const [sale] = await salesWithIds(d1, [saleId]);
  if (sale === undefined) return null;
  const offerings = await offeringsOf(d1, [sale]);
  const events = new Map<string, Omit<SoldEvent, "lines"> & { readonly lines: SoldLine[] }>();
  for (const { ticketTypeId, priceName, quantity, unitPriceMinor } of sale.items) {
    const offering = offerings.get(ticketTypeId);
    if (offering === undefined) continue;
    const { id, name, venue, startsAtMs, timezone } = offering.event;
    const event = events.get(id) ?? { name, venue, startsAtMs, timezone, lines: [] };
    event.lines.push({ ticketType: offering.ticketType, priceName, quantity, amountMinor: quantity * unitPriceMinor });
    events.set(id, event);
  }
  if (events.size === 0) return null;
  const isOrder = ORDER_ID_PATTERN.test(sale.id);
  const receiptUrl = `${publicUrl}/${isOrder ? "orders" : "reservations"}/${sale.id}/receipt`;
  return { id: sale.id, isOrder, currency: sale.currency, events: [...events.values()], receiptUrl };
}
