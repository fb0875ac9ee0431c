// When a delivery that failed is tried again.

import { expect, test } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../src/domain/units.ts";
import { nextAttemptMs, TRIED_FOR_MS } from "../../../src/domain/webhooks.ts";

/** From 0 on, where every attempt fails at once. */
function attemptsAt(random: number): number[] {
  const at = [0];
  for (;;) {
    const nextMs = nextAttemptMs(0, at.length, at.at(-1) ?? 0, random);
    if (nextMs === null) return at;
    at.push(nextMs);
  }
}

test("the pauses grow from a minute to most of a day, and the last attempt is made after three days", () => {
  const at = attemptsAt(0);
  const pauses = at.slice(1).map((ms, index) => ms - (at[index] ?? 0));
  expect(pauses.slice(0, 8).map((ms) => ms / MINUTE_MS)).toEqual([1, 5, 30, 120, 300, 600, 840, 1200]);
  expect(at.at(-1)).toBe(3 * DAY_MS);
  expect(TRIED_FOR_MS).toBe(3 * DAY_MS);
});

test.each([0, 0.25, 0.5, 1])("with a share of %d of the jitter it ends after three days all the same", (random) => {
  const at = attemptsAt(random);
  expect(at.at(-1)).toBe(3 * DAY_MS);
  expect(at.length).toBeGreaterThanOrEqual(9);
  expect(at.length).toBeLessThanOrEqual(12);
  expect(at[1]).toBe(MINUTE_MS + random * 0.1 * MINUTE_MS);
});

test("an attempt that is made late, after an outage of ours, is not the last one by that: it is followed until three days are over", () => {
  expect(nextAttemptMs(0, 1, 2 * DAY_MS, 0)).toBe(2 * DAY_MS + MINUTE_MS);
  expect(nextAttemptMs(0, 9, 3 * DAY_MS - HOUR_MS, 0)).toBe(3 * DAY_MS);
  expect(nextAttemptMs(0, 1, 3 * DAY_MS, 0)).toBeNull();
});
