// Measures two kinds of work in pairs, and says whether their times differ.

import { median } from "../../bench/statistics.ts";
import { ALARM_DEVIATIONS, signedRankDeviations } from "./signed-rank.ts";

const PAIRS_AT_ONCE = 20;
const WARMING_PAIRS = 5;

export interface Pairs {
  /** How much longer the first of each pair took than the second, in milliseconds. */
  readonly differencesMs: readonly number[];
  /** What one takes. */
  readonly medianMs: number;
}

type Work = () => Promise<unknown>;

interface Plan {
  readonly least: number;
  readonly most: number;
  /** The difference that the pairs must be enough to show. */
  readonly shownMs: (medianMs: number) => number;
}

/**
 * At least `least` pairs, and up to `most` until they show the difference that they are to show: it
 * depends on the noise, never on which of both is slower. Each pair is in random order.
 */
export async function inPairs(first: Work, second: Work, plan: Plan): Promise<Pairs> {
  for (let pair = 0; pair < WARMING_PAIRS; pair++) for (const work of [first, second]) await work();
  const [timesMs, differencesMs]: [number[], number[]] = [[], []];
  for (;;) {
    for (let pair = 0; pair < PAIRS_AT_ONCE; pair++) {
      const isFirst = Math.random() < 0.5;
      const earlierMs = await took(isFirst ? first : second);
      const laterMs = await took(isFirst ? second : first);
      timesMs.push(earlierMs, laterMs);
      differencesMs.push(isFirst ? earlierMs - laterMs : laterMs - earlierMs);
    }
    const pairs = { differencesMs, medianMs: median(timesMs) };
    const { length } = differencesMs;
    if (length >= plan.least && (length >= plan.most || wouldShow(pairs, plan.shownMs(pairs.medianMs)))) return pairs;
  }
}

/** Whether the same pairs differ once one side is slower by that much: what the test can see. */
export function wouldShow({ differencesMs }: Pairs, delayMs: number): boolean {
  const shifted = (shiftMs: number) => signedRankDeviations(differencesMs.map((difference) => difference + shiftMs));
  return Math.min(shifted(delayMs), shifted(-delayMs)) > ALARM_DEVIATIONS;
}

async function took(work: Work): Promise<number> {
  const startedAtMs = performance.now();
  await work();
  return performance.now() - startedAtMs;
}
