// Copies of the public catalogue's pages in this isolate: for what is left of the seconds that a
// page stays fresh. Behind them stands the Workers Cache of the data centre.

import { exports } from "cloudflare:workers";
import { ServiceError, Unavailable } from "../../platform/errors.ts";
import type { Env } from "../env.ts";
import { secure } from "../http/headers.ts";

/** A page that requests share: each gets a `Response` of its own. */
export interface Copy {
  readonly text: string;
  readonly etag: string;
  /** The headers that do not depend on the request. */
  readonly headers: Headers;
  readonly freshUntilMs: number;
  /** A request has begun to read the page again. */
  isBeingRenewed: boolean;
}

// An isolate has 128 MB.
const MAX_CHARACTERS = 8 * 1024 * 1024;
const MAX_COPIES = 1_000;
// One request renews a page that is no longer fresh. The others see the copy, for so much longer at
// most, so that a crowd does not read it all at once.
const RENEWAL_MS = 200;
const KEPT_HEADERS = ["content-type", "cache-control", "etag", "link"];

const copies = new Map<string, Copy>();
/** Of all copies since the map was last cleared, replaced ones included. */
let characters = 0;
let clearings = 0;

/**
 * The page at `path` as everybody sees it; null where there is none. Throws `Unavailable` when it
 * can't be read. No request waits for another: without a copy, each reads the page.
 */
export async function publicPage(env: Env, path: string): Promise<Copy | null> {
  if (env.CATALOGUE !== undefined) return fetchPage(env.CATALOGUE, path);
  const copy = copies.get(path);
  if (copy !== undefined) {
    const staleForMs = Date.now() - copy.freshUntilMs;
    if (staleForMs < 0 || (copy.isBeingRenewed && staleForMs < RENEWAL_MS)) return copy;
    copy.isBeingRenewed = true;
  }
  const clearingsBefore = clearings;
  const page = await fetchPage(exports.PublicCatalogue, path);
  // A page that was read before an organiser's change is not kept after it.
  if (page !== null && clearings === clearingsBefore) keep(path, page);
  return page;
}

/** After an organiser's change: a copy from before it is not shown here any more. */
export function clearCopies(): void {
  copies.clear();
  characters = 0;
  clearings += 1;
}

/** How often that happened: other copies of what organisers change are as old as this says. */
export function copiesCleared(): number {
  return clearings;
}

/**
 * Clears all when they are too many. They live for seconds, so looking for the oldest gains
 * nothing.
 */
function keep(path: string, page: Copy): void {
  // The path is in the page's link once more.
  const added = page.text.length + 2 * path.length;
  if (copies.size >= MAX_COPIES || characters + added > MAX_CHARACTERS) clearCopies();
  characters += added;
  copies.set(path, page);
}

async function fetchPage(catalogue: Pick<Fetcher, "fetch">, path: string): Promise<Copy | null> {
  const response = await catalogue.fetch(`https://catalogue${path}`);
  const text = await response.text();
  if (response.status === 404) return null;
  if (response.status === 503) throw new Unavailable("the catalogue can't be read");
  if (!response.ok) throw new ServiceError("the catalogue failed");
  const headers = new Headers({ vary: "authorization, cookie" });
  for (const name of KEPT_HEADERS) {
    const value = response.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  secure(headers);
  const freshUntilMs = Number(response.headers.get("fresh-until"));
  return { text, etag: headers.get("etag") ?? "", headers, freshUntilMs, isBeingRenewed: false };
}
