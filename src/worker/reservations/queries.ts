// The projection of reservations in D1, for lists and sweeps. Its object knows a reservation best.

import { and, eq, inArray, lt, not, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { unionAll } from "drizzle-orm/sqlite-core";
import { refundViewOf } from "../../domain/refund.ts";
import type { ReservationView } from "../../domain/reservation.ts";
import { type Cursor, isBehind } from "../../platform/d1/cursors.ts";
import { isOneOf, isReservationOfEvent } from "../../platform/d1/ids.ts";
import { events, ticketTypes } from "../../platform/d1/schema/catalogue.ts";
import { type orders, reservations } from "../../platform/d1/schema/copies.ts";
import { readRefundColumns } from "../../platform/refund-text.ts";
import { presentNames, presentReservation, type ReservationNames } from "../../platform/wire.ts";

export type ReservationRow = typeof reservations.$inferSelect;
export type NamedReservationRow = ReservationRow & { readonly names: ReservationNames };

/** Who sells a ticket type, and in which currency. Both may change. */
export interface Seller {
  readonly organizerId: string;
  readonly currency: string;
}

const { id, name, startsAtMs, endsAtMs, timezone, venue, status } = events;
const NAMES = {
  ticketType: { id: ticketTypes.id, name: ticketTypes.name },
  event: { id, name, startsAtMs, endsAtMs, timezone, venue, status },
};

/** A row as the object would show it: a hold is over at its deadline, though not in its copy. */
export function viewOfRow(row: ReservationRow, nowMs: number): ReservationView {
  const { paymentState, paymentFailureCode: code, paymentFailureMessage: message } = row;
  const isOver = row.state === "held" && paymentState !== "pending" && nowMs >= row.expiresAtMs;
  const failure = code === null ? null : { code, message: message ?? code };
  const payment = paymentState === null ? null : { state: paymentState, failure };
  const refunds = readRefundColumns(row).map(refundViewOf);
  return { ...row, state: isOver ? "expired" : row.state, payment, refunds };
}

export function presentRow(row: NamedReservationRow, nowMs: number) {
  return presentReservation(viewOfRow(row, nowMs), presentNames(row.names), nowMs);
}

/** The account's own, newest first, in the state that `viewOfRow` shows them in. */
export async function listReservations(
  d1: D1Database,
  accountId: string,
  { state, event }: { state?: ReservationRow["state"] | undefined; event?: string | undefined },
  nowMs: number,
  limit: number,
  after: Cursor | null,
): Promise<NamedReservationRow[]> {
  const { id, createdAtMs } = reservations;
  // By the id, which begins with the ticket type's: an index has it, so no other rows are read.
  const isOfEvent = event === undefined ? undefined : isReservationOfEvent(id, event);
  const listed = (isInState: SQL | undefined) =>
    drizzle(d1)
      .select({ reservation: reservations, ...NAMES, atMs: sql`${createdAtMs}`.as("at_ms"), key: sql`${id}`.as("key") })
      .from(reservations)
      .leftJoin(ticketTypes, eq(ticketTypes.id, reservations.ticketTypeId))
      .leftJoin(events, eq(events.id, ticketTypes.eventId))
      .where(and(eq(reservations.accountId, accountId), isInState, isOfEvent, isBehind(after, createdAtMs, id, lt)))
      .$dynamic();
  const [firstState, ...otherStates] = inState(reservations, state, nowMs);
  const [second, ...others] = otherStates.map(listed);
  // An index has them state by state, in this order: what is left to do is to merge them.
  const all = second === undefined ? listed(firstState) : unionAll(listed(firstState), second, ...others);
  // By names of their own: in a union of joins SQLite does not know whose `id` is meant.
  const rows = await all.orderBy(sql`at_ms DESC`, sql`key DESC`).limit(limit);
  return rows.map(({ reservation, ticketType, event }) => ({ ...reservation, names: { ticketType, event } }));
}

/** Which rows are shown in `state`: conditions that name one state each, and exclude each other. */
export function inState(
  table: typeof reservations | typeof orders,
  state: ReservationRow["state"] | undefined,
  nowMs: number,
): [SQL | undefined, ...(SQL | undefined)[]] {
  const is = (state: ReservationRow["state"]) => eq(table.state, state);
  // Of a row that says `held`: its deadline has passed, and the copy does not know yet.
  const isOver = sql`(${table.paymentState} IS NOT 'pending' AND ${table.expiresAtMs} <= ${nowMs})`;
  if (state === undefined) return [is("held"), is("confirmed"), is("cancelled"), is("expired"), is("refunded")];
  if (state === "held") return [and(is("held"), not(isOver))];
  if (state === "expired") return [is("expired"), and(is("held"), isOver)];
  return [is(state)];
}

/** The names of a ticket type and its event, and who sells it; null where there is none. */
export async function factsOfTicketType(
  d1: D1Database,
  ticketTypeId: string,
): Promise<(ReservationNames & { readonly seller: Seller }) | null> {
  const row = await drizzle(d1)
    .select({ ...NAMES, seller: { organizerId: events.organizerId, currency: ticketTypes.currency } })
    .from(ticketTypes)
    .innerJoin(events, eq(events.id, ticketTypes.eventId))
    .where(eq(ticketTypes.id, ticketTypeId))
    .get();
  return row ?? null;
}

/** The names of several ticket types and their events. What D1 does not have is left out. */
export async function namesOfTicketTypes(
  d1: D1Database,
  ticketTypeIds: readonly string[],
): Promise<Map<string, ReservationNames>> {
  const rows = await drizzle(d1)
    .select(NAMES)
    .from(ticketTypes)
    .innerJoin(events, eq(events.id, ticketTypes.eventId))
    .where(isOneOf(ticketTypes.id, ticketTypeIds));
  return new Map(rows.map((row) => [row.ticketType.id, row]));
}

/** In random order: ticket types that stay overdue do not keep the others waiting. */
export async function ticketTypesWithOverdueWork(d1: D1Database, beforeMs: number, limit: number): Promise<string[]> {
  const rows = await drizzle(d1).all<{ id: string }>(sql`
    SELECT id FROM (
      SELECT ticket_type_id AS id FROM reservations WHERE state = 'held' AND expires_at_ms < ${beforeMs}
      UNION SELECT ticket_type_id FROM reservations WHERE unsettled = 1
    )
    ORDER BY random() LIMIT ${limit}`);
  return rows.map((row) => row.id);
}

/** The account's own if it has ended: D1 keeps it when its object has forgotten it. Null if not. */
export async function findEndedReservation(
  d1: D1Database,
  id: string,
  accountId: string,
): Promise<ReservationView | null> {
  const isTheirs = and(eq(reservations.id, id), eq(reservations.accountId, accountId));
  const hasEnded = inArray(reservations.state, ["cancelled", "expired"]);
  const row = await drizzle(d1).select().from(reservations).where(and(isTheirs, hasEnded)).get();
  return row === undefined ? null : viewOfRow(row, Date.now());
}
