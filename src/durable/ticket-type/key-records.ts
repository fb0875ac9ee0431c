// What each idempotency key was answered, refusals too. An answer is kept in the transaction of what it is about.

import { ANSWERS_KEPT_MS } from "./retention.ts";
import type { Store } from "./store.ts";

export class Answers {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * What `act` says, or what was answered before where the account's key was used for the same `request`. Runs in the
   * caller's transaction. A key is free again once its answer is no longer kept.
   */
  once<R>(accountId: string, key: string | null, request: string, nowMs: number, act: () => R): R | "other_request" {
    if (key === null) return act();
    const answered = this.#store.answer(accountId, key, nowMs - ANSWERS_KEPT_MS);
    if (answered !== null) return answered.request === request ? (JSON.parse(answered.result) as R) : "other_request";
    const result = act();
    this.#store.saveAnswer(accountId, key, { request, result: JSON.stringify(result) }, nowMs);
    return result;
  }
}
