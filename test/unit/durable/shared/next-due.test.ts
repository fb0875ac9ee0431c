// The cached minimum of a table: it may be too early, never too late.

import { expect, test, vi } from "vitest";
import { NextDue } from "../../../../src/durable/shared/next-due.ts";

function tableOf(...moments: number[]) {
  const query = vi.fn(() => (moments.length === 0 ? null : Math.min(...moments)));
  return { moments, query, nextDue: new NextDue(query) };
}

test("the table is read once, and what is added needs no reading", () => {
  const { nextDue, query } = tableOf(500);
  expect([nextDue.currentMs(1), nextDue.currentMs(2), nextDue.isDue(3)]).toEqual([500, 500, false]);
  for (const atMs of [300, 700, null]) nextDue.add(atMs);
  expect(nextDue.cachedMs()).toBe(300);
  expect(query).toHaveBeenCalledTimes(1);
});

test("an empty table is cached as empty", () => {
  const { nextDue, query } = tableOf();
  expect([nextDue.cachedMs(), nextDue.currentMs(1), nextDue.isDue(2)]).toEqual([null, null, false]);
  expect(query).toHaveBeenCalledTimes(1);
});

test("a moment that has come is read again: its row may have gone", () => {
  const { nextDue, moments } = tableOf(500, 900);
  expect(nextDue.isDue(500)).toBe(true);
  moments.shift();
  expect(nextDue.cachedMs()).toBe(500);
  expect(nextDue.isDue(600)).toBe(false);
  expect(nextDue.cachedMs()).toBe(900);
});

test("what is added before the first read is found in the table", () => {
  const { nextDue, moments } = tableOf(500);
  nextDue.add(100);
  moments.push(100);
  expect(nextDue.cachedMs()).toBe(100);
});

test("what was invalidated is read again", () => {
  const { nextDue } = tableOf(500);
  nextDue.cachedMs();
  nextDue.add(100);
  nextDue.invalidate();
  expect(nextDue.cachedMs()).toBe(500);
});
