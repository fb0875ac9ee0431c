// What may be changed in a request that is right: nothing that matters, one thing nearly, or
// something hostile.

import type { Prng } from "../support/prng.ts";
import { json } from "./check.ts";
import type { Operation } from "./description.ts";
import * as hostile from "./hostile.ts";
import { isRecord } from "./schema.ts";
import type { Writer } from "./values.ts";

export type Header = readonly [name: string, value: string];

/** A request without what proves who sent it. */
export interface Draft {
  method: string;
  path: string;
  query: string;
  headers: Header[];
  body: Buffer | null;
  isChunked: boolean;
}

const LONGEST_REWRITTEN = 5_000;

/** What changes nothing: a slash at the end, a page's origin, HEAD and OPTIONS. */
export function decorate(draft: Draft, operation: Operation, prng: Prng): void {
  switch (prng.pick(["slash", "origin", "head", "options"])) {
    case "slash":
      draft.path += "/";
      break;
    case "origin":
      draft.headers.push(["origin", "https://shop.test"]);
      break;
    case "head":
      if (operation.method === "GET") draft.method = "HEAD";
      break;
    case "options":
      draft.method = "OPTIONS";
      draft.headers.push(["origin", "https://shop.test"], ["access-control-request-method", operation.method]);
  }
}

/** One thing beside the body that is nearly right. */
export function bend(draft: Draft, prng: Prng): void {
  if (prng.chance(0.5)) draft.query += `${draft.query === "" ? "" : "&"}${hostile.hostileQuery(prng)}`;
  else
    draft.path = draft.path.replace(/[^/]+$/, (last) =>
      prng.pick([last.slice(1), `${last}0`, last.toUpperCase(), `${last}/x`]),
    );
}

export function twist(draft: Draft, { body, template }: Operation, writer: Writer): void {
  const { prng } = writer;
  const kinds = {
    path: template.includes("{") ? 3 : 1,
    query: 3,
    headers: 3,
    method: 1,
    ...(body === null ? {} : { body: 7, type: 1, length: 1 }),
  };
  switch (
    prng.weighted<"path" | "query" | "headers" | "method" | "body" | "type" | "length">({
      body: 0,
      type: 0,
      length: 0,
      ...kinds,
    })
  ) {
    case "path": {
      const segments = draft.path.split("/");
      segments[prng.between(1, segments.length - 1)] = hostile.hostileSegment(prng);
      draft.path = segments.join("/");
      break;
    }
    case "query":
      draft.query += `${draft.query === "" ? "" : "&"}${hostile.hostileQuery(prng)}`;
      break;
    case "headers":
      // With two hosts a request does not even reach the worker.
      for (const header of hostile.hostileHeaders(prng))
        if (header[0] !== "host" || draft.headers.every(([name]) => name !== "host")) draft.headers.push(header);
      break;
    case "method":
      draft.method = hostile.hostileMethod(prng);
      break;
    case "type":
      draft.headers = draft.headers.filter(([name]) => name !== "content-type");
      if (prng.chance(0.8)) draft.headers.push(["content-type", hostile.hostileContentType(prng)]);
      break;
    case "length":
      if (draft.headers.every(([name]) => name !== "content-length")) draft.headers.push(hostile.lyingLength(prng));
      break;
    case "body":
      draft.body = prng.chance(0.5)
        ? hostile.hostileBody((draft.body ?? "{}").toString(), prng)
        : hostileFields(draft.body, prng);
  }
}

/** The body with hostile strings in it, some of them next to the mark of their sender. */
function hostileFields(body: Buffer | null, prng: Prng): Buffer {
  const text = (body ?? "").toString();
  // What is very deep already can be read here, and not be written again.
  const value = (text.length < LONGEST_REWRITTEN ? json(text) : undefined) ?? {};
  // With one in it all else is right, and it gets past the schema; with many of them they meet each
  // other.
  const share = prng.chance(0.7) ? 0 : 0.6;
  const only = prng.below(stringsIn(value));
  let number = 0;
  const inner = (known: unknown): unknown => {
    if (typeof known === "string" && (number++ === only || prng.chance(share)))
      return `${prng.chance(0.3) ? known : ""}${hostile.hostileString(prng)}`;
    return isRecord(known)
      ? Object.fromEntries(Object.entries(known).map(([name, deep]) => [name, inner(deep)]))
      : known;
  };
  return Buffer.from(JSON.stringify(inner(value)));
}

function stringsIn(value: unknown): number {
  if (typeof value === "string") return 1;
  return isRecord(value) ? Object.values(value).reduce<number>((sum, inner) => sum + stringsIn(inner), 0) : 0;
}
