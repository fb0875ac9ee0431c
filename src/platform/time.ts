// Waiting, but not for ever.

/** What `work` resolves to, or undefined after `ms`. The timer does not outlive the wait. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  let stop = () => {};
  const expired = new Promise<undefined>((resolve) => {
    const timer = setTimeout(resolve, ms);
    stop = () => clearTimeout(timer);
  });
  try {
    return await Promise.race([work, expired]);
  } finally {
    stop();
  }
}

/** As `scheduler.wait`, which costs workerd 15 µs more a time (docs/performance.md). */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
