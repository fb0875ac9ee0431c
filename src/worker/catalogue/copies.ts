// Replies that are the same for everybody: kept in this isolate for a moment, and behind it in the
// data centre.

import { exports } from "cloudflare:workers";
import type { Env } from "../env.ts";
import { hasCurrentCopy } from "../http/etag.ts";
import { secure } from "../http/headers.ts";
import { ProblemError } from "../http/problems.ts";
import { singleFlight } from "./single-flight.ts";

/** A reply that requests may share: each gets a `Response` of its own. */
interface Copy {
  readonly text: string;
  readonly etag: string;
  /** All that do not depend on the request. */
  readonly headers: Headers;
  readonly freshUntilMs: number;
}

type Catalogue = NonNullable<Env["CATALOGUE"]>;

// An isolate has 128 MB.
const MAX_CHARACTERS = 8 * 1024 * 1024;
/** What a copy takes beside its texts. Anybody can ask for a million lists that are empty. */
const CHARACTERS_PER_COPY = 1_000;
const PASSED_ON = ["content-type", "cache-control", "etag", "link"];

class Memory {
  readonly #copies = new Map<string, Copy>();
  #characters = 0;
  #cleared = 0;

  /** Grows with each `forgetAll`: what was asked for before one is not kept after it. */
  get cleared(): number {
    return this.#cleared;
  }

  fresh(path: string): Copy | null {
    const copy = this.#copies.get(path);
    return copy !== undefined && Date.now() < copy.freshUntilMs ? copy : null;
  }

  keep(path: string, copy: Copy): void {
    this.#drop(path);
    this.#copies.set(path, copy);
    this.#characters += charactersOf(path, copy);
    // The oldest first: they are the next to be too old anyway.
    for (const oldest of this.#copies.keys()) {
      if (this.#characters <= MAX_CHARACTERS) break;
      this.#drop(oldest);
    }
  }

  forgetAll(): void {
    this.#copies.clear();
    this.#characters = 0;
    this.#cleared += 1;
  }

  #drop(path: string): void {
    const copy = this.#copies.get(path);
    if (copy === undefined) return;
    this.#characters -= charactersOf(path, copy);
    this.#copies.delete(path);
  }
}

/** The path is in its link once more. */
function charactersOf(path: string, { text }: Copy): number {
  return text.length + 2 * path.length + CHARACTERS_PER_COPY;
}

const memory = new Memory();

/**
 * What the public catalogue says at `path`, as everybody sees it; 304 where the client has it.
 * Refuses with 404 what it does not know, and with 503 where it can't be read.
 */
export async function sharedReply(request: Request, env: Env, path: string): Promise<Response> {
  const copy = env.CATALOGUE === undefined ? await shared(path) : await fetchCopy(env.CATALOGUE, path);
  if (!hasCurrentCopy(request, copy.etag)) return new Response(copy.text, { headers: copy.headers });
  const known = new Response(null, { status: 304, headers: copy.headers });
  // It has no body, and so no type of one; and where the list goes on, the client has as well.
  for (const name of ["content-type", "link"]) known.headers.delete(name);
  return known;
}

/**
 * The query with its parameters in one order, question mark and all: the same question has one
 * copy.
 */
export function sortedQuery(url: URL): string {
  if (url.search === "") return "";
  const searchParams = new URLSearchParams(url.search);
  searchParams.sort();
  return searchParams.size === 0 ? "" : `?${searchParams}`;
}

/**
 * An organiser changed something: whoever asks this isolate next sees it. Other isolates see it a
 * moment later.
 */
export function forgetShared(): void {
  memory.forgetAll();
}

/**
 * One trip for all who wait. What comes late from a cache is fresh for less long: ages do not add
 * up.
 */
async function shared(path: string): Promise<Copy> {
  return (
    memory.fresh(path) ??
    singleFlight(`catalogue ${memory.cleared} ${path}`, async () => {
      const { cleared } = memory;
      const copy = await fetchCopy(exports.PublicCatalogue, path);
      if (cleared === memory.cleared) memory.keep(path, copy);
      return copy;
    })
  );
}

async function fetchCopy(catalogue: Catalogue, path: string): Promise<Copy> {
  const response = await catalogue.fetch(`https://catalogue${path}`);
  const text = await response.text();
  if (response.status === 404) throw new ProblemError("not-found");
  if (!response.ok) throw new ProblemError(response.status === 503 ? "unavailable" : "internal-error");
  const headers = new Headers({ vary: "authorization, cookie" });
  for (const name of PASSED_ON) {
    const value = response.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  secure(headers);
  return { text, etag: headers.get("etag") ?? "", headers, freshUntilMs: Number(response.headers.get("fresh-until")) };
}
