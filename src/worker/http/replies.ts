// Replies that went well.

import { type Cursor, encodeCursor } from "../db/cursors.ts";

/** What one account sees is for nobody's cache; what all see is not cached here either, until it can be kept fresh. */
const NO_STORE = { "cache-control": "no-store" };

export function reply(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  // The line end is for people with curl.
  return new Response(`${JSON.stringify(body)}\n`, {
    status,
    headers: { "content-type": "application/json", ...NO_STORE, ...headers },
  });
}

export function emptyReply(status: number, headers: Record<string, string> = {}): Response {
  return new Response(null, { status, headers: { ...NO_STORE, ...headers } });
}

/**
 * One page of a list. `rows` has one row more than `limit` where there is a next page. The link is relative, so that no
 * header of the request can change where it points.
 */
export function page<Row>(
  request: Request,
  rows: readonly Row[],
  limit: number,
  present: (row: Row) => unknown,
  cursorOf: (row: Row) => Cursor,
): Response {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const headers: Record<string, string> = {};
  if (rows.length > limit && last !== undefined) {
    const { pathname, searchParams } = new URL(request.url);
    searchParams.set("cursor", encodeCursor(cursorOf(last)));
    headers.link = `<${pathname}?${searchParams}>; rel="next"`;
  }
  return reply(200, shown.map(present), headers);
}
