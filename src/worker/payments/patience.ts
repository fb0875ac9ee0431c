// Waits for a payment provider that carries out no more requests for a moment.

import { SECOND_MS } from "../../domain/units.ts";
import { sleep } from "../../platform/time.ts";
import { ProviderBusy } from "./provider.ts";

/** Between two tries, on average: at first, and after some of them. */
const FIRST_PAUSE_MS = SECOND_MS / 4;
const LAST_PAUSE_MS = 2 * SECOND_MS;
const PATIENCE_MS = 20 * SECOND_MS;

/**
 * Tries again while the provider is busy. A message that waits here keeps its place: the ones
 * behind it stay in the queue instead of asking, too, and it uses up no attempt.
 */
export async function whenNotBusy<T>(work: () => Promise<T>): Promise<T> {
  const untilMs = Date.now() + PATIENCE_MS;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LAST_PAUSE_MS, 2 * pauseMs)) {
    try {
      return await work();
    } catch (fault) {
      if (!(fault instanceof ProviderBusy) || Date.now() >= untilMs) throw fault;
    }
    // Calls that were refused together do not come back together.
    await sleep(pauseMs * (0.5 + Math.random()));
  }
}
