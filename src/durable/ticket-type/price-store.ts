// The SQL of prices and of the codes that open them. It decides nothing.

import type { Code, PriceRules } from "../../domain/price.ts";
import { hashOf } from "../../platform/ids.ts";
import type { CodeUse } from "./draft.ts";
import type { CodeBatch, ListedCode } from "./protocol.ts";
import { PRICE_COLUMNS, PRICE_SELECTED, PRICE_VALUES, type PriceRow, priceValues, toRules } from "./rows.ts";

export class PriceStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** In their order; none while only the first has ever been there. */
  all(): PriceRules[] {
    return this.#sql.exec<PriceRow>(`SELECT ${PRICE_SELECTED} FROM prices ORDER BY position`).toArray().map(toRules);
  }

  replaceAll(prices: readonly PriceRules[]): void {
    this.#sql.exec("DELETE FROM prices");
    this.#sql.exec(
      `INSERT INTO prices (${PRICE_COLUMNS}, position) SELECT ${PRICE_VALUES}, key FROM json_each(?)`,
      JSON.stringify(prices.map(priceValues)),
    );
  }

  /** Sums over all reservations; a price without any is left out. The first price is null. */
  counted(): Map<string | null, { readonly held: number; readonly sold: number }> {
    const rows = this.#sql
      .exec<{ priceId: string | null; held: number; sold: number }>(
        `SELECT price_id AS priceId, COALESCE(SUM(quantity) FILTER (WHERE state = 'held'), 0) AS held,
           COALESCE(SUM(quantity - restocked) FILTER (WHERE state IN ('confirmed', 'refunded')), 0) AS sold
         FROM reservations GROUP BY price_id`,
      )
      .toArray();
    return new Map(rows.map(({ priceId, held, sold }) => [priceId, { held, sold }]));
  }

  /** All that read like one of these, which are folded. By a hash, so that no time tells a part. */
  codesReading(codes: readonly string[]): Code[] {
    if (codes.length === 0) return [];
    return this.#sql
      .exec<Code & Record<string, SqlStorageValue>>(
        `SELECT price_id AS priceId, code, max_uses AS maxUses, uses FROM codes
         WHERE digest IN (SELECT value FROM json_each(?))`,
        JSON.stringify(codes.map(hashOf)),
      )
      .toArray();
  }

  takeUses(uses: readonly CodeUse[]): void {
    if (uses.length === 0) return;
    this.#sql.exec(
      `UPDATE codes SET uses = uses + (value ->> 2) FROM json_each(?)
       WHERE digest = value ->> 1 AND price_id = value ->> 0`,
      JSON.stringify(uses.map(({ priceId, code, taken }) => [priceId, hashOf(code), taken])),
    );
  }

  /** Sets the uses of all codes to what the reservations add up to. */
  recountUses(firstPriceId: string): void {
    this.#sql.exec("UPDATE codes SET uses = 0");
    this.#sql.exec(
      `UPDATE codes SET uses = counted.uses FROM (
         SELECT COALESCE(price_id, ?) AS price_id, code, SUM(quantity - restocked) AS uses FROM reservations
         WHERE code IS NOT NULL AND state IN ('held', 'confirmed', 'refunded') GROUP BY 1, 2
       ) AS counted WHERE counted.price_id = codes.price_id AND counted.code = codes.code`,
      firstPriceId,
    );
  }

  countCodes(): number {
    return this.#sql.exec<{ count: number }>("SELECT COUNT(*) AS count FROM codes").one().count;
  }

  addCodes({ id, priceId, codes }: CodeBatch): void {
    this.#sql.exec(
      `INSERT INTO codes (price_id, digest, code, max_uses, batch)
       SELECT ?1, value ->> 0, value ->> 1, value ->> 2, ?2 FROM json_each(?3)`,
      priceId,
      id,
      JSON.stringify(codes.map(({ code, maxUses }) => [hashOf(code), code, maxUses])),
    );
  }

  codesOfBatch(id: string): ListedCode[] {
    return this.#listed("batch = ? ORDER BY seq", id);
  }

  codesOfPrice(priceId: string, afterSeq: number, limit: number): ListedCode[] {
    return this.#listed("price_id = ? AND seq > ? ORDER BY seq LIMIT ?", priceId, afterSeq, limit);
  }

  deleteCodesOf(priceId: string): void {
    this.#sql.exec("DELETE FROM codes WHERE price_id = ?", priceId);
  }

  #listed(where: string, ...bindings: SqlStorageValue[]): ListedCode[] {
    return this.#sql
      .exec<ListedCode & Record<string, SqlStorageValue>>(
        `SELECT seq, code, max_uses AS maxUses, uses FROM codes WHERE ${where}`,
        ...bindings,
      )
      .toArray();
  }
}
