// Compares objects with their copies in D1 and with the provider's ledger, and makes wrong copies
// anew.

import type {
  AuditedReservation,
  AuditPage,
  AuditQuestion,
  Republication,
} from "../../durable/ticket-type/protocol.ts";
import { ticketTypeIdOf } from "../../platform/ids.ts";
import { MIN_RETENTION_MS } from "../../platform/settings.ts";
import { type TicketTypeRow, ticketTypeById, ticketTypesOfOrganizer } from "../catalogue/queries.ts";
import type { Env } from "../env.ts";
import { callTicketType } from "../objects/ticket-types.ts";
import { type Movement, type PaymentProvider, paymentProvider } from "../payments/provider.ts";
import {
  deleteStrayHolds,
  type ReservationRow,
  reservationsToBeKnown,
  reservationsWithIds,
} from "../reservations/queries.ts";
import { chargeNotKnown, copyFindings, type Finding, moneyFindings, ticketFindings } from "./differences.ts";

export interface Difference extends Finding {
  readonly ticketTypeId: string;
  /** It was there before, and it is not any more. */
  readonly repaired: boolean;
}

export interface Reconciliation {
  readonly tickets: number;
  readonly reservations: number;
  readonly differences: readonly Difference[];
  /** Where to go on: after a reservation, or after all of a ticket type. Null: that was all. */
  readonly next: string | null;
}

// What one request looks at: enough to get on, and far within the limits of one request.
const RESERVATIONS_AT_ONCE = 500;
const TICKETS_AT_ONCE = 10;
// Copies and money are on their way: what looks wrong is looked at again, after this long, before
// it is called wrong.
const SECOND_LOOK_MS = 300;
// An object drops what ended before its retention began, with a day for its alarm to come.
const DAY_MS = 24 * 60 * 60_000;

/**
 * The next part of an organiser's ticket types, or, for null, of all, after `cursor`: the id of a
 * ticket type, or of a reservation of it.
 */
export async function reconcile(env: Env, organizerId: string | null, cursor: string): Promise<Reconciliation> {
  const startedId = ticketTypeIdOf(cursor);
  const isInside = cursor !== startedId;
  const rows = await ticketTypesOfOrganizer(env.DB, organizerId, startedId, isInside, TICKETS_AT_ONCE);
  const differences: Difference[] = [];
  let reservations = 0;
  for (const [index, { id }] of rows.entries()) {
    const after = isInside && id === startedId ? cursor : "";
    const part = await reconcileTicketType(env, id, after, RESERVATIONS_AT_ONCE - reservations);
    reservations += part.reservations;
    differences.push(...part.differences);
    const isLast = index === rows.length - 1;
    if (part.lastId === null && isLast && rows.length < TICKETS_AT_ONCE) break;
    if (part.lastId === null && !isLast && reservations < RESERVATIONS_AT_ONCE) continue;
    return { tickets: index + 1, reservations, differences, next: part.lastId ?? id };
  }
  return { tickets: rows.length, reservations, differences, next: null };
}

/** `lastId`: where to go on; null where it is done. */
async function reconcileTicketType(env: Env, ticketTypeId: string, after: string, limit: number) {
  const count = after === "";
  const first = await look(env, ticketTypeId, { count, after, limit });
  const ids = first.page?.reservations.map(({ copy }) => copy.id) ?? [];
  // Where D1 has more than were looked at, the next part goes on from there.
  const lastId = first.upToId ?? (first.page?.more === true ? (ids.at(-1) ?? null) : null);
  const suspects = first.findings;
  if (suspects.length === 0) return { reservations: ids.length, differences: [], lastId };

  const again: AuditQuestion = {
    count,
    ids: [...new Set(suspects.flatMap(({ reservationId }) => reservationId ?? []))],
  };
  await scheduler.wait(SECOND_LOOK_MS);
  const second = await look(env, ticketTypeId, again);
  const wrong = second.findings.filter((finding) => suspects.some((suspect) => isSame(suspect, finding)));
  await repair(env, ticketTypeId, wrong);
  const left = (await look(env, ticketTypeId, again)).findings;
  const differences = wrong.map((finding) => ({
    ...{ ...finding, ticketTypeId },
    repaired: !left.some((other) => isSame(other, finding)),
  }));
  return { reservations: ids.length, differences, lastId };
}

const COPIES: ReadonlySet<string> = new Set(["ticket_copy", "reservation_copy"]);

/**
 * A copy that has changed meanwhile is one that arrives: what was said of it before does not count.
 */
function isSame(one: Finding, other: Finding): boolean {
  if (COPIES.has(one.kind) && JSON.stringify(one.elsewhere) !== JSON.stringify(other.elsewhere)) return false;
  return one.kind === other.kind && one.reservationId === other.reservationId && one.paymentId === other.paymentId;
}

/**
 * At about the same moment. What is on its way between the three looks wrong, and does not a moment
 * later.
 */
async function look(
  env: Env,
  ticketTypeId: string,
  question: AuditQuestion,
): Promise<{ page: AuditPage | null; findings: Finding[]; upToId: string | null }> {
  const page = await callTicketType(env, ticketTypeId, (object) => object.audit(question));
  const row = await ticketTypeById(env.DB, ticketTypeId);
  if (row === null) return { page, findings: [], upToId: null };
  if (page === null) {
    const nothing = { reservationId: null, paymentId: null, object: null };
    return { page, findings: [{ kind: "ticket_not_known", ...nothing, elsewhere: row }], upToId: null };
  }
  const ids = page.reservations.map(({ copy }) => copy.id);
  const [rows, { strays, upToId }] = await Promise.all([
    reservationsWithIds(env.DB, ids),
    straysOf(env, row, question, page),
  ]);
  const movements = await ledger(paymentProvider(env), [...ids, ...strays.map(({ id }) => id)]);
  return {
    page,
    upToId,
    findings: [
      ...ticketFindings(page, row),
      ...copyFindings(page.reservations, rows, strays),
      ...(movements === null ? [] : allMoneyFindings(page.reservations, strays, movements)),
    ],
  };
}

/** Copies that the object should know and does not. */
async function straysOf(
  env: Env,
  { id }: TicketTypeRow,
  question: AuditQuestion,
  { reservations, more }: AuditPage,
): Promise<{ strays: ReservationRow[]; upToId: string | null }> {
  const ids = reservations.map(({ copy }) => copy.id);
  if ("ids" in question) {
    const missing = question.ids.filter((wanted) => !ids.includes(wanted));
    return { strays: await reservationsWithIds(env.DB, missing), upToId: null };
  }
  // What an object dropped under a shorter retention than today's it need not know.
  const endedAfterMs = Date.now() - MIN_RETENTION_MS + DAY_MS;
  const range = { afterId: question.after || `${id}-`, toId: more ? (ids.at(-1) ?? null) : null };
  const known = new Set(ids);
  const copies = await reservationsToBeKnown(env.DB, id, range, endedAfterMs, RESERVATIONS_AT_ONCE);
  const upToId = copies.length < RESERVATIONS_AT_ONCE ? null : (copies.at(-1)?.id ?? null);
  return { strays: copies.filter((copy) => !known.has(copy.id)), upToId };
}

/** Null where there is nobody to ask: then nothing can be said about money. */
async function ledger(provider: PaymentProvider | null, reservationIds: readonly string[]): Promise<Movement[] | null> {
  return provider === null || reservationIds.length === 0 ? null : provider.ledger(reservationIds);
}

function allMoneyFindings(
  reservations: readonly AuditedReservation[],
  strays: readonly ReservationRow[],
  movements: readonly Movement[],
): Finding[] {
  const of = (id: string) => movements.filter(({ reservationId }) => reservationId === id);
  return [
    ...reservations.flatMap((audited) => moneyFindings(audited, of(audited.copy.id))),
    ...strays.flatMap(({ id }) => of(id).flatMap((movement) => chargeNotKnown(id, movement))),
  ];
}

async function repair(env: Env, ticketTypeId: string, findings: readonly Finding[]): Promise<void> {
  const reservations: { id: string; aboveVersion: number }[] = [];
  const strays: string[] = [];
  const charged: string[] = [];
  let ticketTypeAboveVersion: number | null = null;
  for (const { kind, reservationId, paymentId, elsewhere } of findings) {
    const aboveVersion = (elsewhere as { version?: number } | null)?.version ?? 0;
    if (kind === "ticket_copy") ticketTypeAboveVersion = aboveVersion;
    if (reservationId === null) continue;
    if (kind === "reservation_copy" || kind === "reservation_not_copied") {
      reservations.push({ id: reservationId, aboveVersion });
    }
    // The copy may be the only trace of who paid.
    const isPaid = findings.some((other) => other.kind === "charge_not_known" && other.reservationId === reservationId);
    if (kind === "reservation_not_known" && !isPaid) strays.push(reservationId);
    const isOfAnotherAmount = findings.some((other) => other.kind === "charge_amount" && other.paymentId === paymentId);
    if (kind === "charge_unrecorded" && paymentId !== null && !isOfAnotherAmount) charged.push(paymentId);
  }
  if (charged.length > 0) {
    // What the provider did is its to say. The tickets are taken again, or the money is given back.
    const settlements = charged.map((paymentId) => ({ paymentId, outcome: { state: "succeeded" as const } }));
    await callTicketType(env, ticketTypeId, (object) => object.settle(settlements));
  }
  if (strays.length > 0) await deleteStrayHolds(env.DB, strays);
  const republication: Republication = { reservations, ticketTypeAboveVersion };
  if (reservations.length > 0 || ticketTypeAboveVersion !== null) {
    await callTicketType(env, ticketTypeId, (object) => object.republish(republication));
  }
}
