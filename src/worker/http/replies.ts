// Replies that went well.

import { type Cursor, encodeCursor } from "../../platform/d1/cursors.ts";

/** What one account sees is for nobody's cache; what all see is not cached here either, until it can be kept fresh. */
const NO_STORE = { "cache-control": "no-store" };

/** Names and values; a list where a name comes more than once, as `Set-Cookie` does. */
type ReplyHeaders = Readonly<Record<string, string>> | readonly (readonly [string, string])[];

export function reply(status: number, body: unknown, headers: ReplyHeaders = {}): Response {
  // The line end is for people with curl.
  return new Response(`${JSON.stringify(body)}\n`, {
    status,
    headers: headersOf({ "content-type": "application/json", ...NO_STORE }, headers),
  });
}

export function emptyReply(status: number, headers: ReplyHeaders = {}): Response {
  return new Response(null, { status, headers: headersOf(NO_STORE, headers) });
}

/** JSON that comes in parts. A reader that goes away ends the writing. */
export function streamed(parts: AsyncIterable<string>, headers: ReplyHeaders = {}): Response {
  const iterator = parts[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await iterator.return?.();
    },
  });
  return new Response(body, { headers: headersOf({ "content-type": "application/json", ...NO_STORE }, headers) });
}

function headersOf(usual: Record<string, string>, more: ReplyHeaders): HeadersInit {
  if (!isList(more)) return { ...usual, ...more };
  const headers = new Headers(usual);
  for (const [name, value] of more) {
    if (name === "set-cookie") headers.append(name, value);
    else headers.set(name, value);
  }
  return headers;
}

function isList(headers: ReplyHeaders): headers is readonly (readonly [string, string])[] {
  return Array.isArray(headers);
}

/** One page of a list. `rows` has one row more than `limit` where there is a next page. */
export function page<Row>(
  request: Request,
  rows: readonly Row[],
  limit: number,
  present: (row: Row) => unknown,
  cursorOf: (row: Row) => Cursor,
): Response {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  if (rows.length <= limit || last === undefined) return reply(200, shown.map(present));
  const { pathname, searchParams } = new URL(request.url);
  return reply(200, shown.map(present), { link: linkTo(pathname, searchParams, cursorOf(last)) });
}

/** Where the list goes on. Relative, so that no header of the request can change where it points. */
export function linkTo(pathname: string, query: URLSearchParams, cursor: Cursor): string {
  const next = new URLSearchParams(query);
  next.set("cursor", encodeCursor(cursor));
  return `<${pathname}?${next}>; rel="next"`;
}
