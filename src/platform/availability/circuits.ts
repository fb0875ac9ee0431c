// Work that is left alone for a while where it keeps failing, for all requests and objects of one isolate together.

import { ServiceError } from "../errors.ts";
import { errorFields, log } from "../log.ts";
import { CLOSED, failed, isOpen, tried } from "./circuit-breaker.ts";

/** It was not tried. Why has been logged. */
export class LeftAlone extends ServiceError {}

const breakers = new Map<string, typeof CLOSED>();

/** What `work` resolves to; rejects where it does, and with `LeftAlone` where what is called `name` has kept failing. */
export async function guarded<T>(name: string, work: () => Promise<T>): Promise<T> {
  const breaker = tried(breakers.get(name) ?? CLOSED, Date.now());
  if (breaker === null) throw new LeftAlone("left alone after failures");
  breakers.set(name, breaker);
  try {
    const value = await work();
    settle(name, CLOSED);
    return value;
  } catch (fault) {
    settle(name, failed(breakers.get(name) ?? CLOSED, Date.now()), fault);
    throw fault;
  }
}

/** One line when it begins and one when it is over, and none in between. */
function settle(name: string, breaker: typeof CLOSED, fault?: unknown): void {
  const wasOpen = isOpen(breakers.get(name) ?? CLOSED);
  breakers.set(name, breaker);
  // The kind alone: an address may have somebody's name in it.
  const [what] = name.split(" ");
  if (!wasOpen && isOpen(breaker)) log("warn", "availability cache is left alone", { what, ...errorFields(fault) });
  if (wasOpen && !isOpen(breaker)) log("info", "availability cache answers again", { what });
}
