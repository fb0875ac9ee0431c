// Compares objects with D1 and with the payment provider's ledger, and repairs wrong copies.

import { DAY_MS } from "../../domain/units.ts";
import type { AuditPage, AuditQuestion } from "../../durable/ticket-type/protocol.ts";
import { ticketTypeIdOf } from "../../platform/ids.ts";
import { MIN_RETENTION_MS } from "../../platform/settings.ts";
import { ticketTypeById, ticketTypesOfOrganizer } from "../catalogue/queries.ts";
import type { Env } from "../env.ts";
import { callTicketType } from "../objects/ticket-types.ts";
import type { PaymentProvider } from "../payments/provider.ts";
import { paymentProvider } from "../payments/select-provider.ts";
import { copyFindings, type Finding, finding, isSameFinding, moneyFindings, ticketFindings } from "./differences.ts";
import { copiesToCompare, copiesWithIds, deleteOrphanedHolds } from "./queries.ts";

export interface Difference extends Finding {
  readonly ticketTypeId: string;
  /** This request has removed it. */
  readonly repaired: boolean;
}

interface Reconciliation {
  readonly checked: { readonly tickets: number; readonly reservations: number };
  readonly differences: readonly Difference[];
  /** The cursor of the next part: the last id that was compared. Null after the last part. */
  readonly next: string | null;
}

// The work of one request, far within its limits.
const RESERVATIONS_PER_REQUEST = 500;
const TICKET_TYPES_PER_REQUEST = 10;
// Copies and money may be under way. Only what still differs after this long is a difference.
const SECOND_COMPARISON_AFTER_MS = 300;
// An object deletes ended reservations after their retention, and its alarm may be a day late.
const ALARM_TOLERANCE_MS = DAY_MS;

/**
 * Reconciles the next part of an organiser's ticket types, or of all where `organizerId` is null.
 * `cursor` is the id of a ticket type or of a reservation: the part begins after it.
 */
export async function reconcile(env: Env, organizerId: string | null, cursor: string): Promise<Reconciliation> {
  const startedId = ticketTypeIdOf(cursor);
  const isInside = cursor !== startedId;
  const rows = await ticketTypesOfOrganizer(env.DB, organizerId, startedId, isInside, TICKET_TYPES_PER_REQUEST);
  const differences: Difference[] = [];
  let reservations = 0;
  for (const [index, { id }] of rows.entries()) {
    const after = isInside && id === startedId ? cursor : "";
    const part = await reconcileTicketType(env, id, after, RESERVATIONS_PER_REQUEST - reservations);
    reservations += part.reservations;
    differences.push(...part.differences);
    const isLast = index === rows.length - 1;
    if (part.nextId === null && isLast && rows.length < TICKET_TYPES_PER_REQUEST) break;
    if (part.nextId === null && !isLast && reservations < RESERVATIONS_PER_REQUEST) continue;
    return { checked: { tickets: index + 1, reservations }, differences, next: part.nextId ?? id };
  }
  return { checked: { tickets: rows.length, reservations }, differences, next: null };
}

/** `nextId`: the last reservation that was compared; null after the last one. */
async function reconcileTicketType(env: Env, ticketTypeId: string, after: string, limit: number) {
  const count = after === "";
  const provider = paymentProvider(env);
  const question = { count, after, limit };
  const { reservations, nextId, lasting, ids } = await compareTwice(env, provider, ticketTypeId, question);
  if (lasting.length === 0) return { reservations, differences: [], nextId };
  await repair(env, ticketTypeId, lasting);
  const { findings: left } = await compare(env, provider, ticketTypeId, { count, ids });
  const differences = lasting.map((found) => {
    return { ...found, ticketTypeId, repaired: !left.some((other) => isSameFinding(other, found)) };
  });
  return { reservations, differences, nextId };
}

/**
 * Compares copies with their object and publishes again what differs, and no more: it deletes no
 * copy and moves no money. `unknown`: copies of reservations that the object does not have.
 */
export async function repairCopies(env: Env, ticketTypeId: string, after: string) {
  const question = { count: false, after, limit: RESERVATIONS_PER_REQUEST };
  const { nextId, lasting } = await compareTwice(env, null, ticketTypeId, question);
  await republish(env, ticketTypeId, lasting);
  const unknown = lasting.filter(({ kind }) => kind === "reservation_not_known").length;
  return { nextId, published: lasting.length - unknown, unknown };
}

/** What differs, and still does after what was under way has arrived. `ids`: the reservations. */
async function compareTwice(
  env: Env,
  provider: PaymentProvider | null,
  ticketTypeId: string,
  question: Extract<AuditQuestion, { readonly after: string }>,
) {
  const { findings, reservations, nextId } = await compare(env, provider, ticketTypeId, question);
  const ids = [...new Set(findings.flatMap(({ reservationId }) => reservationId ?? []))];
  if (findings.length === 0) return { reservations, nextId, lasting: [], ids };
  await scheduler.wait(SECOND_COMPARISON_AFTER_MS);
  const second = await compare(env, provider, ticketTypeId, { count: question.count, ids });
  const lasting = second.findings.filter((found) => findings.some((first) => isSameFinding(first, found)));
  return { reservations, nextId, lasting, ids };
}

/** Reads the records at about the same moment, not at the same one: a finding may be a delay. */
async function compare(env: Env, provider: PaymentProvider | null, ticketTypeId: string, question: AuditQuestion) {
  const page = await callTicketType(env, ticketTypeId, (object) => object.audit(question));
  const row = await ticketTypeById(env.DB, ticketTypeId);
  if (row === null) return { findings: [], reservations: page?.reservations.length ?? 0, nextId: nextIdOf(page) };
  if (page === null) return { findings: [finding("ticket_not_known", null, row)], reservations: 0, nextId: null };
  const ids = page.reservations.map(({ copy }) => copy.id);
  const [copies, { orphans, nextId }] = await Promise.all([
    copiesWithIds(env.DB, ids),
    orphanedCopies(env, ticketTypeId, question, page),
  ]);
  const all = [...ids, ...orphans.map(({ id }) => id)];
  // Without a provider there is no ledger to compare with.
  const movements = provider === null || all.length === 0 ? null : await provider.ledger(all);
  const findings = [
    ...ticketFindings(page, row),
    ...copyFindings(page.reservations, copies, orphans),
    ...(movements === null ? [] : moneyFindings(page.reservations, orphans, movements)),
  ];
  return { findings, reservations: ids.length, nextId: nextId ?? nextIdOf(page) };
}

function nextIdOf(page: AuditPage | null): string | null {
  return page?.more === true ? (page.reservations.at(-1)?.copy.id ?? null) : null;
}

/**
 * Copies in D1 of reservations that the object should know and does not. `nextId`: the last copy
 * that was read, where D1 may have more of them.
 */
async function orphanedCopies(env: Env, ticketTypeId: string, question: AuditQuestion, page: AuditPage) {
  const { reservations, more } = page;
  const known = new Set(reservations.map(({ copy }) => copy.id));
  if ("ids" in question) {
    const unknown = question.ids.filter((id) => !known.has(id));
    return { orphans: await copiesWithIds(env.DB, unknown), nextId: null };
  }
  const toId = more ? (reservations.at(-1)?.copy.id ?? null) : null;
  const range = { afterId: question.after || `${ticketTypeId}-`, toId: toId ?? `${ticketTypeId}-~` };
  const copies = await copiesToCompare(env.DB, range, endedAfterMs(), RESERVATIONS_PER_REQUEST);
  const nextId = copies.length < RESERVATIONS_PER_REQUEST ? null : (copies.at(-1)?.id ?? null);
  return { orphans: copies.filter(({ id }) => !known.has(id)), nextId };
}

/** The retention may have been shorter than it is today, but never shorter than the least one. */
export function endedAfterMs(): number {
  return Date.now() - MIN_RETENTION_MS + ALARM_TOLERANCE_MS;
}

async function repair(env: Env, ticketTypeId: string, findings: readonly Finding[]): Promise<void> {
  const ofKind = (...kinds: readonly Finding["kind"][]) => findings.filter(({ kind }) => kinds.includes(kind));

  // The provider is right about its charges: the tickets are sold again, or a refund becomes due.
  const ofWrongAmount = ofKind("charge_amount").map(({ paymentId }) => paymentId);
  const settlements = ofKind("charge_unrecorded").flatMap(({ paymentId }) => {
    const isRepairable = paymentId !== null && !ofWrongAmount.includes(paymentId);
    return isRepairable ? [{ paymentId, outcome: { state: "succeeded" } as const }] : [];
  });
  if (settlements.length > 0) await callTicketType(env, ticketTypeId, (object) => object.settle(settlements));

  // The copy may be the only record of who paid.
  const paid = ofKind("charge_not_known").map(({ reservationId }) => reservationId);
  const orphans = ofKind("reservation_not_known").flatMap(({ reservationId }) => reservationId ?? []);
  await deleteOrphanedHolds(
    env.DB,
    orphans.filter((id) => !paid.includes(id)),
  );

  await republish(env, ticketTypeId, findings);
}

/** The object publishes wrong copies again, with versions above D1's. */
async function republish(env: Env, ticketTypeId: string, findings: readonly Finding[]): Promise<void> {
  const ofKind = (...kinds: readonly Finding["kind"][]) => findings.filter(({ kind }) => kinds.includes(kind));
  const reservations = ofKind("reservation_copy", "reservation_not_copied").flatMap(({ reservationId, elsewhere }) =>
    reservationId === null ? [] : [{ id: reservationId, aboveVersion: versionOf(elsewhere) }],
  );
  const [ticketType] = ofKind("ticket_copy");
  if (reservations.length === 0 && ticketType === undefined) return;
  const ticketTypeAboveVersion = ticketType === undefined ? null : versionOf(ticketType.elsewhere);
  await callTicketType(env, ticketTypeId, (object) => object.republish({ reservations, ticketTypeAboveVersion }));
}

/** The version of a wrong copy: the object must publish a newer one. */
function versionOf(copy: unknown): number {
  return (copy as { version?: number } | null)?.version ?? 0;
}
