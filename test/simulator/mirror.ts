// What stands in the object's tables, read with plain SQL after each step, and what has changed.

import type { PaymentRow, ReservationRow, TicketTypeRow } from "../../src/durable/ticket-type/rows.ts";
import type { Sqlite } from "./sqlite.ts";

export type MirroredPayment = Pick<PaymentRow, "id" | "reservationId" | "key" | "method" | "state"> & {
  readonly dispatchAtMs: number | null;
};

export type MirroredReservation = Omit<ReservationRow, "currency"> & {
  readonly projectedVersion: number;
  readonly payments: readonly MirroredPayment[];
};

export type MirroredTicketType = Omit<TicketTypeRow, "ticketTypeId" | "onSaleVersion" | "eventVersion" | "currency"> & {
  readonly projectedVersion: number;
};

/** `before` is null where it is new, `after` where it is gone. */
export interface Change {
  readonly before: MirroredReservation | null;
  readonly after: MirroredReservation | null;
}

export interface Changes {
  readonly ticketTypeBefore: MirroredTicketType | null;
  readonly reservations: readonly Change[];
}

const TICKET_TYPE = `
  SELECT capacity, held, sold, on_sale AS onSale, event_status AS eventStatus, event_ends_ms AS eventEndsMs,
    price_minor AS priceMinor, max_per_buyer AS maxPerBuyer,
    sales_start_ms AS salesStartMs, sales_end_ms AS salesEndMs, version, projected_version AS projectedVersion
  FROM ticket_type`;
const RESERVATIONS = `
  SELECT id, account_id AS accountId, quantity, unit_price_minor AS unitPriceMinor, state, release_as AS releaseAs,
    created_at_ms AS createdAtMs, expires_at_ms AS expiresAtMs, version, projected_version AS projectedVersion
  FROM reservations`;
const PAYMENTS = `
  SELECT id, reservation_id AS reservationId, key, method, state, dispatch_at_ms AS dispatchAtMs
  FROM payments ORDER BY seq`;

export const SITUATIONS = [
  "no reservation",
  "held",
  "held, overdue",
  "held, payment failed",
  "pending",
  "pending, cancel deferred",
  "pending, expiry deferred",
  "confirmed",
  "confirmed, other pending",
  "confirmed, refund due",
  "cancelled",
  "expired",
  "released, refund due",
  "refunded",
] as const;

export type Situation = (typeof SITUATIONS)[number];

export class Mirror {
  ticketType: MirroredTicketType | null = null;
  reservations = new Map<string, MirroredReservation>();
  payments = new Map<string, MirroredPayment>();
  /** What the object has dropped, as it was. */
  readonly gone = new Map<string, MirroredReservation>();
  /** What an earlier state of the object did not have yet. */
  readonly lost = new Set<string>();
  /** Whether there was a ticket type, and its object has deleted everything. */
  isDeleted = false;

  /** Reads it all again, and says what is different. */
  refresh(sqlite: Sqlite): Changes {
    const ticketTypeBefore = this.ticketType;
    const before = this.reservations;
    const hasTables = sqlite.all("SELECT 1 FROM sqlite_master WHERE name = 'ticket_type'").length > 0;
    const rowsOf = (sql: string) => (hasTables ? sqlite.all(sql) : []);
    const [ticketType] = rowsOf(TICKET_TYPE);
    this.ticketType = (ticketType as unknown as MirroredTicketType | undefined) ?? null;
    this.isDeleted ||= ticketTypeBefore !== null && this.ticketType === null;
    const payments = rowsOf(PAYMENTS) as unknown as MirroredPayment[];
    this.payments = new Map(payments.map((payment) => [payment.id, payment]));
    const paymentsOf = Map.groupBy(payments, ({ reservationId }) => reservationId);
    this.reservations = new Map();
    const changes: Change[] = [];
    for (const row of rowsOf(RESERVATIONS) as unknown as Omit<MirroredReservation, "payments">[]) {
      const after = { ...row, payments: paymentsOf.get(row.id) ?? [] };
      this.reservations.set(after.id, after);
      const earlier = before.get(after.id) ?? null;
      if (earlier === null || isDifferent(earlier, after)) changes.push({ before: earlier, after });
    }
    for (const [id, earlier] of before) {
      if (this.reservations.has(id)) continue;
      changes.push({ before: earlier, after: null });
      this.gone.set(id, earlier);
    }
    return { ticketTypeBefore, reservations: changes };
  }

  /** The object is as it was: what came since is lost, and what it dropped since is back. */
  goBack(sqlite: Sqlite): void {
    const before = [...this.reservations.keys()];
    this.refresh(sqlite);
    for (const id of this.reservations.keys()) this.gone.delete(id);
    for (const id of before.filter((id) => !this.reservations.has(id))) {
      this.gone.delete(id);
      this.lost.add(id);
    }
  }

  /** The states of these reservations, or of these payments' ones; of all where `ids` is null. */
  situations(ids: readonly string[] | null, nowMs: number): ReadonlySet<Situation> {
    const found = new Set<Situation>();
    for (const id of ids ?? this.reservations.keys()) {
      const reservation = this.reservations.get(this.payments.get(id)?.reservationId ?? id);
      found.add(reservation === undefined ? "no reservation" : situationOf(reservation, nowMs));
    }
    if (found.size === 0) found.add("no reservation");
    return found;
  }
}

export function hasPending({ payments }: MirroredReservation): boolean {
  return payments.some(({ state }) => state === "pending");
}

/** Whether its tickets are free: its deadline is over, and no payment may still come through. */
export function isOver(reservation: MirroredReservation, nowMs: number): boolean {
  return reservation.state === "held" && nowMs >= reservation.expiresAtMs && !hasPending(reservation);
}

/** What became of a hold, though nobody may have looked at it since; null while it stands. */
export function endOf(
  reservation: MirroredReservation,
  ticketType: MirroredTicketType | null,
  nowMs: number,
): "expired" | "cancelled" | null {
  if (isOver(reservation, nowMs)) return "expired";
  const isHeld = reservation.state === "held" && !hasPending(reservation);
  return isHeld && ticketType !== null && isCalledOff(ticketType) ? "cancelled" : null;
}

/** An object that was told only that it is not on sale does not know of a calling-off. */
export function isCalledOff({ onSale, eventStatus }: MirroredTicketType): boolean {
  return onSale === 0 && eventStatus === "cancelled";
}

/** Whether tickets can be taken. */
export function isOpen({ onSale, eventEndsMs, salesStartMs, salesEndMs }: MirroredTicketType, nowMs: number): boolean {
  const ends = [eventEndsMs, salesEndMs].every((endMs) => endMs === null || nowMs < endMs);
  return onSale === 1 && ends && (salesStartMs === null || nowMs >= salesStartMs);
}

function situationOf(reservation: MirroredReservation, nowMs: number): Situation {
  const has = (state: string) => reservation.payments.some((payment) => payment.state === state);
  switch (reservation.state) {
    case "held":
      if (has("pending")) {
        if (reservation.releaseAs === null) return "pending";
        return reservation.releaseAs === "expired" ? "pending, expiry deferred" : "pending, cancel deferred";
      }
      if (isOver(reservation, nowMs)) return "held, overdue";
      return has("failed") ? "held, payment failed" : "held";
    case "confirmed":
      if (has("refund_due")) return "confirmed, refund due";
      if (has("pending")) return "confirmed, other pending";
      return has("refunded") ? "refunded" : "confirmed";
    default:
      if (has("refund_due")) return "released, refund due";
      return has("refunded") ? "refunded" : reservation.state;
  }
}

function isDifferent(a: MirroredReservation, b: MirroredReservation): boolean {
  const seen = ({ version, state, releaseAs, payments }: MirroredReservation) =>
    [version, state, releaseAs, ...payments.map((payment) => payment.state)].join();
  return seen(a) !== seen(b);
}
