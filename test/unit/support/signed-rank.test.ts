// The statistics of the timing tests: no alarm without a difference, an alarm with one.

import { expect, test } from "vitest";
import { Prng } from "../../support/prng.ts";
import { ALARM_DEVIATIONS, signedRankDeviations } from "../../support/signed-rank.ts";

/** Differences of pairs on a busy machine: most are small, one in ten is far off. */
function noise(random: Prng, pairs: number, ms: number): number[] {
  const off = () => (random.fraction() + random.fraction() - 1) * ms * (random.chance(0.1) ? 20 : 1);
  return Array.from({ length: pairs }, () => Math.round(off() - off()));
}

test.each<[what: string, differences: readonly number[], want: number]>([
  ["nothing measured", [], 0],
  ["no difference at all", [0, 0, 0], 0],
  ["as much to either side", [1, -1, 2, -2, 3, -3], 0],
  // By hand: the ranks add up to 210, 105 ± 26.79 were expected, hence 3.92.
  ["20 pairs, all to one side", Array.from({ length: 20 }, (_, index) => index + 1), 3.92],
  ["the same to the other side", Array.from({ length: 20 }, (_, index) => -index - 1), 3.92],
  ["20 alike, which share a rank", Array.from({ length: 20 }, () => 5), 3.92],
])("%s", (_what, differences, want) => {
  expect(signedRankDeviations(differences)).toBeCloseTo(want, 2);
});

test("gives false alarms as often as it says", () => {
  const random = new Prng(1);
  const found = Array.from({ length: 4_000 }, () => signedRankDeviations(noise(random, 100, 20)));
  // A normal variable is so far off once in ten times, and once in a hundred.
  for (const [deviations, chance] of [
    [1.645, 0.1],
    [2.576, 0.01],
  ] as const) {
    const share = found.filter((one) => one > deviations).length / found.length;
    expect(share / chance).toBeGreaterThan(0.6);
    expect(share / chance).toBeLessThan(1.5);
  }
  expect(Math.max(...found)).toBeLessThan(ALARM_DEVIATIONS);
});

test("sees a tenth of 170 ms through the noise of a busy machine", () => {
  const random = new Prng(2);
  const found = Array.from({ length: 200 }, () => signedRankDeviations(noise(random, 100, 20).map((ms) => ms + 17)));
  expect(found.filter((one) => one > ALARM_DEVIATIONS).length).toBeGreaterThan(190);
});
