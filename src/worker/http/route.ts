// A route's declaration decides who may call it, validates requests, and describes the operation.

import * as z from "zod";
import type { IfMatch } from "../../domain/edition.ts";
import type { Scope } from "../../domain/scopes.ts";
import { type Caller, forgetBuyer, mayManage } from "../auth/organiser.ts";
import { type Authentication, authenticate, type Session, sessionOfLiveTicket } from "../auth/sessions.ts";
import { type Standing, standingOf } from "../crew/queries.ts";
import type { Env } from "../env.ts";
import { fieldsOf, MAX_BODY_BYTES, readBody } from "./body.ts";
import { editionsIn, IF_MATCH_PATTERN } from "./etag.ts";
import { check } from "./field-errors.ts";
import { isWithinLimits, type RouteLimit } from "./limits.ts";
import type { ProblemType } from "./problem-types.ts";
import { MAX_ERRORS, ProblemError } from "./problems.ts";
import { namedParameters } from "./query.ts";

/** Printable ASCII. HTTP drops the blanks at a header's ends. */
export const IDEMPOTENCY_KEY_PATTERN = /^[!-~]([ -~]{0,253}[!-~])?$/;
const NO_QUERY = z.strictObject({});

/**
 * Who may call a route. What an account may do is read with each request, because tokens do not say
 * it. Organisers may change their own events only, and managers in a crew the events of that crew,
 * which the handlers check. Admins may change all.
 */
export type Access = "anyone" | "session" | "manager" | "organizer" | "admin";

export interface Call<Body, Query, Path, Caller> {
  readonly request: Request;
  readonly env: Env;
  readonly url: URL;
  readonly body: Body;
  readonly query: Query;
  readonly path: Path;
  readonly session: Caller;
  /** Null if the header was not sent. */
  readonly idempotencyKey: string | null;
  readonly ifMatch: IfMatch;
}

/** Of a reply that is a file of its own, and no JSON. */
export type FileType = "text/calendar" | "text/csv" | "text/html" | "image/svg+xml" | "image/gif";

export interface Success {
  readonly status: number;
  readonly description: string;
  /** Null for a reply without a body. */
  readonly schema: z.ZodType | null;
  /** JSON if omitted. In an event stream, `schema` is that of each event's data; of files, text. */
  readonly contentType?: "text/event-stream" | FileType;
  /** Whether the same is a page, too, for an `Accept` that names `text/html`. */
  readonly isPageToo?: true;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Description {
  /** The operation's name in `/openapi.json`, and the handler's name here. */
  readonly operationId: string;
  readonly access: Access;
  /** What a key for programs needs to be let in; without one no key is. */
  readonly scope?: Scope;
  readonly tag: string;
  readonly summary: string;
  readonly takesIdempotencyKey?: boolean;
  /** It changes an edition of something. */
  readonly takesIfMatch?: boolean;
  /** The reply is cached: the same for all but the organiser. It honours `If-None-Match`. */
  readonly isShared?: boolean;
  /** The body may also come from an HTML form. */
  readonly takesForm?: boolean;
  /** Where a body may be longer than `MAX_BODY_BYTES`. */
  readonly maxBodyBytes?: number;
  /** The query's `ticket` may stand in for a token: browsers send none with a stream or socket. */
  readonly takesLiveTicket?: boolean;
  /** Counted once the request is valid: what is refused unread uses up nothing. */
  readonly limits?: readonly RouteLimit[];
  /** In addition to the problems that the declaration implies. */
  readonly problems?: readonly ProblemType[];
}

/** Requests that the description shows, and that `/docs` tries out as they stand. */
interface Examples<Body, Query, Path> {
  readonly path?: Path;
  readonly query?: Query;
  /** By what each is about. The first is what is tried out. */
  readonly bodies?: Readonly<Record<string, Body>>;
}

export type { Caller };

type CallerOf<A extends Access> = A extends "anyone" ? Session | null : A extends "session" ? Session : Caller;

interface Declaration<
  A extends Access,
  R extends readonly Success[],
  B extends z.ZodType,
  Q extends z.ZodType,
  P extends z.ZodType,
> extends Description {
  readonly access: A;
  readonly replies: R;
  readonly body?: B;
  readonly query?: Q;
  /** A path that does not match gets a 404. */
  readonly pathParameters?: P;
  readonly examples?: Examples<z.input<B>, z.input<Q>, z.input<P>>;
  /** Refuses what no schema can tell, by the request alone and before a limit counts; else null. */
  precheck?(call: Call<z.output<B>, z.output<Q>, z.output<P>, CallerOf<A>>): Response | null;
  handle(call: Call<z.output<B>, z.output<Q>, z.output<P>, CallerOf<A>>): Promise<Response>;
}

/** A request before it is validated. */
export interface Incoming {
  readonly request: Request;
  readonly env: Env;
  readonly url: URL;
  /** The path's parameters, as they are in the path. */
  readonly params: Readonly<Record<string, string>>;
}

export interface Endpoint {
  answer(incoming: Incoming): Promise<Response>;
}

/** A declared endpoint. Clients derive types: `z.input<NonNullable<typeof createEvent.body>>`. */
export interface Route<
  R extends readonly Success[] = readonly Success[],
  B extends z.ZodType = z.ZodType,
  Q extends z.ZodType = z.ZodType,
  P extends z.ZodType = z.ZodType,
> extends Description,
    Endpoint {
  readonly replies: R;
  readonly body: B | null;
  readonly query: Q | null;
  readonly pathParameters: P | null;
  readonly examples?: Examples<unknown, unknown, unknown>;
}

export function route<
  A extends Access,
  const R extends readonly Success[],
  B extends z.ZodType = z.ZodUndefined,
  Q extends z.ZodType = z.ZodUndefined,
  P extends z.ZodType = z.ZodUndefined,
>(declaration: Declaration<A, R, B, Q, P>): Route<R, B, Q, P> {
  const { body, query, pathParameters, access } = declaration;
  return {
    ...declaration,
    body: body ?? null,
    query: query ?? null,
    pathParameters: pathParameters ?? null,
    async answer({ request, env, url, params }) {
      const liveTicket = declaration.takesLiveTicket ? url.searchParams.get("ticket") : null;
      const session = liveTicket === null ? await admit(declaration, request, env) : await admitWith(liveTicket, env);
      const path = parsePath(pathParameters, params);
      const isPublicPage = access === "anyone" && request.method === "GET";
      const searchParams = isPublicPage ? namedParameters(url.searchParams, query ?? null) : url.searchParams;
      const rawQuery = url.search === "" ? {} : fieldsOf(searchParams);
      if (query === undefined) parse(NO_QUERY, rawQuery);
      const idempotencyKey = declaration.takesIdempotencyKey ? readIdempotencyKey(request) : null;
      const maxBytes = declaration.maxBodyBytes ?? MAX_BODY_BYTES;
      const call = {
        request,
        env,
        url,
        path,
        idempotencyKey,
        ifMatch: declaration.takesIfMatch ? readIfMatch(request) : null,
        query: parse(query, rawQuery),
        body: parse(
          body,
          body === undefined ? undefined : await readBody(request, declaration.takesForm === true, maxBytes),
        ),
        // `admit` returns what `access` promises.
        session: session as CallerOf<A>,
      };
      const refused = declaration.precheck?.(call) ?? null;
      if (refused !== null) return refused;
      if (!(await isWithinLimits(env, request, declaration.limits ?? [], session))) throw new ProblemError("slow-down");
      return declaration.handle(call);
    },
  };
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Method and path, as in OpenAPI: `GET /reservations/{id}`. */
export type Operation = `${Method} /${string}`;

export type Placed<T> = T & { readonly method: Method; readonly path: string };

export function rowsOf<T extends Endpoint>(table: Readonly<Record<Operation, T>>): Placed<T>[] {
  return Object.entries(table).map(([operation, endpoint]) => {
    const [method = "", path = ""] = operation.split(" ");
    return { ...endpoint, method: method as Method, path };
  });
}

/** Where anyone may call, what would not let its sender in counts for nothing. */
async function admit({ access, scope }: Description, request: Request, env: Env): Promise<Session | Caller | null> {
  const authentication = await authenticate(request, env);
  const apiKey = authentication.ok ? authentication.session.apiKey : undefined;
  const isOpen = apiKey === undefined || (scope !== undefined && apiKey.scopes.includes(scope));
  if (access === "anyone") return authentication.ok && isOpen ? authentication.session : null;
  if (!authentication.ok) throw unauthenticated(authentication.refusal);
  if (!isOpen) throw outOfScope(scope);
  const { session } = authentication;
  if (access === "session") return session;
  const standing = await standingOf(env.DB, session.accountId);
  // The account was just deleted, and this isolate's list of revoked sessions is older.
  if (standing === null) throw new ProblemError("token-invalid");
  if (!isAdmitted(access, standing)) throw new ProblemError("wrong-role");
  // An account that has just become an organiser finds the event that it then makes.
  forgetBuyer(session.accountId);
  return { ...session, ...standing };
}

function outOfScope(scope: Scope | undefined): ProblemError {
  const detail = scope === undefined ? "No API key can do this: sign in." : `The API key needs the scope ${scope}.`;
  return new ProblemError("scope-missing", { detail, members: { scope: scope ?? null } });
}

function isAdmitted(access: Extract<Access, "manager" | "organizer" | "admin">, standing: Standing): boolean {
  switch (access) {
    case "manager":
      return mayManage(standing);
    case "organizer":
      return standing.role === "organizer" || standing.role === "admin";
    case "admin":
      return standing.role === "admin";
  }
}

async function admitWith(liveTicket: string, env: Env): Promise<Session> {
  const session = await sessionOfLiveTicket(liveTicket, env);
  if (session === null) throw new ProblemError("live-ticket-refused");
  return session;
}

function unauthenticated(refusal: Extract<Authentication, { ok: false }>["refusal"]): ProblemError {
  switch (refusal) {
    case "not_signed_in":
      return new ProblemError("not-signed-in");
    case "token_expired":
      return new ProblemError("token-expired");
    case "token_invalid":
      return new ProblemError("token-invalid");
    case "api_key_refused":
      return new ProblemError("api-key-refused");
    case "cross_site_request":
      return new ProblemError("cross-site-request");
  }
}

function parsePath<P extends z.ZodType>(schema: P | undefined, value: unknown): z.output<P> {
  const parsed = schema?.safeParse(value);
  if (parsed?.success === false) throw new ProblemError("not-found");
  return parsed?.data as z.output<P>;
}

/** Refuses with one error per invalid field, at most `MAX_ERRORS` of them. */
export function parse<S extends z.ZodType>(schema: S | undefined, value: unknown): z.output<S> {
  if (schema === undefined) return undefined as z.output<S>;
  const checked = check(schema, value);
  if (checked.ok) return checked.value;
  throw new ProblemError("invalid-request", {
    ...(checked.errors.length > MAX_ERRORS ? { detail: `See errors for the first ${MAX_ERRORS} fields.` } : {}),
    errors: checked.errors.slice(0, MAX_ERRORS),
  });
}

function readIdempotencyKey(request: Request): string | null {
  const key = request.headers.get("idempotency-key");
  if (key !== null && !IDEMPOTENCY_KEY_PATTERN.test(key)) throw new ProblemError("invalid-idempotency-key");
  return key;
}

function readIfMatch(request: Request): IfMatch {
  const ifMatch = request.headers.get("if-match");
  if (ifMatch === null) return null;
  if (!IF_MATCH_PATTERN.test(ifMatch)) throw new ProblemError("invalid-if-match");
  return editionsIn(ifMatch);
}
