// Calendars: times by the event's own clocks, lines as RFC 5545 has them.

import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS } from "../../../../src/domain/units.ts";
import { type CalendarEntry, calendarOf } from "../../../../src/worker/calendar/icalendar.ts";

const ENTRY: CalendarEntry = {
  uid: "9a7rezj7g0dtfdr1@ticket-overlord",
  sequence: 0,
  createdAtMs: Date.parse("2026-11-01T12:00:00Z"),
  startsAtMs: Date.parse("2027-08-14T20:00:00+02:00"),
  endsAtMs: Date.parse("2027-08-14T23:00:00+02:00"),
  timeZone: "Europe/Berlin",
  status: "CONFIRMED",
  summary: "Rooftop Jazz",
  location: "Dachgarten, Berlin",
  description: "",
};

test("an evening in Berlin, whole", () => {
  expect(calendarOf([ENTRY])).toBe(
    [
      ...["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Ticket Overlord//Calendar//EN", "CALSCALE:GREGORIAN"],
      ...["BEGIN:VTIMEZONE", "TZID:Europe/Berlin", "BEGIN:DAYLIGHT", "DTSTART:20270328T020000"],
      ...["TZOFFSETFROM:+0100", "TZOFFSETTO:+0200", "END:DAYLIGHT", "END:VTIMEZONE"],
      ...["BEGIN:VEVENT", "UID:9a7rezj7g0dtfdr1@ticket-overlord", "DTSTAMP:20261101T120000Z", "SEQUENCE:0"],
      ...["DTSTART;TZID=Europe/Berlin:20270814T200000", "DTEND;TZID=Europe/Berlin:20270814T230000"],
      ...[
        "STATUS:CONFIRMED",
        "SUMMARY:Rooftop Jazz",
        "LOCATION:Dachgarten\\, Berlin",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
      ],
    ].join("\r\n"),
  );
});

describe("times, by a reader of the calendar alone", () => {
  test.each<[what: string, timeZone: string, startsAt: string, endsAt: string]>([
    ["a summer's night", "Europe/Berlin", "2027-07-01T22:00:00+02:00", "2027-07-02T04:00:00+02:00"],
    ["a winter's night", "Europe/Berlin", "2027-12-31T22:00:00+01:00", "2028-01-01T04:00:00+01:00"],
    ["the night that is an hour shorter", "Europe/Berlin", "2027-03-27T22:00:00+01:00", "2027-03-28T06:00:00+02:00"],
    ["the night that is an hour longer", "Europe/Berlin", "2027-10-30T22:00:00+02:00", "2027-10-31T06:00:00+01:00"],
    [
      "from just before the clocks go forward",
      "Europe/Berlin",
      "2027-03-28T01:59:59+01:00",
      "2027-03-28T03:00:00+02:00",
    ],
    ["the first of two hours alike", "Europe/Berlin", "2027-10-31T02:15:00+02:00", "2027-10-31T02:45:00+02:00"],
    ["the second of two hours alike", "Europe/Berlin", "2027-10-31T02:15:00+01:00", "2027-10-31T02:45:00+01:00"],
    ["from the first to the second", "Europe/Berlin", "2027-10-31T02:15:00+02:00", "2027-10-31T02:15:00+01:00"],
    ["until the clocks go back", "Europe/Berlin", "2027-10-31T00:00:00+02:00", "2027-10-31T02:00:00+01:00"],
    ["New York, across its own change", "America/New_York", "2027-11-06T22:00:00-04:00", "2027-11-07T03:00:00-05:00"],
    ["half an hour of summer", "Australia/Lord_Howe", "2027-04-03T20:00:00+11:00", "2027-04-04T08:00:00+10:30"],
    ["a zone that never changes", "Asia/Kolkata", "2027-07-01T19:00:00+05:30", "2027-07-01T23:00:00+05:30"],
    ["the other side of the world", "Pacific/Chatham", "2027-01-01T00:00:00+13:45", "2027-01-01T05:00:00+13:45"],
    [
      "winter time in summer, as Irish law has it",
      "Europe/Dublin",
      "2027-07-01T19:00:00+01:00",
      "2027-07-01T23:00:00+01:00",
    ],
    ["a festival of half a year", "Europe/Berlin", "2027-02-01T10:00:00+01:00", "2027-11-15T18:00:00+01:00"],
    ["UTC", "UTC", "2027-07-01T19:00:00Z", "2027-07-01T23:00:00Z"],
    ["a zone that this runtime does not know", "Mars/Olympus_Mons", "2027-07-01T19:00:00Z", "2027-07-01T23:00:00Z"],
  ])("%s (%s)", (_what, timeZone, startsAt, endsAt) => {
    const entry = { ...ENTRY, timeZone, startsAtMs: Date.parse(startsAt), endsAtMs: Date.parse(endsAt) };
    const read = readTimes(calendarOf([entry]));
    expect(read).toEqual([{ start: Date.parse(startsAt), end: Date.parse(endsAt) }]);
  });

  test("several entries of one zone and of two, through a year", () => {
    const entries = Array.from({ length: 60 }, (_, week) => {
      const startsAtMs = ENTRY.startsAtMs + week * 7 * DAY_MS;
      const timeZone = week % 3 === 0 ? "America/Sao_Paulo" : week % 2 === 0 ? "Europe/Berlin" : "America/St_Johns";
      return { ...ENTRY, timeZone, startsAtMs, endsAtMs: startsAtMs + 5 * HOUR_MS };
    });
    expect(readTimes(calendarOf(entries))).toEqual(
      entries.map(({ startsAtMs, endsAtMs }) => ({ start: startsAtMs, end: endsAtMs })),
    );
  });
});

test("texts can't break out of their line, and long ones are folded between characters", () => {
  const summary = "Ünïcödé 🎷 ".repeat(30).trim();
  const location = "A; B, C\\D\r\nSTATUS:CANCELLED\rATTENDEE:mailto:x@example.test\u0007\u0085";
  const calendar = calendarOf([{ ...ENTRY, summary, location, description: "one\n\ntwo" }]);
  const lines = calendar.split("\r\n");
  for (const line of lines) expect(new TextEncoder().encode(line).length).toBeLessThanOrEqual(75);
  expect(calendar.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
  const unfolded = calendar.replaceAll("\r\n ", "").split("\r\n");
  expect(unfolded).toContain(`SUMMARY:${summary}`);
  expect(unfolded).toContain("LOCATION:A\\; B\\, C\\\\D\\nSTATUS:CANCELLED\\nATTENDEE:mailto:x@example.test");
  expect(unfolded).toContain("DESCRIPTION:one\\n\\ntwo");
  expect(unfolded.filter((line) => line.startsWith("STATUS:"))).toEqual(["STATUS:CONFIRMED"]);
});

/** Start and end of each entry, with nothing but what the calendar says of its zones. */
function readTimes(calendar: string): { start: number; end: number }[] {
  const lines = calendar.replaceAll("\r\n ", "").split("\r\n");
  const zones = new Map<string, { onset: number; from: number; to: number }[]>();
  const times: { start: number; end: number }[] = [];
  let [zone, onset, from, start] = ["", 0, 0, 0];
  for (const line of lines) {
    const [name = "", value = ""] = [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)];
    if (name === "TZID") zone = value;
    if (name === "DTSTART") [onset, start] = [wall(value), wall(value)];
    if (name === "TZOFFSETFROM") from = offset(value);
    if (name === "TZOFFSETTO") zones.set(zone, [...(zones.get(zone) ?? []), { onset, from, to: offset(value) }]);
    const [property, parameter = ""] = name.split(";TZID=");
    if (parameter !== "" && property === "DTSTART") start = instant(wall(value), zones.get(parameter) ?? []);
    if (property === "DTEND") {
      const end = parameter === "" ? wall(value) : instant(wall(value), zones.get(parameter) ?? []);
      times.push({ start, end });
    }
  }
  return times;
}

/** A local time is the first moment at which clocks show it (section 3.3.5). */
function instant(local: number, observances: readonly { onset: number; from: number; to: number }[]): number {
  const last = observances.findLast(({ onset, from, to }) => local >= onset + Math.max(0, to - from));
  return local - (last?.to ?? observances[0]?.from ?? Number.NaN);
}

function wall(text: string): number {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z?$/.exec(text) ?? [];
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

function offset(text: string): number {
  const [, sign = "", hours = "", minutes = ""] = /^([+-])(\d\d)(\d\d)$/.exec(text) ?? [];
  return Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}
