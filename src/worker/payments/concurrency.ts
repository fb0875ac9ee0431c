// A bound on how much happens at once, within one invocation of the Worker.

export type ConcurrencyLimit = <T>(work: () => Promise<T>) => Promise<T>;

/** Runs at most `most` pieces of work at a time, in the order in which they were given. */
export function limitConcurrency(most: number): ConcurrencyLimit {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running === most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      // The next one takes this one's place, so the count stays.
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
