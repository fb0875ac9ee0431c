// From a request to its response: finds the route, catches what goes wrong, and writes one line of log.

import { type IRequest, type RequestHandler, Router } from "itty-router";
import { Unavailable } from "../platform/errors.ts";
import { errorFields, isDatabaseFault, log } from "../platform/log.ts";
import type { Env } from "./env.ts";
import { corsHeaders } from "./http/cors.ts";
import { ProblemError, problem } from "./http/problems.ts";
import { secure } from "./http/security-headers.ts";
import { ROUTES } from "./routes.ts";
import { docsPage } from "./service/docs.ts";
import { describeApi } from "./service/openapi.ts";

interface Incoming {
  readonly request: Request;
  readonly env: Env;
  readonly url: URL;
  readonly params: Readonly<Record<string, string>>;
}

/** One method of what is at a path. */
interface Known {
  readonly method: string;
  readonly pattern: string;
  readonly params: Readonly<Record<string, string>>;
  readonly handle: RequestHandler<IRequest, [Incoming]>;
}

const VERBS = { GET: "get", POST: "post", PATCH: "patch", DELETE: "delete" } as const;

const router = Router<IRequest, [Incoming], Response>();
for (const route of ROUTES) {
  router[VERBS[route.method]](toPattern(route.path), (_asked, { request, env, url, params }) =>
    route.answer(request, env, url, params),
  );
}
router.get(
  "/openapi.json",
  () =>
    new Response(describeApi(), { headers: { "content-type": "application/json", "cache-control": "max-age=300" } }),
);
router.get("/docs", (_asked, { env }) => docsPage("", env));
router.get("/docs/:file", (_asked, { env, params }) => docsPage(params.file ?? "", env));

// Every pattern begins with a word: only those that begin with the path's own are tried.
const routesByFirstWord = Map.groupBy(router.routes, ([, , , pattern = ""]) => firstWord(pattern));

/** All that can be reached, as `GET /events/:id`. */
export const REACHABLE: readonly string[] = router.routes.map(([method, , , pattern]) => `${method} ${pattern}`);

/** Never rejects: whatever happens gets a status, a body that says why, and a line in the log. */
export async function answer(request: Request, env: Env): Promise<Response> {
  const startedAtMs = Date.now();
  const requestId = crypto.randomUUID();
  const url = new URL(request.url);
  const known = knownAt(url.pathname);
  const { response, fault } = await respond(request, env, url, known);
  const answered = request.method === "HEAD" ? await withoutBody(response) : response;
  const { headers } = answered;
  secure(headers);
  // A reply may depend on more than the origin.
  for (const [name, value] of corsHeaders(request, env, methodsOf(known))) headers.append(name, value);
  headers.set("x-request-id", requestId);
  log(fault === undefined ? "info" : "error", "request", {
    request_id: requestId,
    method: request.method,
    // The pattern, not the path: a path says whatever the client wrote into it.
    route: known[0]?.pattern ?? null,
    status: answered.status,
    duration_ms: Date.now() - startedAtMs,
    ...(fault === undefined ? {} : errorFields(fault)),
  });
  return answered;
}

async function respond(
  request: Request,
  env: Env,
  url: URL,
  known: readonly Known[],
): Promise<{ response: Response; fault?: unknown }> {
  try {
    const asked = request.method === "HEAD" ? asGet(request) : request;
    const found = known.find(({ method }) => method === asked.method);
    if (found === undefined) return { response: unrouted(request, methodsOf(known)) };
    return { response: await found.handle(asked as IRequest, { request: asked, env, url, params: found.params }) };
  } catch (fault) {
    if (fault instanceof ProblemError) return { response: problem(fault.type, fault.options) };
    if (fault instanceof Unavailable) return { response: problem("unavailable") };
    // What needs D1 can be tried again when D1 is back; a fault of ours will not go away by asking again.
    return { response: problem(isDatabaseFault(fault) ? "unavailable" : "internal-error"), fault };
  }
}

/** A stream that nobody reads is not kept open. */
async function withoutBody(response: Response): Promise<Response> {
  await response.body?.cancel();
  return new Response(null, response);
}

/** HEAD is GET without the body. A WebSocket is more than a body: that is for GET alone to ask for. */
function asGet({ url, headers }: Request): Request {
  const asked = new Request(url, { method: "GET", headers });
  asked.headers.delete("upgrade");
  return asked;
}

/** The path may be known under another method. */
function unrouted(request: Request, methods: readonly string[]): Response {
  if (methods.length === 0) return problem("not-found");
  const allow = [...new Set([...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"])].join(", ");
  if (request.method === "OPTIONS") return new Response(null, { status: 204, headers: { allow } });
  return problem("method-not-allowed", { detail: `Allowed: ${allow}.`, headers: { allow } });
}

/** What is at the path, by method. In place of `router.fetch`, which would parse the address and try each pattern again. */
function knownAt(pathname: string): Known[] {
  const known: Known[] = [];
  for (const [method, expression, [handle], pattern = ""] of routesByFirstWord.get(firstWord(pathname)) ?? []) {
    const found = expression.exec(pathname);
    if (found === null || handle === undefined) continue;
    known.push({ method, pattern, params: { ...found.groups }, handle });
  }
  return known;
}

/** `events` of `/events/:id`. */
function firstWord(path: string): string {
  const end = path.indexOf("/", 1);
  return path.slice(1, end < 0 ? undefined : end);
}

function methodsOf(known: readonly Known[]): string[] {
  return known.map(({ method }) => method);
}

/** `/events/{id}` as OpenAPI writes it, `/events/:id` as the router does. */
function toPattern(path: string): string {
  return path.replace(/\{(\w+)\}/g, ":$1");
}
