// Repairs what differs where it is clear who is right: see docs/decisions/0013-reconciliation.md.

import type { ForgottenItem } from "../../durable/order/protocol.ts";
import type { HolderToErase } from "../../durable/ticket-type/pass-protocol.ts";
import type { PassCopy, Settlement } from "../../durable/ticket-type/protocol.ts";
import type { Env } from "../env.ts";
import { recordDisputes } from "../payments/disputes.ts";
import type { Dispute } from "../payments/provider.ts";
import type { Finding } from "./differences.ts";
import { deleteOrphanedOrders } from "./order-queries.ts";
import { deleteOrphanedHolds } from "./queries.ts";
import { askOrder, askTicketType, orNull } from "./unreachable.ts";

/** Why it did, a list of movements does not say. */
const FAILED = { code: "refund_failed", message: "The money did not arrive, and is back with the payment provider." };

/** Throws `Unreachable` where the ticket type's object is. */
export async function repair(env: Env, ticketTypeId: string, findings: readonly Finding[]): Promise<void> {
  // The provider is right about them, and nothing here decides by them.
  const disputes = ofKind(findings, "dispute_unrecorded", "dispute_copy").map(({ elsewhere }) => elsewhere as Dispute);
  await recordDisputes(env.DB, disputes);

  const ofOrders = Map.groupBy(findings.filter(isOfOrder), ({ orderId }) => orderId);
  await Promise.all([...ofOrders].map(([orderId, group]) => orNull(repairOrder(env, orderId ?? "", group))));
  const others = findings.filter((found) => !isOfOrder(found));

  const settlements = settlementsOf(others);
  if (settlements.length > 0) await askTicketType(env, ticketTypeId, (object) => object.settle(settlements));

  // The copy may be the only record of who paid.
  const paid = ofKind(others, "charge_not_known").map(({ reservationId }) => reservationId);
  const orphans = ofKind(others, "reservation_not_known").flatMap(({ reservationId }) => reservationId ?? []);
  await deleteOrphanedHolds(
    env.DB,
    orphans.filter((id) => !paid.includes(id)),
  );

  // It asks the order about what waits for it, and releases what is due.
  const isWaiting = ofKind(others, "reservation_of_no_order").length > 0;
  if (isWaiting) await askTicketType(env, ticketTypeId, (object) => object.wake());

  await republish(env, ticketTypeId, others);
}

/** The object publishes wrong copies again, with versions above D1's. */
export async function republish(env: Env, ticketTypeId: string, findings: readonly Finding[]): Promise<void> {
  const wrong = ofKind(findings, "reservation_copy", "reservation_not_copied");
  const reservations = wrong.flatMap(({ reservationId, elsewhere }) =>
    reservationId === null ? [] : [{ id: reservationId, aboveVersion: versionOf(elsewhere) }],
  );
  const ofPasses = ofKind(findings, "pass_copy", "pass_not_copied");
  // An object that was restored has an address again that was erased since.
  const erased = ofPasses.flatMap(erasedHolder);
  if (erased.length > 0) await askTicketType(env, ticketTypeId, (object) => object.eraseHolders(erased));
  const passes = ofPasses.flatMap(({ passId, elsewhere }) =>
    passId === null ? [] : [{ passId, aboveVersion: versionOf(elsewhere) }],
  );
  const [ticketType] = ofKind(findings, "ticket_copy");
  if (reservations.length + passes.length === 0 && ticketType === undefined) return;
  const ticketTypeAboveVersion = ticketType === undefined ? null : versionOf(ticketType.elsewhere);
  const wanted = { reservations, ticketTypeAboveVersion, passes };
  await askTicketType(env, ticketTypeId, (object) => object.republish(wanted));
}

/** Where D1 has it as erased, and it was not passed on since: then the generations would differ. */
function erasedHolder({ passId, object, elsewhere }: Finding): HolderToErase[] {
  const [ours, theirs] = [object, elsewhere] as Partial<PassCopy | null>[];
  const isErased = theirs?.holderEmail === "" && theirs.generation === undefined && typeof ours?.emailKey === "string";
  return isErased && passId !== null
    ? [{ passId, emailKey: ours.emailKey ?? null, aboveVersion: versionOf(elsewhere) }]
    : [];
}

/** Throws `Unreachable` where the order's object is. */
async function repairOrder(env: Env, orderId: string, findings: readonly Finding[]): Promise<void> {
  // Of an order that is confirmed all the same nobody knows whether the charge paid for it.
  const isClear = ofKind(findings, "order_payment").length === 0;
  const settlements = isClear ? settlementsOf(findings) : [];
  if (settlements.length > 0) await askOrder(env, orderId, (object) => object.settle(settlements));

  const isPaid = ofKind(findings, "charge_not_known").length > 0;
  const isUnknown = ofKind(findings, "order_not_known").length > 0;
  if (isUnknown && !isPaid) await deleteOrphanedOrders(env.DB, [orderId]);

  const wrong = ofKind(findings, "order_reservation", "order_payment_part");
  // What has ended without its order ends that, as if its ticket type's call had not been lost.
  const lost = wrong.flatMap(({ reservationId, elsewhere }) => (hasEnded(elsewhere) ? (reservationId ?? []) : []));
  if (lost.length > 0) await askOrder(env, orderId, (object) => object.lost(lost));
  // What its ticket type has forgotten of what was given back is left to do once more.
  const forgotten = wrong.flatMap(({ reservationId, elsewhere }) => {
    const { givenBack } = (elsewhere ?? {}) as Partial<ForgottenItem>;
    return reservationId === null || givenBack === undefined ? [] : [{ reservationId, givenBack }];
  });
  if (forgotten.length > 0) await askOrder(env, orderId, (object) => object.forgotten(forgotten));
  // The order does what is left to do, in case its alarm is lost.
  if (wrong.length > 0) await askOrder(env, orderId, (object) => object.wake());

  const [copy] = ofKind(findings, "order_copy", "order_not_copied");
  if (copy !== undefined) await askOrder(env, orderId, (object) => object.republish(versionOf(copy.elsewhere)));
}

/** What a reservation's own object mends names its order, too. */
function isOfOrder({ kind, orderId, reservationId }: Finding): boolean {
  const isOfReservation = reservationId !== null && !kind.startsWith("order_");
  return orderId !== null && !isOfReservation;
}

/** The provider is right about what it did: tickets are sold again, or money is the buyer's. */
function settlementsOf(findings: readonly Finding[]): Settlement[] {
  return [...chargesToSettle(findings), ...refundsToSettle(findings)];
}

function refundsToSettle(findings: readonly Finding[]): Settlement[] {
  return ofKind(findings, "refund_state").flatMap(({ paymentId, elsewhere }) => {
    const hasSucceeded = (elsewhere as { state?: string } | null)?.state === "succeeded";
    const refund = hasSucceeded ? ({ state: "succeeded" } as const) : ({ state: "failed", failure: FAILED } as const);
    return paymentId === null ? [] : [{ paymentId, outcome: { state: "refund", refund } }];
  });
}

function chargesToSettle(findings: readonly Finding[]): Settlement[] {
  const ofWrongAmount = ofKind(findings, "charge_amount").map(({ paymentId }) => paymentId);
  return ofKind(findings, "charge_unrecorded").flatMap(({ paymentId }) => {
    const isRepairable = paymentId !== null && !ofWrongAmount.includes(paymentId);
    return isRepairable ? [{ paymentId, outcome: { state: "succeeded" } as const }] : [];
  });
}

function ofKind(findings: readonly Finding[], ...kinds: readonly Finding["kind"][]): Finding[] {
  return findings.filter(({ kind }) => kinds.includes(kind));
}

/** The version of a wrong copy: the object must publish a newer one. */
function versionOf(copy: unknown): number {
  return (copy as { version?: number } | null)?.version ?? 0;
}

function hasEnded(reservation: unknown): boolean {
  const state = (reservation as { state?: string } | null)?.state;
  return state === undefined || state === "cancelled" || state === "expired";
}
