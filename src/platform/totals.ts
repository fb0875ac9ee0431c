// What a part of a ticket type's reservations adds up to, in its object and in D1.

export interface Part {
  /** The ids are in `(afterId, upToId]`, and the first `limit` of them count. */
  readonly afterId: string;
  readonly upToId: string;
  readonly limit: number;
  /** D1 keeps reservations that ended before this, and objects delete them. */
  readonly endedAfterMs: number;
}

/** The reservations in one state. `state` is `old` for what only D1 may have. */
export interface Total {
  readonly state: string;
  readonly reservations: number;
  readonly versions: number;
  readonly lastId: string;
}

/** Passes that something has happened to. */
export interface PassTotal {
  readonly passes: number;
  readonly versions: number;
}

/**
 * For both, as `TOTALS`: of the passes of reservations with ids in `(?1, ?2]`. Of each version 32
 * bits count, so that the sum over a million passes is a number that JavaScript has exactly.
 */
export const PASS_TOTALS = `
  SELECT COUNT(*) AS passes, COALESCE(SUM(version & 4294967295), 0) AS versions FROM passes
  WHERE reservation_id > ?1 AND reservation_id <= ?2`;

/** For both: these columns have the same names in both. It reads at most `limit` rows. */
export const TOTALS = `
  SELECT IIF(state IN ('held', 'confirmed', 'refunded') OR expires_at_ms > ?4, state, 'old') AS state,
    COUNT(*) AS reservations, SUM(version) AS versions, MAX(id) AS lastId
  FROM (SELECT id, state, version, expires_at_ms FROM reservations WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ?3)
  GROUP BY 1 ORDER BY 1`;

/** The parameters of `TOTALS`. */
export function parametersOf({ afterId, upToId, limit, endedAfterMs }: Part): [string, string, number, number] {
  return [afterId, upToId, limit, endedAfterMs];
}

export function isSame(some: readonly Total[], others: readonly Total[]): boolean {
  const compared = (totals: readonly Total[]) =>
    totals
      .filter(({ state }) => state !== "old")
      .map(({ state, reservations, versions }) => [state, reservations, versions]);
  return JSON.stringify(compared(some)) === JSON.stringify(compared(others));
}

export function isSamePasses(one: PassTotal, other: PassTotal): boolean {
  return one.passes === other.passes && one.versions === other.versions;
}
