// What a use of a refresh token comes to: a row for each way it can be.

import { expect, test } from "vitest";
import {
  decideRefresh,
  hashOf,
  RETRY_WINDOW_MS,
  successorsOf,
  type UsedToken,
} from "../../../../src/worker/auth/refresh.ts";

const NOW = 1_000_000_000;
const SECRET = "only-for-tests-0123456789abcdef0123456789abcdef";
const OTHER = "another-secret-0123456789abcdef0123456789abcdef";
const [SUCCESSOR = ""] = successorsOf({ SESSION_SECRET: SECRET }, "token");

function used(changes: Partial<UsedToken> = {}): UsedToken {
  return {
    sessionId: "s",
    accountId: "a",
    expiresAtMs: NOW + 1,
    endedAtMs: null,
    usedAtMs: NOW,
    successorHash: hashOf(SUCCESSOR),
    successorUsedAtMs: null,
    ...changes,
  };
}

test.each<[what: string, token: UsedToken | null, want: string]>([
  ["used just now, by this use or its twin", used(), "refreshed"],
  ["used at the edge of the retry window", used({ usedAtMs: NOW - RETRY_WINDOW_MS }), "refreshed"],
  ["used before the retry window", used({ usedAtMs: NOW - RETRY_WINDOW_MS - 1 }), "reused"],
  ["used just now, its successor too", used({ successorUsedAtMs: NOW }), "reused"],
  ["used for another successor than ours", used({ successorHash: hashOf("another") }), "reused"],
  ["used, and without a successor", used({ successorHash: null }), "reused"],
  ["not used, although it was tried", used({ usedAtMs: null, successorHash: null }), "refused"],
  ["of nobody", null, "refused"],
  ["of a session that was ended", used({ endedAtMs: NOW - 1 }), "refused"],
  ["of a session that was ended, and a copy", used({ endedAtMs: 1, usedAtMs: 1 }), "refused"],
  ["of a session at its very end", used({ expiresAtMs: NOW }), "refused"],
])("a token %s: %s", (_what, token, want) => {
  expect(decideRefresh(token, [SUCCESSOR], NOW).type).toBe(want);
});

test("the successor is what the token and a secret make it, the current secret's first", () => {
  const both = successorsOf({ SESSION_SECRET: OTHER, SESSION_SECRET_PREVIOUS: SECRET }, "token");
  expect(both).toHaveLength(2);
  expect(both[1]).toBe(SUCCESSOR);
  expect(successorsOf({ SESSION_SECRET: SECRET }, "token2")[0]).not.toBe(SUCCESSOR);
  expect(decideRefresh(used(), both, NOW)).toEqual({ type: "refreshed", successor: SUCCESSOR });
});
