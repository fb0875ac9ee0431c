// Conditions on ids, as queries write them.

import { type SQL, type SQLWrapper, sql } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import { TICKET_TYPE_ID_LENGTH } from "../../domain/id-forms.ts";

/** One parameter carries all ids: D1 allows 100 in a statement. */
export function isOneOf(id: SQLiteColumn, ids: readonly string[]): SQL {
  return sql`${id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`;
}

/** By the primary key of reservations: their ids begin with their ticket type's. */
export function isOfTicketType(reservationId: SQLWrapper, ticketTypeId: SQLWrapper): SQL {
  return sql`${reservationId} > ${ticketTypeId} || '-' AND ${reservationId} < ${ticketTypeId} || '.'`;
}

/** Whether the event has the ticket type with which the reservation's id begins. */
export function isReservationOfEvent(reservationId: SQLWrapper, eventId: string): SQL {
  return isTicketTypeOfEvent(sql`substr(${reservationId}, 1, ${TICKET_TYPE_ID_LENGTH})`, eventId);
}

export function isTicketTypeOfEvent(ticketTypeId: SQLWrapper, eventId: string): SQL {
  return sql`${ticketTypeId} IN (SELECT id FROM ticket_types WHERE event_id = ${eventId})`;
}
