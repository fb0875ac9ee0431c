// The object that knows which request each idempotency key of one account was used for. What the request did, and what
// it was answered, is on record where it was done: in the ticket type's object.

import { DurableObject } from "cloudflare:workers";
import { ANSWERS_KEPT_MS } from "./ticket-type/retention.ts";

/** `done`: the effect was carried out, now or before. With the others nothing was begun. */
export type KeyUse = "done" | "other_request" | "in_progress";

const HOUR_MS = 60 * 60_000;
// Longer than any answer, so that a key never means something new while its old answer is still there.
const KEYS_KEPT_MS = ANSWERS_KEPT_MS + HOUR_MS;

export class IdempotencyKeys extends DurableObject {
  readonly #inProgress = new Set<string>();

  /**
   * Runs `effect` under `key`, for `request` only, and not twice at a time. Which request a key is for is on record
   * before the effect begins. Rejects where the effect does; the same request may then come again.
   */
  async once(key: string, request: string, effect: () => Promise<void>): Promise<KeyUse> {
    if (this.#firstRequest(key, request, Date.now()) !== request) return "other_request";
    if (this.#inProgress.has(key)) return "in_progress";
    this.#inProgress.add(key);
    try {
      await effect();
    } finally {
      this.#inProgress.delete(key);
    }
    return "done";
  }

  /** Forgets keys that are over. With the last one the whole storage goes. */
  override async alarm(): Promise<void> {
    const { storage } = this.ctx;
    const nowMs = Date.now();
    this.#forget(nowMs);
    const { at } = storage.sql.exec<{ at: number | null }>("SELECT MIN(used_at_ms) AS at FROM keys").one();
    if (at === null) await storage.deleteAll();
    else await storage.setAlarm(Math.max(at + KEYS_KEPT_MS, nowMs + HOUR_MS));
  }

  /** The request that the key belongs to: this one, if it is the first that came with it. */
  #firstRequest(key: string, request: string, nowMs: number): string {
    const { sql } = this.ctx.storage;
    this.#forget(nowMs);
    const isFirst = sql.exec("SELECT 1 FROM keys LIMIT 1").toArray().length === 0;
    if (isFirst) void this.ctx.storage.setAlarm(nowMs + KEYS_KEPT_MS);
    sql.exec("INSERT INTO keys VALUES (?, ?, ?) ON CONFLICT DO NOTHING", key, request, nowMs);
    // A day counts from the last use: the first may have failed, and the answer be a later one's.
    sql.exec("UPDATE keys SET used_at_ms = ? WHERE key = ? AND request = ?", nowMs, key, request);
    return sql.exec<{ request: string }>("SELECT request FROM keys WHERE key = ?", key).one().request;
  }

  #forget(nowMs: number): void {
    this.ctx.storage.sql.exec(
      `CREATE TABLE IF NOT EXISTS keys (key TEXT PRIMARY KEY, request TEXT NOT NULL, used_at_ms INTEGER NOT NULL)
       WITHOUT ROWID`,
    );
    // Without it each request would read all keys of the day.
    this.ctx.storage.sql.exec("CREATE INDEX IF NOT EXISTS keys_by_time ON keys (used_at_ms)");
    this.ctx.storage.sql.exec("DELETE FROM keys WHERE used_at_ms <= ?", nowMs - KEYS_KEPT_MS);
  }
}
