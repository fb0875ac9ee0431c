// What is remembered of a table's first moment: it may be too early, never too late.

import { expect, test, vi } from "vitest";
import { Soonest } from "../../../../src/durable/ticket-type/next-due.ts";

function of(...moments: number[]): { readonly soonest: Soonest; readonly ask: () => number | null; moments: number[] } {
  const table = { moments };
  const ask = vi.fn(() => (table.moments.length === 0 ? null : Math.min(...table.moments)));
  return Object.assign(table, { soonest: new Soonest(ask), ask });
}

test("the table is asked once, and what is added needs no asking", () => {
  const { soonest, ask } = of(500);
  expect([soonest.atMs(1), soonest.atMs(2), soonest.isDue(3)]).toEqual([500, 500, false]);
  soonest.note(300);
  soonest.note(700);
  soonest.note(null);
  expect(soonest.knownMs()).toBe(300);
  expect(ask).toHaveBeenCalledTimes(1);
});

test("an empty table is remembered as empty", () => {
  const { soonest, ask } = of();
  expect([soonest.knownMs(), soonest.atMs(1), soonest.isDue(2)]).toEqual([null, null, false]);
  expect(ask).toHaveBeenCalledTimes(1);
});

test("what has come is asked for anew: it may have gone", () => {
  const table = of(500, 900);
  expect(table.soonest.isDue(500)).toBe(true);
  table.moments = [900];
  expect(table.soonest.knownMs()).toBe(500);
  expect(table.soonest.isDue(600)).toBe(false);
  expect(table.soonest.knownMs()).toBe(900);
});

test("what is noted before anybody asked is in the table, where it is found", () => {
  const table = of(500);
  table.soonest.note(100);
  table.moments.push(100);
  expect(table.soonest.knownMs()).toBe(100);
});

test("what was forgotten is asked for again", () => {
  const table = of(500);
  table.soonest.knownMs();
  table.soonest.note(100);
  table.soonest.forget();
  expect(table.soonest.knownMs()).toBe(500);
});
