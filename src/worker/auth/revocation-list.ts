// Sessions that were ended early. Each isolate keeps the short list and renews it, so that most requests ask nobody.

import { ServiceError } from "../../platform/errors.ts";
import { errorFields, log } from "../../platform/log.ts";
import { within } from "../../platform/time.ts";

/** How old the list may be. Another isolate accepts a signed-out token for at most this long, while D1 answers. */
const MAX_AGE_MS = 5_000;
// While one request renews the list the others go on with the old one, up to this age.
const MAX_AGE_WHILE_RENEWING_MS = 10_000;
// A slow D1 must not hold up buyers. See docs/decisions/0004-sessions.md.
const RENEWAL_TIMEOUT_MS = 1_000;

let revoked = new Set<string>();
// Sessions ended through this isolate: they count at once, and a renewal that was already under way can't lose them.
const addedHere = new Map<string, number>();
let renewedAtMs = Number.NEGATIVE_INFINITY;
let renewingSinceMs = Number.NEGATIVE_INFINITY;

export async function isRevoked(db: D1Database, sessionId: string): Promise<boolean> {
  const nowMs = Date.now();
  const ageMs = nowMs - renewedAtMs;
  const beingRenewed = nowMs - renewingSinceMs < RENEWAL_TIMEOUT_MS;
  if (ageMs < 0 || ageMs > MAX_AGE_WHILE_RENEWING_MS || (ageMs > MAX_AGE_MS && !beingRenewed)) await renew(db, nowMs);
  return addedHere.has(sessionId) || revoked.has(sessionId);
}

/** Sessions that D1 has on its list since now: they count here at once, in other isolates within `MAX_AGE_MS`. */
export function addRevoked(sessionIds: readonly string[], expiresAtMs: number): void {
  for (const id of sessionIds) addedHere.set(id, expiresAtMs);
}

/** If D1 does not answer the old list serves for a while longer: selling goes on. */
async function renew(db: D1Database, nowMs: number): Promise<void> {
  renewingSinceMs = nowMs;
  try {
    const query = db.prepare("SELECT id FROM revoked_sessions WHERE expires_at_ms >= ?").bind(nowMs);
    const answer = await within(RENEWAL_TIMEOUT_MS, query.all<{ id: string }>());
    if (answer === undefined) throw new ServiceError("no answer in time");
    revoked = new Set(answer.results.map((row) => row.id));
    for (const [id, expiresAtMs] of addedHere) if (expiresAtMs < nowMs) addedHere.delete(id);
  } catch (fault) {
    log("warn", "revoked sessions not renewed", errorFields(fault));
  } finally {
    renewedAtMs = nowMs;
    renewingSinceMs = Number.NEGATIVE_INFINITY;
  }
}
