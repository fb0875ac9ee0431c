// The copy of the object's decisions in D1: many rows in one batch, and a newer version always wins.

import type { TicketTypeState } from "./protocol.ts";
import type { Reservation } from "./reservation.ts";
import { copyOf } from "./views.ts";

// One parameter carries all rows as JSON: D1 allows 100 parameters a statement.
const UPSERT_RESERVATIONS = `
  INSERT INTO reservations (id, ticket_type_id, account_id, quantity, unit_price_minor, currency, state, created_at_ms,
    expires_at_ms, version, payment_state, payment_failure_code, payment_failure_message, unsettled,
    unresolved_payment_id, unresolved_payment_state, unresolved_since_ms)
  SELECT value ->> 'id', value ->> 'ticketTypeId', value ->> 'accountId', value ->> 'quantity',
    value ->> 'unitPriceMinor', value ->> 'currency', value ->> 'state', value ->> 'createdAtMs',
    value ->> 'expiresAtMs', value ->> 'version', value ->> 'paymentState', value ->> 'paymentFailureCode',
    value ->> 'paymentFailureMessage', value ->> 'unsettled', value ->> 'unresolvedPaymentId',
    value ->> 'unresolvedPaymentState', value ->> 'unresolvedSinceMs'
  FROM json_each(?1) WHERE true
  ON CONFLICT (id) DO UPDATE SET ticket_type_id = excluded.ticket_type_id, account_id = excluded.account_id,
    quantity = excluded.quantity, unit_price_minor = excluded.unit_price_minor, currency = excluded.currency,
    state = excluded.state, created_at_ms = excluded.created_at_ms, expires_at_ms = excluded.expires_at_ms,
    version = excluded.version, payment_state = excluded.payment_state,
    payment_failure_code = excluded.payment_failure_code,
    payment_failure_message = excluded.payment_failure_message, unsettled = excluded.unsettled,
    unresolved_payment_id = excluded.unresolved_payment_id,
    unresolved_payment_state = excluded.unresolved_payment_state, unresolved_since_ms = excluded.unresolved_since_ms
  WHERE excluded.version > reservations.version`;

const UPDATE_TICKET_TYPE = `
  UPDATE ticket_types SET capacity = ?2, held = ?3, sold = ?4, on_sale = ?5, price_minor = ?6, currency = ?7,
    max_per_buyer = ?8, sales_start_ms = ?9, sales_end_ms = ?10, version = ?11
  WHERE id = ?1 AND version < ?11`;

/** Resolves once D1 has acknowledged all of it; rejects when that is not known. */
export async function project(
  db: D1Database,
  ticketType: TicketTypeState,
  reservations: readonly Reservation[],
): Promise<void> {
  await db.batch([
    db
      .prepare(UPSERT_RESERVATIONS)
      .bind(JSON.stringify(reservations.map((reservation) => copyOf(reservation, ticketType.ticketTypeId)))),
    db
      .prepare(UPDATE_TICKET_TYPE)
      .bind(
        ticketType.ticketTypeId,
        ticketType.capacity,
        ticketType.held,
        ticketType.sold,
        ticketType.onSale ? 1 : 0,
        ticketType.priceMinor,
        ticketType.currency,
        ticketType.maxPerBuyer,
        ticketType.salesStartMs,
        ticketType.salesEndMs,
        ticketType.version,
      ),
  ]);
}
