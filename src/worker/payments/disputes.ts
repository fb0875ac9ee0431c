// Disputed payments: read of the payment provider, and recorded in D1 for organisers. A notice of
// one is looked at when it comes; the sweep finds any other.

import { and, asc, desc, eq, lt, max, type SQLWrapper, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import * as z from "zod";
import { ORDER_ID_PATTERN, ticketTypeIdOf } from "../../domain/id-forms.ts";
import { DAY_MS, SECOND_MS } from "../../domain/units.ts";
import { type Cursor, isBehind } from "../../platform/d1/cursors.ts";
import { isOneOf } from "../../platform/d1/ids.ts";
import { disputes } from "../../platform/d1/schema/disputes.ts";
import { newLongId } from "../../platform/ids.ts";
import { errorFields, log } from "../../platform/log.ts";
import { timeout } from "../../platform/time.ts";
import { auditOnce, eventOf } from "../audit/queries.ts";
import type { Env } from "../env.ts";
import type { Dispute, DisputeMessage, PaymentProvider } from "./provider.ts";

export type DisputeRow = typeof disputes.$inferSelect;

/** The provider may not have been heard for days, but for a notice of what is newer. */
const LISTED_AGAIN_MS = 7 * DAY_MS;
/** The messages of a batch wait for its slowest one. */
const TIMEOUT_MS = 30 * SECOND_MS;
/** Of open disputes, in one sweep: the ones that were read longest ago. */
const READ_AGAIN_PER_SWEEP = 5;

/** A device at the door reads all of them each time. */
const MOST_AT_DOOR = 1_000;

const Message: z.ZodType<DisputeMessage> = z.object({ disputeId: z.string().min(1).max(255) });

/** Null where the message is not about a dispute. */
export function readDispute(message: Message): DisputeMessage | null {
  return Message.safeParse(message.body).data ?? null;
}

/** What fails or hangs is left to the sweep, which looks a minute later. */
export async function consumeDispute(env: Env, provider: PaymentProvider, message: Message, disputeId: string) {
  message.ack();
  try {
    await timeout(TIMEOUT_MS, readAndRecord(env.DB, provider, disputeId));
  } catch (fault) {
    log("warn", "dispute not read", { request_id: message.id, ...errorFields(fault) });
  }
}

async function readAndRecord(d1: D1Database, provider: PaymentProvider, disputeId: string): Promise<void> {
  const found = await provider.dispute(disputeId);
  if (found !== null) await recordDisputes(d1, [found]);
}

/** Records new disputes of the provider, and what became of open ones. */
export async function sweepDisputes(d1: D1Database, provider: PaymentProvider): Promise<void> {
  const db = drizzle(d1);
  const [newest] = await db.select({ openedAtMs: max(disputes.openedAtMs) }).from(disputes);
  const found = await provider.disputesSince(Math.max(0, (newest?.openedAtMs ?? 0) - LISTED_AGAIN_MS));
  const isKnown = (id: string) => found.some((dispute) => dispute.id === id);
  const open = await openDisputes(db);
  const again = await Promise.all(open.filter((id) => !isKnown(id)).map((id) => provider.dispute(id)));
  await recordDisputes(d1, [...found, ...again.filter((dispute) => dispute !== null)]);
}

async function openDisputes(db: DrizzleD1Database): Promise<string[]> {
  const rows = await db
    .selectDistinct({ id: disputes.providerId, readAtMs: disputes.readAtMs })
    .from(disputes)
    .where(sql`${disputes.state} = 'open'`)
    .orderBy(asc(disputes.readAtMs))
    .limit(READ_AGAIN_PER_SWEEP);
  return rows.map(({ id }) => id);
}

/** Of these reservations and orders: a row for each of an order's events. */
export async function disputesAbout(d1: D1Database, boughtIds: readonly string[]): Promise<DisputeRow[]> {
  return drizzle(d1).select().from(disputes).where(isOneOf(disputes.boughtId, boughtIds));
}

/** Reservations of an event whose money is disputed, or was lost so: alone, or with their order. */
export async function disputedReservations(d1: D1Database, eventId: string): Promise<string[]> {
  const rows = await drizzle(d1).all<{ id: string }>(sql`
    SELECT coalesce(item.value ->> 'reservationId', bought_id) AS id FROM disputes
    LEFT JOIN orders ON orders.id = bought_id LEFT JOIN json_each(orders.items) AS item
    WHERE disputes.event_id = ${eventId} AND disputes.state <> 'won'
    ORDER BY opened_at_ms DESC LIMIT ${MOST_AT_DOOR}`);
  return rows.map(({ id }) => id);
}

/** Whether the money for it is disputed, or was lost so, as a column of a query: 1 or 0. */
export function isDisputed(boughtId: SQLWrapper) {
  return sql<number>`EXISTS (SELECT 1 FROM disputes WHERE bought_id = ${boughtId} AND disputes.state <> 'won')`;
}

/** Those of an event, the newest first. */
export async function disputesOf(d1: D1Database, eventId: string, limit: number, after: Cursor | null) {
  return drizzle(d1)
    .select()
    .from(disputes)
    .where(and(eq(disputes.eventId, eventId), isBehind(after, disputes.openedAtMs, disputes.id, lt)))
    .orderBy(desc(disputes.openedAtMs), desc(disputes.id))
    .limit(limit);
}

export async function recordDisputes(d1: D1Database, found: readonly Dispute[]): Promise<void> {
  const db = drizzle(d1);
  const readAtMs = Date.now();
  for (const dispute of found) {
    const [, audited] = await db.batch([write(db, dispute, readAtMs), writeAudit(db, dispute)]);
    if (audited.meta.changes === 0) continue;
    const { paymentId, boughtId, state } = dispute;
    log("warn", "payment disputed", { payment: paymentId, bought: boughtId, state });
  }
}

/** The events that were paid for. */
function eventsOf({ boughtId }: Dispute) {
  const ofOrder = sql`SELECT item.value ->> 'ticketTypeId' FROM orders, json_each(orders.items) AS item WHERE orders.id = ${boughtId}`;
  const ticketTypeIds = ORDER_ID_PATTERN.test(boughtId) ? ofOrder : sql`${ticketTypeIdOf(boughtId)}`;
  return sql`SELECT DISTINCT event_id FROM ticket_types WHERE id IN (${ticketTypeIds})`;
}

function write(db: DrizzleD1Database, dispute: Dispute, readAtMs: number) {
  const { id, paymentId, boughtId, amountMinor, currency, state, reason, openedAtMs, respondByMs } = dispute;
  const newer = sql`excluded.read_at_ms >= ${disputes.readAtMs}`;
  return db
    .insert(disputes)
    .select(sql`
      SELECT ${newLongId()} || '-' || event_id, ${id}, event_id, ${paymentId}, ${boughtId}, ${amountMinor}, ${currency},
        ${state}, ${reason}, ${openedAtMs}, ${respondByMs}, ${readAtMs}
      FROM (${eventsOf(dispute)}) WHERE true`)
    .onConflictDoUpdate({
      target: [disputes.providerId, disputes.eventId],
      set: { state, amountMinor, reason, respondByMs, readAtMs },
      setWhere: newer,
    });
}

/** A line for each state that a dispute came to, however often it is read. */
function writeAudit(db: DrizzleD1Database, dispute: Dispute) {
  const { paymentId, boughtId, openedAtMs, state } = dispute;
  const id = `dispute-${paymentId}-${openedAtMs.toString(36)}-${state}`;
  const details = JSON.stringify({ bought: boughtId, state });
  const object = { type: "payment", id: paymentId } as const;
  const eventId = eventOf(ORDER_ID_PATTERN.test(boughtId) ? null : ticketTypeIdOf(boughtId), boughtId);
  // None of what this service never sold.
  return auditOnce(db, { id, action: "payment.dispute", object, details }, eventId, sql`${eventId} IS NOT NULL`);
}
