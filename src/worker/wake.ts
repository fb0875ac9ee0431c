// Waiting that another request ends. A request that is woken by another's promise goes on where it belongs, says the platform
// (compatibility flag `handle_cross_request_promise_resolution`). It does so only for promises that V8 has marked with their
// request, which the constructor leaves out once its caller is optimised; `Promise.withResolvers` does not. Should that change,
// a canary tells. See docs/decisions/0024-collecting.md.

import { log } from "../platform/log.ts";
import { sleep } from "../platform/time.ts";

// A canary costs some microseconds. Until one has told, requests lose their replies: some dozens, as many as are woken together.
const WAITS_PER_CANARY = 16;
// How soon whoever can't be woken looks again.
const POLL_MS = 4;
const { Cloudflare: platform } = globalThis as { readonly Cloudflare?: Cloudflare };
/** Off in tests that run inside workerd: the plugin that runs them needs it so. */
const IS_PROMISED = platform?.compatibilityFlags.handle_cross_request_promise_resolution === true;

/** What belongs to one request, and tells when another's code looks at it. */
interface Canary {
  readonly readyState: number;
}

export class Waking {
  #isTrusted: boolean;
  #waits = 0;

  /** `isTrusted`: whether those that another request wakes go on where they belong. */
  constructor(isTrusted = IS_PROMISED) {
    this.#isTrusted = isTrusted;
  }

  /**
   * Resolves when `wake` is called, by whichever request, or after `ms`, always in the request that waits; sooner where nobody
   * can be woken. Who waits has to look whether it is over.
   */
  async until(
    ms: number,
    register: (wake: () => void) => void,
    canary: Canary | null = this.#waits++ % WAITS_PER_CANARY === 0 ? new WebSocketPair()[0] : null,
  ): Promise<void> {
    if (!this.#isTrusted) return sleep(Math.min(ms, POLL_MS));
    const woken = Promise.withResolvers<void>();
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      woken.resolve();
      late.resolve();
    }, ms);
    register(woken.resolve);
    await woken.promise;
    if (canary !== null) this.#look(canary);
    // A request's own timer always finds its way.
    if (this.#isTrusted) clearTimeout(timer);
    else await late.promise;
  }

  #look(canary: Canary): void {
    try {
      void canary.readyState;
    } catch {
      this.#isTrusted = false;
      log("error", "a request was woken in another's place");
    }
  }
}
