// Sessions that ended early. Each isolate keeps the list, so that most requests need no query.

import { SECOND_MS } from "../../domain/units.ts";
import { errorFields, log } from "../../platform/log.ts";
import { timeout } from "../../platform/time.ts";

/** While D1 answers, another isolate accepts a signed-out token for at most this long. */
const MAX_AGE_MS = 5 * SECOND_MS;
// A slow D1 must not hold up buyers. See docs/decisions/0004-sessions.md.
const RENEWAL_TIMEOUT_MS = SECOND_MS;
// While one request renews the list, the others use the old one, up to this age.
const MAX_AGE_WHILE_RENEWING_MS = MAX_AGE_MS + RENEWAL_TIMEOUT_MS;

interface Row {
  readonly position: number;
  readonly id: string;
  readonly expires_at_ms: number;
}

/** When the last access token of each revoked session expires. */
const revoked = new Map<string, number>();
/** How far this isolate has read the list; null for not at all. */
let lastRead: Row | null = null;
let renewedAtMs = Number.NEGATIVE_INFINITY;
let renewingSinceMs = Number.NEGATIVE_INFINITY;

export async function isRevoked(d1: D1Database, sessionId: string): Promise<boolean> {
  const nowMs = Date.now();
  const ageMs = nowMs - renewedAtMs;
  const isRenewing = nowMs - renewingSinceMs < RENEWAL_TIMEOUT_MS;
  if (ageMs < 0 || ageMs > MAX_AGE_WHILE_RENEWING_MS || (ageMs > MAX_AGE_MS && !isRenewing)) await renew(d1, nowMs);
  return revoked.has(sessionId);
}

/** D1 has just added them to its list: they count here at once. */
export function addRevoked(sessionIds: readonly string[], expiresAtMs: number): void {
  for (const id of sessionIds) revoked.set(id, expiresAtMs);
}

/** If D1 does not answer, the old list serves for a while longer: selling goes on. */
async function renew(d1: D1Database, nowMs: number): Promise<void> {
  renewingSinceMs = nowMs;
  try {
    const rows = await timeout(RENEWAL_TIMEOUT_MS, readNew(d1, nowMs));
    for (const { id, expires_at_ms } of rows) revoked.set(id, expires_at_ms);
    lastRead = rows.at(-1) ?? null;
    for (const [id, expiresAtMs] of revoked) if (expiresAtMs < nowMs) revoked.delete(id);
  } catch (fault) {
    log("warn", "revocation list not renewed", errorFields(fault));
  } finally {
    renewedAtMs = nowMs;
    renewingSinceMs = Number.NEGATIVE_INFINITY;
  }
}

/**
 * The rows from the last one that was read: what D1 commits later has a higher position. If the
 * last row does not come again, it has expired, or D1 was restored to an earlier time and gives
 * positions anew: then the whole list is read.
 */
async function readNew(d1: D1Database, nowMs: number): Promise<Row[]> {
  const query = d1.prepare(`
    SELECT position, id, expires_at_ms FROM revoked_sessions WHERE position >= ? AND expires_at_ms >= ?
    ORDER BY position`);
  const read = async (position: number) => (await query.bind(position, nowMs).all<Row>()).results;
  // Where the clock went back, rows that were dropped as expired count again.
  const from = nowMs < renewedAtMs ? null : lastRead;
  const rows = await read(from?.position ?? 0);
  return from === null || rows[0]?.id === from.id ? rows : read(0);
}
