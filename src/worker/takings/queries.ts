// What an event's sales brought in, in D1: its orders, and reservations that were bought alone.

import { type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { SaleMethod } from "../../domain/counter.ts";
import { type DisputedSale, disputedTakings, type Takings } from "../../domain/takings.ts";
import { isTicketTypeOfEvent } from "../../platform/d1/ids.ts";
import { salesOfAllTime } from "../sales/queries.ts";

interface DisputeOfSale extends Omit<DisputedSale, "items"> {
  readonly items: string;
}

/**
 * Of what was sold, also if it was given back since. A payment that came too late for its tickets
 * goes back as a whole, and is in none of the sums.
 */
export async function takingsOf(d1: D1Database, eventId: string): Promise<Takings[]> {
  const db = drizzle(d1);
  const [sums, disputed] = await Promise.all([salesOfAllTime(d1, eventId), db.all<DisputeOfSale>(disputesOf(eventId))]);
  return [
    ...sums.map((sum) => ({ ...sum, disputedMinor: 0, lostMinor: 0 })),
    ...disputed.map((sale) => {
      const items: (Omit<DisputedSale["items"][number], "isOfEvent"> & { isOfEvent: number })[] = JSON.parse(
        sale.items,
      );
      return disputedTakings({
        ...sale,
        items: items.map((item) => ({ ...item, isOfEvent: item.isOfEvent === 1 })),
      });
    }),
  ];
}

const ONLINE: SaleMethod = "online";

/** Each with the items of its sale. A won one has moved no money in the end. */
function disputesOf(eventId: string): SQL {
  const isOfEvent = isTicketTypeOfEvent(sql`value ->> 'ticketTypeId'`, eventId);
  const isDisputed = sql`disputes.event_id = ${eventId} AND disputes.state IN ('open', 'lost')`;
  return sql`
    SELECT method, disputes.currency AS currency, disputes.state AS state, disputes.amount_minor AS amountMinor, (
      SELECT json_group_array(json_object('reservationId', value ->> 'reservationId', 'quantity', value ->> 'quantity',
        'unitPriceMinor', value ->> 'unitPriceMinor', 'isOfEvent', ${isOfEvent}))
      FROM json_each(orders.items)
    ) AS items
    FROM disputes JOIN orders ON orders.id = bought_id JOIN event_orders ON event_orders.event_id = disputes.event_id
      AND method = 'online' AND event_orders.state = orders.state
      AND event_orders.created_at_ms = orders.created_at_ms AND order_id = bought_id
    WHERE ${isDisputed} AND orders.state IN ('confirmed', 'refunded')
    UNION ALL
    SELECT ${ONLINE}, disputes.currency, disputes.state, disputes.amount_minor, json_array(json_object(
      'reservationId', reservations.id, 'quantity', quantity, 'unitPriceMinor', unit_price_minor, 'isOfEvent', 1))
    FROM disputes JOIN reservations ON reservations.id = bought_id
    WHERE ${isDisputed} AND order_id IS NULL AND reservations.state IN ('confirmed', 'refunded')`;
}
