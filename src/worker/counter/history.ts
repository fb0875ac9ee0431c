// What happened to an order, or to a reservation that was made alone, as far as D1 has it.

import { and, eq, inArray, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type * as z from "zod";
import { methodOf } from "../../domain/counter.ts";
import { type OrderView, totalOf } from "../../domain/order.ts";
import { passIdOf } from "../../domain/pass.ts";
import { isOneOf } from "../../platform/d1/ids.ts";
import { auditLog } from "../../platform/d1/schema/audit-log.ts";
import { passes } from "../../platform/d1/schema/copies.ts";
import { disputes } from "../../platform/d1/schema/disputes.ts";
import { mails } from "../../platform/d1/schema/mails.ts";
import { iso, money } from "../../platform/wire.ts";
import type { SaleRow } from "./queries.ts";
import type { SaleMoment } from "./schemas.ts";

type Moment = z.output<typeof SaleMoment>;
type Entry = Pick<Moment, "what"> & Partial<Moment> & { readonly atMs: number };

const NOTHING = {
  amount: null,
  tickets: null,
  by: null,
  reason: null,
  state: null,
  pass: null,
  gate: null,
  mail: null,
  action: null,
  details: null,
};

/** The oldest first. `order`: with the event's items alone. */
export async function historyOf(d1: D1Database, eventId: string, row: SaleRow, order: OrderView): Promise<Moment[]> {
  const reservationIds = order.items.map(({ reservationId }) => reservationId);
  const ids = [...new Set([order.id, ...reservationIds])];
  const others = await Promise.all([
    ofPasses(d1, reservationIds),
    ofMails(d1, ids),
    ofDisputes(d1, eventId, ids),
    ofAudit(d1, eventId, ids),
  ]);
  return [...ofSale(row, order), ...others.flat()]
    .toSorted((one, other) => one.atMs - other.atMs)
    .map(({ atMs, ...moment }) => ({ at: iso(atMs), ...NOTHING, ...moment }));
}

function ofSale(row: SaleRow, order: OrderView): Entry[] {
  const { createdAtMs, expiresAtMs, state, currency, items, refunds = [] } = order;
  const { paidAtMs } = "order" in row ? row.order : row.reservation;
  const what = {
    amount: money(totalOf(order), currency),
    tickets: items.reduce((sum, { quantity }) => sum + quantity, 0),
  };
  const isOfEvent = (id: string) => items.some(({ reservationId }) => reservationId === id);
  return [
    { atMs: createdAtMs, what: "held", ...what },
    ...(paidAtMs === null
      ? []
      : [{ atMs: paidAtMs, what: "paid" as const, state: methodOf(order.counter ?? null), ...what }]),
    ...(state === "expired" ? [{ atMs: expiresAtMs, what: "expired" as const, ...what }] : []),
    ...refunds.flatMap((refund): Entry[] => {
      const shared = { amount: money(refund.amountMinor, currency), reason: refund.reason };
      const tickets = refund.items
        .filter(({ reservationId }) => isOfEvent(reservationId))
        .reduce((sum, { quantity }) => sum + quantity, 0);
      const asked = { ...shared, what: "refund" as const, tickets, by: refund.requestedBy };
      const settled = { ...shared, what: "refund_settled" as const, state: refund.state };
      const isSettled = refund.state === "succeeded" || refund.state === "failed";
      return [{ atMs: refund.createdAtMs, ...asked }, ...(isSettled ? [{ atMs: refund.sinceMs, ...settled }] : [])];
    }),
  ];
}

async function ofPasses(d1: D1Database, reservationIds: readonly string[]): Promise<Entry[]> {
  const rows = await drizzle(d1).select().from(passes).where(isOneOf(passes.reservationId, reservationIds));
  return rows.flatMap((row): Entry[] => {
    const pass = passIdOf(row);
    return [
      ...(row.passedOnAtMs === 0 ? [] : [{ atMs: row.passedOnAtMs, what: "passed_on" as const, pass }]),
      ...(row.admittedAtMs === null
        ? []
        : [{ atMs: row.admittedAtMs, what: "admitted" as const, pass, gate: row.gate }]),
      ...(row.revokedAtMs === null ? [] : [{ atMs: row.revokedAtMs, what: "revoked" as const, pass }]),
    ];
  });
}

async function ofMails(d1: D1Database, ids: readonly string[]): Promise<Entry[]> {
  const rows = await drizzle(d1).select().from(mails).where(isOneOf(mails.about, ids));
  return rows.map(({ sinceMs, kind, state }) => ({ atMs: sinceMs, what: "mail", mail: kind, state }));
}

async function ofDisputes(d1: D1Database, eventId: string, ids: readonly string[]): Promise<Entry[]> {
  const rows = await drizzle(d1)
    .select()
    .from(disputes)
    .where(and(isOneOf(disputes.boughtId, ids), eq(disputes.eventId, eventId)));
  return rows.map(({ openedAtMs, amountMinor, currency, state, reason }) => {
    return { atMs: openedAtMs, what: "dispute", amount: money(amountMinor, currency), state, reason };
  });
}

async function ofAudit(d1: D1Database, eventId: string, ids: readonly string[]): Promise<Entry[]> {
  // As the index has it.
  const isOfSale = sql`${auditLog.objectType} IN ('order', 'reservation', 'payment')`;
  const rows = await drizzle(d1)
    .select()
    .from(auditLog)
    .where(and(inArray(auditLog.objectId, [...ids]), isOfSale, eq(sql`+${auditLog.eventId}`, eventId)));
  return rows.map(({ atMs, action, actorId, details }) => {
    return { atMs, what: "audit", action, by: actorId, details: details === null ? null : JSON.parse(details) };
  });
}
