// The SQL of passes, and of the records of requests about them.

import { type Pass, type PassClaim, type PassName, passIdOf } from "../../domain/pass.ts";
import { PASS_TOTALS, type Part, type PassTotal } from "../../platform/totals.ts";
import { NextDue } from "../shared/next-due.ts";
import type { DoorCounts } from "./pass-protocol.ts";
import type { PassChange, PassRecord } from "./plan-passes.ts";

/**
 * `version`: the number of its last change among those of the ticket type's passes. It is about
 * when that was, so that an object that was put back to an earlier time gives no number again.
 */
export interface StoredPass extends Pass {
  readonly version: number;
}

type Row = Omit<StoredPass, "admission"> & {
  readonly checkInKey: string | null;
  readonly admittedAtMs: number | null;
  readonly gate: string | null;
};

const COLUMNS = {
  reservationId: "reservation_id",
  number: "number",
  generation: "generation",
  holderName: "holder_name",
  holderEmail: "holder_email",
  emailKey: "email_key",
  passedOnAtMs: "passed_on_at_ms",
  passedOnBy: "passed_on_by",
  revokedAtMs: "revoked_at_ms",
  checkInKey: "check_in_key",
  admittedAtMs: "admitted_at_ms",
  gate: "gate",
  outSinceMs: "out_since_ms",
  version: "version",
} as const satisfies Record<keyof Row, string>;

const FIELDS = Object.keys(COLUMNS) as (keyof Row)[];
const NAMES = Object.values(COLUMNS);
const PASS_SELECTED = FIELDS.map((field) => `passes.${COLUMNS[field]} AS ${field}`).join(", ");

const SAVE = `
  INSERT INTO passes (${NAMES.join(", ")}) SELECT ${NAMES.map((_, index) => `value ->> ${index}`).join(", ")}
  FROM json_each(?) WHERE true
  ON CONFLICT (reservation_id, number) DO UPDATE SET
    ${NAMES.slice(2).map((name) => `${name} = excluded.${name}`)}`;

// Word for word the index's condition.
const IS_DIRTY = "projected_version < version";

export class PassStore {
  readonly firstRequest: NextDue;
  readonly #sql: SqlStorage;
  #lastVersion: number | null = null;
  // While nothing happens to passes, each copy to D1 costs what it did without them.
  #hasDirty = true;
  #counts: { readonly admitted: Map<string, number>; outside: number } | null = null;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.firstRequest = new NextDue(
      () => sql.exec<{ at: number | null }>("SELECT MIN(used_at_ms) AS at FROM pass_requests").one().at,
    );
  }

  invalidateCaches(): void {
    this.firstRequest.invalidate();
    this.#lastVersion = null;
    this.#hasDirty = true;
    this.#counts = null;
  }

  /** What reservations say of their passes, by id. */
  claims(reservationIds: readonly string[]): Map<string, PassClaim> {
    const rows = this.#sql
      .exec<PassClaim & Record<string, SqlStorageValue>>(
        `SELECT id, account_id AS accountId, order_id AS orderId, quantity, price_id AS priceId,
           price_name AS priceName, state, given_back AS givenBack
         FROM reservations WHERE id IN (SELECT value FROM json_each(?))`,
        JSON.stringify(reservationIds),
      )
      .toArray();
    return new Map(rows.map((row) => [row.id, row]));
  }

  withNames(names: readonly PassName[]): Pass[] {
    return this.#passes(
      `SELECT ${PASS_SELECTED} FROM json_each(?) AS wanted CROSS JOIN passes
         ON passes.reservation_id = wanted.value ->> 0 AND passes.number = wanted.value ->> 1`,
      JSON.stringify(names.map(({ reservationId, number }) => [reservationId, number])),
    ).map(unversioned);
  }

  /** With their versions. */
  storedOf(reservationIds: readonly string[]): StoredPass[] {
    return this.#passes(
      `SELECT ${PASS_SELECTED} FROM passes WHERE reservation_id IN (SELECT value FROM json_each(?)) ORDER BY reservation_id, number`,
      JSON.stringify(reservationIds),
    );
  }

  ofReservations(reservationIds: readonly string[]): Pass[] {
    return this.storedOf(reservationIds).map(unversioned);
  }

  ofAddress(emailKey: string): Pass[] {
    return this.#passes(
      `SELECT ${PASS_SELECTED} FROM passes WHERE email_key = ? ORDER BY reservation_id, number`,
      emailKey,
    ).map(unversioned);
  }

  changedAfter(version: number, limit: number): StoredPass[] {
    return this.#passes(
      `SELECT ${PASS_SELECTED} FROM passes WHERE version > ? ORDER BY version LIMIT ?`,
      version,
      limit,
    );
  }

  /** Reservations of which more was given back than passes were revoked: by an older version. */
  withRevocationsOwed(): string[] {
    return this.#sql
      .exec<{ id: string }>(
        `SELECT id FROM reservations WHERE given_back > 0 AND given_back > (
           SELECT COUNT(*) FROM passes WHERE reservation_id = reservations.id AND revoked_at_ms IS NOT NULL)`,
      )
      .toArray()
      .map(({ id }) => id);
  }

  /** Each change gets the next number, from the present time on. */
  save(changes: readonly PassChange[], nowMs: number): void {
    if (changes.length === 0) return;
    const first = Math.max(this.lastVersion() + 1, nowMs);
    const rows = changes.map(({ after: { admission, ...pass } }, index) => {
      const { key = null, atMs = null, gate = null } = admission ?? {};
      const row: Row = { ...pass, checkInKey: key, admittedAtMs: atMs, gate, version: first + index };
      return FIELDS.map((field) => row[field]);
    });
    this.#sql.exec(SAVE, JSON.stringify(rows));
    this.#hasDirty = true;
    this.#lastVersion = first + changes.length - 1;
    for (const change of changes) this.#count(change);
  }

  /** The number of the last change; 0 where nothing has happened to any pass. */
  lastVersion(): number {
    this.#lastVersion ??= this.#sql
      .exec<{ last: number }>("SELECT COALESCE(MAX(version), 0) AS last FROM passes")
      .one().last;
    return this.#lastVersion;
  }

  /** Counted once, and then kept with each change. */
  counts(): DoorCounts {
    this.#counts ??= this.#counted();
    const { admitted: byGate, outside } = this.#counts;
    const gates = [...byGate].map(([gate, admitted]) => ({ gate, admitted })).filter(({ admitted }) => admitted > 0);
    const admitted = gates.reduce((sum, gate) => sum + gate.admitted, 0);
    return { admitted, inside: admitted - outside, gates: gates.sort((a, b) => (a.gate < b.gate ? -1 : 1)) };
  }

  /** What keys were used for after `afterMs`. */
  records(keys: readonly string[], afterMs: number): PassRecord[] {
    return this.#sql
      .exec<PassRecord & Record<string, SqlStorageValue>>(
        `SELECT key, request, answer, account_id AS "by" FROM pass_requests
         WHERE key IN (SELECT value FROM json_each(?)) AND used_at_ms > ?`,
        JSON.stringify(keys),
        afterMs,
      )
      .toArray();
  }

  saveRecords(records: readonly PassRecord[], nowMs: number): void {
    if (records.length === 0) return;
    this.firstRequest.add(nowMs);
    this.#sql.exec(
      `INSERT OR REPLACE INTO pass_requests (key, request, answer, account_id, used_at_ms)
       SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, ?2 FROM json_each(?1)`,
      JSON.stringify(records.map(({ key, request, answer, by }) => [key, request, answer, by])),
      nowMs,
    );
  }

  /** That passes were passed on: these records have addresses, too. */
  forgetRequests(passes: readonly PassName[]): void {
    if (passes.length === 0) return;
    this.#sql.exec(
      `DELETE FROM pass_requests WHERE key > 'holder ' AND key < 'holder!'
         AND substr(request, 1, instr(request, ' to ')) IN (SELECT value FROM json_each(?))`,
      JSON.stringify(passes.map((name) => `pass on ${passIdOf(name)} `)),
    );
  }

  /** These records of holders alone, as `passOnText` names them. */
  forgetRequestsNamed(requests: readonly string[]): void {
    if (requests.length === 0) return;
    this.#sql.exec(
      `DELETE FROM pass_requests WHERE key > 'holder ' AND key < 'holder!'
         AND request IN (SELECT value FROM json_each(?))`,
      JSON.stringify(requests),
    );
  }

  deleteRecords(usedBeforeMs: number, limit: number): number {
    this.firstRequest.invalidate();
    return this.#sql
      .exec(
        `DELETE FROM pass_requests WHERE key IN (
           SELECT key FROM pass_requests WHERE used_at_ms <= ? ORDER BY used_at_ms LIMIT ?) RETURNING 1`,
        usedBeforeMs,
        limit,
      )
      .toArray().length;
  }

  total({ afterId, upToId }: Part): PassTotal {
    return this.#sql.exec<PassTotal & Record<string, SqlStorageValue>>(PASS_TOTALS, afterId, upToId).one();
  }

  /** Makes the version higher than both, so that D1 gets the copy again. */
  raiseVersion({ reservationId, number }: PassName, aboveVersion: number): void {
    const version = Math.max(this.lastVersion(), aboveVersion) + 1;
    this.#sql.exec(
      "UPDATE passes SET version = ? WHERE reservation_id = ? AND number = ?",
      version,
      reservationId,
      number,
    );
    this.#lastVersion = version;
    this.#hasDirty = true;
  }

  dirty(limit: number): StoredPass[] {
    if (!this.#hasDirty) return [];
    const found = this.#passes(
      `SELECT ${PASS_SELECTED} FROM passes WHERE ${IS_DIRTY} ORDER BY reservation_id, number LIMIT ?`,
      limit,
    );
    this.#hasDirty = found.length > 0;
    return found;
  }

  /** D1 has acknowledged these versions. What has changed meanwhile stays dirty. */
  markProjected(passes: readonly StoredPass[]): void {
    if (passes.length === 0) return;
    this.#sql.exec(
      `UPDATE passes SET projected_version = value ->> 2 FROM json_each(?)
       WHERE reservation_id = value ->> 0 AND number = value ->> 1 AND projected_version < value ->> 2`,
      JSON.stringify(passes.map(({ reservationId, number, version }) => [reservationId, number, version])),
    );
  }

  #passes(query: string, ...bindings: SqlStorageValue[]): StoredPass[] {
    return this.#sql
      .exec<Row & Record<string, SqlStorageValue>>(query, ...bindings)
      .toArray()
      .map(({ checkInKey, admittedAtMs, gate, ...pass }) => ({
        ...pass,
        admission:
          checkInKey === null || admittedAtMs === null || gate === null
            ? null
            : { key: checkInKey, atMs: admittedAtMs, gate },
      }));
  }

  #counted() {
    const rows = this.#sql
      .exec<{ gate: string; admitted: number; outside: number }>(
        `SELECT gate, COUNT(*) AS admitted, COUNT(out_since_ms) AS outside FROM passes
         WHERE admitted_at_ms IS NOT NULL GROUP BY gate`,
      )
      .toArray();
    const outside = rows.reduce((sum, row) => sum + row.outside, 0);
    return { admitted: new Map(rows.map(({ gate, admitted }) => [gate, admitted])), outside };
  }

  #count({ before, after }: PassChange): void {
    if (this.#counts === null) return;
    const { admitted } = this.#counts;
    const move = (gate: string | undefined, by: number) => {
      if (gate !== undefined) admitted.set(gate, (admitted.get(gate) ?? 0) + by);
    };
    move(before?.admission?.gate, -1);
    move(after.admission?.gate, 1);
    this.#counts.outside += Number(after.outSinceMs !== null) - Number((before?.outSinceMs ?? null) !== null);
  }
}

function unversioned({ version, ...pass }: StoredPass): Pass {
  return pass;
}
