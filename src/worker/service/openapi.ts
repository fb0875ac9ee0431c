// The OpenAPI description, generated from the declarations that validate the requests.

import * as z from "zod";
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiResponseObject,
  type ZodOpenApiResponsesObject,
} from "zod-openapi";
import { MERGE_PATCH } from "../http/body.ts";
import { IF_MATCH_PATTERN } from "../http/etag.ts";
import { problemName, problemSchema } from "../http/problem-schemas.ts";
import { PROBLEMS, type ProblemType } from "../http/problem-types.ts";
import { REPLAYED } from "../http/replies.ts";
import {
  type Access,
  type Endpoint,
  IDEMPOTENCY_KEY_PATTERN,
  type Operation,
  type Placed,
  type Route,
  rowsOf,
  type Success,
} from "../http/route.ts";
import { withLocalExamples } from "./local-examples.ts";

const INFO = {
  title: "Ticket Overlord",
  version: "0.1.0",
  license: { name: "MIT", identifier: "MIT" },
  contact: { name: "The operator of this service" },
  description:
    "Hold tickets, pay for them before `expires_at`, then ask for the outcome. Times are ISO 8601 in UTC, amounts are in the currency's minor unit, and errors are RFC 9457 problems.",
};
const TAGS = [
  { name: "Accounts", description: "Register, and manage one's own account" },
  { name: "Sessions", description: "Sign in, refresh, sign out" },
  { name: "Events", description: "Events and their ticket types" },
  { name: "Live", description: "Changes as they happen, over event streams and WebSockets" },
  { name: "Reservations", description: "Hold tickets" },
  { name: "Orders", description: "Hold tickets of several types together, and pay for them at once" },
  { name: "Payments", description: "Pay for what is held" },
  { name: "Door", description: "Let people in, with and without a network" },
  { name: "Passes", description: "What lets people in, one each" },
  { name: "Organisers", description: "Make events and ticket types, and see how they sell" },
  { name: "Admins", description: "Roles, the audit log, and reconciliation" },
  { name: "Service", description: "Whether the service is well" },
];
const CALLERS: Readonly<Record<Access, string>> = {
  anyone: "Anyone may call it.",
  session: "For signed-in callers.",
  manager: "For organisers, about their own events, for managers of an event's crew, about that event, and for admins.",
  organizer: "For organisers, about their own events, and for admins.",
  admin: "For admins.",
};
const SESSION = [{ bearer: [] }, { cookie: [] }];
const CREDENTIAL_PROBLEMS = [
  "not-signed-in",
  "token-expired",
  "token-invalid",
  "api-key-refused",
  "scope-missing",
] as const;
const IDEMPOTENCY_PROBLEMS = ["invalid-idempotency-key", "idempotency-key-reused"] as const;
const IdempotencyKey = z
  .string()
  .regex(IDEMPOTENCY_KEY_PATTERN)
  .optional()
  .meta({
    param: { id: "IdempotencyKey" },
    description:
      "Makes the request safe to repeat. For at least a day, the same key with the same request has one effect and returns one reply, with `Idempotent-Replayed: true` when it comes again. Refusals are not kept: after a refusal the request is decided anew. The same key for another ticket type is another request. Each account has keys of its own. Use a random key, such as a UUID",
  });
const RETRY_AFTER = {
  description: "How many seconds to wait before the next attempt",
  schema: { type: "integer" as const, minimum: 1 },
};
const IF_MATCH_PROBLEMS = ["invalid-if-match", "precondition-failed"] as const;
const IfMatch = z
  .string()
  .regex(IF_MATCH_PATTERN)
  .optional()
  .meta({
    param: { id: "IfMatch" },
    description:
      "The `ETag` of what the change is based on. If it was changed since, the request is refused and changes nothing. Sales do not count. Several tags are separated by commas; `*` matches any",
  });
const IfNoneMatch = z
  .string()
  .optional()
  .meta({ param: { id: "IfNoneMatch" }, description: "The `ETag` of the client's copy" });

/** Serves the description of `api`, which the first request generates. */
export function descriptionOf(api: Readonly<Record<Operation, Route>>): Endpoint {
  let description: string | null = null;
  return {
    async answer({ env }) {
      description ??= describeApi(api);
      const { text, cacheControl } = await withLocalExamples(description, env);
      return new Response(text, { headers: { "content-type": "application/json", "cache-control": cacheControl } });
    },
  };
}

export function describeApi(api: Readonly<Record<Operation, Route>>): string {
  const document = createDocument({
    openapi: "3.1.0",
    info: INFO,
    servers: [{ url: "/" }],
    tags: TAGS,
    paths: paths(api),
    components: {
      schemas: eventDataOf(api),
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "The `auth-token` that signing in returns" },
        cookie: { type: "apiKey", in: "cookie", name: "__Host-session" },
        apiKey: {
          type: "http",
          scheme: "bearer",
          bearerFormat: "tko_…",
          description: "A key of `POST /me/api-keys`, for programs. It opens what its scopes name, and nothing else",
        },
        liveTicket: {
          type: "apiKey",
          in: "query",
          name: "ticket",
          description: "Of `POST /reservations/{id}/live-ticket` or `POST /orders/{id}/live-ticket`, for one use",
        },
      },
    },
  });
  return JSON.stringify(document, withoutNoise);
}

/** For `JSON.stringify`: leaves out what Zod copies to a schema from one that it refers to. */
function withoutNoise(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  // The format says it. Zod's pattern for it is 300 characters long.
  const isNamed = "$ref" in value || ("format" in value && value.format === "date-time");
  return isNamed ? { ...value, pattern: undefined, param: undefined } : value;
}

/** The data of events is a component: nothing else refers to some of it. */
function eventDataOf(api: Readonly<Record<Operation, Route>>): Record<string, z.ZodType> {
  const replies = Object.values(api).flatMap((route) =>
    route.replies.filter(({ contentType }) => contentType === "text/event-stream"),
  );
  return Object.fromEntries(replies.flatMap(({ schema }) => (schema === null ? [] : [[componentOf(schema), schema]])));
}

function componentOf(schema: z.ZodType): string {
  const { id } = z.globalRegistry.get(schema) ?? {};
  if (id === undefined) throw new Error("the data of an event needs a name");
  return id;
}

function paths(api: Readonly<Record<Operation, Route>>) {
  const byPath: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const route of rowsOf(api)) {
    byPath[route.path] = { ...byPath[route.path], [route.method.toLowerCase()]: operation(route) };
  }
  return byPath;
}

function operation(route: Placed<Route>): ZodOpenApiOperationObject {
  const { body, query, pathParameters, examples } = route;
  return {
    operationId: route.operationId,
    summary: route.summary,
    description: callersOf(route),
    tags: [route.tag],
    security: [
      ...(route.access === "anyone" ? [] : credentialsFor(route)),
      ...(route.takesLiveTicket ? [{ liveTicket: [] }] : []),
    ],
    requestParams: {
      ...(pathParameters instanceof z.ZodObject ? { path: withExamples(pathParameters, examples?.path) } : {}),
      ...(query instanceof z.ZodObject ? { query: withExamples(query, examples?.query) } : {}),
      ...(route.takesIdempotencyKey ? { header: z.object({ "Idempotency-Key": IdempotencyKey }) } : {}),
      ...(route.takesIfMatch ? { header: z.object({ "If-Match": IfMatch }) } : {}),
      ...(route.isShared ? { header: z.object({ "If-None-Match": IfNoneMatch }) } : {}),
    },
    ...(body === null
      ? {}
      : { requestBody: { required: !body.safeParse({}).success, content: bodyContent(route, body) } }),
    responses: responses(route),
  };
}

function callersOf({ access, scope }: Placed<Route>): string {
  return CALLERS[access] + (scope === undefined ? "" : ` An API key needs the scope \`${scope}\`.`);
}

function credentialsFor({ scope }: Placed<Route>) {
  return scope === undefined ? SESSION : [...SESSION, { apiKey: [scope] }];
}

/** An example belongs to its parameter. One in a schema would fill in optional parameters, too. */
function withExamples(parameters: z.ZodObject, examples: unknown): z.ZodObject {
  const shown = Object.entries(examples ?? {}).map(([name, example]) => {
    return [name, parameters.shape[name]?.meta({ param: { example } })];
  });
  return shown.length === 0 ? parameters : parameters.extend(Object.fromEntries(shown));
}

function bodyContent({ method, takesForm, examples }: Placed<Route>, body: z.ZodType) {
  const named = Object.entries(examples?.bodies ?? {}).map(([name, value]) => [name, { value }]);
  const media = { schema: body, examples: Object.fromEntries(named) };
  return {
    "application/json": media,
    ...(method === "PATCH" ? { [MERGE_PATCH]: media } : {}),
    ...(takesForm ? { "application/x-www-form-urlencoded": { schema: body } } : {}),
  };
}

function responses(route: Placed<Route>): ZodOpenApiResponsesObject {
  const successes = repliesOf(route).map((success) => [success.status, successResponse(success)]);
  const problems = [...Map.groupBy(problemsOf(route), (type) => PROBLEMS[type].status)].map(([status, types]) => {
    const isShared = types.length === 1 || types.every((type) => !route.problems?.includes(type));
    return [status, isShared ? sharedProblemResponse(types) : problemResponse(types)];
  });
  return Object.fromEntries([...successes, ...problems]);
}

const sharedResponses = new Map<string, ZodOpenApiResponseObject>();

/** A component: one problem alone, and what declarations imply, is the same in many routes. */
function sharedProblemResponse(types: readonly ProblemType[]): ZodOpenApiResponseObject {
  const id = types.map(problemName).join("Or");
  const response = sharedResponses.get(id) ?? { id, ...problemResponse(types) };
  sharedResponses.set(id, response);
  return response;
}

function problemResponse(types: readonly ProblemType[]): ZodOpenApiResponseObject {
  const description = types.map((type) => `\`/problems/${type}\`: ${PROBLEMS[type].title}`).join("\n\n");
  const isRetried = types.some((type) => "retryAfterSeconds" in PROBLEMS[type]);
  const headers = isRetried ? { headers: { "Retry-After": RETRY_AFTER } } : {};
  return { description, ...headers, content: { "application/problem+json": { schema: problemSchema(types) } } };
}

function successResponse({ description, schema, contentType, isPageToo, headers }: Success) {
  return {
    description,
    ...(schema === null ? {} : { content: contentOf(schema, contentType, isPageToo === true) }),
    ...(headers === undefined
      ? {}
      : {
          headers: Object.fromEntries(
            Object.entries(headers).map(([name, example]) => [name, { schema: { type: "string" as const }, example }]),
          ),
        }),
  };
}

function contentOf(schema: z.ZodType, contentType: Success["contentType"], isPageToo: boolean) {
  if (contentType === "text/event-stream") return eventStream(schema);
  const page = isPageToo ? { "text/html": { schema: { type: "string" as const } } } : {};
  return { [contentType ?? "application/json"]: { schema }, ...page };
}

/** Text, so that no generated client parses a stream, which may have no end, as one JSON value. */
function eventStream(data: z.ZodType) {
  const component = componentOf(data);
  const description = `Server-sent events. The \`data\` of each is JSON: \`${component}\``;
  const reference = { $ref: `#/components/schemas/${component}` };
  return { "text/event-stream": { schema: { type: "string" as const, description }, "x-event-data": reference } };
}

/** The replies that the route declares, and what `If-None-Match` or `Idempotency-Key` adds. */
export function repliesOf({ replies, isShared, takesIdempotencyKey }: Route): readonly Success[] {
  if (takesIdempotencyKey) return replies.map((reply) => ({ ...reply, headers: { ...reply.headers, ...REPLAYED } }));
  if (!isShared) return replies;
  const tagged = replies.map((reply) => ({ ...reply, headers: { ...reply.headers, ETag: '"0f3a5b…"' } }));
  return [...tagged, { status: 304, description: "Not modified: the client's copy is current", schema: null }];
}

/** What the route declares, and what follows from what it takes and who may call it. */
export function problemsOf(route: Placed<Route>): ProblemType[] {
  const { access, body, query, pathParameters } = route;
  const isPublicPage = access === "anyone" && route.method === "GET";
  return [
    ...new Set<ProblemType>([
      ...(route.takesIdempotencyKey ? IDEMPOTENCY_PROBLEMS : []),
      ...(route.takesIfMatch ? IF_MATCH_PROBLEMS : []),
      ...(body === null ? [] : (["malformed-request", "body-too-large", "unsupported-media-type"] as const)),
      // At least for an unknown query parameter, which public pages ignore.
      ...(isPublicPage && query === null ? [] : (["invalid-request"] as const)),
      ...(route.takesLiveTicket ? (["live-ticket-refused"] as const) : []),
      ...(access === "anyone" ? [] : CREDENTIAL_PROBLEMS),
      ...(["manager", "organizer", "admin"].includes(access) ? (["wrong-role"] as const) : []),
      ...(route.limits === undefined ? [] : (["slow-down"] as const)),
      ...(access === "anyone" || route.method === "GET" ? [] : (["cross-site-request"] as const)),
      ...(pathParameters === null ? [] : (["not-found"] as const)),
      ...(route.problems ?? []),
      "internal-error",
      "unavailable",
    ]),
  ];
}
