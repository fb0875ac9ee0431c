// Keyset cursors: a page neither skips nor repeats rows when others are inserted meanwhile.

import { type gt, type SQL, sql } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";

export interface Cursor {
  readonly atMs: number;
  readonly id: string;
}

export function encodeCursor({ atMs, id }: Cursor): string {
  return `${atMs.toString(36)}.${id}`;
}

/**
 * Of what `encodeCursor` makes: a time to the base of 36, and an id. That of a mail is its kind and
 * what it is about, and perhaps a version, with dots between them.
 */
export const CURSOR_PATTERN =
  /^(0|-?[1-9a-z][0-9a-z]{0,10})\.([0-9a-z-]{1,64}|[a-z_]{1,32}(?:\.[0-9a-z-]{1,100}){1,3})$/;

/** Null if `encodeCursor` did not make `text`. */
export function decodeCursor(text: string): Cursor | null {
  const [, at, id] = CURSOR_PATTERN.exec(text) ?? [];
  return at === undefined || id === undefined ? null : { atMs: Number.parseInt(at, 36), id };
}

/**
 * That a row comes behind the cursor in a list by `at`, then `id`; `further` is `gt` if the list
 * ascends. SQLite seeks an index by this one comparison of row values.
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
