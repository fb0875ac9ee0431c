// Sends a wish with its key, so that it counts once however often it is sent.

import { Problem } from "./api.ts";
import { keyFor } from "./kept.ts";

/** A key that another wish was sent with is given up: the next try has its own. */
export async function sendOnce<T>(name: string, wish: unknown, send: (key: string) => Promise<T>): Promise<T> {
  const { key, done } = keyFor(name, wish);
  try {
    const sent = await send(key);
    done();
    return sent;
  } catch (fault) {
    if (fault instanceof Problem && fault.type === "idempotency-key-reused") done();
    throw fault;
  }
}
