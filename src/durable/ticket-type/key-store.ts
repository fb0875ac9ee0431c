// The SQL of the records of idempotency keys.

import { NextDue } from "../shared/next-due.ts";
import type { KeyRecord } from "./draft.ts";

export class KeyStore {
  readonly firstUse: NextDue;
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.firstUse = new NextDue(
      () => sql.exec<{ at: number | null }>("SELECT MIN(used_at_ms) AS at FROM idempotency_keys").one().at,
    );
  }

  /** The records of these keys that were made after `afterMs`. */
  records(keys: readonly Pick<KeyRecord, "accountId" | "key">[], afterMs: number): KeyRecord[] {
    if (keys.length === 0) return [];
    return this.#sql
      .exec<KeyRecord>(
        `SELECT account_id AS accountId, idempotency_keys.key, request, reservation_id AS reservationId
         FROM json_each(?) AS wanted CROSS JOIN idempotency_keys
           ON account_id = wanted.value ->> 0 AND idempotency_keys.key = wanted.value ->> 1
         WHERE used_at_ms > ?`,
        JSON.stringify(keys.map(({ accountId, key }) => [accountId, key])),
        afterMs,
      )
      .toArray();
  }

  save(records: readonly KeyRecord[], nowMs: number): void {
    if (records.length === 0) return;
    this.firstUse.add(nowMs);
    this.#sql.exec(
      `INSERT OR REPLACE INTO idempotency_keys (account_id, key, request, reservation_id, used_at_ms)
       SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, ?2 FROM json_each(?1)`,
      JSON.stringify(
        records.map(({ accountId, key, request, reservationId }) => [accountId, key, request, reservationId]),
      ),
      nowMs,
    );
  }

  delete(usedBeforeMs: number, limit: number): number {
    this.firstUse.invalidate();
    return this.#sql
      .exec(
        `DELETE FROM idempotency_keys WHERE (account_id, key) IN (
           SELECT account_id, key FROM idempotency_keys WHERE used_at_ms <= ? ORDER BY used_at_ms LIMIT ?)
         RETURNING 1`,
        usedBeforeMs,
        limit,
      )
      .toArray().length;
  }
}
