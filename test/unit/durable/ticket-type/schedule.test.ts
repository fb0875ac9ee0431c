// When the object's alarm runs, and how long it waits between tries.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MINUTE_MS, SECOND_MS } from "../../../../src/domain/units.ts";
import {
  ALARM_FAULT_DELAY_MS,
  alarmToSet,
  dispatchDelayMs,
  earliestOf,
  FIRST_PROJECTION_DELAY_MS,
  isAlarmIdle,
  isMissing,
  nextDispatchMs,
  publishRetryDelayMs,
} from "../../../../src/durable/shared/schedule.ts";
import { broadcastDelayMs, type PendingWork, releaseAtMs } from "../../../../src/durable/ticket-type/schedule.ts";

describe("the alarm", () => {
  test.each<[name: string, alarmAtMs: number | null, PendingWork, wantMs: number | null]>([
    ["is set to the deadline", null, work(10, 20, 30), 10],
    ["is set to the dispatch", null, work(20, 10, 30), 10],
    ["is set to the projection", null, work(30, 20, 10), 10],
    ["is set to the retention", null, work(30, 20, 15, 10), 10],
    ["is set to the only work there is", null, work(null, 10, null), 10],
    ["is not set without work", null, work(null, null, null), null],
    ["stays as it is without work", 50, work(null, null, null), null],
    ["moves to be earlier", 50, work(null, 49, null), 49],
    ["does not move to be later", 50, work(null, 51, null), null],
    ["is not set again to the same moment", 50, work(null, 50, null), null],
    ["follows the earliest work alone", 50, work(90, 70, 40), 40],
    ["is set to the very beginning of time", null, work(0, 20, null), 0],
    ["stays at the very beginning of time", 0, work(10, null, null), null],
  ])("%s", (_name, alarmAtMs, pending, wantMs) => {
    expect(alarmToSet(alarmAtMs, pending, 0)).toBe(wantMs);
  });

  test.each<[name: string, alarmAtMs: number | null, nowMs: number, missing: boolean]>([
    ["is missing where there is none, and is set", null, 0, true],
    ["that is a minute late may still ring", 1_000, 1_000 + MINUTE_MS, false],
    ["that is later than that was lost, and is set again", 1_000, 1_001 + MINUTE_MS, true],
    ["that lies ahead is not lost", 1_000, 0, false],
  ])("%s", (_name, alarmAtMs, nowMs, missing) => {
    expect(isMissing(alarmAtMs, nowMs)).toBe(missing);
    expect(alarmToSet(alarmAtMs, work(2_000, null, null), nowMs)).toBe(missing ? 2_000 : null);
  });

  test.each<[name: string, alarmAtMs: number | null, PendingWork, idle: boolean]>([
    ["runs in vain without work", 50, work(null, null, null), true],
    ["runs in vain a minute before the earliest work", 50, work(null, 50 + MINUTE_MS, null), true],
    ["stays where work comes within a minute", 50, work(50 + 2 * MINUTE_MS, 49 + MINUTE_MS, null), false],
    ["stays where work is due", 50, work(50, null, null), false],
    ["that has run is set for what is left", null, work(50, null, null), true],
  ])("%s", (_name, alarmAtMs, pending, idle) => {
    expect(isAlarmIdle(alarmAtMs, pending)).toBe(idle);
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

describe.each([
  {
    name: "a payment's message",
    delayMs: dispatchDelayMs,
    firstMs: 10 * SECOND_MS,
    doublings: 7,
    mostMs: 30 * MINUTE_MS,
  },
  { name: "a failed projection", delayMs: publishRetryDelayMs, firstMs: SECOND_MS, doublings: 5, mostMs: MINUTE_MS },
])("$name is tried again", ({ delayMs, firstMs, doublings, mostMs }) => {
  test.each([
    ["1st", 1, firstMs],
    ["2nd", 2, 2 * firstMs],
    ["3rd", 3, 4 * firstMs],
    ["last that doubles the delay", 1 + doublings, 2 ** doublings * firstMs],
    ["next", 2 + doublings, mostMs],
    ["one after that", 3 + doublings, mostMs],
    ["10,000th", 10_000, mostMs],
  ])("after the %s", (_which, attempt, wantMs) => {
    expect(delayMs(attempt)).toBe(wantMs);
  });

  test("as late as the time before or later, within bounds", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), (attempt) => {
        expect(delayMs(attempt)).toBeGreaterThanOrEqual(firstMs);
        expect(delayMs(attempt)).toBeLessThanOrEqual(mostMs);
        expect(delayMs(attempt + 1)).toBeGreaterThanOrEqual(delayMs(attempt));
      }),
    );
  });
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

test.each<[name: string, firstDeadlineMs: number | null, isCalledOff: boolean, atMs: number | null]>([
  ["at the first deadline", 9, false, 9],
  ["at once if the event was called off", 9, true, 5],
  ["at a deadline that has passed, called off or not", 3, true, 3],
  ["never where none stands", null, true, null],
])("a hold is released %s", (_name, firstDeadlineMs, isCalledOff, atMs) => {
  expect(releaseAtMs(firstDeadlineMs, isCalledOff, 5)).toBe(atMs);
});

function work(
  nextReleaseMs: number | null,
  firstDispatchMs: number | null,
  nextPublishMs: number | null,
  nextRetentionMs: number | null = null,
): PendingWork {
  return { nextReleaseMs, firstDispatchMs, nextPublishMs, nextRetentionMs, nextCallingOffMs: null };
}

describe("the message of a payment that waits for its buyer", () => {
  const UNTIL_MS = 10 * MINUTE_MS;

  test("looks ever less often, though each minute, and at the moment at which it is over", () => {
    const looks = [0];
    for (let attempt = 1; (looks.at(-1) ?? 0) < UNTIL_MS; attempt++) {
      looks.push(nextDispatchMs(attempt, UNTIL_MS, looks.at(-1) ?? 0));
    }
    expect(looks.slice(0, 5)).toEqual([0, 10_000, 30_000, 70_000, 130_000]);
    expect(looks.at(-1)).toBe(UNTIL_MS);
    expect(looks).toHaveLength(13);
  });

  test.each<[what: string, attempts: number, nowMs: number, wantMs: number]>([
    ["a moment before it is over, whatever came before", 1, UNTIL_MS - 1, UNTIL_MS],
    ["soon after it is over, if the cancel did not end it", 40, UNTIL_MS, UNTIL_MS + 10_000],
    ["then ever later", 40, UNTIL_MS + 40_000, UNTIL_MS + 80_000],
    ["and each half hour", 40, UNTIL_MS + 90 * MINUTE_MS, UNTIL_MS + 120 * MINUTE_MS],
  ])("is sent %s", (_what, attempts, nowMs, wantMs) => {
    expect(nextDispatchMs(attempts, UNTIL_MS, nowMs)).toBe(wantMs);
  });

  test("of any other payment is sent after the usual delay", () => {
    for (const attempts of [1, 2, 5, 20]) expect(nextDispatchMs(attempts, null, 7)).toBe(7 + dispatchDelayMs(attempts));
  });
});
