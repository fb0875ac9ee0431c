// A payment provider without money, for development and tests. Its ledger is real: what it did can be counted.
// It takes Stripe's test methods (https://docs.stripe.com/testing) and a few of its own that misbehave.

import { and, eq, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { Charge } from "../../durable/ticket-type/protocol.ts";
import { type ChargeOutcome, type PaymentProvider, ProviderUnreachable } from "./provider.ts";
import { sandboxCalls, sandboxLedger } from "./sandbox-tables.ts";
import { together } from "./together.ts";

const DECLINES = new Map(
  Object.entries({
    pm_card_visa_chargeDeclined: { code: "card_declined", message: "The card was declined." },
    pm_card_visa_chargeDeclinedInsufficientFunds: {
      code: "insufficient_funds",
      message: "The card has insufficient funds.",
    },
    pm_card_visa_chargeDeclinedExpiredCard: { code: "expired_card", message: "The card has expired." },
  }),
);
const SUCCEEDS = "pm_card_visa";
const UNREACHABLE = "pm_sandbox_unreachable";
const LOST_REPLY = "pm_sandbox_lost_reply";
/** `pm_sandbox_slow_20s`: the charge is processing for 20 seconds; up to an hour. */
const SLOW = /^pm_sandbox_slow_(\d{1,4})s$/;
const MAX_SLOW_SECONDS = 3_600;
const UNHEARD_CALLS = 3;
/** As Stripe's (https://docs.stripe.com/api/idempotent_requests), though this ledger never forgets. */
const IDEMPOTENCY_WINDOW_MS = 24 * 60 * 60_000;

type LedgerRow = typeof sandboxLedger.$inferSelect;

/** For one request alone: what it is asked at the same time it writes down in one call to D1. */
export function sandboxProvider(d1: D1Database): PaymentProvider {
  const recordOne = together(
    (movements: readonly LedgerRow[]) => record(d1, movements),
    async () => {},
  );
  return {
    idempotencyWindowMs: IDEMPOTENCY_WINDOW_MS,

    accepts(method) {
      return DECLINES.has(method) || [SUCCEEDS, UNREACHABLE, LOST_REPLY].includes(method) || slowMs(method) !== null;
    },

    async charge(charge) {
      if (charge.method === UNREACHABLE && (await countCall(d1, charge.paymentId)) <= UNHEARD_CALLS) {
        throw new ProviderUnreachable("timed out");
      }
      const { row, isFirst } = await recordOne(movement("charge", charge));
      if (charge.method === LOST_REPLY && isFirst) throw new ProviderUnreachable("connection reset after the charge");
      return outcomeOf(row, Date.now());
    },

    async lookUp(paymentId) {
      const row = await ledgerRow(d1, "charge", paymentId);
      return row === null ? null : outcomeOf(row, Date.now());
    },

    async refund(charge) {
      await recordOne(movement("refund", charge));
    },

    async lookUpRefund(paymentId) {
      return (await ledgerRow(d1, "refund", paymentId)) !== null;
    },

    async ledger(reservationIds) {
      // One parameter carries all ids: D1 allows 100 a statement.
      const isOne = sql`${sandboxLedger.reservationId} IN (SELECT value FROM json_each(${JSON.stringify(reservationIds)}))`;
      const rows = await drizzle(d1).select().from(sandboxLedger).where(isOne);
      return rows.map((row) => ({
        ...{ kind: row.kind, paymentId: row.idempotencyKey, reservationId: row.reservationId },
        ...{ amountMinor: row.amountMinor, currency: row.currency },
        state: row.kind === "refund" ? "succeeded" : outcomeOf(row, Date.now()).state,
      }));
    },
  };
}

/** Writes movements down, or finds those whose key was used before: the first one stands. In order. */
async function record(d1: D1Database, movements: readonly LedgerRow[]) {
  const ledger = drizzle(d1);
  // One parameter carries them all: D1 allows 100 a statement.
  const wanted = sql`json_each(${JSON.stringify(movements)})`;
  const isWanted = sql`(${sandboxLedger.idempotencyKey}, ${sandboxLedger.kind}) IN (
    SELECT value ->> 'idempotencyKey', value ->> 'kind' FROM ${wanted})`;
  const [written, found] = await ledger.batch([
    ledger
      .insert(sandboxLedger)
      .select(sql`
        SELECT value ->> 'idempotencyKey', value ->> 'kind', value ->> 'reservationId', value ->> 'method',
          value ->> 'amountMinor', value ->> 'currency', value ->> 'declineCode', value ->> 'createdAtMs',
          value ->> 'completesAtMs' FROM ${wanted} WHERE true`)
      .onConflictDoNothing()
      .returning(),
    ledger.select().from(sandboxLedger).where(isWanted),
  ]);
  return movements.map((movement) => {
    const isSame = (row: LedgerRow) => row.idempotencyKey === movement.idempotencyKey && row.kind === movement.kind;
    return { row: found.find(isSame) ?? movement, isFirst: written.some(isSame) };
  });
}

function movement(kind: LedgerRow["kind"], charge: Charge): LedgerRow {
  const nowMs = Date.now();
  const { paymentId, reservationId, method, amountMinor, currency } = charge;
  return {
    ...{ idempotencyKey: paymentId, kind, reservationId, method, amountMinor, currency },
    declineCode: DECLINES.get(method)?.code ?? null,
    createdAtMs: nowMs,
    completesAtMs: nowMs + (slowMs(method) ?? 0),
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
  if (nowMs < row.completesAtMs) return { state: "processing", retryAfterMs: row.completesAtMs - nowMs };
  if (row.declineCode === null) return { state: "succeeded" };
  const failure = DECLINES.get(row.method) ?? { code: row.declineCode, message: "The card was declined." };
  return { state: "failed", failure };
}

function slowMs(method: string): number | null {
  const seconds = Number(SLOW.exec(method)?.[1] ?? Number.NaN);
  return seconds <= MAX_SLOW_SECONDS ? seconds * 1_000 : null;
}
