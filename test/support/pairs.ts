// Measures two kinds of work in pairs, and says whether their times differ.

import { median } from "../../bench/statistics.ts";
import { signedRankP } from "./signed-rank.ts";

/** One false alarm in 100,000 runs. */
export const ALARM = 1e-5;
const PAIRS_AT_ONCE = 20;
const WARMING_PAIRS = 5;

export interface Pairs {
  /** How much longer the first of each pair took than the second, in milliseconds. */
  readonly differencesMs: readonly number[];
  /** What one takes. */
  readonly medianMs: number;
}

interface Plan {
  readonly least: number;
  readonly most: number;
  /** The difference that the pairs must be enough to show. */
  readonly shownMs: (medianMs: number) => number;
}

/**
 * At least `least` pairs, and up to `most` where the machine is too busy to show the difference
 * that they are to show. In random order within each, so that it does not matter what comes after
 * what. How long it goes on depends on the noise, never on which of both is slower.
 */
export async function inPairs(
  first: () => Promise<unknown>,
  second: () => Promise<unknown>,
  plan: Plan,
): Promise<Pairs> {
  for (let pair = 0; pair < WARMING_PAIRS; pair++) for (const work of [first, second]) await work();
  let pairs: Pairs = { differencesMs: [], medianMs: 0 };
  const timesMs: number[] = [];
  for (;;) {
    const differencesMs = [...pairs.differencesMs];
    for (let pair = 0; pair < PAIRS_AT_ONCE; pair++) {
      const isFirst = Math.random() < 0.5;
      const earlierMs = await took(isFirst ? first : second);
      const laterMs = await took(isFirst ? second : first);
      timesMs.push(earlierMs, laterMs);
      differencesMs.push(isFirst ? earlierMs - laterMs : laterMs - earlierMs);
    }
    pairs = { differencesMs, medianMs: median(timesMs) };
    const { length } = differencesMs;
    if (length >= plan.least && (length >= plan.most || wouldShow(pairs, plan.shownMs(pairs.medianMs)))) return pairs;
  }
}

/** Whether the same pairs differ once one side is slower by that much: what the test can see. */
export function wouldShow({ differencesMs }: Pairs, delayMs: number): boolean {
  const pOf = (shiftMs: number) => signedRankP(differencesMs.map((difference) => difference + shiftMs));
  return pOf(delayMs) < ALARM && pOf(-delayMs) < ALARM;
}

async function took(work: () => Promise<unknown>): Promise<number> {
  const startedAtMs = performance.now();
  await work();
  return performance.now() - startedAtMs;
}
