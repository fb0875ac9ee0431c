// The copy of the object's decisions in D1: many rows in one batch, and a newer version always wins.

import type { TicketTypeState } from "./protocol.ts";
import { currentPayment, isUnsettled, type Reservation } from "./reservation.ts";

// One parameter carries all rows as JSON: D1 allows 100 parameters a statement.
const UPSERT_RESERVATIONS = `
  INSERT INTO reservations (id, ticket_type_id, account_id, quantity, unit_price_minor, currency, state, created_at_ms,
    expires_at_ms, version, payment_state, payment_failure_code, payment_failure_message,
    unsettled)
  SELECT value ->> 'id', ?1, value ->> 'accountId', value ->> 'quantity', value ->> 'unitPriceMinor',
    value ->> 'currency', value ->> 'state', value ->> 'createdAtMs', value ->> 'expiresAtMs', value ->> 'version',
    value ->> 'paymentState', value ->> 'failureCode', value ->> 'failureMessage',
    value ->> 'unsettled'
  FROM json_each(?2) WHERE true
  ON CONFLICT (id) DO UPDATE SET state = excluded.state, version = excluded.version,
    payment_state = excluded.payment_state, payment_failure_code = excluded.payment_failure_code,
    payment_failure_message = excluded.payment_failure_message, unsettled = excluded.unsettled
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
    db.prepare(UPSERT_RESERVATIONS).bind(ticketType.ticketTypeId, JSON.stringify(reservations.map(toRow))),
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

function toRow(reservation: Reservation) {
  const payment = currentPayment(reservation);
  return {
    id: reservation.id,
    accountId: reservation.accountId,
    quantity: reservation.quantity,
    unitPriceMinor: reservation.unitPriceMinor,
    currency: reservation.currency,
    state: reservation.state,
    createdAtMs: reservation.createdAtMs,
    expiresAtMs: reservation.expiresAtMs,
    version: reservation.version,
    paymentState: payment?.state ?? null,
    failureCode: payment?.failure?.code ?? null,
    failureMessage: payment?.failure?.message ?? null,
    unsettled: reservation.payments.some(isUnsettled) ? 1 : 0,
  };
}
