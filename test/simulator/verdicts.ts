// What each call should return, by the tables before it and without the code under test.

import type { PayRequest, ReserveRequest, TicketTypeChange } from "../../src/durable/ticket-type/protocol.ts";
import { endOf, hasPending, isCalledOff, isOpen, type Mirror, type MirroredReservation } from "./mirror.ts";

/** `ok`, or the name of the refusal, and what it says besides. */
export type Verdict = string;

/** Each request of a batch meets what those before it have taken. */
export function expectReserve(mirror: Mirror, requests: readonly ReserveRequest[], nowMs: number): Verdict[] {
  const { ticketType } = mirror;
  if (ticketType === null) return requests.map(() => "ticket_unknown");
  const { maxPerBuyer } = ticketType;
  const taken = new Map<string, number>();
  let left = ticketType.capacity;
  for (const reservation of mirror.reservations.values()) {
    if (!holdsStock(mirror, reservation, nowMs)) continue;
    left -= reservation.quantity;
    taken.set(reservation.accountId, (taken.get(reservation.accountId) ?? 0) + reservation.quantity);
  }
  return requests.map(({ accountId, quantity }) => {
    const theirs = taken.get(accountId) ?? 0;
    if (!isOpen(ticketType, nowMs)) return "not_on_sale";
    if (maxPerBuyer !== null && theirs + quantity > maxPerBuyer)
      return `limit_reached ${Math.max(0, maxPerBuyer - theirs)}`;
    if (quantity > left) return `sold_out ${left}`;
    left -= quantity;
    taken.set(accountId, theirs + quantity);
    return "ok";
  });
}

export function expectPay(mirror: Mirror, request: PayRequest, nowMs: number): Verdict {
  const reservation = owned(mirror, request.reservationId, request.accountId);
  if (reservation === null) return "reservation_unknown";
  const free = reservation.unitPriceMinor === 0;
  const method = free ? null : request.method;
  const same = reservation.payments.find(({ key }) => key === request.key);
  if (same !== undefined) return same.method === method ? "ok" : "idempotency_key_reused";
  if (reservation.state === "confirmed") return "already_confirmed";
  if (mirror.ticketType !== null && isCalledOff(mirror.ticketType)) return "event_cancelled";
  if (reservation.state === "cancelled") return "already_cancelled";
  if (reservation.state === "expired") return "reservation_expired";
  if (hasPending(reservation)) return "payment_in_progress";
  if (nowMs >= reservation.expiresAtMs) return "reservation_expired";
  if (nowMs >= (mirror.ticketType?.eventEndsMs ?? Number.POSITIVE_INFINITY)) return "event_over";
  return !free && method === null ? "payment_method_required" : "ok";
}

export function expectCancel(mirror: Mirror, reservationId: string, accountId: string, nowMs: number): Verdict {
  const reservation = owned(mirror, reservationId, accountId);
  if (reservation === null) return "reservation_unknown";
  if (reservation.state === "cancelled") return "ok cancelled";
  if (reservation.state === "confirmed") return "already_confirmed";
  if (reservation.state === "expired" || endOf(reservation, mirror.ticketType, nowMs) === "expired")
    return "reservation_expired";
  return hasPending(reservation) ? "ok deferred" : "ok cancelled";
}

export function expectFind(mirror: Mirror, reservationId: string, accountId: string, nowMs: number): Verdict {
  const reservation = owned(mirror, reservationId, accountId);
  if (reservation === null) return "reservation_unknown";
  return `ok ${endOf(reservation, mirror.ticketType, nowMs) ?? reservation.state}`;
}

export function expectChange(mirror: Mirror, change: TicketTypeChange, nowMs: number): Verdict {
  const { ticketType } = mirror;
  if (ticketType === null) return "ticket_unknown";
  const { capacity, salesStartMs, salesEndMs } = { ...ticketType, ...change };
  const committed = [...mirror.reservations.values()]
    .filter((reservation) => holdsStock(mirror, reservation, nowMs))
    .reduce((sum, { quantity }) => sum + quantity, 0);
  if (capacity < committed) return "capacity_below_committed";
  return salesStartMs !== null && salesEndMs !== null && salesStartMs >= salesEndMs ? "sales_window_empty" : "ok";
}

function holdsStock({ ticketType }: Mirror, reservation: MirroredReservation, nowMs: number): boolean {
  const isHeld = reservation.state === "held" && endOf(reservation, ticketType, nowMs) === null;
  return reservation.state === "confirmed" || isHeld;
}

/** Another's reservation and none at all look the same. */
function owned(mirror: Mirror, reservationId: string, accountId: string): MirroredReservation | null {
  const reservation = mirror.reservations.get(reservationId);
  return reservation?.accountId === accountId ? reservation : null;
}
