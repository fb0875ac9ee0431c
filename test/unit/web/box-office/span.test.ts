// The time that the chart of sales shows: since the sale began, in days that clocks make longer and
// shorter.

import fc from "fast-check";
import { expect, test } from "vitest";
import { intervalsIn } from "../../../../src/domain/days.ts";
import { askedOf } from "../../../../src/web/box-office/span.ts";

const MOST_INTERVALS = 400;
const ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"] as const;
const NOW_MS = Date.parse("2027-04-10T12:00:00Z");

test.each([
  ["day", "2027-03-01T10:00:00.000Z", { interval: "day" }],
  ["hour", "2027-03-01T10:00:00.000Z", { interval: "hour" }],
  ["quarter-hour", null, { interval: "quarter-hour" }],
  ["all", null, { interval: "day" }],
  ["all", "2027-03-01T10:00:00.000Z", { interval: "day", from: "2027-03-01T10:00:00.000Z" }],
  ["all", "2027-04-08T12:00:00.000Z", { interval: "hour", from: "2027-04-08T12:00:00.000Z" }],
  ["all", "2027-04-08T11:00:00.000Z", { interval: "day", from: "2027-04-08T11:00:00.000Z" }],
  ["all", "2020-01-01T00:00:00.000Z", { interval: "day", from: "2026-03-08T12:00:00.000Z" }],
] as const)("%s, where the first ticket was sold at %s, asks for %o", (span, first, asked) => {
  expect(askedOf(span, first, NOW_MS)).toEqual(asked);
});

test.each(ZONES)("in %s the days have the first sale and now, and are never more than may be asked for", (zone) => {
  const minutes = fc.integer({ min: Date.parse("2026-01-01") / 60_000, max: Date.parse("2030-01-01") / 60_000 });
  fc.assert(
    fc.property(minutes, fc.integer({ min: 0, max: 900 * 24 }), (minute, hours) => {
      const nowMs = minute * 60_000;
      const firstMs = nowMs - (nowMs % 3_600_000) - hours * 3_600_000;
      const { interval, from = "" } = askedOf("all", new Date(firstMs).toISOString(), nowMs);
      const found = intervalsIn(zone, interval, Date.parse(from), nowMs, MOST_INTERVALS);
      expect(found).not.toBeNull();
      const has = (atMs: number) => found?.some(({ startMs, endMs }) => startMs <= atMs && atMs < endMs);
      // `to` itself is not in it.
      expect(nowMs === firstMs || has(nowMs - 1)).toBe(true);
      expect(Date.parse(from) !== firstMs || has(firstMs)).toBe(true);
    }),
    { numRuns: 100 },
  );
});

test.each([
  ["Europe/Berlin", "2027-03-25T10:00:00Z", [24, 24, 24, 23, 24, 24]],
  ["America/New_York", "2027-03-11T10:00:00Z", [24, 24, 24, 23, 24, 24]],
  ["Australia/Lord_Howe", "2027-04-01T10:00:00Z", [24, 24, 24, 24.5, 24, 24]],
  ["Europe/Berlin", "2027-10-28T10:00:00Z", [24, 24, 24, 25, 24, 24]],
  ["America/New_York", "2027-11-04T10:00:00Z", [24, 24, 24, 25, 24, 24]],
  ["Australia/Lord_Howe", "2027-09-30T10:00:00Z", [24, 24, 24, 23.5, 24, 24]],
])("in %s the six days from %s have %j hours", (zone, first, hours) => {
  const nowMs = Date.parse(first) + 5 * 24 * 3_600_000;
  const { interval, from = "" } = askedOf("all", first, nowMs);
  const found = intervalsIn(zone, interval, Date.parse(from), nowMs, MOST_INTERVALS) ?? [];
  expect(found.map(({ startMs, endMs }) => (endMs - startMs) / 3_600_000)).toEqual(hours);
});
