// Refresh tokens: opaque, kept as hashes, good for one use. What a token's use comes to. Pure but
// for the hashing.

import { createHash, randomBytes } from "node:crypto";
import { derivations, type Secrets } from "./keys.ts";

const DAY_MS = 24 * 60 * 60_000;
/**
 * However often it is refreshed, a session ends then: OWASP ASVS 5.0, 7.3.2 asks for such an end.
 */
export const SESSION_LIFETIME_MS = 30 * DAY_MS;
/** A session that was not refreshed for so long is over (7.3.1). */
export const IDLE_LIFETIME_MS = 7 * DAY_MS;
/**
 * A token that comes again so soon comes from a client that has lost the answer, or has two tabs.
 * It gets the same successor once more, as long as nobody has used that.
 */
export const RETRY_WINDOW_MS = 10_000;
const TOKEN_BYTES = 32;

/** A token and what became of it, as D1 has it on record after the attempt to use it. */
export interface UsedToken {
  readonly sessionId: string;
  readonly accountId: string;
  readonly expiresAtMs: number;
  readonly endedAtMs: number | null;
  readonly usedAtMs: number | null;
  readonly successorHash: string | null;
  readonly successorUsedAtMs: number | null;
}

/** `reused` is the sign that somebody else has a copy: the session is to be ended. */
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

/**
 * The token's successor, by each secret that may have made it, the current one's first. It follows
 * from the token, so that a retry finds the same one, though only its hash is kept.
 */
export function successorsOf(env: Secrets, token: string): string[] {
  return derivations(env, "refresh token", token);
}

/**
 * What comes of a use of `token` at `nowMs`; the use itself is on record already, if it was the
 * first.
 */
export function decideRefresh(token: UsedToken | null, successors: readonly string[], nowMs: number): RefreshOutcome {
  if (token === null || token.endedAtMs !== null || nowMs >= token.expiresAtMs) return { type: "refused" };
  // Not used although it was tried: nobody has refreshed the session for too long.
  if (token.usedAtMs === null) return { type: "refused" };
  const successor = successors.find((candidate) => hashOf(candidate) === token.successorHash);
  const isRetry = nowMs - token.usedAtMs <= RETRY_WINDOW_MS && token.successorUsedAtMs === null;
  return successor !== undefined && isRetry ? { type: "refreshed", successor } : { type: "reused" };
}
