// Times as organisers write them down, by the clock at the event's place, also on the nights when
// it is put forward and back.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromLocal, isTimeZone, laterLocal, localOr, orNull, toLocal } from "../../../../src/web/box-office/times.ts";

const ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu", "UTC"];

describe("the moment of a local time", () => {
  test.each<[local: string, zone: string, instant: string]>([
    ["2027-06-12T20:00", "Europe/Berlin", "2027-06-12T18:00:00.000Z"],
    ["2027-01-12T20:00", "Europe/Berlin", "2027-01-12T19:00:00.000Z"],
    ["2027-06-12T20:00", "Asia/Kathmandu", "2027-06-12T14:15:00.000Z"],
    ["2027-06-12T08:00", "Pacific/Kiritimati", "2027-06-11T18:00:00.000Z"],
    // Put forward: before, at, and in the hour that is left out.
    ["2027-03-28T01:59", "Europe/Berlin", "2027-03-28T00:59:00.000Z"],
    ["2027-03-28T03:00", "Europe/Berlin", "2027-03-28T01:00:00.000Z"],
    ["2027-03-28T02:30", "Europe/Berlin", "2027-03-28T01:30:00.000Z"],
    ["2027-03-14T02:30", "America/New_York", "2027-03-14T07:30:00.000Z"],
    ["2026-10-04T02:15", "Australia/Lord_Howe", "2026-10-03T15:45:00.000Z"],
    // Put back: of two such moments the first, and after both.
    ["2027-10-31T02:30", "Europe/Berlin", "2027-10-31T00:30:00.000Z"],
    ["2027-10-31T03:00", "Europe/Berlin", "2027-10-31T02:00:00.000Z"],
    ["2027-11-07T01:30", "America/New_York", "2027-11-07T05:30:00.000Z"],
    ["2027-04-04T01:45", "Australia/Lord_Howe", "2027-04-03T14:45:00.000Z"],
    // A day that this island left out.
    ["2011-12-30T12:00", "Pacific/Apia", "2011-12-30T22:00:00.000Z"],
    ["", "Europe/Berlin", ""],
    ["2027-02-29", "Europe/Berlin", ""],
  ])("%s in %s is %s", (local, zone, instant) => {
    expect(fromLocal(local, zone)).toBe(instant);
  });

  test("is shown as what was written, or, where the clocks left that out, as something later", () => {
    const minutes = fc.integer({ min: Date.parse("2026-01-01") / 60_000, max: Date.parse("2036-01-01") / 60_000 });
    fc.assert(
      fc.property(minutes, fc.constantFrom(...ZONES), (minute, zone) => {
        const local = new Date(minute * 60_000).toISOString().slice(0, 16);
        const shown = toLocal(fromLocal(local, zone), zone);
        const laterMs = Date.parse(`${shown}Z`) - Date.parse(`${local}Z`);
        expect([0, 30 * 60_000, 60 * 60_000]).toContain(laterMs);
      }),
      { numRuns: 1_000 },
    );
  });

  test("of every moment's time there it is that moment, or the one before the clocks were put back", () => {
    const minutes = fc.integer({ min: Date.parse("2026-01-01") / 60_000, max: Date.parse("2036-01-01") / 60_000 });
    fc.assert(
      fc.property(minutes, fc.constantFrom(...ZONES), (minute, zone) => {
        const earlierMs =
          minute * 60_000 - Date.parse(fromLocal(toLocal(new Date(minute * 60_000).toISOString(), zone), zone));
        expect([0, 30 * 60_000, 60 * 60_000]).toContain(earlierMs);
      }),
      { numRuns: 1_000 },
    );
  });
});

test("what is empty is no time", () => {
  expect(orNull("", "Europe/Berlin")).toBeNull();
  expect(orNull("2027-06-12T20:00", "Europe/Berlin")).toBe("2027-06-12T18:00:00.000Z");
  expect(localOr(null, "Europe/Berlin")).toBe("");
  expect(localOr("2027-06-12T18:00:00Z", "Europe/Berlin")).toBe("2027-06-12T20:00");
});

test.each<[name: string, isZone: boolean]>([
  ["Europe/Berlin", true],
  ["UTC", true],
  ["Europe/Ber", false],
  ["", false],
])("%j is a time zone: %j", (name, isZone) => {
  expect(isTimeZone(name)).toBe(isZone);
});

test.each([
  ["2027-06-12T20:00", "Europe/Berlin", "2027-06-12T23:00"],
  ["2027-06-12T23:00", "Europe/Berlin", "2027-06-13T02:00"],
  ["2027-03-28T01:00", "Europe/Berlin", "2027-03-28T05:00"],
  ["2027-10-31T01:00", "Europe/Berlin", "2027-10-31T03:00"],
  ["2027-03-14T00:30", "America/New_York", "2027-03-14T04:30"],
  ["2027-04-04T00:30", "Australia/Lord_Howe", "2027-04-04T03:00"],
  ["", "Europe/Berlin", ""],
])("three hours after %s in %s it is %s", (local, zone, later) => {
  expect(laterLocal(local, 3, zone)).toBe(later);
});
