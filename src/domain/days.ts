// Days as people count them: from midnight to midnight in a time zone. Pure.

import { HOUR_MS, MINUTE_MS } from "./units.ts";

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

export function isIn({ startMs, endMs }: Day, atMs: number): boolean {
  return startMs <= atMs && atMs < endMs;
}

/** The date at `atMs`. */
export function dateIn(timeZone: string, atMs: number): string {
  return dates(timeZone)(atMs);
}

export const INTERVALS = ["quarter-hour", "hour", "day"] as const;
export type Interval = (typeof INTERVALS)[number];

export const QUARTER_HOUR_MS = 15 * MINUTE_MS;

/**
 * The intervals that `[fromMs, toMs)` meets, whole and without gaps: at least one, and at most
 * `most`; null if there are more. An hour begins where the clocks of the time zone show a full hour
 * at the first one, and is always as long as an hour.
 */
export function intervalsIn(
  timeZone: string,
  interval: Interval,
  fromMs: number,
  toMs: number,
  most: number,
): Day[] | null {
  const dateAt = dates(timeZone);
  const found: Day[] = [];
  for (let startMs = startOf(timeZone, interval, fromMs); found.length === 0 || startMs < toMs; ) {
    if (found.length === most) return null;
    const endMs = interval === "day" ? endOfDay(startMs, dateAt) : startMs + lengthOf(interval);
    found.push({ startMs, endMs });
    startMs = endMs;
  }
  return found;
}

export function lengthOf(interval: Exclude<Interval, "day">): number {
  return interval === "hour" ? HOUR_MS : QUARTER_HOUR_MS;
}

function startOf(timeZone: string, interval: Interval, atMs: number): number {
  if (interval === "day") return dayIn(timeZone, dateIn(timeZone, atMs)).startMs;
  const quarterMs = atMs - (atMs % QUARTER_HOUR_MS);
  if (interval === "quarter-hour") return quarterMs;
  // Every time zone of today differs from UTC by whole quarters of an hour.
  return quarterMs - Math.floor(minuteIn(timeZone, quarterMs) / 15) * QUARTER_HOUR_MS;
}

/** Most days are as long as they look: then two questions are enough. */
function endOfDay(startMs: number, dateAt: (atMs: number) => string): number {
  const date = dateAt(startMs);
  const usualMs = startMs + 24 * HOUR_MS;
  const next = dateAt(usualMs);
  if (next !== date && dateAt(usualMs - 1) === date) return usualMs;
  const noonMs = Date.parse(`${date}T12:00:00Z`);
  return firstMomentOf(new Date(noonMs + 24 * HOUR_MS).toISOString().slice(0, 10), dateAt);
}

function minuteIn(timeZone: string, atMs: number): number {
  const format = new Intl.DateTimeFormat("en-GB", { timeZone, minute: "numeric", second: "numeric" });
  return Number(format.formatToParts(atMs).find(({ type }) => type === "minute")?.value);
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
