// Days in a time zone, also where a day has no midnight, or is longer or shorter than others.

import { expect, test } from "vitest";
import { dateIn, dayIn } from "../../../src/domain/days.ts";

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
