// Keyset cursors: the last row's sort key, so that a page neither skips nor repeats what others insert meanwhile.

import { ProblemError } from "../problems.ts";

export interface Cursor {
  readonly atMs: number;
  readonly id: string;
}

export function encodeCursor({ atMs, id }: Cursor): string {
  return `${atMs.toString(36)}.${id}`;
}

/** Refuses what `encodeCursor` did not make. */
export function decodeCursor(text: string): Cursor {
  const [, at = "", id = ""] = /^(-?[0-9a-z]{1,11})\.([0-9a-z-]{1,64})$/.exec(text) ?? [];
  const cursor = { atMs: Number.parseInt(at, 36), id };
  if (encodeCursor(cursor) !== text) {
    throw new ProblemError("invalid-request", { errors: [{ path: "cursor", message: "not a cursor of this list" }] });
  }
  return cursor;
}
