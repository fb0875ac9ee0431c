// Writes a calendar as iCalendar (RFC 5545). Pure.

import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../domain/units.ts";
import { isShownAgain, offsetAt, type Transition, transitionsAround } from "./zones.ts";

export interface CalendarEntry {
  /** The same for ever: a calendar that has the entry changes it. */
  readonly uid: string;
  /** Grows with each change, by which a calendar tells which of two copies is newer. */
  readonly sequence: number;
  readonly createdAtMs: number;
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly timeZone: string;
  readonly status: "CONFIRMED" | "TENTATIVE" | "CANCELLED";
  readonly summary: string;
  readonly location: string;
  readonly description: string;
}

const LINE_OCTETS = 75;
const PRODUCT = "-//Ticket Overlord//Calendar//EN";
const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n" };

/**
 * Times are in the event's own zone, with what the zone does around them: a calendar need not know
 * the zone, and an event that lasts through a change of the clocks is as long as it is.
 */
export function calendarOf(entries: readonly CalendarEntry[]): string {
  const byZone = Map.groupBy(entries.filter(isLocal), ({ timeZone }) => timeZone);
  const lines = [
    ...["BEGIN:VCALENDAR", "VERSION:2.0", `PRODID:${PRODUCT}`, "CALSCALE:GREGORIAN"],
    ...[...byZone].flatMap(([timeZone, inZone]) => zoneLines(timeZone, inZone)),
    ...entries.flatMap(entryLines),
    "END:VCALENDAR",
  ];
  return lines.map((line) => `${folded(line)}\r\n`).join("");
}

/**
 * Otherwise its times are in UTC, which are right as well: where this runtime does not know the
 * zone, where the zone is UTC, and in the hour that clocks show twice, of which a local time can
 * only name the first. Start and end have one form (section 3.8.2.2).
 */
function isLocal({ timeZone, startsAtMs, endsAtMs }: CalendarEntry): boolean {
  if (timeZone === "UTC" || offsetAt(timeZone, startsAtMs) === null) return false;
  return !isShownAgain(timeZone, startsAtMs) && !isShownAgain(timeZone, endsAtMs);
}

function entryLines(entry: CalendarEntry): string[] {
  const { uid, sequence, createdAtMs, startsAtMs, endsAtMs, timeZone, status } = entry;
  const time = (name: string, atMs: number) =>
    isLocal(entry) ? `${name};TZID=${timeZone}:${wallClock(timeZone, atMs)}` : `${name}:${utc(atMs)}`;
  return [
    "BEGIN:VEVENT",
    `UID:${uid}`,
    `DTSTAMP:${utc(createdAtMs)}`,
    `SEQUENCE:${sequence}`,
    time("DTSTART", startsAtMs),
    time("DTEND", endsAtMs),
    `STATUS:${status}`,
    `SUMMARY:${escaped(entry.summary)}`,
    `LOCATION:${escaped(entry.location)}`,
    ...(entry.description === "" ? [] : [`DESCRIPTION:${escaped(entry.description)}`]),
    "END:VEVENT",
  ];
}

/** As much of the zone as its entries need. */
function zoneLines(timeZone: string, entries: readonly CalendarEntry[]): string[] {
  const firstMs = Math.min(...entries.map(({ startsAtMs }) => startsAtMs));
  const lastMs = Math.max(...entries.map(({ endsAtMs }) => endsAtMs));
  const transitions = transitionsAround(timeZone, firstMs, lastMs);
  const offsets = transitions.flatMap(({ fromMs, toMs }) => [fromMs, toMs]);
  const [first] = transitions;
  // It was so all the year before the first entry.
  const fromMs = first?.fromMs ?? offsetAt(timeZone, firstMs) ?? 0;
  const before = first === undefined || first.atMs > firstMs ? [{ atMs: -fromMs, fromMs, toMs: fromMs }] : [];
  return [
    ...["BEGIN:VTIMEZONE", `TZID:${timeZone}`],
    ...[...before, ...transitions].flatMap((transition) => observance(transition, Math.min(...offsets, fromMs))),
    "END:VTIMEZONE",
  ];
}

function observance({ atMs, fromMs, toMs }: Transition, standardMs: number): string[] {
  const kind = toMs > standardMs ? "DAYLIGHT" : "STANDARD";
  return [
    `BEGIN:${kind}`,
    // By the clocks as they were just before.
    `DTSTART:${compact(atMs + fromMs)}`,
    `TZOFFSETFROM:${offsetText(fromMs)}`,
    `TZOFFSETTO:${offsetText(toMs)}`,
    `END:${kind}`,
  ];
}

function wallClock(timeZone: string, atMs: number): string {
  return compact(atMs + (offsetAt(timeZone, atMs) ?? 0));
}

function utc(atMs: number): string {
  return `${compact(atMs)}Z`;
}

/** `20270814T200000`: whole seconds, as the format has them. */
function compact(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 19).replace(/[-:]/g, "");
}

function offsetText(offsetMs: number): string {
  const size = Math.abs(offsetMs);
  const parts = [Math.floor(size / HOUR_MS), Math.floor(size / MINUTE_MS) % 60, Math.floor(size / SECOND_MS) % 60];
  const [hours = "", minutes = "", seconds = ""] = parts.map((part) => `${part}`.padStart(2, "0"));
  return `${offsetMs < 0 ? "-" : "+"}${hours}${minutes}${seconds === "00" ? "" : seconds}`;
}

/** Text as section 3.3.11 has it: of control characters only line ends and tabs are left. */
function escaped(text: string): string {
  return text
    .replace(/\r\n?/g, "\n")
    .replace(/(?![\n\t])\p{Cc}/gu, "")
    .replace(/[\\;,\n]/g, (character) => ESCAPES[character] ?? "");
}

/** Lines of 75 octets at most, and no character is cut. */
function folded(line: string): string {
  let written = "";
  let octets = 0;
  for (const character of line) {
    const size = new TextEncoder().encode(character).length;
    if (octets + size > LINE_OCTETS) {
      written += "\r\n ";
      octets = 1;
    }
    written += character;
    octets += size;
  }
  return written;
}
