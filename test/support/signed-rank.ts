// Whether paired measurements differ: the Wilcoxon signed-rank test.

/**
 * The probability that pairs of the same kind of thing differ, to either side, as much as these do.
 * It looks at ranks alone, so that a few measurements that a busy machine made slow do not matter.
 * Normal approximation: for 20 pairs and more, and down to some 10⁻⁸.
 */
export function signedRankP(differences: readonly number[]): number {
  const ranked = differences.filter((difference) => difference !== 0).sort((a, b) => Math.abs(a) - Math.abs(b));
  const count = ranked.length;
  // Clocks tick in milliseconds, so many are alike: each of those has the middle of their ranks.
  const sizes = ranked.map(Math.abs);
  const rankOf = (size: number) => (sizes.indexOf(size) + sizes.lastIndexOf(size)) / 2 + 1;
  const positive = ranked.reduce((sum, difference) => sum + (difference > 0 ? rankOf(difference) : 0), 0);
  const mean = (count * (count + 1)) / 4;
  const deviation = Math.sqrt((count * (count + 1) * (2 * count + 1)) / 24);
  return count === 0 ? 1 : twoSided(Math.abs(positive - mean) / deviation);
}

/** How likely a normal variable exceeds `z` deviations: Simpson's rule on its density. */
function twoSided(z: number): number {
  const [steps, width] = [2_000, 12];
  const step = width / steps;
  let sum = 0;
  for (let index = 0; index <= steps; index++) {
    const weight = index === 0 || index === steps ? 1 : index % 2 === 0 ? 2 : 4;
    sum += weight * Math.exp(-((z + index * step) ** 2) / 2);
  }
  return Math.min(1, (2 * sum * step) / 3 / Math.sqrt(2 * Math.PI));
}
