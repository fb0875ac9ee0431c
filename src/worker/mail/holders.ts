// Who holds tickets of an event, as subqueries: what each one's mail is about, what makes its id
// its own, and to whom it goes in which language.

import { type SQL, sql } from "drizzle-orm";
import { isTicketTypeOfEvent } from "../../platform/d1/ids.ts";

/** Some of an event's reservations. */
export interface Step {
  readonly eventId: string;
  readonly ids: readonly string[];
  /** Who has held tickets since later knows the event as it is. */
  readonly boughtBeforeMs: number;
  /**
   * Of an event that was called off: who had to give tickets back since then counts, too. Null for
   * one that takes place.
   */
  readonly revokedSinceMs: number | null;
}

/** One mail an account, however many reservations it has. */
export function buyersIn(step: Step): SQL {
  return sql`
    SELECT DISTINCT ${step.eventId} AS about, '-' || accounts.id AS own, accounts.id AS account, NULL AS address, NULL AS language
    FROM ${soldIn(step)} CROSS JOIN accounts ON accounts.id = reservations.account_id
    WHERE ${isHeld(sql`reservations`, step)}`;
}

/** Who bought at a counter and left an address: one mail a sale. */
export function customersIn(step: Step): SQL {
  return sql`
    SELECT DISTINCT orders.id AS about, '' AS own, NULL AS account, NULL AS address, NULL AS language
    FROM ${soldIn(step)} CROSS JOIN orders ON orders.id = reservations.order_id
    WHERE ${isHeld(sql`reservations`, step)} AND orders.counter ->> '$.customerEmail' IS NOT NULL`;
}

/**
 * Addresses that passes were passed on to: one mail an address, for its first pass. Not who bought
 * tickets as well, and so has a mail already.
 */
export function holdersIn(step: Step): SQL {
  const isOfEvent = isTicketTypeOfEvent(sql`other.ticket_type_id`, step.eventId);
  const isBuyersAddress = sql`EXISTS (
    SELECT 1 FROM accounts CROSS JOIN reservations AS other ON other.account_id = accounts.id
    WHERE accounts.verified_email_key = passes.email_key AND ${isHeld(sql`other`, step)} AND ${isOfEvent})`;
  return sql`
    SELECT passes.reservation_id || '-' || passes.number AS about, '' AS own, NULL AS account, passes.email_key AS address,
      coalesce((SELECT language FROM accounts WHERE verified_email_key = passes.email_key LIMIT 1),
        (SELECT language FROM events CROSS JOIN accounts ON accounts.id = events.organizer_id WHERE events.id = ${step.eventId})) AS language
    FROM ${soldIn(step)} CROSS JOIN passes ON passes.reservation_id = reservations.id
    WHERE passes.email_key IS NOT NULL AND ${isValid(sql`passes`, step)} AND NOT ${isBuyersAddress} AND NOT EXISTS (
      SELECT 1 FROM passes AS other WHERE other.email_key = passes.email_key AND ${isValid(sql`other`, step)} AND ${isOfEvent}
        AND (other.reservation_id, other.number) < (passes.reservation_id, passes.number))`;
}

function soldIn({ ids }: Step): SQL {
  return sql`json_each(${JSON.stringify(ids)}) AS wanted CROSS JOIN reservations ON reservations.id = wanted.value`;
}

/** Copies of passes may come later than their reservation's. */
function isHeld(reservation: SQL, { boughtBeforeMs, revokedSinceMs }: Step): SQL {
  const revokedBefore = sql`(
    SELECT COUNT(*) FROM passes AS revoked WHERE revoked.reservation_id = ${reservation}.id AND revoked.revoked_at_ms < ${revokedSinceMs})`;
  const wasHeld = sql`(${reservation}.state = 'refunded' AND ${revokedBefore} < ${reservation}.quantity)`;
  const isOrWasHeld = sql`(${reservation}.state = 'confirmed' OR ${revokedSinceMs === null ? sql`false` : wasHeld})`;
  return sql`${reservation}.created_at_ms <= ${boughtBeforeMs} AND ${isOrWasHeld}`;
}

function isValid(pass: SQL, { revokedSinceMs }: Step): SQL {
  const isSince = revokedSinceMs === null ? sql`false` : sql`${pass}.revoked_at_ms >= ${revokedSinceMs}`;
  return sql`(${pass}.state <> 'revoked' OR ${isSince})`;
}
