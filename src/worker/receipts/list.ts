// All receipts of an organiser, in D1: series by series, in the order of their numbers, which is
// that of their dates as well.

import { and, asc, eq, gt, gte, lt, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { Cursor } from "../../platform/d1/cursors.ts";
import { receiptSeries, receipts } from "../../platform/d1/schema/receipts.ts";
import type { ReceiptRow } from "./queries.ts";

export interface ReceiptFilter {
  /** As receipts show it. */
  readonly series: string | undefined;
  readonly fromMs: number;
  readonly toMs: number | undefined;
}

/** Of all organisers, if `organizerId` is null. */
export async function receiptsOf(
  d1: D1Database,
  organizerId: string | null,
  { series: shown, fromMs, toMs }: ReceiptFilter,
  limit: number,
  after: Cursor | null,
): Promise<ReceiptRow[]> {
  const db = drizzle(d1);
  const { series, issuedAtMs, number } = receipts;
  const first = shown?.toLowerCase();
  const isWanted = and(
    organizerId === null ? undefined : eq(receiptSeries.organizerId, organizerId),
    first === undefined ? undefined : and(gte(receiptSeries.series, first), lt(receiptSeries.series, `${first}~`)),
    toMs === undefined ? undefined : lt(issuedAtMs, toMs),
  );
  const read = (place: ReturnType<typeof and>) =>
    db
      .select({ receipt: receipts })
      .from(receiptSeries)
      .innerJoin(receipts, eq(series, receiptSeries.series))
      .where(and(isWanted, place))
      .orderBy(asc(receiptSeries.series), asc(issuedAtMs), asc(number))
      .limit(limit);
  const isOfPeriod = gte(issuedAtMs, fromMs);
  if (after === null) return receiptsIn(await read(isOfPeriod));
  // What is left of the cursor's series, and then the series behind it.
  const place = placeOf(after);
  const isBehind = sql`(${issuedAtMs}, ${number}) > (${Math.max(after.atMs, fromMs)}, ${place.number})`;
  const [rest, others] = await db.batch([
    read(and(eq(receiptSeries.series, place.series), isBehind)),
    read(and(gt(receiptSeries.series, place.series), isOfPeriod)),
  ]);
  return receiptsIn([...rest, ...others]).slice(0, limit);
}

export function cursorOf({ series, number, issuedAtMs }: ReceiptRow): Cursor {
  return { atMs: issuedAtMs, id: `${series}-${number}` };
}

function placeOf({ id }: Cursor): Pick<ReceiptRow, "series" | "number"> {
  const [series = "", number] = id.split("-");
  return { series, number: Number(number) || 0 };
}

function receiptsIn(rows: readonly { readonly receipt: ReceiptRow }[]): ReceiptRow[] {
  return rows.map(({ receipt }) => receipt);
}
