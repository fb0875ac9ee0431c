// Days as people count them: from midnight to midnight in a time zone. Pure.

import { HOUR_MS } from "./units.ts";

export interface Day {
  readonly startMs: number;
  /** Of the next day. */
  readonly endMs: number;
}

// No zone is further from UTC, in the past either.
const FURTHEST_MS = 16 * HOUR_MS;

/** `date`: as ISO 8601 writes it, `2027-06-12`. A day is 23 or 25 hours long when clocks change. */
export function dayIn(timeZone: string, date: string): Day {
  const dateAt = dates(timeZone);
  const noonMs = Date.parse(`${date}T12:00:00Z`);
  const next = new Date(noonMs + 24 * HOUR_MS).toISOString().slice(0, 10);
  return { startMs: firstMomentOf(date, dateAt), endMs: firstMomentOf(next, dateAt) };
}

/** The date at `atMs`. */
export function dateIn(timeZone: string, atMs: number): string {
  return dates(timeZone)(atMs);
}

/** Not every day has a midnight: clocks may go forward then. */
function firstMomentOf(date: string, dateAt: (atMs: number) => string): number {
  const midnightMs = Date.parse(`${date}T00:00:00Z`);
  let beforeMs = midnightMs - FURTHEST_MS;
  let afterMs = midnightMs + FURTHEST_MS;
  while (afterMs - beforeMs > 1) {
    const middleMs = Math.floor((beforeMs + afterMs) / 2);
    if (dateAt(middleMs) < date) beforeMs = middleMs;
    else afterMs = middleMs;
  }
  return afterMs;
}

function dates(timeZone: string): (atMs: number) => string {
  const format = new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
  return (atMs) => {
    const parts = new Map(format.formatToParts(atMs).map(({ type, value }) => [type, value]));
    return `${parts.get("year")?.padStart(4, "0")}-${parts.get("month")}-${parts.get("day")}`;
  };
}
