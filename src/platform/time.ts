// Waiting that ends.

import { TimeoutError } from "./errors.ts";

/** Throws `TimeoutError` after `ms`; `work` itself goes on. The timer does not outlive the wait. */
export async function timeout<T>(ms: number, work: Promise<T>): Promise<T> {
  let stop = () => {};
  const expired = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(new TimeoutError(`no answer within ${ms} ms`)), ms);
    stop = () => clearTimeout(timer);
  });
  try {
    return await Promise.race([work, expired]);
  } finally {
    stop();
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
