// Days in a time zone, also where a day has no midnight, or is longer or shorter than others.

import { expect, test } from "vitest";
import { dateIn, dayIn, type Interval, intervalsIn } from "../../../src/domain/days.ts";

test.each([
  ["UTC", "2027-06-12", "2027-06-12T00:00:00Z", 24],
  ["Europe/Berlin", "2027-06-12", "2027-06-11T22:00:00Z", 24],
  ["Europe/Berlin", "2027-12-31", "2027-12-30T23:00:00Z", 24],
  ["Europe/Berlin, where clocks go forward", "2027-03-28", "2027-03-27T23:00:00Z", 23],
  ["Europe/Berlin, where they go back", "2027-10-31", "2027-10-30T22:00:00Z", 25],
  ["Asia/Kolkata", "2027-06-12", "2027-06-11T18:30:00Z", 24],
  ["Pacific/Kiritimati", "2027-06-12", "2027-06-11T10:00:00Z", 24],
  ["Pacific/Pago_Pago", "2027-06-12", "2027-06-12T11:00:00Z", 24],
  // It begins at one o'clock.
  ["Asia/Beirut", "2022-03-27", "2022-03-26T22:00:00Z", 23],
  ["America/Santiago", "2022-09-11", "2022-09-11T04:00:00Z", 23],
])("%s: %s begins at %s, and has %i hours", (name, date, start, hours) => {
  const zone = name.split(",")[0] ?? "";
  const { startMs, endMs } = dayIn(zone, date);
  expect([new Date(startMs).toISOString().replace(".000", ""), (endMs - startMs) / 3_600_000]).toEqual([start, hours]);
  expect([startMs - 1, startMs, endMs - 1, endMs].map((atMs) => dateIn(zone, atMs) === date)).toEqual([
    ...[false, true, true, false],
  ]);
});

test("a year of days has neither a gap nor an overlap", () => {
  for (const zone of ["Europe/Berlin", "America/Santiago", "Australia/Lord_Howe", "UTC"]) {
    let date = "2027-01-01";
    for (let day = 0; day < 365; day++) {
      const { endMs } = dayIn(zone, date);
      date = dateIn(zone, endMs);
      expect(dayIn(zone, date).startMs, `${zone} ${date}`).toBe(endMs);
    }
    expect(date).toBe("2028-01-01");
  }
});

const HOUR = 3_600_000;
const hours = (found: ReturnType<typeof intervalsIn>) =>
  found?.map(({ startMs, endMs }) => `${new Date(startMs).toISOString().slice(5, 16)} ${(endMs - startMs) / HOUR}`);

test.each<[string, Interval, string, string, string[]]>([
  [
    ...(["Europe/Berlin", "day", "2027-03-27T12:00:00Z", "2027-03-29T00:00:00Z"] as const),
    ["03-26T23:00 24", "03-27T23:00 23", "03-28T22:00 24"],
  ],
  [
    ...(["Europe/Berlin", "day", "2027-10-30T22:00:00Z", "2027-11-01T23:00:00Z"] as const),
    ["10-30T22:00 25", "10-31T23:00 24"],
  ],
  // Its clocks go forward at midnight, from 0:00 to 1:00.
  ["Asia/Beirut", "day", "2022-03-26T12:00:00Z", "2022-03-27T12:00:00Z", ["03-25T22:00 24", "03-26T22:00 23"]],
  ["Asia/Kathmandu", "hour", "2027-06-12T10:00:00Z", "2027-06-12T10:20:00Z", ["06-12T09:15 1", "06-12T10:15 1"]],
  ["UTC", "quarter-hour", "2027-06-12T10:14:59Z", "2027-06-12T10:15:00Z", ["06-12T10:00 0.25"]],
  ["UTC", "hour", "2027-06-12T10:00:00Z", "2027-06-12T10:00:00Z", ["06-12T10:00 1"]],
])("in %s, each %s that [%s, %s) meets", (zone, interval, from, to, want) => {
  expect(hours(intervalsIn(zone, interval, Date.parse(from), Date.parse(to), 3))).toEqual(want);
});

test("more intervals than are wanted are none", () => {
  const [from, to] = [Date.parse("2027-01-01T00:00:00Z"), Date.parse("2027-01-05T00:00:00Z")];
  expect(intervalsIn("UTC", "day", from, to, 4)).toHaveLength(4);
  expect(intervalsIn("UTC", "day", from, to, 3)).toBeNull();
});

test("a year's intervals have neither a gap nor an overlap, and begin with the days", () => {
  const [from, to] = [Date.parse("2027-01-01T12:00:00Z"), Date.parse("2028-01-01T12:00:00Z")];
  for (const zone of ["Europe/Berlin", "America/Santiago", "Australia/Lord_Howe", "Asia/Kathmandu"]) {
    const found = intervalsIn(zone, "day", from, to, 400) ?? [];
    expect(found).toHaveLength(366);
    for (const day of found) expect(day).toEqual(dayIn(zone, dateIn(zone, day.startMs)));
  }
});
