// Successful replies.

import * as z from "zod";
import { type Cursor, encodeCursor } from "../../platform/d1/cursors.ts";
import type { FileType } from "./route.ts";

/** Replies may show what only one account may see. The public catalogue sets headers of its own. */
const NO_STORE = { "cache-control": "no-store" };

export const REPLAYED = { "Idempotent-Replayed": "true" };

/** A list allows several headers of one name, such as `Set-Cookie`. */
type ReplyHeaders = Readonly<Record<string, string>> | readonly (readonly [name: string, value: string])[];

export function reply(status: number, body: unknown, headers: ReplyHeaders = {}): Response {
  // Ends with a newline for people who use curl.
  return new Response(`${JSON.stringify(body)}\n`, {
    status,
    headers: headersOf({ "content-type": "application/json", ...NO_STORE }, headers),
  });
}

/** To a request that takes an `Idempotency-Key`. A replay says so: time has passed since. */
export function keyedReply(
  status: number,
  body: unknown,
  headers: Readonly<Record<"location", string> & Partial<Record<"etag", string>>>,
  isReplay: boolean,
): Response {
  return reply(status, body, isReplay ? { ...headers, ...REPLAYED } : headers);
}

/** A file of its caller's alone. */
export function fileReply(contentType: FileType, body: string | Uint8Array<ArrayBuffer>): Response {
  const charset = contentType.startsWith("text/") ? "; charset=utf-8" : "";
  return new Response(body, { headers: { "content-type": contentType + charset, ...NO_STORE } });
}

export function emptyReply(status: number, headers: ReplyHeaders = {}): Response {
  return new Response(null, { status, headers: headersOf(NO_STORE, headers) });
}

/**
 * JSON, or what `headers` say, that is written in parts. When the client goes away, the writing
 * ends. Throws where the first part fails; a later one breaks the reply off: its client knows that
 * it is not whole.
 */
export async function streamed(parts: AsyncIterable<string>, headers: ReplyHeaders = {}): Promise<Response> {
  const iterator = parts[Symbol.asyncIterator]();
  let first: IteratorResult<string> | null = await iterator.next();
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = first ?? (await iterator.next());
      first = null;
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await iterator.return?.();
    },
  });
  return new Response(body, { headers: headersOf({ "content-type": "application/json", ...NO_STORE }, headers) });
}

/** By it Excel knows that the file is UTF-8. */
const BYTE_ORDER_MARK = "\uFEFF";

/** A file with lines under a line of headings; `name` is without its ending. */
export function spreadsheet(name: string, headings: string, lines: AsyncIterable<string>): Promise<Response> {
  return streamed(withFirst(BYTE_ORDER_MARK + headings, lines), {
    "content-type": "text/csv; charset=utf-8",
    "content-disposition": `attachment; filename="${name}.csv"`,
  });
}

/** `first` comes with the first of `parts`, so that where that fails nothing has come. */
async function* withFirst(first: string, parts: AsyncIterable<string>): AsyncGenerator<string> {
  let before = first;
  for await (const part of parts) {
    if (before + part !== "") yield before + part;
    before = "";
  }
}

/** A header of both is as `more` says. */
function headersOf(usual: Record<string, string>, more: ReplyHeaders): [string, string][] {
  const added: [string, string][] = Array.isArray(more) ? more : Object.entries(more);
  return [...Object.entries(usual).filter(([name]) => !added.some(([other]) => other === name)), ...added];
}

/** Declares a page of a list of `items` at `path`. */
export function pageReply<S extends z.ZodType>(items: S, path: string, description = "One page") {
  const headers = { Link: `<${path}?cursor=…>; rel="next"` };
  return { status: 200, description, schema: z.array(items), headers } as const;
}

/**
 * One page of a list. If there is a next page, `rows` has one row more than `limit`. A row for
 * which `present` returns null is left out.
 */
export function page<Row>(
  request: Request,
  rows: readonly Row[],
  limit: number,
  present: (row: Row) => unknown,
  cursorOf: (row: Row) => Cursor,
): Response {
  const shown = rows.slice(0, limit);
  const presented = shown.map(present).filter((one) => one !== null);
  const last = shown.at(-1);
  if (rows.length <= limit || last === undefined) return reply(200, presented);
  const { pathname, searchParams } = new URL(request.url);
  return reply(200, presented, { link: linkTo(pathname, searchParams, cursorOf(last)) });
}

export function linkTo(pathname: string, query: URLSearchParams, cursor: Cursor): string {
  return `<${nextPage(pathname, query, cursor)}>; rel="next"`;
}

/** The next page. It is relative, so that no request header can change where it points. */
export function nextPage(pathname: string, query: URLSearchParams, cursor: Cursor): string {
  const next = new URLSearchParams(query);
  next.set("cursor", encodeCursor(cursor));
  return `${pathname}?${next}`;
}
