// The cached minimum of a table: it may be too early, never too late.

import { expect, test, vi } from "vitest";
import { NextDue } from "../../../../src/durable/ticket-type/next-due.ts";

function of(...moments: number[]): {
  readonly nextDue: NextDue;
  readonly query: () => number | null;
  moments: number[];
} {
  const table = { moments };
  const query = vi.fn(() => (table.moments.length === 0 ? null : Math.min(...table.moments)));
  return Object.assign(table, { nextDue: new NextDue(query), query });
}

test("the table is read once, and what is added needs no reading", () => {
  const { nextDue, query } = of(500);
  expect([nextDue.currentMs(1), nextDue.currentMs(2), nextDue.isDue(3)]).toEqual([500, 500, false]);
  nextDue.add(300);
  nextDue.add(700);
  nextDue.add(null);
  expect(nextDue.cachedMs()).toBe(300);
  expect(query).toHaveBeenCalledTimes(1);
});

test("an empty table is cached as empty", () => {
  const { nextDue, query } = of();
  expect([nextDue.cachedMs(), nextDue.currentMs(1), nextDue.isDue(2)]).toEqual([null, null, false]);
  expect(query).toHaveBeenCalledTimes(1);
});

test("a moment that has come is read again: its row may have gone", () => {
  const table = of(500, 900);
  expect(table.nextDue.isDue(500)).toBe(true);
  table.moments = [900];
  expect(table.nextDue.cachedMs()).toBe(500);
  expect(table.nextDue.isDue(600)).toBe(false);
  expect(table.nextDue.cachedMs()).toBe(900);
});

test("what is added before the first read is found in the table", () => {
  const table = of(500);
  table.nextDue.add(100);
  table.moments.push(100);
  expect(table.nextDue.cachedMs()).toBe(100);
});

test("what was invalidated is read again", () => {
  const table = of(500);
  table.nextDue.cachedMs();
  table.nextDue.add(100);
  table.nextDue.invalidate();
  expect(table.nextDue.cachedMs()).toBe(500);
});
