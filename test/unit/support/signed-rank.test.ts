// The statistics of the timing tests: no alarm without a difference, an alarm with one.

import { expect, test } from "vitest";
import { median } from "../../../bench/statistics.ts";
import { Prng } from "../../support/prng.ts";
import { signedRankP } from "../../support/signed-rank.ts";

/** Differences of pairs on a busy machine: most are small, one in ten is far off. */
function noise(random: Prng, pairs: number, ms: number): number[] {
  const off = () => (random.fraction() + random.fraction() - 1) * ms * (random.chance(0.1) ? 20 : 1);
  return Array.from({ length: pairs }, () => Math.round(off() - off()));
}

test.each<[what: string, differences: readonly number[], p: number]>([
  ["nothing measured", [], 1],
  ["no difference at all", [0, 0, 0], 1],
  ["as much to either side", [1, -1, 2, -2, 3, -3], 1],
  // By hand: the ranks add up to 210, 105 ± 26.79 were expected, so z = 3.92.
  ["20 pairs, all to one side", Array.from({ length: 20 }, (_, index) => index + 1), 8.86e-5],
  ["the same to the other side", Array.from({ length: 20 }, (_, index) => -index - 1), 8.86e-5],
  ["20 alike, which share a rank", Array.from({ length: 20 }, () => 5), 8.86e-5],
])("%s", (_what, differences, p) => {
  expect(signedRankP(differences) / p).toBeCloseTo(1, 2);
});

test("gives false alarms as often as it says", () => {
  const random = new Prng(1);
  const ps = Array.from({ length: 4_000 }, () => signedRankP(noise(random, 100, 20)));
  for (const level of [0.1, 0.01]) {
    const share = ps.filter((p) => p < level).length / ps.length;
    expect(share / level).toBeGreaterThan(0.6);
    expect(share / level).toBeLessThan(1.5);
  }
  expect(Math.min(...ps)).toBeGreaterThan(1e-5);
});

test("sees a tenth of 170 ms through the noise of a busy machine", () => {
  const random = new Prng(2);
  const seen = Array.from({ length: 200 }, () => signedRankP(noise(random, 100, 20).map((ms) => ms + 17)) < 1e-5);
  expect(seen.filter((one) => one).length).toBeGreaterThan(190);
});

test.each<[values: readonly number[], want: number]>([
  [[3, 1, 2], 2],
  [[4, 1, 3, 2], 2.5],
  [[7], 7],
])("the median of %j is %d", (values, want) => {
  expect(median(values)).toBe(want);
});
