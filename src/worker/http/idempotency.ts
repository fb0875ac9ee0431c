// Requests that carry an Idempotency-Key: one effect and one answer, however often they come.

import { OwnError } from "../../platform/log.ts";
import type { Env } from "../env.ts";
import { callIdempotencyKeys } from "../objects/ticket-types.ts";
import { ProblemError } from "./problems.ts";

/**
 * What `effect` resolves to. A key belongs to its account, and to the first request that came with it: another one is
 * refused with 422, and the same one with 409 while the first is in progress. `effect` itself must be one that can be
 * repeated, because the object that it calls keeps the answer. Without a key it just runs.
 */
export async function once<T>(
  env: Env,
  accountId: string,
  key: string | null,
  request: readonly (string | number | null)[],
  effect: () => Promise<T>,
): Promise<T> {
  if (key === null) return effect();
  // The effect runs here, so what it resolves to, or throws, stays as it is.
  let outcome: Promise<T> | undefined;
  const use = await callIdempotencyKeys(env, accountId, (keys) =>
    keys.once(key, JSON.stringify(request), async () => {
      outcome = effect();
      await outcome.catch(() => {});
    }),
  );
  switch (use) {
    case "other_request":
      throw new ProblemError("idempotency-key-reused");
    case "in_progress":
      throw new ProblemError("request-in-progress");
    case "done":
      if (outcome === undefined) throw new OwnError("an idempotency key is done, and its request was not begun");
      return outcome;
  }
}
