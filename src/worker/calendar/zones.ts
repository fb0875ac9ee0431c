// What a time zone does around a time: its offsets, and the moments at which they change.

import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../domain/units.ts";

/** A change of a zone's offset from UTC. */
export interface Transition {
  readonly atMs: number;
  readonly fromMs: number;
  readonly toMs: number;
}

const LONGEST_SEASON_MS = 366 * DAY_MS;
// Two changes are never so close, and none undoes the other meanwhile.
const STEP_MS = 14 * DAY_MS;

const formats = new Map<string, Intl.DateTimeFormat | null>();

/** Milliseconds ahead of UTC; null where this runtime does not know the zone. */
export function offsetAt(timeZone: string, atMs: number): number | null {
  const format = formats.get(timeZone) ?? formatOf(timeZone);
  formats.set(timeZone, format);
  if (format === null) return null;
  const name = format.formatToParts(atMs).find(({ type }) => type === "timeZoneName")?.value ?? "";
  const [, sign, hours = 0, minutes = 0, seconds = 0] = /^GMT(?:([+-])(\d+):(\d+)(?::(\d+))?)?$/.exec(name) ?? [];
  const size = Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS + Number(seconds) * SECOND_MS;
  return sign === "-" ? -size : size;
}

/** The last change before `fromMs`, if it was within a year, and all from then until `toMs`. */
export function transitionsAround(timeZone: string, fromMs: number, toMs: number): Transition[] {
  const found: Transition[] = [];
  for (let at = fromMs - LONGEST_SEASON_MS; at < toMs; at += STEP_MS) {
    const transition = transitionIn(timeZone, at, Math.min(at + STEP_MS, toMs));
    if (transition !== null) found.push(transition);
  }
  const before = found.filter(({ atMs }) => atMs <= fromMs).slice(-1);
  return [...before, ...found.filter(({ atMs }) => atMs > fromMs)];
}

/**
 * Whether the clocks there have shown this time before, as in the hour after they were put back:
 * who reads it takes it for the first one (RFC 5545, section 3.3.5).
 */
export function isShownAgain(timeZone: string, atMs: number): boolean {
  const offset = offsetAt(timeZone, atMs) ?? 0;
  const earlier = offsetAt(timeZone, atMs - DAY_MS) ?? 0;
  const firstMs = atMs + offset - earlier;
  return firstMs < atMs && offsetAt(timeZone, firstMs) === earlier;
}

function transitionIn(timeZone: string, fromMs: number, toMs: number): Transition | null {
  const before = offsetAt(timeZone, fromMs) ?? 0;
  const after = offsetAt(timeZone, toMs) ?? 0;
  if (before === after) return null;
  let [low, high] = [fromMs, toMs];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(timeZone, middle) === before) low = middle;
    else high = middle;
  }
  return { atMs: high, fromMs: before, toMs: after };
}

function formatOf(timeZone: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat("en", { timeZone, timeZoneName: "longOffset" });
  } catch {
    return null;
  }
}
