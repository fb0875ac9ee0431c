// Waiting that another request ends. A request that is woken by another's promise goes on where it belongs, says the platform
// (compatibility flag `handle_cross_request_promise_resolution`). It does so only for promises that V8 has marked with their
// request, which the constructor leaves out once its caller is optimised; `Promise.withResolvers` does not. Should that change,
// a canary tells. See docs/decisions/0024-collecting.md.

import { errorFields, log } from "./log.ts";

// A canary costs some microseconds. Until one has told, so many requests at the most may have lost their replies.
const WAITS_PER_CANARY = 16;

/** What belongs to one request, and tells when another's code looks at it. */
interface Canary {
  readonly readyState: number;
}

let waits = 0;
let isTrusted = true;

/** Whether those that another request has woken still go on where they belong. Once they did not, nobody should wait so. */
export function canBeWoken(): boolean {
  return isTrusted;
}

/** Resolves when `wake` is called, by whichever request, or after `ms`; always in the request that waits. */
export async function untilWoken(
  ms: number,
  register: (wake: () => void) => void,
  canary: Canary | null = waits++ % WAITS_PER_CANARY === 0 ? new WebSocketPair()[0] : null,
): Promise<void> {
  const woken = Promise.withResolvers<void>();
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(() => {
    woken.resolve();
    late.resolve();
  }, ms);
  register(woken.resolve);
  await woken.promise;
  if (canary !== null) look(canary);
  // A request's own timer always finds its way.
  if (isTrusted) clearTimeout(timer);
  else await late.promise;
}

function look(canary: Canary): void {
  try {
    void canary.readyState;
  } catch (fault) {
    isTrusted = false;
    log("error", "a request was woken in another's place", errorFields(fault));
  }
}
