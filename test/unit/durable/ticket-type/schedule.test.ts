// When the object wakes up, and how long it waits between tries.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ALARM_FAULT_DELAY_MS,
  alarmToSet,
  broadcastDelayMs,
  dispatchDelayMs,
  earliestOf,
  FIRST_PROJECTION_DELAY_MS,
  isMissing,
  type PendingWork,
  publishRetryDelayMs,
} from "../../../../src/durable/ticket-type/schedule.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

describe("the earliest work", () => {
  test.each<[name: string, PendingWork, wantMs: number | null]>([
    ["is none where nothing is to be done", work(null, null, null), null],
    ["is the deadline", work(10, 20, 30), 10],
    ["is the dispatch", work(20, 10, 30), 10],
    ["is the projection", work(30, 20, 10), 10],
    ["is the deadline, alone", work(10, null, null), 10],
    ["is the dispatch, alone", work(null, 10, null), 10],
    ["is the projection, alone", work(null, null, 10), 10],
    ["may be at the very beginning of time", work(0, 20, null), 0],
  ])("%s", (_name, pending, wantMs) => {
    expect(alarmToSet(null, pending, 0)).toBe(wantMs);
  });
});

describe("the alarm", () => {
  test.each<[name: string, alarmAtMs: number | null, PendingWork, wantMs: number | null]>([
    ["is set where there is none", null, work(10, null, null), 10],
    ["is not set without work", null, work(null, null, null), null],
    ["stays as it is without work", 50, work(null, null, null), null],
    ["moves to be earlier", 50, work(null, 49, null), 49],
    ["does not move to be later", 50, work(null, 51, null), null],
    ["is not set again to the same moment", 50, work(null, 50, null), null],
    ["follows the earliest work alone", 50, work(90, 70, 40), 40],
    ["is set to the very beginning of time", null, work(0, null, null), 0],
    ["stays at the very beginning of time", 0, work(10, null, null), null],
  ])("%s", (_name, alarmAtMs, pending, wantMs) => {
    expect(alarmToSet(alarmAtMs, pending, 0)).toBe(wantMs);
  });

  test.each<[name: string, alarmAtMs: number, nowMs: number, wantMs: number | null]>([
    ["that is a minute late may still ring", 1_000, 1_000 + MINUTE_MS, null],
    ["that is later than that was lost, and is set again", 1_000, 1_001 + MINUTE_MS, 2_000],
    ["that lies ahead is not lost", 1_000, 0, null],
  ])("%s", (_name, alarmAtMs, nowMs, wantMs) => {
    expect(alarmToSet(alarmAtMs, work(2_000, null, null), nowMs)).toBe(wantMs);
  });

  test.each<[name: string, alarmAtMs: number | null, nowMs: number, want: boolean]>([
    ["is missing where there is none", null, 0, true],
    ["is not missing while it may still ring", 1_000, 1_000 + MINUTE_MS, false],
    ["is missing when it is later than that", 1_000, 1_001 + MINUTE_MS, true],
    ["is not missing while it lies ahead", 1_000, 0, false],
  ])("%s", (_name, alarmAtMs, nowMs, want) => {
    expect(isMissing(alarmAtMs, nowMs)).toBe(want);
  });

  test("is never later than the earliest work", () => {
    const moment = fc.option(fc.nat(), { nil: null });
    fc.assert(
      fc.property(moment, moment, moment, moment, (alarmAtMs, deadline, dispatch, projection) => {
        const pending = work(deadline, dispatch, projection);
        const alarmThenMs = alarmToSet(alarmAtMs, pending, 0) ?? alarmAtMs ?? Number.POSITIVE_INFINITY;
        expect(alarmThenMs).toBeLessThanOrEqual(earliestOf(...Object.values(pending)) ?? Number.POSITIVE_INFINITY);
      }),
    );
  });
});

describe("a payment's message is sent again", () => {
  test.each<[attempts: number, delayMs: number]>([
    [1, 10 * SECOND_MS],
    [2, 20 * SECOND_MS],
    [3, 40 * SECOND_MS],
    [8, 1_280 * SECOND_MS],
    [9, 30 * MINUTE_MS],
    [10, 30 * MINUTE_MS],
    [10_000, 30 * MINUTE_MS],
  ])("after the %ith, %i ms later", (attempts, delayMs) => {
    expect(dispatchDelayMs(attempts)).toBe(delayMs);
  });
});

describe("a failed projection is tried again", () => {
  test.each<[failures: number, delayMs: number]>([
    [1, SECOND_MS],
    [2, 2 * SECOND_MS],
    [3, 4 * SECOND_MS],
    [6, 32 * SECOND_MS],
    [7, MINUTE_MS],
    [8, MINUTE_MS],
    [10_000, MINUTE_MS],
  ])("after the %ith, %i ms later", (failures, delayMs) => {
    expect(publishRetryDelayMs(failures)).toBe(delayMs);
  });
});

test.each([
  { name: "dispatch", delayMs: dispatchDelayMs, firstMs: 10 * SECOND_MS, mostMs: 30 * MINUTE_MS },
  { name: "projection", delayMs: publishRetryDelayMs, firstMs: SECOND_MS, mostMs: MINUTE_MS },
])("each $name waits as long as the one before or longer, within bounds", ({ delayMs, firstMs, mostMs }) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000_000 }), (attempt) => {
      expect(delayMs(attempt)).toBeGreaterThanOrEqual(firstMs);
      expect(delayMs(attempt)).toBeLessThanOrEqual(mostMs);
      expect(delayMs(attempt + 1)).toBeGreaterThanOrEqual(delayMs(attempt));
    }),
  );
});

test("a fault never spins, and what D1 did not acknowledge is tried within seconds", () => {
  expect(ALARM_FAULT_DELAY_MS).toBe(30 * SECOND_MS);
  expect(FIRST_PROJECTION_DELAY_MS).toBe(5 * SECOND_MS);
});

test.each<[name: string, lastAtMs: number, watchers: number, nowMs: number, waitMs: number]>([
  ["the first change is broadcast at once", Number.NEGATIVE_INFINITY, 0, 0, 0],
  ["a change after a quiet time is broadcast at once", 1_000, 1, 1_250, 0],
  ["a change right after a broadcast waits a quarter of a second", 1_000, 1, 1_000, 250],
  ["a later change waits for the rest of the pause", 1_000, 450, 1_200, 50],
  ["the pause is longer for many watchers", 1_000, 1_000, 1_000, 550],
  ["a change after a quiet time is broadcast at once to many watchers", 1_000, 1_000, 1_550, 0],
  ["the pause is a second for as many watchers as there may be", 1_000, 2_000, 1_000, 1_100],
  ["no change waits longer because the clock was set back", 1_000_000, 1, 0, 250],
  ["no change waits longer because the clock was set back, for many watchers", 1_000_000, 1_000, 0, 550],
])("%s", (_name, lastAtMs, watchers, nowMs, waitMs) => {
  expect(broadcastDelayMs(lastAtMs, watchers, nowMs)).toBe(waitMs);
});

function work(
  firstDeadlineMs: number | null,
  firstDispatchMs: number | null,
  nextPublishMs: number | null,
  nextRetentionMs: number | null = null,
): PendingWork {
  return { firstDeadlineMs, firstDispatchMs, nextPublishMs, nextRetentionMs };
}
