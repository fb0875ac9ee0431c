// Dispatches each request to its route, turns errors into problems, and logs one line per request.

import { type IRequest, type RequestHandler, Router } from "itty-router";
import { Unavailable } from "../platform/errors.ts";
import { errorFields, isDatabaseFault, log } from "../platform/log.ts";
import type { Env } from "./env.ts";
import { corsHeaders, secure } from "./http/headers.ts";
import { ProblemError, problem } from "./http/problems.ts";
import { type Endpoint, type Incoming, rowsOf } from "./http/route.ts";
import { ROUTES } from "./routes.ts";
import { advice } from "./service/advice.ts";

/** A route whose path matches that of a request. */
interface Match {
  readonly method: string;
  readonly pattern: string;
  readonly params: Readonly<Record<string, string>>;
  readonly handle: RequestHandler<IRequest, [Incoming]>;
}

const VERBS = { GET: "get", POST: "post", PUT: "put", PATCH: "patch", DELETE: "delete" } as const;

const router = Router<IRequest, [Incoming], Response>();
for (const { method, path, answer } of rowsOf<Endpoint>(ROUTES)) {
  // The router writes `:id` for OpenAPI's `{id}`, and `:path+` for the rest of a path.
  router[VERBS[method]](path.replace(/\{(\w+\+?)\}/g, ":$1"), (_request, incoming) => answer(incoming));
}

// No pattern begins with a parameter: a path needs only the patterns whose first segment it has.
const routesBySegment = Map.groupBy(router.routes, ([, , , pattern = ""]) => firstSegment(pattern));

/** Never rejects: every failure has a status, a body that says why, and a line in the log. */
export async function answer(request: Request, env: Env): Promise<Response> {
  const startedAtMs = Date.now();
  const requestId = crypto.randomUUID();
  const url = new URL(request.url);
  const isHead = request.method === "HEAD";
  const pathname = plain(url.pathname);
  const [match] = matchesOf(pathname, isHead ? "GET" : request.method);
  // Only a request that no route takes needs to know what else its path has.
  const others = match === undefined ? matchesOf(pathname) : [];
  const methods = others.map(({ method }) => method);
  const { response: full, fault } = await dispatch(isHead ? asGet(request) : request, env, url, match, methods);
  const response = isHead ? await withoutBody(full) : full;
  secure(response.headers);
  // Appended, because a reply may have a `vary` of its own.
  for (const [name, value] of corsHeaders(request, env, methods)) response.headers.append(name, value);
  response.headers.set("x-request-id", requestId);
  // A client tells by it how far its own clock is off.
  response.headers.set("date", new Date().toUTCString());
  log(fault === undefined ? "info" : "error", "request", {
    request_id: requestId,
    method: request.method,
    // Not the path, which may contain any text of the client's.
    route: (match ?? others[0])?.pattern ?? null,
    status: response.status,
    duration_ms: Date.now() - startedAtMs,
    ...(fault === undefined ? {} : errorFields(fault)),
  });
  return response;
}

/** The response, and the fault behind it if operators should see one. */
async function dispatch(
  request: Request,
  env: Env,
  url: URL,
  match: Match | undefined,
  methods: readonly string[],
): Promise<{ response: Response; fault?: unknown }> {
  try {
    if (match === undefined) return { response: unmatched(request, methods) };
    return { response: await match.handle(request as IRequest, { request, env, url, params: match.params }) };
  } catch (fault) {
    if (fault instanceof ProblemError) return { response: problem(fault.type, fault.options) };
    const options = await advice(env);
    if (fault instanceof Unavailable) return { response: problem("unavailable", options) };
    // D1 may be back soon. Other faults, of the configuration or the code, persist.
    return { response: problem(isDatabaseFault(fault) ? "unavailable" : "internal-error", options), fault };
  }
}

/** The routes of the path, or `method` alone. `router.fetch` would not say which others it has. */
function matchesOf(pathname: string, method?: string): Match[] {
  const routes = routesBySegment.get(firstSegment(pathname)) ?? [];
  return routes.flatMap(([verb, expression, [handle], pattern = ""]) => {
    const found = method === undefined || method === verb ? expression.exec(pathname) : null;
    return found === null || handle === undefined
      ? []
      : [{ method: verb, pattern, params: { ...found.groups }, handle }];
  });
}

/** The path with letters, digits and `-._~` as themselves, which RFC 3986 makes the same. */
function plain(pathname: string): string {
  if (!pathname.includes("%")) return pathname;
  return pathname.replace(/%([2-7][0-9a-f])/gi, (encoded, code: string) => {
    const character = String.fromCharCode(Number.parseInt(code, 16));
    return /[\w.~-]/.test(character) ? character : encoded;
  });
}

/** `events` of `/events/:id`. */
function firstSegment(path: string): string {
  return path.split("/", 2)[1] ?? "";
}

/** The path has `methods`, and the request's is not among them. */
function unmatched(request: Request, methods: readonly string[]): Response {
  if (methods.length === 0) return problem("not-found");
  const allow = [...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"].join(", ");
  if (request.method === "OPTIONS") return new Response(null, { status: 204, headers: { allow } });
  return problem("method-not-allowed", { detail: `Allowed: ${allow}.`, headers: { allow } });
}

/** HEAD is GET without the body. A WebSocket, which is more than a body, needs a GET. */
function asGet({ url, headers }: Request): Request {
  const get = new Request(url, { method: "GET", headers });
  get.headers.delete("upgrade");
  return get;
}

/** Cancels the body: a stream that nobody reads would stay open. */
async function withoutBody(response: Response): Promise<Response> {
  await response.body?.cancel();
  return new Response(null, response);
}
