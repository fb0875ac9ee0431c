// Whether a name has a text in it, for people: in any case, with or without accents. SQLite folds
// ASCII letters alone, so it finds the names that may match, and the rest is decided here.

import { type SQL, type SQLWrapper, sql } from "drizzle-orm";

/** `Ömer` and `omer` are the same, and so are `ß` and `ss`. */
export function foldName(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toUpperCase();
}

/** Of plain ASCII the names that match, and all others. */
export function mayMatch(name: SQLWrapper, text: string): SQL {
  return sql`(instr(upper(${name}), ${foldName(text)}) > 0 OR ${name} GLOB '*[^ -~]*')`;
}

/** Of rows that may match at most `limit` that do. */
export function matching<Row extends { readonly name: string | null }>(
  rows: readonly Row[],
  text: string,
  limit: number,
): Row[] {
  const wanted = foldName(text);
  return rows.filter(({ name }) => name !== null && foldName(name).includes(wanted)).slice(0, limit);
}
