// The OpenAPI description, made from the declarations that validate the requests.

import * as z from "zod";
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponsesObject } from "zod-openapi";
import { Problem } from "../http/problem-schema.ts";
import { PROBLEMS, type ProblemType } from "../http/problems.ts";
import type { Route, Success } from "../http/route.ts";
import { ROUTES } from "../routes.ts";

const INFO = {
  title: "Ticket Overlord",
  version: "0.1.0",
  description:
    "Hold tickets, pay before `expires_at`, and ask for the outcome. Times are ISO 8601 in UTC, amounts in the currency's minor unit, errors RFC 9457 problems.",
};
const SESSION = [{ bearer: [] }, { cookie: [] }];
const IDEMPOTENCY_PROBLEMS = ["invalid-idempotency-key", "idempotency-key-reused"] as const;
const IdempotencyKey = z.string().min(1).max(255).optional().meta({
  description:
    "For a day the same key with the same request has one effect and one answer, a refusal too. A key is its account's own",
});
const IfNoneMatch = z.string().optional().meta({ description: "The `ETag` of what the client has" });

let description: string | null = null;

/** The description as JSON text; made when it is first asked for, and kept. */
export function describeApi(): string {
  description ??= JSON.stringify(
    createDocument({
      openapi: "3.1.0",
      info: INFO,
      servers: [{ url: "/" }],
      paths: paths(),
      components: {
        securitySchemes: {
          bearer: { type: "http", scheme: "bearer", description: "The `auth-token` from signing in" },
          cookie: { type: "apiKey", in: "cookie", name: "__Host-session" },
        },
      },
    }),
  );
  return description;
}

function paths() {
  const byPath: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const route of ROUTES) {
    byPath[route.path] = { ...byPath[route.path], [route.method.toLowerCase()]: operation(route) };
  }
  return byPath;
}

function operation(route: Route): ZodOpenApiOperationObject {
  const { body, query, pathParameters } = route;
  return {
    operationId: `${route.method.toLowerCase()}${route.path.replace(/\W+(\w?)/g, (_, next: string) => next.toUpperCase())}`,
    summary: route.summary,
    tags: [route.tag],
    ...(route.access === "anyone" ? {} : { security: SESSION }),
    requestParams: {
      ...(pathParameters instanceof z.ZodObject ? { path: pathParameters } : {}),
      ...(query instanceof z.ZodObject ? { query } : {}),
      ...(route.takesIdempotencyKey ? { header: z.object({ "Idempotency-Key": IdempotencyKey }) } : {}),
      ...(route.isShared ? { header: z.object({ "If-None-Match": IfNoneMatch }) } : {}),
    },
    ...(body === null
      ? {}
      : { requestBody: { required: !body.safeParse({}).success, content: bodyContent(route, body) } }),
    responses: responses(route),
  };
}

function bodyContent(route: Route, body: z.ZodType) {
  return {
    "application/json": { schema: body },
    ...(route.takesForm ? { "application/x-www-form-urlencoded": { schema: body } } : {}),
  };
}

function responses(route: Route): ZodOpenApiResponsesObject {
  const all: ZodOpenApiResponsesObject = {};
  for (const success of route.replies) all[statusKey(success.status)] = successResponse(success);
  for (const [status, types] of Map.groupBy(problemsOf(route), (type) => PROBLEMS[type].status)) {
    all[statusKey(status)] = {
      description: types.map((type) => `\`/problems/${type}\`: ${PROBLEMS[type].title}`).join("\n\n"),
      content: { "application/problem+json": { schema: Problem } },
    };
  }
  return all;
}

function statusKey(status: number): `${1 | 2 | 3 | 4 | 5}${string}` {
  return `${status}` as `${1 | 2 | 3 | 4 | 5}${string}`;
}

function successResponse({ description, schema, contentType, headers }: Success) {
  return {
    description,
    ...(schema === null ? {} : { content: { [contentType ?? "application/json"]: { schema } } }),
    ...(headers === undefined
      ? {}
      : {
          headers: Object.fromEntries(
            Object.entries(headers).map(([name, example]) => [name, { schema: { type: "string" as const }, example }]),
          ),
        }),
  };
}

/** Those that the route names, and those that follow from what it takes and from who may call it. */
export function problemsOf(route: Route): ProblemType[] {
  const { access, body, pathParameters } = route;
  return [
    ...new Set<ProblemType>([
      ...(route.takesIdempotencyKey ? IDEMPOTENCY_PROBLEMS : []),
      ...(body === null ? [] : (["malformed-request", "body-too-large", "unsupported-media-type"] as const)),
      // A parameter in the query that the route does not know, if nothing else.
      "invalid-request",
      ...(access === "anyone" ? [] : (["not-signed-in"] as const)),
      ...(access === "organizer" || access === "admin" ? (["wrong-role"] as const) : []),
      ...(route.limits === undefined ? [] : (["slow-down"] as const)),
      ...(access === "anyone" || route.method === "GET" ? [] : (["cross-site-request"] as const)),
      ...(pathParameters === null ? [] : (["not-found"] as const)),
      ...(route.problems ?? []),
      "internal-error",
      "unavailable",
    ]),
  ];
}
