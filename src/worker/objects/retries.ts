// What to do when a call to an object fails.

import { Unavailable } from "../../platform/errors.ts";
import { errorFields, log } from "../../platform/log.ts";

const MAX_ATTEMPTS = 3;
const FIRST_RETRY_MS = 50;

/** `call` must get a new stub each time: one that has failed stays broken. `fields` are logged. */
export async function withRetries<T>(fields: Record<string, string>, call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (fault) {
      if (isOlder(fault)) {
        log("warn", "object of another version", { ...fields, ...errorFields(fault) });
        throw new Unavailable("the object does not know this call yet");
      }
      const { retryable, overloaded } = faultFlags(fault);
      if (!retryable && !overloaded) throw fault;
      // Another call would make an overloaded object slower still.
      if (overloaded || attempt === MAX_ATTEMPTS) {
        log("warn", "object unavailable", { ...fields, attempt, overloaded, ...errorFields(fault) });
        throw new Unavailable("the object is unavailable");
      }
      await scheduler.wait(FIRST_RETRY_MS * 2 ** (attempt - 1) * (0.5 + Math.random()));
    }
  }
}

/**
 * The object has no such method: it still runs the version before, for the seconds of a deployment.
 * The platform says so in words alone.
 */
function isOlder(fault: unknown): boolean {
  return fault instanceof TypeError && fault.message.startsWith("The RPC receiver does not implement ");
}

/** As the platform sets them on its errors. */
function faultFlags(fault: unknown): { retryable: boolean; overloaded: boolean } {
  const { retryable, overloaded } = Object(fault);
  return { retryable: retryable === true, overloaded: overloaded === true };
}
