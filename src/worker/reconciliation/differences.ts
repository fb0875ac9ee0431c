// What an object's books, their copies in D1 and the provider's ledger disagree about. Pure.

import type { AuditedReservation, AuditPage } from "../../durable/ticket-type/protocol.ts";
import type { TicketTypeRow } from "../catalogue/queries.ts";
import type { Movement } from "../payments/provider.ts";
import type { ReservationRow } from "../reservations/queries.ts";

export const DIFFERENCES = {
  counters: "The object's counters are not what its reservations add up to",
  ticket_not_known: "D1 has a ticket type that no object knows",
  ticket_copy: "The copy of a ticket type in D1 is not what its object says",
  reservation_copy: "The copy of a reservation in D1 is not what its object says",
  reservation_not_copied: "D1 has no copy of a reservation",
  reservation_not_known: "D1 has a reservation that its object does not know",
  charge_unrecorded: "The provider charged, and the object has the payment as failed",
  charge_missing: "The object has the payment as charged, and the provider did not charge",
  charge_not_known: "The provider charged for a payment that the object does not know",
  charge_amount: "The provider charged another amount",
  refund_unrecorded: "The provider gave back what the object has as not to be given back",
  refund_missing: "The object has the payment as given back, and the provider did not give it back",
} as const;

export type DifferenceKind = keyof typeof DIFFERENCES;

export interface Finding {
  readonly kind: DifferenceKind;
  readonly reservationId: string | null;
  readonly paymentId: string | null;
  /** What the object says. Null: nothing. */
  readonly object: unknown;
  /** What D1, or the provider, says. Null: nothing. */
  readonly elsewhere: unknown;
}

const TICKET_COLUMNS = [
  ...(["capacity", "held", "sold", "onSale", "priceMinor", "currency"] as const),
  ...(["maxPerBuyer", "salesStartMs", "salesEndMs", "version"] as const),
];

export function ticketFindings({ ticketType, counted }: AuditPage, row: TicketTypeRow): Finding[] {
  const about = { reservationId: null, paymentId: null };
  const counters = { held: ticketType.held, sold: ticketType.sold };
  const isRight = counted === null || (counters.held === counted.held && counters.sold === counted.sold);
  const wrong = TICKET_COLUMNS.filter((column) => ticketType[column] !== row[column]);
  return [
    ...(isRight ? [] : [{ kind: "counters" as const, ...about, object: counters, elsewhere: counted }]),
    ...(wrong.length === 0
      ? []
      : [{ kind: "ticket_copy" as const, ...about, object: pick(ticketType, wrong), elsewhere: pick(row, wrong) }]),
  ];
}

/**
 * `rows` are the copies of these reservations, `strays` those that the object should know and does
 * not.
 */
export function copyFindings(
  reservations: readonly AuditedReservation[],
  rows: readonly ReservationRow[],
  strays: readonly ReservationRow[],
): Finding[] {
  const rowOf = new Map(rows.map((row) => [row.id, row]));
  return [
    ...reservations.flatMap(({ copy }): Finding[] => {
      const row = rowOf.get(copy.id);
      const about = { reservationId: copy.id, paymentId: null };
      if (row === undefined) return [{ kind: "reservation_not_copied", ...about, object: copy, elsewhere: null }];
      const columns = Object.keys(copy) as (keyof typeof copy)[];
      const wrong = columns.filter((column) => copy[column] !== row[column]);
      if (wrong.length === 0) return [];
      // The version says whether the copy is only late.
      const shown = [...new Set([...wrong, "version" as const])];
      return [{ kind: "reservation_copy", ...about, object: pick(copy, shown), elsewhere: pick(row, shown) }];
    }),
    ...strays.map(
      (row): Finding => ({
        ...{ kind: "reservation_not_known", reservationId: row.id, paymentId: null },
        ...{ object: null, elsewhere: row },
      }),
    ),
  ];
}

/**
 * A payment that is pending is in the provider's hands: whatever it has done by now is no
 * difference yet.
 */
export function moneyFindings({ copy, payments }: AuditedReservation, movements: readonly Movement[]): Finding[] {
  const totalMinor = copy.unitPriceMinor * copy.quantity;
  const findings: Finding[] = [];
  const find = (kind: DifferenceKind, paymentId: string, object: unknown, elsewhere: unknown) =>
    findings.push({ kind, reservationId: copy.id, paymentId, object, elsewhere });

  for (const { id, state } of payments) {
    const charge = movements.find((movement) => movement.paymentId === id && movement.kind === "charge");
    const refund = movements.find(
      // One that failed gave nothing back.
      (movement) => movement.paymentId === id && movement.kind === "refund" && movement.state !== "failed",
    );
    const isCharged = charge?.state === "succeeded";
    const shouldBeCharged = state === "succeeded" || state === "refund_due" || state === "refunded";
    if (shouldBeCharged && !isCharged) find("charge_missing", id, state, charge ?? null);
    // What was given back since is even; to settle it would give tickets for nothing.
    if (state === "failed" && isCharged && refund === undefined) find("charge_unrecorded", id, state, charge);
    if (state === "refunded" && refund === undefined) find("refund_missing", id, state, null);
    const mayBeRefunded = state === "refunded" || state === "refund_due";
    if (!mayBeRefunded && refund !== undefined) find("refund_unrecorded", id, state, refund);
    for (const movement of [charge, refund]) {
      if (movement === undefined) continue;
      const isRight = movement.amountMinor === totalMinor && movement.currency === copy.currency;
      if (!isRight) find("charge_amount", id, { amountMinor: totalMinor, currency: copy.currency }, movement);
    }
  }
  const known = new Set(payments.map(({ id }) => id));
  for (const movement of movements) {
    if (!known.has(movement.paymentId)) findings.push(...chargeNotKnown(copy.id, movement));
  }
  return findings;
}

/** Nothing where no money moved: a charge that was declined is nobody's loss. */
export function chargeNotKnown(reservationId: string, movement: Movement): Finding[] {
  const { paymentId, state } = movement;
  if (state === "failed") return [];
  return [{ kind: "charge_not_known", reservationId, paymentId, object: null, elsewhere: movement }];
}

function pick<T extends object, K extends keyof T>(from: T, names: readonly K[]): Partial<T> {
  return Object.fromEntries(names.map((name) => [name, from[name]])) as unknown as Partial<T>;
}
