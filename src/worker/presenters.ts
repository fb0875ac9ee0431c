// How the service's own data reads on the wire.

import type * as z from "zod";
import type { ReservationView, TicketTypeState } from "../durable/protocol.ts";
import type { PaymentState } from "../durable/reservation.ts";
import { available } from "../durable/stock.ts";
import type { Tokens } from "./accounts.ts";
import type { Availability } from "./availability/cache.ts";
import type { AccountRow } from "./db/accounts.ts";
import type { AuditRow } from "./db/audit.ts";
import type { EventWithTicketIds } from "./db/event-list.ts";
import type { EventRow, TicketTypeRow } from "./db/events.ts";
import type { ReservationRow } from "./db/reservations.ts";
import type { SessionRow } from "./db/sessions.ts";
import { DIFFERENCES } from "./reconciliation/differences.ts";
import type { Difference } from "./reconciliation/reconcile.ts";
import type * as schemas from "./schemas.ts";

export type PresentedTicket = z.output<typeof schemas.Ticket>;

export function presentAccount(account: AccountRow): z.output<typeof schemas.Account> {
  const { id, username, email, role, createdAtMs } = account;
  return { id, username, email, role, created_at: iso(createdAtMs) };
}

export function presentTokens(tokens: Tokens): z.output<typeof schemas.AuthToken> {
  return { "auth-token": tokens.access, refresh_token: tokens.refresh, expires_at: iso(tokens.accessExpiresAtMs) };
}

/** The address is personal data of whoever acted: `reader` sees their own, and an admin (null) all. */
export function presentAudit(row: AuditRow, reader: string | null): z.output<typeof schemas.AuditEntry> {
  const { id, atMs, action, actorId, objectType, objectId, eventId, address, details } = row;
  return {
    ...{ id, at: iso(atMs), action, actor: actorId },
    object: { type: objectType, id: objectId },
    event: eventId,
    address: reader === null || reader === actorId ? address : null,
    details: details === null ? null : JSON.parse(details),
  };
}

export function presentSession(row: SessionRow): z.output<typeof schemas.AccountExport>["sessions"][number] {
  const { createdAtMs, expiresAtMs, endedAtMs } = row;
  return { started_at: iso(createdAtMs), expires_at: iso(expiresAtMs), ended_at: isoOrNull(endedAtMs) };
}

export function presentEventSummary(event: EventWithTicketIds): z.output<typeof schemas.EventSummary> {
  return { ...presentEventFields(event), tickets: [...event.ticketIds] };
}

export function presentEventDetail(event: EventRow, tickets: PresentedTicket[]): z.output<typeof schemas.EventDetail> {
  return { ...presentEventFields(event), tickets };
}

/** `held` and `sold` are shown only `toOrganizer`. */
export function presentTicket(
  ticketType: TicketTypeRow,
  availability: Pick<Availability, "capacity" | "held" | "sold">,
  toOrganizer: boolean,
): PresentedTicket {
  const { held, sold } = availability;
  return {
    id: ticketType.id,
    event: ticketType.eventId,
    name: ticketType.name,
    description: ticketType.description,
    price: money(ticketType.priceMinor, ticketType.currency),
    capacity: availability.capacity,
    max_per_buyer: ticketType.maxPerBuyer,
    sales_start: isoOrNull(ticketType.salesStartMs),
    sales_end: isoOrNull(ticketType.salesEndMs),
    available: available(availability),
    ...(toOrganizer ? { held, sold } : {}),
  };
}

/** As of a commit of the object, whose version is `seq`: the higher one is the newer one. */
export function presentAvailability(state: TicketTypeState): z.output<typeof schemas.Availability> {
  return { ticket: state.ticketTypeId, seq: state.version, capacity: state.capacity, available: available(state) };
}

export function presentReservation(reservation: ReservationView): z.output<typeof schemas.Reservation> {
  const { id, ticketTypeId, quantity, unitPriceMinor, currency, state, expiresAtMs, createdAtMs } = reservation;
  return {
    id,
    ticket: ticketTypeId,
    quantity,
    unit_price: money(unitPriceMinor, currency),
    total: money(unitPriceMinor * quantity, currency),
    state,
    expires_at: iso(expiresAtMs),
    created_at: iso(createdAtMs),
    payment: reservation.payment === null ? null : presentPayment(reservation, reservation.payment),
  };
}

/** Amount and currency say what was, or is to be, charged; both are null where nothing was because it failed. */
export function presentPayment(
  reservation: Pick<ReservationView, "unitPriceMinor" | "quantity" | "currency">,
  payment: NonNullable<ReservationView["payment"]>,
): z.output<typeof schemas.Payment> {
  const { state, failure } = payment;
  if (state === "failed") return { state, amount: null, currency: null, error: failure };
  const amount = reservation.unitPriceMinor * reservation.quantity;
  return { state, amount, currency: reservation.currency, error: null };
}

/**
 * A row of the projection as the object would show it at `nowMs`: a hold is over at its deadline, though the copy may
 * not say so yet.
 */
export function viewOfRow(row: ReservationRow, nowMs: number): ReservationView {
  const over = row.state === "held" && row.paymentState !== "pending" && nowMs >= row.expiresAtMs;
  return { ...row, state: over ? "expired" : row.state, payment: paymentOfRow(row) };
}

export function presentUnresolved(row: ReservationRow): z.output<typeof schemas.UnresolvedPayment> {
  return {
    payment: row.unresolvedPaymentId ?? "",
    reservation: row.id,
    ticket: row.ticketTypeId,
    state: row.unresolvedPaymentState ?? "pending",
    amount: row.unitPriceMinor * row.quantity,
    currency: row.currency,
    since: iso(row.unresolvedSinceMs ?? 0),
  };
}

export function presentDifference(
  difference: Difference,
): z.output<typeof schemas.Reconciliation>["differences"][number] {
  const { kind, ticketTypeId, reservationId, paymentId, object, elsewhere, repaired } = difference;
  return {
    ...{ kind, meaning: DIFFERENCES[kind] },
    ...{ ticket: ticketTypeId, reservation: reservationId, payment: paymentId },
    ...{ object: withoutBuyer(object), elsewhere: withoutBuyer(elsewhere), repaired },
  };
}

/** Organisers are told what differs, and not who bought. */
function withoutBuyer(record: unknown): unknown {
  if (typeof record !== "object" || record === null) return record;
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== "accountId"));
}

function paymentOfRow(
  row: ReservationRow,
): { state: PaymentState; failure: { code: string; message: string } | null } | null {
  if (row.paymentState === null) return null;
  const code = row.paymentFailureCode;
  return {
    state: row.paymentState,
    failure: code === null ? null : { code, message: row.paymentFailureMessage ?? code },
  };
}

function presentEventFields(event: EventRow) {
  const { id, organizerId, name, description, venue, timezone, status } = event;
  return {
    ...{ id, organizer: organizerId, name, description, venue },
    starts_at: iso(event.startsAtMs),
    ends_at: iso(event.endsAtMs),
    ...{ timezone, status },
  };
}

function money(amount: number, currency: string): z.output<typeof schemas.Money> {
  return { amount, currency };
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}

function isoOrNull(atMs: number | null): string | null {
  return atMs === null ? null : iso(atMs);
}
