// What an event's sales brought in, in D1: its orders, and reservations that were bought alone.

import { type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { SALE_METHODS, type SaleMethod } from "../../domain/counter.ts";
import { type DisputedSale, disputedTakings, type Takings } from "../../domain/takings.ts";
import { isOfTicketType, isReservationOfEvent, isTicketTypeOfEvent } from "../../platform/d1/ids.ts";

type Sums = Pick<Takings, "method" | "currency" | "takenMinor" | "givenBackMinor" | "refundingMinor">;

interface DisputeOfSale extends Omit<DisputedSale, "items"> {
  readonly items: string;
}

/**
 * Of what was sold, also if it was given back since. A payment that came too late for its tickets
 * goes back as a whole, and is in none of the sums.
 */
export async function takingsOf(d1: D1Database, eventId: string): Promise<Takings[]> {
  const db = drizzle(d1);
  const [ofOrders, alone, disputed] = await Promise.all([
    db.all<Sums>(ordersOf(eventId)),
    db.all<Sums>(reservationsAlone(eventId)),
    db.all<DisputeOfSale>(disputesOf(eventId)),
  ]);
  return [
    ...[...ofOrders, ...alone].map((sums) => ({ ...sums, disputedMinor: 0, lostMinor: 0 })),
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

const GIVEN_BACK = sql`= 'succeeded'`;
const REFUNDING = sql`IN ('due', 'pending')`;
const ONLINE: SaleMethod = "online";
// All of them: the table has each method's and state's rows side by side.
const METHODS = sql.join(
  SALE_METHODS.map((method) => sql`${method}`),
  sql`, `,
);

/** `event_orders` has the event's part of each order; of a refund its shares say which part is. */
function ordersOf(eventId: string): SQL {
  const refunded = (isInState: SQL) => sql`
    SUM(CASE WHEN refunds IS NULL THEN 0 ELSE (
      SELECT COALESCE(SUM(share.value ->> 'amountMinor'), 0)
      FROM json_each(refunds) AS refund, json_each(refund.value, '$.shares') AS share
      WHERE refund.value ->> 'state' ${isInState}
        AND ${isReservationOfEvent(sql`share.value ->> 'reservationId'`, eventId)}
    ) END)`;
  return sql`
    SELECT method, event_orders.currency AS currency, SUM(amount_minor) AS takenMinor,
      ${refunded(GIVEN_BACK)} AS givenBackMinor, ${refunded(REFUNDING)} AS refundingMinor
    FROM event_orders JOIN orders ON orders.id = order_id
    WHERE event_id = ${eventId} AND method IN (${METHODS}) AND event_orders.state IN ('confirmed', 'refunded')
    GROUP BY 1, 2`;
}

function reservationsAlone(eventId: string): SQL {
  const refunded = (isInState: SQL) => sql`
    SUM(CASE WHEN refunds IS NULL THEN 0 ELSE (
      SELECT COALESCE(SUM(value ->> 'amountMinor'), 0) FROM json_each(refunds) WHERE value ->> 'state' ${isInState}
    ) END)`;
  return sql`
    SELECT ${ONLINE} AS method, reservations.currency AS currency, SUM(quantity * unit_price_minor) AS takenMinor,
      ${refunded(GIVEN_BACK)} AS givenBackMinor, ${refunded(REFUNDING)} AS refundingMinor
    FROM ticket_types CROSS JOIN reservations
      ON ${isOfTicketType(sql`reservations.id`, sql`ticket_types.id`)}
    WHERE event_id = ${eventId} AND order_id IS NULL AND state IN ('confirmed', 'refunded')
    GROUP BY 2`;
}

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
