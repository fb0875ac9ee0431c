// Compares a part of a ticket type with D1 and with the payment provider's ledger.

import { DAY_MS } from "../../domain/units.ts";
import type { AuditPage } from "../../durable/ticket-type/protocol.ts";
import { ticketTypeById } from "../catalogue/queries.ts";
import type { Env } from "../env.ts";
import { limitConcurrency } from "../payments/concurrency.ts";
import { type DisputeRow, disputesAbout } from "../payments/disputes.ts";
import { type Dispute, type Movement, type PaymentProvider, type Period, paymentsOf } from "../payments/provider.ts";
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
import { type MoneySums, moneyOf } from "./money.ts";
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
  /** Of each reservation and order that was compared; none without a provider. */
  readonly money: ReadonlyMap<string, readonly MoneySums[]>;
  /** The last reservation that was compared; null after the last one. */
  readonly nextId: string | null;
}

const NOTHING: Comparison = { findings: [], reservations: 0, orders: 0, money: new Map(), nextId: null };

/** What differs, and still does after what was under way has arrived. `ids` are in the findings. */
export async function compareTwice(scope: Scope, ticketTypeId: string, question: Question) {
  const first = await compare(scope, ticketTypeId, question);
  const ids = [...new Set(first.findings.flatMap(({ reservationId }) => reservationId ?? []))];
  const orderIds = [...new Set(first.findings.flatMap(({ orderId }) => orderId ?? []))];
  if (first.findings.length === 0) return { ...first, lasting: [], ids, orderIds };
  await scheduler.wait(SECOND_COMPARISON_AFTER_MS);
  const second = await compare(scope, ticketTypeId, { count: question.count, ids, orderIds });
  const lasting = second.findings.filter((found) => first.findings.some((one) => isSameFinding(one, found)));
  return { ...first, money: new Map([...first.money, ...second.money]), lasting, ids, orderIds };
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
  const record = isAsked ? await recordAt(env, provider, all, period) : null;
  const findings = [
    ...ticketFindings(page, row),
    ...copyFindings(page.reservations, copies, orphans),
    ...passFindings(page.reservations, passes),
    ...(orders?.findings ?? []),
    ...(record === null ? [] : moneyFindings(charged, unknown, record.movements)),
    ...(record === null ? [] : disputeFindings(charged, record.rows, record.opened)),
  ];
  const ends = [nextId, orders?.nextId ?? null, nextIdOf(page)].filter((id) => id !== null);
  const nextStart = ends.toSorted()[0] ?? null;
  return {
    findings,
    reservations: ids.length,
    orders: orders?.compared ?? 0,
    money: moneyIn(charged, all, record),
    nextId: nextStart,
  };
}

/** What the provider says of these, and the disputes that D1 has of them. */
interface ProviderRecord {
  readonly movements: readonly Movement[];
  readonly rows: readonly DisputeRow[];
  readonly opened: readonly Dispute[];
}

async function recordAt(
  env: Env,
  provider: PaymentProvider,
  boughtIds: readonly string[],
  period: Period,
): Promise<ProviderRecord> {
  const movements = await provider.ledger(boughtIds, period);
  const opened = await provider.disputesSince(period.fromMs);
  const rows = await disputesAbout(env.DB, boughtIds);
  const listed = new Set(opened.map(({ id }) => id));
  const others = [...new Set(rows.map(({ providerId }) => providerId))].filter((id) => !listed.has(id));
  // The provider lists its newest: that one is not among them does not say that there is none.
  const atProvider = limitConcurrency(provider.maxConcurrentCalls);
  const older = await Promise.all(others.map((id) => atProvider(() => provider.dispute(id))));
  return { movements, rows, opened: [...opened, ...older.filter((dispute) => dispute !== null)] };
}

function moneyIn(charged: readonly Charged[], boughtIds: readonly string[], record: ProviderRecord | null) {
  if (record === null) return new Map();
  const byId = new Map(charged.map((one) => [one.id, one]));
  const movements = Map.groupBy(record.movements, ({ reservationId }) => reservationId);
  const rows = Map.groupBy(record.rows, ({ boughtId }) => boughtId);
  const opened = Map.groupBy(record.opened, ({ boughtId }) => boughtId);
  return new Map(
    boughtIds.map((id) => {
      const sums = moneyOf(byId.get(id) ?? null, movements.get(id) ?? [], rows.get(id) ?? [], opened.get(id) ?? []);
      return [id, sums] as const;
    }),
  );
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
