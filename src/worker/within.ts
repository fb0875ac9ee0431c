// Waiting, but not for ever.

/** What `work` resolves to, or undefined after `ms`. The timer does not outlive the wait. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  const stop = new AbortController();
  const expired = scheduler.wait(ms, { signal: stop.signal }).then(
    () => undefined,
    () => undefined,
  );
  try {
    return await Promise.race([work, expired]);
  } finally {
    stop.abort();
  }
}
