// What D1 knows of the refunds of an event that was called off.

import { type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { SaleMethod } from "../../domain/counter.ts";
import { CALLED_OFF_KEY, type Refund } from "../../domain/refund.ts";
import { isOfTicketType, isReservationOfEvent, isTicketTypeOfEvent } from "../../platform/d1/ids.ts";

/** Refunds of one kind. `latestMs`: when the last of them began to be as it is. */
export interface RefundSum extends Pick<Refund, "state" | "amountMinor"> {
  readonly method: SaleMethod;
  readonly currency: string;
  readonly atProvider: number;
  readonly refunds: number;
  /** Nobody has said that they were given back by hand. */
  readonly openRefunds: number;
  readonly openMinor: number;
  readonly latestMs: number;
}

export interface FailedRefund extends Pick<Refund, "id" | "amountMinor"> {
  readonly reservationId: string | null;
  readonly orderId: string | null;
  readonly currency: string;
  readonly code: string;
  readonly message: string;
}

export interface CalledOffRefunds {
  readonly sums: readonly RefundSum[];
  readonly failed: readonly FailedRefund[];
  /** Whether copies say that anything is sold, or held: then not all refunds are in `sums` yet. */
  readonly hasSold: boolean;
  readonly hasHeld: boolean;
}

export const MAX_FAILED = 100;

/** Of what was sold, and of payments that succeeded too late, among them all that still succeed. */
export async function calledOffRefunds(d1: D1Database, eventId: string): Promise<CalledOffRefunds> {
  const db = drizzle(d1);
  const refunds = sql`${refundsOf(eventId)} UNION ALL ${lateRefundsOf(eventId)}`;
  const [sums, failed, sold, held] = await Promise.all([
    db.all<RefundSum>(sql`
      SELECT method, currency, refund ->> 'state' AS state, refund ->> 'isAtProvider' AS atProvider, COUNT(*) AS refunds,
        SUM(refund ->> 'amountMinor') AS amountMinor, MAX(refund ->> 'sinceMs') AS latestMs,
        SUM(refund ->> '$.byHand.atMs' IS NULL) AS openRefunds,
        SUM(iif(refund ->> '$.byHand.atMs' IS NULL, refund ->> 'amountMinor', 0)) AS openMinor
      FROM (${refunds}) GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`),
    db.all<FailedRefund>(sql`
      SELECT reservationId, orderId, currency, refund ->> 'id' AS id, refund ->> 'amountMinor' AS amountMinor,
        refund ->> '$.failure.code' AS code, refund ->> '$.failure.message' AS message
      FROM (${refunds}) WHERE refund ->> 'state' = 'failed' LIMIT ${MAX_FAILED}`),
    db.all(soldInCopies(eventId)),
    db.all(heldInCopies(eventId)),
  ]);
  return { sums, failed, hasSold: sold.length > 0, hasHeld: held.length > 0 };
}

/** Each refund as JSON. Those of an order with items of several events are of one event each. */
function refundsOf(eventId: string): SQL {
  const isCalledOff = sql`refund.value ->> 'key' GLOB ${`${CALLED_OFF_KEY} *`}`;
  return sql`
    SELECT 'online' AS method, reservations.id AS reservationId, NULL AS orderId, reservations.currency,
      refund.value AS refund
    FROM ${reservationsOf(eventId)} CROSS JOIN json_each(reservations.refunds) AS refund
    WHERE reservations.order_id IS NULL AND ${isCalledOff}
    UNION ALL SELECT event_orders.method, NULL, orders.id, orders.currency, refund.value
    FROM event_orders CROSS JOIN orders ON orders.id = event_orders.order_id
      CROSS JOIN json_each(orders.refunds) AS refund
    WHERE event_orders.event_id = ${eventId} AND ${isCalledOff}
      AND ${isReservationOfEvent(sql`refund.value ->> '$.items[0].reservationId'`, eventId)}`;
}

/** An order's are of all that it has, also of other events. */
function lateRefundsOf(eventId: string): SQL {
  return sql`
    SELECT 'online', reservations.id, NULL, reservations.currency, refund.value
    FROM ${reservationsOf(eventId)} CROSS JOIN json_each(reservations.late_refunds) AS refund
    WHERE reservations.order_id IS NULL AND reservations.late_refunds IS NOT NULL
    UNION ALL SELECT event_orders.method, NULL, orders.id, orders.currency, refund.value
    FROM event_orders CROSS JOIN orders ON orders.id = event_orders.order_id
      CROSS JOIN json_each(orders.late_refunds) AS refund
    WHERE event_orders.event_id = ${eventId} AND orders.late_refunds IS NOT NULL`;
}

/** A hold of such an event is over, or a payment keeps it. */
function heldInCopies(eventId: string): SQL {
  return sql`
    SELECT 1 FROM ${reservationsOf(eventId)} WHERE reservations.state = 'held'
    UNION ALL SELECT 1 FROM event_orders WHERE event_id = ${eventId} AND state = 'held'
    LIMIT 1`;
}

function soldInCopies(eventId: string): SQL {
  return sql`
    SELECT 1 FROM ${reservationsOf(eventId)} WHERE reservations.state = 'confirmed'
    UNION ALL SELECT 1 FROM event_orders CROSS JOIN orders ON orders.id = event_orders.order_id
      CROSS JOIN json_each(orders.items) AS item
    WHERE event_orders.event_id = ${eventId} AND event_orders.state = 'confirmed'
      AND ${isTicketTypeOfEvent(sql`item.value ->> 'ticketTypeId'`, eventId)}
      AND coalesce(item.value ->> 'givenBack', 0) < item.value ->> 'quantity'
    LIMIT 1`;
}

function reservationsOf(eventId: string): SQL {
  return sql`(SELECT id FROM ticket_types WHERE event_id = ${eventId}) AS wanted
    CROSS JOIN reservations ON ${isOfTicketType(sql`reservations.id`, sql`wanted.id`)}`;
}
