// What stands in a ticket type's tables, read with plain SQL after each step, and what has changed.

import type { Refund } from "../../src/domain/refund.ts";
import type { PaymentRow, PriceRow, ReservationRow, TicketTypeRow } from "../../src/durable/ticket-type/rows.ts";
import { readRefunds } from "../../src/platform/refund-text.ts";
import type { Sqlite } from "./sqlite.ts";

export type MirroredPayment = Pick<PaymentRow, "id" | "reservationId" | "key" | "method" | "state"> & {
  readonly dispatchAtMs: number | null;
};

export type MirroredReservation = Omit<ReservationRow, "currency" | "priceName" | "refunds"> & {
  readonly refunds: readonly Refund[];
  readonly projectedVersion: number;
  readonly payments: readonly MirroredPayment[];
};

export type MirroredTicketType = Omit<
  TicketTypeRow,
  "ticketTypeId" | "onSaleVersion" | "eventVersion" | "currency" | "priceStock"
> & {
  readonly projectedVersion: number;
  readonly prices: readonly MirroredPrice[];
  readonly codes: readonly MirroredCode[];
};

/** The first one's amount is the ticket type's. */
export type MirroredPrice = Omit<PriceRow, "name"> & {
  readonly held: number;
  readonly sold: number;
  readonly wasHeld: boolean;
};

export interface MirroredCode {
  readonly priceId: string;
  readonly code: string;
  readonly maxUses: number | null;
  readonly uses: number;
  readonly batch: string;
}

type ReservationOfTable = Omit<MirroredReservation, "payments" | "refunds"> & { readonly refunds: string | null };

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
    terms_version AS termsVersion, refundable_until_ms AS refundableUntilMs,
    price_minor AS priceMinor, max_per_buyer AS maxPerBuyer, price_stock AS priceStock,
    sales_start_ms AS salesStartMs, sales_end_ms AS salesEndMs, version, projected_version AS projectedVersion
  FROM ticket_type`;
const PRICES = `
  SELECT id, price_minor AS amountMinor, capacity, sales_start_ms AS salesStartMs, sales_end_ms AS salesEndMs,
    requires_code AS requiresCode, min_per_order AS minPerOrder, max_per_order AS maxPerOrder, withdrawn AS isWithdrawn
  FROM prices ORDER BY position`;
const CODES = "SELECT price_id AS priceId, code, max_uses AS maxUses, uses, batch FROM codes ORDER BY seq";
const RESERVATIONS = `
  SELECT id, account_id AS accountId, order_id AS orderId, quantity, price_id AS priceId, code,
    accepted_terms AS acceptedTerms, unit_price_minor AS unitPriceMinor, state, release_as AS releaseAs,
    given_back AS givenBack, restocked, refunds,
    created_at_ms AS createdAtMs, expires_at_ms AS expiresAtMs, version, projected_version AS projectedVersion
  FROM reservations`;
const USED =
  "SELECT DISTINCT reservation_id AS id FROM passes WHERE admitted_at_ms IS NOT NULL AND revoked_at_ms IS NULL";
const PAYMENTS = `
  SELECT id, reservation_id AS reservationId, key, method, state, dispatch_at_ms AS dispatchAtMs
  FROM payments ORDER BY seq`;

export class Mirror {
  ticketType: MirroredTicketType | null = null;
  reservations = new Map<string, MirroredReservation>();
  payments = new Map<string, MirroredPayment>();
  /** What the object has dropped, as it was. */
  readonly gone = new Map<string, MirroredReservation>();
  /** What an earlier state of the object did not have yet. */
  readonly lost = new Set<string>();
  /** The latest moment that ever was the one until which buyers may give back. */
  everRefundableUntilMs = 0;
  /** Reservations that somebody is inside with, or was. */
  used = new Set<string>();
  /** Whether there was a ticket type, and its object has deleted everything. */
  isDeleted = false;

  /** Reads it all again, and says what is different. */
  refresh(sqlite: Sqlite): Changes {
    const ticketTypeBefore = this.ticketType;
    const before = this.reservations;
    const hasTables = sqlite.all("SELECT 1 FROM sqlite_master WHERE name = 'ticket_type'").length > 0;
    const rowsOf = (sql: string) => (hasTables ? sqlite.all(sql) : []);
    this.ticketType = hasTables ? readTicketType(sqlite) : null;
    this.everRefundableUntilMs = Math.max(this.everRefundableUntilMs, this.ticketType?.refundableUntilMs ?? 0);
    this.isDeleted ||= ticketTypeBefore !== null && this.ticketType === null;
    this.used = new Set(rowsOf(USED).map(({ id }) => String(id)));
    const payments = rowsOf(PAYMENTS) as unknown as MirroredPayment[];
    this.payments = new Map(payments.map((payment) => [payment.id, payment]));
    const paymentsOf = Map.groupBy(payments, ({ reservationId }) => reservationId);
    this.reservations = new Map();
    const changes: Change[] = [];
    for (const row of rowsOf(RESERVATIONS) as unknown as ReservationOfTable[]) {
      const after = { ...row, payments: paymentsOf.get(row.id) ?? [], refunds: readRefunds(row.refunds) };
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
}

/** The price that a reservation was made at: the first has no id there. */
export function priceOf(ticketType: MirroredTicketType, priceId: string | null): MirroredPrice | undefined {
  return priceId === null ? ticketType.prices[0] : ticketType.prices.find(({ id }) => id === priceId);
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

/** Whether the counter can take tickets at a price: windows are there for strangers. */
export function isOpenAtCounter(
  { onSale, eventEndsMs }: MirroredTicketType,
  price: MirroredPrice | null,
  nowMs: number,
): boolean {
  return onSale === 1 && (eventEndsMs === null || nowMs < eventEndsMs) && price?.isWithdrawn !== 1;
}

/** Whether tickets can be taken, at one of the prices or, without one, at all. */
export function isOpen(
  { onSale, eventEndsMs, salesStartMs, salesEndMs }: MirroredTicketType,
  price: MirroredPrice | null,
  nowMs: number,
): boolean {
  const ends = [eventEndsMs, salesEndMs, price?.salesEndMs ?? null].every((endMs) => endMs === null || nowMs < endMs);
  const starts = [salesStartMs, price?.salesStartMs ?? null].every((startMs) => startMs === null || nowMs >= startMs);
  return onSale === 1 && ends && starts && price?.isWithdrawn !== 1;
}

function readTicketType(sqlite: Sqlite): MirroredTicketType | null {
  const [row] = sqlite.all(TICKET_TYPE) as unknown as (MirroredTicketType & { readonly priceStock: string })[];
  if (row === undefined) return null;
  const { priceStock, ...fields } = row;
  const stock = JSON.parse(priceStock) as Record<string, [held: number, sold: number, wasHeld: number]>;
  const prices = (sqlite.all(PRICES) as unknown as PriceRow[]).map((price, index) => {
    const [held, sold, wasHeld] = stock[price.id] ?? [0, 0, 0];
    const amountMinor = index === 0 ? fields.priceMinor : price.amountMinor;
    return { ...price, amountMinor, held, sold, wasHeld: wasHeld === 1 };
  });
  return { ...fields, prices, codes: sqlite.all(CODES) as unknown as MirroredCode[] };
}

function isDifferent(a: MirroredReservation, b: MirroredReservation): boolean {
  const seen = ({ version, state, releaseAs, payments }: MirroredReservation) =>
    [version, state, releaseAs, ...payments.map((payment) => payment.state)].join();
  return seen(a) !== seen(b);
}
