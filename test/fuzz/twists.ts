// Changes of a request that is right: without effect, nearly right, or hostile.

import type { Prng } from "../support/prng.ts";
import type { Operation } from "./description.ts";
import * as hostile from "./hostile.ts";
import { CONTENT_TYPES, METHODS } from "./hostile-values.ts";
import type { Header } from "./http.ts";
import { isRecord, json } from "./schema.ts";

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
  if (prng.chance(0.5)) twistQuery(draft, prng);
  else
    draft.path = draft.path.replace(/[^/]+$/, (last) =>
      prng.pick([last.slice(1), `${last}0`, last.toUpperCase(), `${last}/x`]),
    );
}

export function twist(draft: Draft, { body, template }: Operation, prng: Prng): void {
  const ofBody = body === null ? { body: 0, type: 0, length: 0 } : { body: 7, type: 1, length: 1 };
  switch (prng.weighted({ path: template.includes("{") ? 3 : 1, query: 3, headers: 3, method: 1, ...ofBody })) {
    case "path": {
      const segments = draft.path.split("/");
      segments[prng.between(1, segments.length - 1)] = hostile.hostileSegment(prng);
      draft.path = segments.join("/");
      break;
    }
    case "query":
      twistQuery(draft, prng);
      break;
    case "headers":
      for (let more = prng.between(1, 3); more > 0; more--) addHeader(draft, prng.pick(hostile.HEADERS));
      break;
    case "method":
      draft.method = prng.pick(METHODS);
      break;
    case "type":
      draft.headers = draft.headers.filter(([name]) => name !== "content-type");
      if (prng.chance(0.8)) draft.headers.push(["content-type", prng.pick(CONTENT_TYPES)]);
      break;
    case "length":
      // Larger than any body may be: of a smaller one the service awaits the rest.
      addHeader(draft, ["content-length", prng.pick(["1048577", "99999999", "4294967296"])]);
      break;
    case "body":
      draft.body = prng.chance(0.5)
        ? hostile.hostileBody((draft.body ?? "{}").toString(), prng)
        : hostileFields(draft.body, prng);
  }
}

function twistQuery(draft: Draft, prng: Prng): void {
  draft.query += `${draft.query === "" ? "" : "&"}${hostile.hostileQuery(prng)}`;
}

/** With two hosts or two lengths a request does not even reach the worker. */
function addHeader(draft: Draft, [added, value]: Header): void {
  const isSingle = added === "host" || added === "content-length";
  if (!isSingle || draft.headers.every(([name]) => name !== added)) draft.headers.push([added, value]);
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
