// From a request to its response: finds the route, catches what goes wrong, and writes one line of log.

import { type IRequest, type RequestHandler, Router } from "itty-router";
import { Unavailable } from "../platform/errors.ts";
import { errorFields, isDatabaseFault, log } from "../platform/log.ts";
import type { Env } from "./env.ts";
import { corsHeaders } from "./http/cors.ts";
import { ProblemError, problem } from "./http/problems.ts";
import { type Endpoint, type Incoming, rowsOf } from "./http/route.ts";
import { secure } from "./http/security-headers.ts";
import { ROUTES } from "./routes.ts";

/** What a path leads to under one method. */
interface Match {
  readonly method: string;
  readonly pattern: string;
  readonly params: Readonly<Record<string, string>>;
  readonly handle: RequestHandler<IRequest, [Incoming]>;
}

const VERBS = { GET: "get", POST: "post", PATCH: "patch", DELETE: "delete" } as const;

const router = Router<IRequest, [Incoming], Response>();
for (const { method, path, answer } of rowsOf<Endpoint>(ROUTES)) {
  // `{id}` in OpenAPI is `:id` in the router.
  router[VERBS[method]](path.replace(/\{(\w+)\}/g, ":$1"), (_request, incoming) => answer(incoming));
}

/** Never rejects: whatever happens gets a status, a body that says why, and a line in the log. */
export async function answer(request: Request, env: Env): Promise<Response> {
  const startedAtMs = Date.now();
  const requestId = crypto.randomUUID();
  const url = new URL(request.url);
  const matches = matchesOf(url.pathname);
  const { response, fault } = await respond(request, env, url, matches);
  const answered = request.method === "HEAD" ? await withoutBody(response) : response;
  const { headers } = answered;
  secure(headers);
  // A reply may depend on more than the origin.
  for (const [name, value] of corsHeaders(request, env, methodsOf(matches))) headers.append(name, value);
  headers.set("x-request-id", requestId);
  log(fault === undefined ? "info" : "error", "request", {
    request_id: requestId,
    method: request.method,
    // The pattern, not the path: a path says whatever the client wrote into it.
    route: matches[0]?.pattern ?? null,
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
  matches: readonly Match[],
): Promise<{ response: Response; fault?: unknown }> {
  try {
    const asked = request.method === "HEAD" ? asGet(request) : request;
    const found = matches.find(({ method }) => method === asked.method);
    if (found === undefined) return { response: unrouted(request, methodsOf(matches)) };
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

/** What the path leads to under each method. `router.fetch` would not tell which other methods there are. */
function matchesOf(pathname: string): Match[] {
  return router.routes.flatMap(([method, expression, [handle], pattern = ""]) => {
    const found = expression.exec(pathname);
    return found === null || handle === undefined ? [] : [{ method, pattern, params: { ...found.groups }, handle }];
  });
}

function methodsOf(matches: readonly Match[]): string[] {
  return matches.map(({ method }) => method);
}
