// Differences between an object's records, their copies in D1 and the provider's ledger. Pure.

import type { AuditedReservation, AuditPage, TicketTypeState } from "../../durable/ticket-type/protocol.ts";
import type { TicketTypeRow } from "../catalogue/queries.ts";
import type { Movement } from "../payments/provider.ts";
import type { ReservationRow } from "../reservations/queries.ts";

export const DIFFERENCES = {
  counters: "The object's counters are not the sums of its reservations",
  ticket_not_known: "D1 has a ticket type that has no object",
  ticket_copy: "The copy of a ticket type in D1 differs from its object",
  reservation_copy: "The copy of a reservation in D1 differs from its object",
  reservation_not_copied: "D1 has no copy of a reservation",
  reservation_not_known: "D1 has a reservation that its object does not have",
  charge_unrecorded: "The provider charged a payment that the object has as failed",
  charge_missing: "The object has a payment as charged, and the provider did not charge it",
  charge_not_known: "The provider charged a payment that the object does not have",
  charge_amount: "The provider charged or refunded another amount",
  refund_unrecorded: "The provider refunded a payment that the object has neither as refunded nor as due for a refund",
  refund_missing: "The object has a payment as refunded, and the provider did not refund it",
} as const;

export type DifferenceKind = keyof typeof DIFFERENCES;

export interface Finding {
  readonly kind: DifferenceKind;
  /** The object's record; null if it has none. */
  readonly object: unknown;
  /** The record of D1 or of the provider; null if it has none. */
  readonly elsewhere: unknown;
  readonly reservationId: string | null;
  readonly paymentId: string | null;
}

export function finding(
  kind: DifferenceKind,
  object: unknown,
  elsewhere: unknown,
  reservationId: string | null = null,
  paymentId: string | null = null,
): Finding {
  return { kind, object, elsewhere, reservationId, paymentId };
}

/** Whether two comparisons found the same. A copy that changed between them was under way. */
export function isSameFinding(one: Finding, other: Finding): boolean {
  const isCopy = one.kind === "ticket_copy" || one.kind === "reservation_copy";
  if (isCopy && JSON.stringify(one.elsewhere) !== JSON.stringify(other.elsewhere)) return false;
  return one.kind === other.kind && one.reservationId === other.reservationId && one.paymentId === other.paymentId;
}

type TicketColumn = keyof TicketTypeState & keyof TicketTypeRow;

export function ticketFindings(
  { ticketType, counted }: Pick<AuditPage, "ticketType" | "counted">,
  row: TicketTypeRow,
): Finding[] {
  const findings: Finding[] = [];
  const { held, sold } = ticketType;
  if (counted !== null && (held !== counted.held || sold !== counted.sold)) {
    findings.push(finding("counters", { held, sold }, counted));
  }
  // Whatever both have is copied.
  const columns = Object.keys(ticketType).filter((column) => column in row) as TicketColumn[];
  const wrong = columns.filter((column) => JSON.stringify(ticketType[column]) !== JSON.stringify(row[column]));
  if (wrong.length > 0) findings.push(finding("ticket_copy", pick(ticketType, wrong), pick(row, wrong)));
  return findings;
}

/** `copies` are D1's of these reservations. The object should have `orphans`, and does not. */
export function copyFindings(
  reservations: readonly AuditedReservation[],
  copies: readonly ReservationRow[],
  orphans: readonly ReservationRow[],
): Finding[] {
  const findings: Finding[] = [];
  const copyOf = new Map(copies.map((row) => [row.id, row]));
  for (const { copy: expected } of reservations) {
    const row = copyOf.get(expected.id);
    if (row === undefined) {
      findings.push(finding("reservation_not_copied", expected, null, expected.id));
      continue;
    }
    const columns = Object.keys(expected) as (keyof typeof expected)[];
    const wrong = columns.filter((column) => expected[column] !== row[column]);
    // The version shows whether the copy is only late.
    const shown = [...new Set([...wrong, "version" as const])];
    if (wrong.length > 0)
      findings.push(finding("reservation_copy", pick(expected, shown), pick(row, shown), expected.id));
  }
  return [...findings, ...orphans.map((row) => finding("reservation_not_known", null, row, row.id))];
}

export function moneyFindings(
  reservations: readonly AuditedReservation[],
  orphans: readonly Pick<ReservationRow, "id">[],
  movements: readonly Movement[],
): Finding[] {
  const byReservation = Map.groupBy(movements, ({ reservationId }) => reservationId);
  const of = (id: string) => byReservation.get(id) ?? [];
  return [
    ...reservations.flatMap((reservation) => paymentFindings(reservation, of(reservation.copy.id))),
    ...orphans.flatMap(({ id }) => unknownCharges(id, [], of(id))),
  ];
}

/** A pending payment is with the provider: whatever that has done by now is no difference yet. */
function paymentFindings({ copy, payments }: AuditedReservation, movements: readonly Movement[]): Finding[] {
  const total = { amountMinor: copy.unitPriceMinor * copy.quantity, currency: copy.currency };
  const findings: Finding[] = [];
  for (const { id, state } of payments) {
    const find = (kind: DifferenceKind, object: unknown, elsewhere: unknown) =>
      findings.push(finding(kind, object, elsewhere, copy.id, id));
    const ofPayment = movements.filter(({ paymentId }) => paymentId === id);
    const charge = ofPayment.find(({ kind }) => kind === "charge");
    // A refund that failed gave nothing back.
    const refund = ofPayment.find((movement) => movement.kind === "refund" && movement.state !== "failed");
    const isCharged = charge?.state === "succeeded";
    const isRefundable = state === "refund_due" || state === "refunded";
    if ((state === "succeeded" || isRefundable) && !isCharged) find("charge_missing", state, charge ?? null);
    // A charge that was refunded since is even. Settling it would give tickets for nothing.
    if (state === "failed" && isCharged && refund === undefined) find("charge_unrecorded", state, charge);
    if (state === "refunded" && refund === undefined) find("refund_missing", state, null);
    if (!isRefundable && refund !== undefined) find("refund_unrecorded", state, refund);
    for (const movement of [charge, refund]) {
      if (movement === undefined) continue;
      const isRight = movement.amountMinor === total.amountMinor && movement.currency === total.currency;
      if (!isRight) find("charge_amount", total, movement);
    }
  }
  return [...findings, ...unknownCharges(copy.id, payments, movements)];
}

/** A charge that was declined moved no money, so it is no difference. */
function unknownCharges(
  reservationId: string,
  payments: AuditedReservation["payments"],
  movements: readonly Movement[],
): Finding[] {
  const known = new Set(payments.map(({ id }) => id));
  return movements
    .filter(({ paymentId, state }) => !known.has(paymentId) && state !== "failed")
    .map((movement) => finding("charge_not_known", null, movement, reservationId, movement.paymentId));
}

function pick<T extends object, K extends keyof T>(from: T, names: readonly K[]): Partial<T> {
  return Object.fromEntries(names.map((name) => [name, from[name]])) as unknown as Partial<T>;
}
