// Compares a part of a ticket type with D1 and with the payment provider's ledger.

import { DAY_MS } from "../../domain/units.ts";
import type { AuditPage } from "../../durable/ticket-type/protocol.ts";
import { ticketTypeById } from "../catalogue/queries.ts";
import type { Env } from "../env.ts";
import { limitConcurrency } from "../payments/concurrency.ts";
import { disputesAbout } from "../payments/disputes.ts";
import { type PaymentProvider, type Period, paymentsOf } from "../payments/provider.ts";
import { compareOrders, firstOrders } from "./compare-orders.ts";
import {
  type Charged,
  chargedForReservation,
  copyFindings,
  type Finding,
  finding,
  isSameFinding,
  moneyFindings,
  ticketFindings,
} from "./differences.ts";
import { disputeFindings } from "./dispute-differences.ts";
import { endedAfterMs, nextIdOf, type Question, rangeOf } from "./part.ts";
import { passFindings } from "./pass-differences.ts";
import { copiesToCompare, copiesWithIds, passesInD1 } from "./queries.ts";
import { askTicketType } from "./unreachable.ts";

// The work of one request, far within its limits.
export const RESERVATIONS_PER_REQUEST = 500;
// Copies and money may be under way. Only what still differs after this long is a difference.
const SECOND_COMPARISON_AFTER_MS = 300;

/** What is compared beside the copies of the ticket type and of its reservations. */
export interface Scope {
  readonly env: Env;
  /** Null: without a provider there is no ledger to compare with. */
  readonly provider: PaymentProvider | null;
  readonly withOrders: boolean;
}

interface Comparison {
  readonly findings: readonly Finding[];
  readonly reservations: number;
  readonly orders: number;
  /** The last reservation that was compared; null after the last one. */
  readonly nextId: string | null;
}

const NOTHING: Comparison = { findings: [], reservations: 0, orders: 0, nextId: null };

/** What differs, and still does after what was under way has arrived. `ids` are in the findings. */
export async function compareTwice(scope: Scope, ticketTypeId: string, question: Question) {
  const first = await compare(scope, ticketTypeId, question);
  const ids = [...new Set(first.findings.flatMap(({ reservationId }) => reservationId ?? []))];
  const orderIds = [...new Set(first.findings.flatMap(({ orderId }) => orderId ?? []))];
  if (first.findings.length === 0) return { ...first, lasting: [], ids, orderIds };
  await scheduler.wait(SECOND_COMPARISON_AFTER_MS);
  const second = await compare(scope, ticketTypeId, { count: question.count, ids, orderIds });
  const lasting = second.findings.filter((found) => first.findings.some((one) => isSameFinding(one, found)));
  return { ...first, lasting, ids, orderIds };
}

/**
 * Reads the records at about the same moment, not at the same one: a finding may be a delay. Throws
 * `Unreachable` where the ticket type's object is.
 */
export async function compare(scope: Scope, ticketTypeId: string, question: Question): Promise<Comparison> {
  const { env, provider, withOrders } = scope;
  const { count } = question;
  const asked = "ids" in question ? { count, ids: question.ids } : question;
  const found = await askTicketType(env, ticketTypeId, (object) => object.audit(asked));
  const row = await ticketTypeById(env.DB, ticketTypeId);
  if (row === null) return { ...NOTHING, reservations: found?.reservations.length ?? 0, nextId: nextIdOf(found) };
  if (found === null) return { ...NOTHING, findings: [finding("ticket_not_known", null, row)] };
  const page = withOrders && !("ids" in question) ? firstOrders(found) : found;
  const ids = page.reservations.map(({ copy }) => copy.id);
  const [copies, passes, { orphans, nextId }, orders] = await Promise.all([
    copiesWithIds(env.DB, ids),
    passesInD1(env.DB, ids),
    orphanedCopies(env, ticketTypeId, question, page),
    withOrders ? compareOrders(env, ticketTypeId, question, page) : null,
  ]);
  const charged = [...page.reservations.map(chargedForReservation), ...(orders?.charged ?? [])];
  const about = orphans.map(({ id, orderId }) => ({ id, about: { reservationId: id, orderId } }));
  const unknown = [...about, ...(orders?.unknown ?? [])];
  const all = [...charged, ...unknown].map(({ id }) => id);
  const isAsked = provider !== null && all.length > 0;
  const period = periodOf(page, orphans);
  const movements = isAsked ? await provider.ledger(all, period) : null;
  const findings = [
    ...ticketFindings(page, row),
    ...copyFindings(page.reservations, copies, orphans),
    ...passFindings(page.reservations, passes),
    ...(orders?.findings ?? []),
    ...(movements === null ? [] : moneyFindings(charged, unknown, movements)),
    ...(isAsked ? await findingsOfDisputes(env, provider, charged, all, period) : []),
  ];
  const ends = [nextId, orders?.nextId ?? null, nextIdOf(page)].filter((id) => id !== null);
  const nextStart = ends.toSorted()[0] ?? null;
  return { findings, reservations: ids.length, orders: orders?.compared ?? 0, nextId: nextStart };
}

async function findingsOfDisputes(
  env: Env,
  provider: PaymentProvider,
  charged: readonly Charged[],
  boughtIds: readonly string[],
  period: Period,
): Promise<Finding[]> {
  const opened = await provider.disputesSince(period.fromMs);
  const rows = await disputesAbout(env.DB, boughtIds);
  const listed = new Set(opened.map(({ id }) => id));
  const others = [...new Set(rows.map(({ providerId }) => providerId))].filter((id) => !listed.has(id));
  // The provider lists its newest: that one is not among them does not say that there is none.
  const atProvider = limitConcurrency(provider.maxConcurrentCalls);
  const older = await Promise.all(others.map((id) => atProvider(() => provider.dispute(id))));
  return disputeFindings(charged, rows, [...opened, ...older.filter((dispute) => dispute !== null)]);
}

/** When payments of these reservations began. */
function periodOf({ reservations }: AuditPage, orphans: readonly { readonly createdAtMs: number }[]): Period {
  const nowMs = Date.now();
  const createdMs = [...reservations.map(({ copy }) => copy), ...orphans].map(({ createdAtMs }) => createdAtMs);
  return paymentsOf(Math.min(...createdMs, nowMs), Math.max(...createdMs, nowMs - DAY_MS));
}

/**
 * Copies in D1 of reservations that the object should know and does not. `nextId`: the last copy
 * that was read, where D1 may have more of them.
 */
async function orphanedCopies(env: Env, ticketTypeId: string, question: Question, page: AuditPage) {
  const known = new Set(page.reservations.map(({ copy }) => copy.id));
  if ("ids" in question) {
    const unknown = question.ids.filter((id) => !known.has(id));
    return { orphans: await copiesWithIds(env.DB, unknown), nextId: null };
  }
  const range = rangeOf(ticketTypeId, question.after, page);
  const copies = await copiesToCompare(env.DB, range, endedAfterMs(), RESERVATIONS_PER_REQUEST);
  const nextId = copies.length < RESERVATIONS_PER_REQUEST ? null : (copies.at(-1)?.id ?? null);
  return { orphans: copies.filter(({ id }) => !known.has(id)), nextId };
}
