// Which time the chart of sales shows, as a query of the API. Pure.

import { DAY_MS } from "../../domain/units.ts";
import type { EventSales } from "../ui/api-types.ts";

export const SPANS = ["all", "day", "hour", "quarter-hour"] as const;
export type Span = (typeof SPANS)[number];

interface Asked {
  readonly interval: EventSales["interval"];
  readonly from?: string;
}

/** The API shows 400 intervals. The first and last day are not whole, and some have 23 hours. */
const MOST_DAYS = 398;
/** A younger sale is shown by hours: few days say little. */
const BY_HOURS_MS = 2 * DAY_MS;

/** `all`: since the sale began, by days of the event's zone, which the service counts. */
export function askedOf(span: Span, firstSaleAt: string | null, nowMs: number): Asked {
  if (span !== "all") return { interval: span };
  if (firstSaleAt === null) return { interval: "day" };
  const firstMs = Date.parse(firstSaleAt);
  if (nowMs - firstMs <= BY_HOURS_MS) return { interval: "hour", from: new Date(firstMs).toISOString() };
  const fromMs = Math.max(firstMs, nowMs - MOST_DAYS * DAY_MS);
  return { interval: "day", from: new Date(fromMs).toISOString() };
}
