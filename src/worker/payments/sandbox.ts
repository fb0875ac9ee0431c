// A provider that moves no money, for development and tests. Its ledger in D1 shows what it did.

import { and, asc, desc, eq, gte, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { type RefundOutcome, refundedPaymentId } from "../../domain/refund.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../domain/units.ts";
import type { Charge, RefundTask } from "../../durable/ticket-type/protocol.ts";
import { isOneOf } from "../../platform/d1/ids.ts";
import { ServiceError } from "../../platform/errors.ts";
import {
  type ChargeOutcome,
  type Dispute,
  type Movement,
  type PaymentProvider,
  ProviderUnreachable,
} from "./provider.ts";
import { sandboxCalls, sandboxLedger } from "./sandbox-tables.ts";
import { refuseAmount, stepOf } from "./stripe/amounts.ts";

const CARD_DECLINED = { code: "card_declined", message: "The card was declined." };
const NOTHING_LEFT = { code: "refund_refused", message: "Not so much is left of the charge." };
const CARD_CLOSED = { code: "expired_or_canceled_card", message: "The money did not arrive." };
const INSUFFICIENT_FUNDS = { code: "insufficient_funds", message: "The card has insufficient funds." };
/** Stripe's test methods (https://docs.stripe.com/testing). */
const DECLINES = new Map([
  ["pm_card_visa_chargeDeclined", CARD_DECLINED],
  ["pm_card_visa_chargeDeclinedInsufficientFunds", INSUFFICIENT_FUNDS],
  ["pm_card_visa_chargeDeclinedExpiredCard", { code: "expired_card", message: "The card has expired." }],
]);
/** Stripe's test methods whose bank asks the buyer to confirm. */
const NEEDS_ACTION: readonly string[] = ["pm_card_authenticationRequired", "pm_card_threeDSecure2Required"];
const NOT_AUTHENTICATED = { code: "authentication_required", message: "The confirmation did not come in time." };
const AUTHENTICATION_FAILED = { code: "authentication_failed", message: "The bank did not confirm the payment." };
const FAILURES = [CARD_DECLINED, INSUFFICIENT_FUNDS, NOT_AUTHENTICATED, AUTHENTICATION_FAILED];
/** When a charge completes that waits for its buyer. */
const NOT_YET_MS = Number.MAX_SAFE_INTEGER;
const SECRET_SUFFIX = "_secret_sandbox";
const SUCCEEDS = "pm_card_visa";
/** Charged, and disputed at once. Nobody answers, so that the dispute is lost in the end. */
const DISPUTED = "pm_card_createDispute";
/** The same, but that the bank decides for the seller. */
const DISPUTE_WON = "pm_sandbox_dispute_won";
const DISPUTES: readonly string[] = [DISPUTED, DISPUTE_WON];
const DISPUTE_PREFIX = "dispute-";
const DISPUTE_LASTS_MS = MINUTE_MS;
const UNREACHABLE = "pm_sandbox_unreachable";
const LOST_REPLY = "pm_sandbox_lost_reply";
/**
 * `pm_sandbox_slow_20s`: the charge is processing for 20 seconds; up to an hour. What refunds do
 * may follow: `pm_sandbox_slow_20s_refund_fails_20s`.
 */
const SLOW = /^pm_sandbox_slow_(\d{1,4})s(?:_refund_(?:pending|fails)_\d{1,4}s)?$/;
/** `pm_sandbox_refund_pending_20s`: a refund is pending for so long. */
const REFUND_PENDS = /^pm_sandbox_(?:slow_\d{1,4}s_)?refund_pending_(\d{1,4})s$/;
/** `pm_sandbox_refund_fails_20s`: a refund succeeds, and fails so long after. The next does not. */
const REFUND_FAILS = /^pm_sandbox_(?:slow_\d{1,4}s_)?refund_fails_(\d{1,4})s$/;
const MAX_SLOW_MS = HOUR_MS;
/** How many calls for one payment `UNREACHABLE` lets fail. */
const UNREACHABLE_CALLS = 3;
/** Stripe's (https://docs.stripe.com/api/idempotent_requests), though this ledger never forgets. */
const IDEMPOTENCY_WINDOW_MS = DAY_MS;
/** As many as a batch of the queue may have. One call to D1 takes all of their movements. */
const MAX_CONCURRENT_CALLS = 100;

type LedgerRow = typeof sandboxLedger.$inferSelect;

export function sandboxProvider(d1: D1Database): PaymentProvider {
  const ledger = new Ledger(d1);
  return {
    name: "sandbox",
    publishableKey: null,
    maxConcurrentCalls: MAX_CONCURRENT_CALLS,
    idempotencyWindowMs: IDEMPOTENCY_WINDOW_MS,

    accepts(method) {
      const others = [SUCCEEDS, DISPUTED, DISPUTE_WON, UNREACHABLE, LOST_REPLY, ...NEEDS_ACTION];
      const card = cardOf(method);
      const isNamed = DECLINES.has(card) || others.includes(card);
      return isNamed || [SLOW, REFUND_PENDS, REFUND_FAILS].some((pattern) => waitMs(pattern, card) !== null);
    },

    // As in production, so that nobody finds out there.
    refuseAmount,

    async charge(charge) {
      if (charge.method === UNREACHABLE && (await countCall(d1, charge.paymentId)) <= UNREACHABLE_CALLS) {
        throw new ProviderUnreachable("timed out");
      }
      const { row, isFirst } = await ledger.record(movement("charge", charge));
      if (charge.method === LOST_REPLY && isFirst) throw new ProviderUnreachable("connection reset after the charge");
      return outcomeOf(row, Date.now());
    },

    async lookUp(paymentId) {
      const row = await ledgerRow(d1, "charge", paymentId);
      return row === null ? null : outcomeOf(row, Date.now());
    },

    async cancel(paymentId) {
      await complete(d1, paymentId, NOT_AUTHENTICATED.code);
      const row = await ledgerRow(d1, "charge", paymentId);
      if (row === null) throw new ServiceError("the sandbox has no such charge");
      return outcomeOf(row, Date.now());
    },

    refundStepMinor: stepOf,

    async refund(task) {
      const known = await ledgerRow(d1, "refund", task.attemptId);
      if (known === null && !(await isLeft(d1, task))) return { state: "failed", failure: NOTHING_LEFT };
      const { row, isFirst } = await ledger.record(refundMovement(task));
      if (task.method === LOST_REPLY && isFirst) throw new ProviderUnreachable("connection reset after the refund");
      return refundOutcomeOf(row, Date.now());
    },

    async lookUpRefund({ attemptId }) {
      const row = await ledgerRow(d1, "refund", attemptId);
      return row === null ? null : refundOutcomeOf(row, Date.now());
    },

    async disputesSince(openedMs) {
      return disputesWhere(d1, gte(sandboxLedger.createdAtMs, openedMs));
    },

    async dispute(id) {
      const [found = null] = await disputesWhere(d1, eq(sandboxLedger.idempotencyKey, id.replace(DISPUTE_PREFIX, "")));
      return found;
    },

    async ledger(reservationIds) {
      const isOne = isOneOf(sandboxLedger.reservationId, reservationIds);
      const rows = await drizzle(d1).select().from(sandboxLedger).where(isOne);
      return rows.map((row) => ({
        kind: row.kind,
        paymentId: refundedPaymentId(row.idempotencyKey),
        refundId: row.kind === "refund" ? row.idempotencyKey : null,
        reservationId: row.reservationId,
        amountMinor: row.amountMinor,
        currency: row.currency,
        state: stateOf(row, Date.now()),
      }));
    },
  };
}

export interface SandboxMovement extends Omit<Movement, "refundId"> {
  /** Of the movement: a payment's, or that of a refund's attempt. */
  readonly id: string;
  readonly dispute: Dispute["state"] | null;
}

/** Some of all movements, by id. `next`: behind which the others come; null if there are none. */
export async function sandboxMovements(d1: D1Database, after: string, limit: number) {
  const { idempotencyKey, kind } = sandboxLedger;
  // A payment that goes back as a whole has one id for both.
  const [afterId = "", afterKind = ""] = after.split(" ");
  const rows = await drizzle(d1)
    .select()
    .from(sandboxLedger)
    .where(sql`(${idempotencyKey}, ${kind}) > (${afterId}, ${afterKind})`)
    .orderBy(asc(idempotencyKey), asc(kind))
    .limit(limit + 1);
  const nowMs = Date.now();
  const movements = rows.slice(0, limit).map((row): SandboxMovement => {
    const { idempotencyKey: id, kind, reservationId, amountMinor, currency } = row;
    const state = stateOf(row, nowMs);
    const isDisputed = kind === "charge" && DISPUTES.includes(row.method) && state === "succeeded";
    const dispute = isDisputed ? disputeStateAt(row, nowMs) : null;
    return { id, kind, paymentId: refundedPaymentId(id), reservationId, amountMinor, currency, state, dispute };
  });
  const last = movements.at(-1);
  return { movements, next: rows.length > limit && last !== undefined ? `${last.id} ${last.kind}` : null };
}

/** As the buyer does at the bank. The charge, or null if none waits for it. */
export async function authenticate(d1: D1Database, clientSecret: string, passes: boolean): Promise<LedgerRow | null> {
  if (!clientSecret.endsWith(SECRET_SUFFIX)) return null;
  const paymentId = clientSecret.slice(0, -SECRET_SUFFIX.length);
  return complete(d1, paymentId, passes ? null : AUTHENTICATION_FAILED.code);
}

/** Ends a charge that waits for its buyer: of two attempts, one does. */
async function complete(d1: D1Database, paymentId: string, declineCode: string | null): Promise<LedgerRow | null> {
  const { idempotencyKey, kind, completesAtMs } = sandboxLedger;
  const waits = and(eq(idempotencyKey, paymentId), eq(kind, "charge"), eq(completesAtMs, NOT_YET_MS));
  const done = { declineCode, completesAtMs: Date.now() };
  return (await drizzle(d1).update(sandboxLedger).set(done).where(waits).returning().get()) ?? null;
}

/** The ledger in D1. What is recorded during one write shares the next one: a call, a commit. */
class Ledger {
  readonly #d1: D1Database;
  #pending: LedgerRow[] = [];
  #written: Promise<readonly LedgerRow[]> | null = null;
  #inFlight: Promise<unknown> = Promise.resolve();

  constructor(d1: D1Database) {
    this.#d1 = d1;
  }

  /** If the movement's key was used before, the first movement stands. */
  async record(wanted: LedgerRow): Promise<{ row: LedgerRow; isFirst: boolean }> {
    this.#pending.push(wanted);
    this.#written ??= this.#inFlight.then(() => this.#write());
    const isWanted = (row: LedgerRow) => row.idempotencyKey === wanted.idempotencyKey && row.kind === wanted.kind;
    const row = (await this.#written).find(isWanted);
    if (row !== undefined) return { row, isFirst: true };
    return { row: (await ledgerRow(this.#d1, wanted.kind, wanted.idempotencyKey)) ?? wanted, isFirst: false };
  }

  /** Returns the movements that are new. */
  #write(): Promise<readonly LedgerRow[]> {
    // One parameter carries all rows: D1 allows 100 in a statement.
    const rows = sql`
      SELECT value ->> 'idempotencyKey', value ->> 'kind', value ->> 'reservationId', value ->> 'method',
        value ->> 'amountMinor', value ->> 'currency', value ->> 'declineCode', value ->> 'createdAtMs',
        value ->> 'completesAtMs' FROM json_each(${JSON.stringify(this.#pending)}) WHERE true`;
    this.#pending = [];
    this.#written = null;
    const written = drizzle(this.#d1).insert(sandboxLedger).select(rows).onConflictDoNothing().returning().execute();
    this.#inFlight = written.catch(() => {});
    return written;
  }
}

/** Like a real provider it gives back no more than it took. What others took is not known here. */
async function isLeft(d1: D1Database, { paymentId, amountMinor }: RefundTask): Promise<boolean> {
  const key = sandboxLedger.idempotencyKey;
  const isOfIt = sql`(${key} = ${paymentId} OR ${key} BETWEEN ${`${paymentId}-r`} AND ${`${paymentId}-r~`})`;
  const rows = await drizzle(d1).select().from(sandboxLedger).where(isOfIt);
  const nowMs = Date.now();
  const sumOf = (kind: LedgerRow["kind"]) =>
    rows
      .filter((row) => row.kind === kind && stateOf(row, nowMs) !== "failed")
      .reduce((sum, row) => sum + row.amountMinor, 0);
  const isKnown = rows.some(({ kind }) => kind === "charge");
  return !isKnown || sumOf("refund") + amountMinor <= sumOf("charge");
}

function refundMovement({ attemptId, reservationId, amountMinor, currency, method }: RefundTask): LedgerRow {
  const row = movement("refund", { paymentId: attemptId, reservationId, amountMinor, currency, method });
  return { ...row, declineCode: null, completesAtMs: row.createdAtMs + (waitMs(REFUND_PENDS, method) ?? 0) };
}

/** The first attempt of a card whose refunds fail does so, and the next one does not. */
function refundOutcomeOf(
  { idempotencyKey, method, createdAtMs, completesAtMs }: LedgerRow,
  nowMs: number,
): RefundOutcome {
  const failsAfterMs = idempotencyKey.includes(".") ? null : waitMs(REFUND_FAILS, method);
  if (failsAfterMs !== null && nowMs >= createdAtMs + failsAfterMs) return { state: "failed", failure: CARD_CLOSED };
  return { state: nowMs < completesAtMs ? "pending" : "succeeded" };
}

function stateOf(row: LedgerRow, nowMs: number): Movement["state"] {
  if (row.kind === "charge") return chargeState(row);
  const { state } = refundOutcomeOf(row, nowMs);
  return state === "pending" ? "processing" : state;
}

function movement(kind: LedgerRow["kind"], charge: Charge): LedgerRow {
  const nowMs = Date.now();
  const { paymentId, reservationId, amountMinor, currency } = charge;
  const method = cardOf(charge.method);
  return {
    idempotencyKey: paymentId,
    kind,
    reservationId,
    method,
    amountMinor,
    currency,
    declineCode: DECLINES.get(method)?.code ?? null,
    createdAtMs: nowMs,
    completesAtMs:
      kind === "charge" && NEEDS_ACTION.includes(method) ? NOT_YET_MS : nowMs + (waitMs(SLOW, method) ?? 0),
  };
}

async function ledgerRow(d1: D1Database, kind: LedgerRow["kind"], paymentId: string): Promise<LedgerRow | null> {
  const where = and(eq(sandboxLedger.idempotencyKey, paymentId), eq(sandboxLedger.kind, kind));
  return (await drizzle(d1).select().from(sandboxLedger).where(where).get()) ?? null;
}

async function countCall(d1: D1Database, paymentId: string): Promise<number> {
  const row = await drizzle(d1)
    .insert(sandboxCalls)
    .values({ idempotencyKey: paymentId, calls: 1 })
    .onConflictDoUpdate({ target: sandboxCalls.idempotencyKey, set: { calls: sql`${sandboxCalls.calls} + 1` } })
    .returning()
    .get();
  return row.calls;
}

function outcomeOf(row: LedgerRow, nowMs: number): ChargeOutcome {
  if (row.completesAtMs === NOT_YET_MS) {
    const { idempotencyKey: reference } = row;
    return { state: "action_required", action: { reference, clientSecret: reference + SECRET_SUFFIX } };
  }
  if (nowMs < row.completesAtMs) return { state: "processing", retryAfterMs: row.completesAtMs - nowMs };
  if (row.declineCode === null) return { state: "succeeded" };
  const known = DECLINES.get(row.method) ?? FAILURES.find(({ code }) => code === row.declineCode);
  return { state: "failed", failure: known ?? { ...CARD_DECLINED, code: row.declineCode } };
}

function chargeState(row: LedgerRow) {
  const { state } = outcomeOf(row, Date.now());
  return state === "action_required" ? "processing" : state;
}

/** The newest thousand. */
async function disputesWhere(d1: D1Database, condition: SQL): Promise<Dispute[]> {
  // Letter for letter the index's condition.
  const isDisputed = sql`${sandboxLedger.method} IN ('pm_card_createDispute', 'pm_sandbox_dispute_won')`;
  const rows = await drizzle(d1)
    .select()
    .from(sandboxLedger)
    .where(and(isDisputed, eq(sandboxLedger.kind, "charge"), condition))
    .orderBy(desc(sandboxLedger.createdAtMs))
    .limit(1_000);
  const nowMs = Date.now();
  return rows.map((row) => {
    const { idempotencyKey, reservationId, amountMinor, currency, createdAtMs } = row;
    const state = disputeStateAt(row, nowMs);
    return {
      id: DISPUTE_PREFIX + idempotencyKey,
      paymentId: idempotencyKey,
      boughtId: reservationId,
      amountMinor,
      currency,
      state,
      reason: "fraudulent",
      openedAtMs: createdAtMs,
      respondByMs: state === "open" ? createdAtMs + DISPUTE_LASTS_MS : null,
    };
  });
}

function disputeStateAt({ createdAtMs, method }: LedgerRow, nowMs: number): Dispute["state"] {
  if (nowMs < createdAtMs + DISPUTE_LASTS_MS) return "open";
  return method === DISPUTE_WON ? "won" : "lost";
}

/** A confirmation token, `ctoken_visa`, is for the card `pm_card_visa`. */
function cardOf(method: string): string {
  return method.replace(/^ctoken_/, "pm_card_");
}

/** The time that a method names for what is slow about it; null for any other method. */
function waitMs(pattern: RegExp, method: string): number | null {
  const ms = Number(pattern.exec(method)?.[1] ?? Number.NaN) * SECOND_MS;
  return ms <= MAX_SLOW_MS ? ms : null;
}
