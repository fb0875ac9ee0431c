// Who comes to an event, from D1's copies: one row for each pass, page by page.

import { and, asc, eq, inArray, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { type PassState, passIdOf } from "../../domain/pass.ts";
import { isOneOf } from "../../platform/d1/ids.ts";
import { accounts } from "../../platform/d1/schema/accounts.ts";
import { orders, passes, reservations } from "../../platform/d1/schema/copies.ts";
import { isDisputed } from "../payments/disputes.ts";

/** A pass that comes after this one. */
export interface Place {
  readonly reservationId: string;
  readonly number: number;
}

export interface Attendee {
  readonly reservationId: string;
  readonly number: number;
  readonly orderId: string | null;
  readonly ticketTypeId: string;
  readonly priceId: string | null;
  readonly priceName: string;
  readonly unitPriceMinor: number;
  readonly currency: string;
  readonly code: string | null;
  readonly boughtAtMs: number;
  readonly state: PassState;
  readonly name: string | null;
  readonly email: string | null;
  readonly admittedAtMs: number | null;
  readonly gate: string | null;
  readonly isDisputed: boolean;
}

const { orderId, ticketTypeId, priceId, priceName, unitPriceMinor, currency, code, quantity } = reservations;
const SOLD = {
  reservationId: reservations.id,
  orderId,
  ticketTypeId,
  priceId,
  priceName,
  unitPriceMinor,
  currency,
  code,
  quantity,
  createdAtMs: reservations.createdAtMs,
  paidAtMs: sql<number | null>`coalesce(${reservations.paidAtMs}, ${orders.paidAtMs})`,
  isRefunded: sql<number>`${reservations.state} = 'refunded'`,
  customerName: sql<string | null>`${orders.counter} ->> '$.customerName'`,
  email: sql<string | null>`coalesce(${accounts.email}, ${orders.counter} ->> '$.customerEmail')`,
  isDisputed: isDisputed(sql`coalesce(${orderId}, ${reservations.id})`),
};
// As the index of what is sold has it.
const IS_SOLD = sql`${reservations.state} IN ('confirmed', 'refunded')`;

/**
 * Of these ticket types in their order, and of each by reservation and number: at most `limit` of
 * them, after `after`. The passes of one reservation may be on two pages.
 */
export async function attendeesAfter(
  d1: D1Database,
  ticketTypeIds: readonly string[],
  after: (Place & { readonly ticketTypeId: string }) | null,
  limit: number,
): Promise<Attendee[]> {
  const first = after === null ? 0 : Math.max(0, ticketTypeIds.indexOf(after.ticketTypeId));
  const found: Attendee[] = [];
  for (const id of ticketTypeIds.slice(first)) {
    const from = after?.ticketTypeId === id ? after : null;
    found.push(...(await attendeesOfType(d1, id, from, limit - found.length)));
    if (found.length >= limit) break;
  }
  return found;
}

async function attendeesOfType(d1: D1Database, id: string, after: Place | null, limit: number): Promise<Attendee[]> {
  // Some of the passes of the reservation at `after` are left, perhaps.
  const isAfter = after === null ? undefined : sql`${reservations.id} >= ${after.reservationId}`;
  const sold = await soldWhere(d1, and(eq(ticketTypeId, id), IS_SOLD, isAfter), limit + Number(after !== null));
  const all = await withPasses(d1, sold);
  const isNext = ({ reservationId, number }: Place) =>
    after === null || reservationId > after.reservationId || number > after.number;
  return all.filter(isNext).slice(0, limit);
}

/** All passes of these reservations that were sold; at most `limit` of them. */
export async function attendeesOf(
  d1: D1Database,
  reservationIds: readonly string[],
  limit: number,
): Promise<Attendee[]> {
  const isWanted = and(
    isOneOf(reservations.id, reservationIds),
    inArray(reservations.state, ["confirmed", "refunded"]),
  );
  return (await withPasses(d1, await soldWhere(d1, isWanted, limit))).slice(0, limit);
}

type Sold = Awaited<ReturnType<typeof soldWhere>>[number];

function soldWhere(d1: D1Database, condition: SQL | undefined, limit: number) {
  return drizzle(d1)
    .select(SOLD)
    .from(reservations)
    .leftJoin(orders, eq(orders.id, orderId))
    .leftJoin(accounts, eq(accounts.id, reservations.accountId))
    .where(condition)
    .orderBy(asc(reservations.id))
    .limit(limit);
}

/** A pass that nothing has happened to has no row. */
async function withPasses(d1: D1Database, sold: readonly Sold[]): Promise<Attendee[]> {
  if (sold.length === 0) return [];
  const ids = sold.map(({ reservationId }) => reservationId);
  const rows = await drizzle(d1).select().from(passes).where(isOneOf(passes.reservationId, ids));
  const byId = new Map(rows.map((row) => [passIdOf(row), row]));
  return sold.flatMap((one) =>
    Array.from({ length: one.quantity }, (_, index): Attendee => {
      const { quantity, createdAtMs, paidAtMs, isRefunded, customerName, ...shown } = one;
      const number = index + 1;
      const pass = byId.get(passIdOf({ reservationId: one.reservationId, number }));
      return {
        ...shown,
        number,
        boughtAtMs: paidAtMs ?? createdAtMs,
        state: isRefunded === 1 ? "revoked" : (pass?.state ?? "valid"),
        // Empty once it was erased: then the address of who passed it on is not its holder's.
        name: pass?.holderName ?? (pass?.holderEmail == null ? customerName : null),
        email: pass?.holderEmail == null ? one.email : pass.holderEmail || null,
        admittedAtMs: pass?.admittedAtMs ?? null,
        gate: pass?.gate ?? null,
        isDisputed: one.isDisputed === 1,
      };
    }),
  );
}

/** Where a page goes on after this row, as `encodeCursor` takes it. */
export function placeOf({ reservationId, number }: Attendee) {
  return { atMs: number, id: reservationId };
}
