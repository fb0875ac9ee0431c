// What the bench makes of its measurements.

import { expect, test } from "vitest";
import { quantile, spread } from "../../../bench/statistics.ts";

test.each<[values: readonly number[], share: number, want: number]>([
  [[3, 1, 2], 0.5, 2],
  [[4, 1, 3, 2], 0.5, 2.5],
  [[10, 2], 0.25, 4],
  [[1, 2, 3, 4, 100], 1, 100],
  [[7], 0.99, 7],
  [[], 0.5, Number.NaN],
])("of %j the quantile %d is %d", (values, share, want) => {
  expect(quantile(values, share)).toBe(want);
});

test("half of the values lie in the spread", () => {
  expect(spread([9, 1, 5, 3, 7])).toEqual({ median: 5, low: 3, high: 7 });
});
