// Refresh tokens: opaque, stored as hashes, good for one use; and the decision what a use means.

import { createHash, randomBytes } from "node:crypto";
import { DAY_MS, SECOND_MS } from "../../domain/units.ts";
import type { refreshTokens, sessions } from "../../platform/d1/schema/accounts.ts";
import { derivations, type Secrets } from "./keys.ts";

/** A session ends then, however often it is refreshed (OWASP ASVS 5.0, 7.3.2). */
export const SESSION_LIFETIME_MS = 30 * DAY_MS;
/** A session ends when it was not refreshed for so long (7.3.1). */
export const IDLE_LIFETIME_MS = 7 * DAY_MS;
/** A client that lost the reply, or has two tabs, gets the unused successor again for so long. */
export const RETRY_WINDOW_MS = 10 * SECOND_MS;
const TOKEN_BYTES = 32;

/** A token and its session, as they are in D1 after the attempt to use it. */
export type UsedToken = Pick<typeof sessions.$inferSelect, "accountId" | "expiresAtMs" | "endedAtMs"> &
  Pick<typeof refreshTokens.$inferSelect, "sessionId" | "usedAtMs" | "successorHash"> & {
    readonly successorUsedAtMs: number | null;
  };

/** `reused` means that somebody else has a copy, so the session must end. */
export type RefreshOutcome =
  | { readonly type: "refreshed"; readonly successor: string }
  | { readonly type: "refused" }
  | { readonly type: "reused" };

export function newRefreshToken(): string {
  return randomBytes(TOKEN_BYTES).toString("base64url");
}

export function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}

/** By each secret, the current one first. Derived, because D1 has only hashes to retry from. */
export function successorsOf(env: Secrets, token: string): string[] {
  return derivations(env, "refresh token", token);
}

/** The outcome of a use at `nowMs`. `token` already includes this use if it was the first. */
export function decideRefresh(token: UsedToken | null, successors: readonly string[], nowMs: number): RefreshOutcome {
  if (token === null || token.endedAtMs !== null || nowMs >= token.expiresAtMs) return { type: "refused" };
  // The attempt did not use it, because the session was idle for too long.
  if (token.usedAtMs === null) return { type: "refused" };
  const successor = successors.find((candidate) => hashOf(candidate) === token.successorHash);
  const isRetry = nowMs - token.usedAtMs <= RETRY_WINDOW_MS && token.successorUsedAtMs === null;
  return successor !== undefined && isRetry ? { type: "refreshed", successor } : { type: "reused" };
}
