// Which live tickets have been used: each opens one stream, whichever isolates it is sent to.

const PREFIX = "used live ticket ";
// One is written with each use, so what is left of expired ones dwindles.
const FORGOTTEN_AT_A_TIME = 10;

/**
 * Marks the ticket as used. False if it was, or has expired. It is kept as a key, not in a table,
 * because it ends within minutes and nothing else refers to it. Keys are in the order of their end.
 */
export function useLiveTicket(kv: SyncKvStorage, id: string, expiresAtMs: number, nowMs: number): boolean {
  const ended = [...kv.list({ prefix: PREFIX, end: `${PREFIX}${nowMs}`, limit: FORGOTTEN_AT_A_TIME })];
  for (const [key] of ended) kv.delete(key);
  const key = `${PREFIX}${expiresAtMs} ${id}`;
  if (nowMs >= expiresAtMs || kv.get(key) !== undefined) return false;
  kv.put(key, true);
  return true;
}
