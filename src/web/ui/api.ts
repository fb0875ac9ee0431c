// Calls the API. The types are those of /openapi.json; the code is one function for all routes.

import type { Operations, ProblemType } from "./api-types.ts";
import { learnServerTime } from "./clock.ts";

export type Operation = keyof Operations;

/** What `call` needs: only what the operation takes. */
export type Parts<O extends Operation> = Part<"path", Operations[O]["path"]> &
  OptionalPart<"query", Operations[O]["query"]> &
  Part<"body", Operations[O]["body"]> & {
    /** Sent as `Idempotency-Key`: the same key for the same wish, however often it is sent. */
    readonly key?: string;
    readonly ifMatch?: string;
    readonly signal?: AbortSignal;
  };
type Part<Name extends string, Type> = [Type] extends [never] ? unknown : { readonly [N in Name]: Type };
type OptionalPart<Name extends string, Type> = [Type] extends [never] ? unknown : { readonly [N in Name]?: Type };

export interface Reply<O extends Operation> {
  readonly status: number;
  readonly body: Operations[O]["reply"];
  /** The path of a list's next page. */
  readonly next: string | null;
  readonly etag: string | null;
}

/** A refusal, or a fault: `type` says which. `offline` has no reply behind it. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly type: ProblemType | "offline";
  readonly status: number;
  /** All that it says: `available` or `item`, beside `type`, `title`, `status` and `detail`. */
  readonly more: Readonly<Record<string, unknown>>;
  readonly errors: readonly { readonly path: string; readonly code: string; readonly message: string }[];
  readonly retryAfterSeconds: number | null;

  constructor(status: number, body: Readonly<Record<string, unknown>>, retryAfter: string | null = null) {
    super(String(body.detail ?? body.title ?? ""));
    this.type = String(body.type ?? "").replace("/problems/", "") as Problem["type"];
    this.status = status;
    this.more = body;
    this.errors = Array.isArray(body.errors) ? body.errors : [];
    this.retryAfterSeconds = retryAfter === null ? null : Number(retryAfter);
  }
}

/** Set by the session: gets new cookies for an expired session. False where that can't be had. */
let renewSession: () => Promise<boolean> = async () => false;
export function onExpiredSession(renew: () => Promise<boolean>): void {
  renewSession = renew;
}

/** The reply's body. Throws `Problem` for all that is no success. */
export async function call<O extends Operation>(operation: O, parts: Parts<O>): Promise<Operations[O]["reply"]> {
  return (await send(operation, parts)).body;
}

/** The same with what the reply's headers say. */
export function send<O extends Operation>(operation: O, parts: Parts<O>): Promise<Reply<O>> {
  const { body, key, ifMatch, signal } = parts as Loose;
  const [method = "GET"] = operation.split(" ");
  const headers = new Headers({ accept: "application/json" });
  if (body !== undefined) headers.set("content-type", "application/json");
  if (key !== undefined) headers.set("idempotency-key", key);
  if (ifMatch !== undefined) headers.set("if-match", ifMatch);
  return fetchReply(pathOf(operation, parts), {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  }) as Promise<Reply<O>>;
}

/** Path and query of the request. */
export function pathOf<O extends Operation>(operation: O, parts: Parts<O>): string {
  const { path, query } = parts as Loose;
  const [, pattern = ""] = operation.split(" ");
  const filled = pattern.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path?.[name] ?? ""));
  const search = new URLSearchParams(
    Object.entries(query ?? {}).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
  return `${filled}${search.size > 0 ? `?${search}` : ""}`;
}

/** The path of a list's next page, from a reply's `Link`. */
export function nextIn(link: string | null): string | null {
  return /<([^>]+)>; rel="next"/.exec(link ?? "")?.[1] ?? null;
}

/** The next page of a list, by its link. */
export function nextPage<O extends Operation>(next: string): Promise<Reply<O>> {
  return fetchReply(next, { headers: { accept: "application/json" } }) as Promise<Reply<O>>;
}

type Listed = { [O in Operation]: Operations[O]["reply"] extends readonly unknown[] ? O : never }[Operation];

/** All of a list, page after page: of one that can't grow long. */
export async function listAll<O extends Listed>(operation: O, parts: Parts<O>): Promise<Operations[O]["reply"]> {
  const found: unknown[] = [];
  let reply = await send(operation, parts);
  for (; ; reply = await nextPage<O>(reply.next)) {
    found.push(...(reply.body as readonly unknown[]));
    if (reply.next === null) return found as Operations[O]["reply"];
  }
}

/** To a route that the description leaves out, as the sandbox's. */
export async function sendAside(path: string, body: unknown): Promise<void> {
  const headers = { "content-type": "application/json" };
  await request(path, { method: "POST", headers, body: JSON.stringify(body) });
}

/** A picture or a page of the signed-in account. */
export async function fetchFile(path: string): Promise<Blob> {
  const response = await request(path, {});
  return response.blob();
}

/** What a request for it is replied with; null without a network. A stream is not read. */
export async function statusOf(path: string): Promise<number | null> {
  try {
    const response = await request(path, {});
    await response.body?.cancel();
    return response.status;
  } catch (fault) {
    return fault instanceof Problem && fault.status > 0 ? fault.status : null;
  }
}

interface Loose {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly key?: string;
  readonly ifMatch?: string;
  readonly signal?: AbortSignal;
}

async function fetchReply(path: string, init: RequestInit): Promise<Reply<Operation>> {
  const response = await request(path, init);
  const isJson = response.headers.get("content-type")?.includes("json") === true;
  const text = await response.text();
  return {
    status: response.status,
    body: isJson ? JSON.parse(text) : text === "" ? undefined : text,
    next: nextIn(response.headers.get("link")),
    etag: response.headers.get("etag"),
  };
}

/** Signed in by cookies, which no script can read. An expired session is renewed once. */
async function request(path: string, init: RequestInit, isRenewed = false): Promise<Response> {
  const sentAtMs = Date.now();
  const response = await fetch(path, { ...init, credentials: "same-origin", redirect: "error" }).catch((fault) => {
    if (init.signal?.aborted) throw fault;
    throw new Problem(0, { type: "/problems/offline" });
  });
  learnServerTime(response.headers.get("date"), sentAtMs, Date.now());
  if (response.ok) return response;
  const body = await response.json().catch(() => ({}));
  const problem = new Problem(response.status, body, response.headers.get("retry-after"));
  const isExpired = problem.type === "token-expired" || problem.type === "token-invalid";
  if (isExpired && !isRenewed && (await renewSession())) return request(path, init, true);
  throw problem;
}
