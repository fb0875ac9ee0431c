// Keyset cursors: the last row's sort key, so that a page neither skips nor repeats what others
// insert meanwhile.

import { type gt, type SQL, sql } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";

export interface Cursor {
  readonly atMs: number;
  readonly id: string;
}

export function encodeCursor({ atMs, id }: Cursor): string {
  return `${atMs.toString(36)}.${id}`;
}

/** Null for what `encodeCursor` did not make. */
export function decodeCursor(text: string): Cursor | null {
  const [, at = "", id = ""] = /^(-?[0-9a-z]{1,11})\.([0-9a-z-]{1,64})$/.exec(text) ?? [];
  const cursor = { atMs: Number.parseInt(at, 36), id };
  return encodeCursor(cursor) === text ? cursor : null;
}

/**
 * What comes behind the cursor in a list by `at`, then `id`; `further` is `gt` where that goes up,
 * `lt` where down. As one comparison of rows, which SQLite seeks an index by: a page far back costs
 * what the first one does.
 */
export function isBehind(
  cursor: Cursor | null,
  at: SQLiteColumn,
  id: SQLiteColumn,
  further: typeof gt,
): SQL | undefined {
  if (cursor === null) return undefined;
  return further(sql`(${at}, ${id})`, sql`(${cursor.atMs}, ${cursor.id})`);
}
