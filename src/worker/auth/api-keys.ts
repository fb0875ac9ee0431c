// Whose a request is that has a key for programs (docs/decisions/0062-api-keys.md).

import { waitUntil } from "cloudflare:workers";
import type { Scope } from "../../domain/scopes.ts";
import { HOUR_MS } from "../../domain/units.ts";
import { errorFields, log } from "../../platform/log.ts";
import { isWellFormed } from "./api-key-format.ts";
import { findApiKey, recordUse } from "./api-key-queries.ts";
import { hashOf } from "./refresh.ts";

/** The last use is this exact: a program that calls each second writes no row each second. */
const LAST_USE_STEP_MS = HOUR_MS;

/** The account that a key belongs to, and what it allows. */
export interface ApiKey {
  readonly id: string;
  readonly accountId: string;
  readonly scopes: readonly Scope[];
}

/** Null for a key that is unknown, revoked or expired, and for one of an account that is closed. */
export async function readApiKey(d1: D1Database, key: string): Promise<ApiKey | null> {
  if (!isWellFormed(key)) return null;
  // Looked up by its hash: what the comparison takes says nothing about the key.
  const row = await findApiKey(d1, hashOf(key));
  const nowMs = Date.now();
  if (row === null || (row.expiresAtMs !== null && nowMs >= row.expiresAtMs)) return null;
  if (nowMs - (row.lastUsedAtMs ?? 0) >= LAST_USE_STEP_MS) waitUntil(recorded(d1, row.id, nowMs));
  return { id: row.id, accountId: row.accountId, scopes: row.scopes };
}

/** Never rejects: a use counts even if nobody sees when it was. */
async function recorded(d1: D1Database, id: string, nowMs: number): Promise<void> {
  try {
    await recordUse(d1, id, nowMs, LAST_USE_STEP_MS);
  } catch (fault) {
    log("warn", "use of an API key not recorded", { key: id, ...errorFields(fault) });
  }
}
