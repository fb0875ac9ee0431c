// Keys for programs: what they open, for how long, and who makes them.

import { type Mistake, workers } from "../mistake.ts";

const KEYS = workers("worker/accounts/api-keys");

export const API_KEYS: readonly Mistake[] = [
  {
    name: "a key opens what has no scope",
    breaks: [8],
    file: "src/worker/http/route.ts",
    find: "(scope !== undefined && apiKey.scopes.includes(scope))",
    replace: "scope === undefined || apiKey.scopes.includes(scope)",
    caughtBy: [KEYS],
  },
  {
    name: "a key has the scopes that it does not name",
    breaks: [8],
    file: "src/worker/http/route.ts",
    find: "apiKey.scopes.includes(scope)",
    replace: "apiKey.scopes.length > 0",
    caughtBy: [KEYS],
  },
  {
    name: "a key opens after its end",
    breaks: [8],
    file: "src/worker/auth/api-keys.ts",
    find: "nowMs >= row.expiresAtMs",
    replace: "nowMs < 0",
    caughtBy: [KEYS],
  },
  {
    name: "a key of an account that is being deleted goes on",
    breaks: [8],
    file: "src/worker/auth/api-key-queries.ts",
    find: "and(eq(accounts.id, apiKeys.accountId), isNull(accounts.closingSinceMs))",
    replace: "and(eq(accounts.id, apiKeys.accountId), isNull(accounts.guestDueMs))",
    caughtBy: [KEYS],
  },
  {
    name: "a thief's key survives a new password",
    breaks: [8],
    file: "src/worker/accounts/changes.ts",
    find: "endApiKeysOf(db, accountId, isChanged),",
    replace: "endApiKeysOf(db, session.id, isChanged),",
    caughtBy: [KEYS],
  },
  {
    name: "a thief's key survives a password that was chosen by a link",
    breaks: [8],
    file: "src/worker/links/using.ts",
    find: "endApiKeysOf(db, account.id, isUsed),",
    replace: "endApiKeysOf(db, useId, isUsed),",
    caughtBy: [workers("worker/links/links")],
  },
  {
    name: "anybody revokes anybody's key",
    breaks: [8],
    file: "src/worker/auth/api-key-queries.ts",
    find: "and(eq(apiKeys.id, id), eq(apiKeys.accountId, accountId))",
    replace: "eq(apiKeys.id, id)",
    caughtBy: [KEYS],
  },
  {
    name: "two requests at once make more keys than an account may have",
    breaks: [10],
    file: "src/worker/auth/api-key-queries.ts",
    find: "(SELECT COUNT(*) FROM api_keys",
    replace: "0 * (SELECT COUNT(*) FROM api_keys",
    caughtBy: [KEYS],
  },
  {
    name: "a key works in a cookie, which browsers send by themselves",
    breaks: [8],
    file: "src/worker/auth/sessions.ts",
    find: "token !== null && authorization !== null && isLikeApiKey(token)",
    replace: "token !== null && isLikeApiKey(token)",
    caughtBy: [KEYS],
  },
];
