// Whether paired measurements differ: the Wilcoxon signed-rank test.

/** One false alarm in 100,000 runs. */
export const ALARM_DEVIATIONS = 4.417;

/**
 * How many standard deviations the ranks of pairs are off those of pairs of the same kind of thing,
 * to either side. Ranks hardly mind a few measurements that a busy machine made slow. Normal
 * approximation: for 20 pairs and more.
 */
export function signedRankDeviations(differences: readonly number[]): number {
  const ranked = differences.filter((difference) => difference !== 0).sort((a, b) => Math.abs(a) - Math.abs(b));
  const count = ranked.length;
  // Clocks tick in milliseconds, so many are alike: each of those has the middle of their ranks.
  const sizes = ranked.map(Math.abs);
  const rankOf = (size: number) => (sizes.indexOf(size) + sizes.lastIndexOf(size)) / 2 + 1;
  const positive = ranked.reduce((sum, difference) => sum + (difference > 0 ? rankOf(difference) : 0), 0);
  const mean = (count * (count + 1)) / 4;
  const deviation = Math.sqrt((count * (count + 1) * (2 * count + 1)) / 24);
  return count === 0 ? 0 : Math.abs(positive - mean) / deviation;
}
