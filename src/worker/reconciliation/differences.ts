// Differences between an object's records, their copies in D1 and the provider's ledger. What is
// different about orders is in order-differences.ts. Pure.

import { isLate } from "../../domain/late-refunds.ts";
import type { Payment } from "../../domain/payment.ts";
import {
  attemptIdOf,
  isRefundId,
  isUnderWay,
  type Refund,
  refundedPaymentId,
  refundOfAttempt,
} from "../../domain/refund.ts";
import type { AuditedReservation, AuditPage, TicketTypeState } from "../../durable/ticket-type/protocol.ts";
import { readRefundColumns } from "../../platform/refund-text.ts";
import type { TicketTypeRow } from "../catalogue/queries.ts";
import type { Movement } from "../payments/provider.ts";
import type { ReservationRow } from "../reservations/queries.ts";

export const DIFFERENCES = {
  ticket_unreachable: "The object of a ticket type can't be reached, so what is left of it was not compared",
  order_unreachable: "The object of an order can't be reached, so the order was not compared",
  counters: "The object's counters are not the sums of its reservations",
  ticket_not_known: "D1 has a ticket type that has no object",
  ticket_copy: "The copy of a ticket type in D1 differs from its object",
  reservation_copy: "The copy of a reservation in D1 differs from its object",
  reservation_not_copied: "D1 has no copy of a reservation",
  reservation_not_known: "D1 has a reservation that its object does not have",
  pass_copy: "The copy of a pass in D1 differs from its object",
  pass_not_copied: "D1 has no copy of a pass",
  pass_not_known: "D1 has a pass of which its object has no record",
  order_copy: "The copy of an order in D1 differs from its object",
  order_not_copied: "D1 has no copy of an order",
  order_not_known: "D1 has an order that its object does not have",
  order_reservation: "A reservation is not as its order has it",
  order_payment_part: "A reservation's part of a payment is not what its order has",
  order_payment: "An order is confirmed without a payment that succeeded, or has one and is not confirmed",
  reservation_of_no_order: "A reservation is part of an order that does not have it",
  charge_unrecorded: "The provider charged a payment that the object has as failed",
  charge_missing: "The object has a payment as charged, and the provider did not charge it",
  charge_not_known: "The provider charged a payment that the object does not have",
  charge_amount: "The provider charged or refunded another amount",
  refund_unrecorded: "The provider gave money back that the object has neither given back nor is to give back",
  refund_state: "A refund ended in another way at the provider than the object has it",
  dispute_unrecorded: "The provider has a dispute that is not on record",
  dispute_copy: "The record of a dispute differs from the provider's",
  dispute_not_known: "There is a record of a dispute that the provider does not have",
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
  readonly orderId: string | null;
  readonly paymentId: string | null;
  readonly passId: string | null;
}

type About = Partial<Pick<Finding, "reservationId" | "orderId" | "paymentId" | "passId">>;

export function finding(kind: DifferenceKind, object: unknown, elsewhere: unknown, about: About = {}): Finding {
  return { kind, object, elsewhere, reservationId: null, orderId: null, paymentId: null, passId: null, ...about };
}

/** Whether two comparisons found the same. A copy that changed between them was under way. */
export function isSameFinding(one: Finding, other: Finding): boolean {
  if (one.kind.endsWith("_copy") && JSON.stringify(one.elsewhere) !== JSON.stringify(other.elsewhere)) return false;
  const names = ["kind", "reservationId", "orderId", "paymentId", "passId"] as const;
  return names.every((name) => one[name] === other[name]);
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
    const about = { reservationId: expected.id, orderId: expected.orderId };
    const row = copyOf.get(expected.id);
    if (row === undefined) findings.push(finding("reservation_not_copied", expected, null, about));
    else findings.push(...rowFindings("reservation_copy", expected, row, about));
  }
  const about = ({ id, orderId }: ReservationRow) => ({ reservationId: id, orderId });
  return [...findings, ...orphans.map((row) => finding("reservation_not_known", null, row, about(row)))];
}

/** What differs between the row that D1 should have and the one that it has. */
export function rowFindings<Row extends { readonly version: number; readonly paidAtMs: number | null }>(
  kind: "reservation_copy" | "order_copy",
  expected: Row,
  row: Row,
  about: About,
): Finding[] {
  const columns = Object.keys(expected) as (keyof Row)[];
  const isWrong = (column: keyof Row) => expected[column] !== row[column];
  // Rows from before there was the column have none.
  const wrong = columns.filter((column) => isWrong(column) && (column !== "paidAtMs" || row.paidAtMs !== null));
  // The version shows whether the copy is only late.
  const shown = [...new Set([...wrong, "version" as const])];
  return wrong.length === 0 ? [] : [finding(kind, pick(expected, shown), pick(row, shown), about)];
}

/** What is paid for as a whole: a reservation, or an order with all of its reservations. */
export interface Charged {
  /** Under which the provider has its movements. */
  readonly id: string;
  readonly about: About;
  readonly total: { readonly amountMinor: number; readonly currency: string };
  /** Without the ones that nothing was charged for. */
  readonly payments: readonly Pick<Payment, "id" | "state">[];
  /** Some have no money in them. */
  readonly refunds: readonly Refund[];
}

export function chargedForReservation({ copy, payments }: AuditedReservation): Charged {
  const total = { amountMinor: copy.unitPriceMinor * copy.quantity, currency: copy.currency };
  // Objects of version 6 have none.
  const refunds = readRefundColumns(copy);
  return { id: copy.id, about: { reservationId: copy.id, orderId: copy.orderId }, total, payments, refunds };
}

/** `unknown`: what D1 has, and no object does. */
export function moneyFindings(
  charged: readonly Charged[],
  unknown: readonly Pick<Charged, "id" | "about">[],
  movements: readonly Movement[],
): Finding[] {
  const byId = Map.groupBy(movements, ({ reservationId }) => reservationId);
  const of = (id: string) => byId.get(id) ?? [];
  return [
    ...charged.flatMap((one) => paymentFindings(one, of(one.id))),
    ...unknown.flatMap(({ id, about }) => unknownCharges(about, [], of(id))),
  ];
}

/** A pending payment is with the provider: whatever that has done by now is no difference yet. */
function paymentFindings(charged: Charged, movements: readonly Movement[]): Finding[] {
  const { about, total, payments, refunds } = charged;
  const findings: Finding[] = [];
  for (const { id, state } of payments) {
    const find = (kind: DifferenceKind, object: unknown, elsewhere: unknown) =>
      findings.push(finding(kind, object, elsewhere, { ...about, paymentId: id }));
    const ofPayment = movements.filter((one) => one.paymentId === id && !isOfRefund(one, refunds));
    const charge = ofPayment.find(({ kind }) => kind === "charge");
    // Both say that all of it went back, by whichever refunds.
    const isEven = isWhollyBack(charged, movements, id);
    // A refund that failed gave nothing back.
    const isStanding = ({ kind, state }: Movement) => kind === "refund" && state !== "failed";
    const refund = isEven ? undefined : ofPayment.find(isStanding);
    const isCharged = charge?.state === "succeeded";
    const isRefundable = state === "refund_due" || state === "refunded";
    if ((state === "succeeded" || isRefundable) && !isCharged) find("charge_missing", state, charge ?? null);
    // A charge that was refunded since is even. Settling it would give tickets for nothing.
    if (state === "failed" && isCharged && refund === undefined) find("charge_unrecorded", state, charge);
    const isOnRecord = refunds.some((one) => isLate(one) && refundedPaymentId(one.id) === id);
    if (state === "refunded" && refund === undefined && !isOnRecord) find("refund_missing", state, null);
    if (!isRefundable && refund !== undefined) find("refund_unrecorded", state, refund);
    for (const movement of [charge, refund]) {
      if (movement === undefined) continue;
      const isRight = movement.amountMinor === total.amountMinor && movement.currency === total.currency;
      if (!isRight) find("charge_amount", total, movement);
    }
  }
  return [...findings, ...refundFindings(charged, movements), ...unknownCharges(about, payments, movements)];
}

/** One that is under way is with the provider. Each attempt gives back what its refund says. */
function refundFindings(charged: Charged, movements: readonly Movement[]): Finding[] {
  const { about, total, refunds } = charged;
  const findings: Finding[] = [];
  const find = (kind: DifferenceKind, id: string, object: unknown, elsewhere: unknown) =>
    findings.push(finding(kind, object, elsewhere, { ...about, paymentId: id }));
  const ofRefunds = movements.filter((one) => isOfRefund(one, refunds));
  const attempts = new Map(ofRefunds.map((one) => [one.refundId ?? "", one]));
  for (const refund of refunds.filter(({ isAtProvider }) => isAtProvider)) {
    const id = attemptIdOf(refund);
    const { state, amountMinor } = refund;
    const movement = attempts.get(id);
    attempts.delete(id);
    if (movement === undefined) {
      const isBack = state !== "succeeded" || isWhollyBack(charged, movements, refundedPaymentId(refund.id));
      if (!isBack) find("refund_missing", id, state, null);
      continue;
    }
    const isOtherwise = isUnderWay(refund) ? false : movement.state !== state;
    if (isOtherwise && movement.state !== "processing") find("refund_state", id, state, movement);
    const isRight = movement.amountMinor === amountMinor && movement.currency === total.currency;
    if (!isRight) find("charge_amount", id, { amountMinor, currency: total.currency }, movement);
  }
  // Another attempt began because this one had failed, or nobody here began it.
  for (const [id, movement] of attempts) if (movement.state !== "failed") find("refund_unrecorded", id, null, movement);
  return findings;
}

/** Refunds that somebody made in the provider's dashboard have no id of ours. */
function isWhollyBack({ total, refunds }: Charged, movements: readonly Movement[], paymentId: string): boolean {
  const ofPayment = movements.filter((one) => one.paymentId === paymentId && one.state === "succeeded");
  const back = ofPayment.filter(({ kind }) => kind === "refund");
  const known = refunds.filter((one) => refundedPaymentId(one.id) === paymentId && one.state === "succeeded");
  const sum = (all: readonly { readonly amountMinor: number }[]) =>
    all.reduce((minor, { amountMinor }) => minor + amountMinor, 0);
  return [sum(back), sum(known), sum(ofPayment) - sum(back)].every((minor) => minor === total.amountMinor);
}

/** Objects of the version before have none of what a late payment had charged. */
function isOfRefund({ kind, refundId }: Movement, refunds: readonly Refund[]): boolean {
  if (kind !== "refund" || refundId === null) return false;
  return isRefundId(refundId) || refundOfAttempt(refunds, refundId) !== null;
}

/** A charge that was declined moved no money, so it is no difference. */
function unknownCharges(about: About, payments: Charged["payments"], movements: readonly Movement[]): Finding[] {
  const known = new Set(payments.map(({ id }) => id));
  return movements
    .filter(({ paymentId, state }) => !known.has(paymentId) && state !== "failed")
    .map((movement) => finding("charge_not_known", null, movement, { ...about, paymentId: movement.paymentId }));
}

export function pick<T extends object, K extends keyof T>(from: T, names: readonly K[]): Partial<T> {
  return Object.fromEntries(names.map((name) => [name, from[name]])) as unknown as Partial<T>;
}
