// The description of the API and the page that shows it are complete, and from this service alone.

import { exports } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { PROBLEMS } from "../../../../src/worker/http/problem-types.ts";
import { problemsOf, repliesOf } from "../../../../src/worker/service/openapi.ts";
import { ROUTES } from "../../../support/routes.ts";
import { call, ORIGIN } from "../../../support/service.ts";

interface Media {
  readonly schema: unknown;
  readonly "x-event-data"?: unknown;
}

interface Described {
  readonly description: string;
  readonly content?: Record<string, Media>;
  readonly headers?: Record<string, { readonly schema: unknown }>;
}

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly security?: readonly Record<string, readonly string[]>[];
  readonly parameters?: readonly { readonly in: string; readonly name: string; readonly required?: boolean }[];
  readonly requestBody?: { readonly required: boolean; readonly content: Record<string, Media> };
  readonly responses: Record<string, Described>;
}

interface Description {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, unknown> } & Record<string, Record<string, unknown>>;
}

const answer = await call("GET", "/openapi.json");
const api: Description = JSON.parse(answer.text);

const EVENT_DATA = {
  $ref: expect.stringMatching(/^#\/components\/schemas\/(Availability|Reservation|Order|DoorCounts)$/),
};

function operationOf({ method, path }: { method: string; path: string }): Operation {
  const operation = api.paths[path]?.[method.toLowerCase()];
  if (operation === undefined) throw new Error(`${method} ${path} is not described`);
  return {
    ...operation,
    parameters: operation.parameters?.map(written) ?? [],
    responses: Object.fromEntries(Object.entries(operation.responses).map(([status, each]) => [status, written(each)])),
  };
}

/** What is written out, or the component that it refers to. */
function written<T extends object>(item: T): T {
  if (!("$ref" in item)) return item;
  const [kind = "", name = ""] = String(item.$ref).split("/").slice(-2);
  return api.components[kind]?.[name] as T;
}

interface Schema {
  readonly $ref?: string;
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, { readonly const?: unknown }>>;
}

/** The type of each problem that a reply may have, as its schemas say. */
function typesIn(schema: Schema): unknown[] {
  if (schema.oneOf !== undefined) return schema.oneOf.flatMap(typesIn);
  const component = api.components.schemas[schema.$ref?.split("/").at(-1) ?? ""] as Schema;
  return [component.properties?.type?.const];
}

/** Every string in `value` that stands under `key`, however deep. */
function stringsUnder(key: string, value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === key && typeof inner === "string" ? [inner] : stringsUnder(key, inner),
  );
}

describe("the description", () => {
  test("is OpenAPI 3.1, of this service wherever it runs", () => {
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(api.openapi).toMatch(/^3\.1\.\d$/);
    expect(api.info).toMatchObject({ title: "Ticket Overlord", version: expect.stringMatching(/^\d+\.\d+\.\d+$/) });
    expect(api.servers).toEqual([{ url: "/" }]);
  });

  test("has the routes that there are, and no others", () => {
    const described = Object.entries(api.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.sort()).toEqual(ROUTES.map(({ method, path }) => `${method} ${path}`).sort());
  });

  test("gives each operation the name that it declares", () => {
    const names = ROUTES.map((route) => operationOf(route).operationId);
    expect(names).toEqual(ROUTES.map(({ operationId }) => operationId));
  });

  test("refers to nothing that it does not have", () => {
    const references = new Set(stringsUnder("$ref", api));
    expect(references.size).toBeGreaterThan(10);
    for (const reference of references) {
      expect(reference).toMatch(/^#\/components\/(schemas|parameters|responses)\/\w+$/);
      expect(api, reference).toHaveProperty(reference.replace("#/", "").split("/"));
    }
  });

  test("has no component that nothing refers to", () => {
    const references = new Set(stringsUnder("$ref", api));
    for (const kind of ["schemas", "parameters", "responses"]) {
      for (const name of Object.keys(api.components[kind] ?? {})) {
        expect(references, name).toContain(`#/components/${kind}/${name}`);
      }
    }
  });

  test("lists each type of problem that there is", () => {
    const text = JSON.stringify([api.paths, api.components.responses]);
    // No operation declares that another method is not allowed.
    const described = Object.keys(PROBLEMS).filter((type) => type !== "method-not-allowed");
    for (const type of described) expect(text, type).toContain(`\`/problems/${type}\``);
  });
});

describe.each(ROUTES)("$method $path is described", (route) => {
  test("with each way that it can go well", () => {
    const { responses } = operationOf(route);
    for (const { status, schema, contentType = "application/json", isPageToo } of repliesOf(route)) {
      const types = isPageToo === true ? [contentType, "text/html"] : [contentType];
      expect(Object.keys(responses[status]?.content ?? {})).toEqual(schema === null ? [] : types);
      const stream = responses[status]?.content?.["text/event-stream"];
      // Generated clients parse what has any other schema as one JSON value.
      if (stream !== undefined)
        expect(stream).toMatchObject({ schema: { type: "string" }, "x-event-data": EVENT_DATA });
    }
    const good = Object.keys(responses).filter((status) => Number(status) < 400);
    expect(good.sort()).toEqual(
      repliesOf(route)
        .map(({ status }) => String(status))
        .sort(),
    );
  });

  test("with each way that it can be refused, as a problem", () => {
    const { responses } = operationOf(route);
    const { access, body, query, pathParameters, takesIdempotencyKey } = route;
    const wanted = new Set([
      ...["500", "503"],
      ...(body === null && query === null ? [] : ["422"]),
      ...(body === null ? [] : ["400", "413", "415"]),
      ...(takesIdempotencyKey ? ["400", "422"] : []),
      ...(access === "anyone" ? [] : ["401"]),
      ...(access === "organizer" ? ["403"] : []),
      ...(pathParameters === null ? [] : ["404"]),
      ...(route.limits === undefined ? [] : ["429"]),
      ...(route.problems ?? []).map((type) => String(PROBLEMS[type].status)),
    ]);
    for (const status of wanted) {
      const types = problemsOf(route).filter((type) => PROBLEMS[type].status === Number(status));
      const { schema } = responses[status]?.content?.["application/problem+json"] ?? {};
      expect(typesIn(schema as Schema), status).toEqual(types.map((type) => `/problems/${type}`));
      for (const type of types) expect(responses[status]?.description).toContain(`\`/problems/${type}\``);
      const isRetried = status === "429" || status === "503";
      const wait = { schema: { type: "integer", minimum: 1 } };
      if (isRetried) expect(responses[status]?.headers, status).toMatchObject({ "Retry-After": wait });
    }
  });

  test("with who may call it and what it takes", () => {
    const { security, parameters = [], requestBody } = operationOf(route);
    const byKey = route.scope === undefined ? [] : [{ apiKey: [route.scope] }];
    const session = route.access === "anyone" ? [] : [{ bearer: [] }, { cookie: [] }, ...byKey];
    const said = ` An API key needs the scope \`${route.scope}\`.`;
    expect(operationOf(route).description?.endsWith(said)).toBe(route.scope !== undefined);
    expect(security).toEqual([...session, ...(route.takesLiveTicket ? [{ liveTicket: [] }] : [])]);
    // Lists have pages. Reconciling has no limit: each call checks as much as it can.
    const page = ["cursor", "limit"];
    const queries: Record<string, string[]> = {
      "/accounts": ["username"],
      "/reconcile": ["cursor"],
      "/live": ["events"],
      "/reservations/{id}/live": ["ticket"],
      "/orders/{id}/live": ["ticket"],
      // How many passes are on a page to print is not for clients to say.
      "/reservations/{id}/passes/print": ["cursor", "language"],
      "/orders/{id}/passes/print": ["cursor", "language"],
      "/events/{id}/orders/{order}/passes/print": ["cursor", "language"],
      "/reservations/{id}/receipt": ["language"],
      "/orders/{id}/receipt": ["language"],
      "/reservations/{id}/refunds/{refund}/receipt": ["language"],
      "/orders/{id}/refunds/{refund}/receipt": ["language"],
      "/events": [...page, "from", "to", "past", "q", "available", "organizer", "expand"],
      "/reservations": [...page, "state", "event"],
      "/receipts": [...page, "series", "from", "to"],
      "/orders": [...page, "state"],
      "/events/{id}/orders": [...page, "q", "method", "state", "day"],
      "/events/{id}/attendees": [...page, "q"],
      "/events/{id}/attendees.csv": ["separator"],
      "/events/{id}/orders.csv": ["separator", "method", "state"],
      "/events/{id}/report": ["day"],
      "/events/{id}/sales": ["from", "to", "interval"],
      "/events/{id}/door": ["after"],
      "/events/{id}/passes": ["q"],
      "/events/{id}/mails": [...page, "state"],
    };
    const inQuery = queries[route.path] ?? page;
    const wanted = [
      ...[...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ in: "path", name, required: true })),
      ...(route.query === null ? [] : inQuery.map((name) => ({ in: "query", name }))),
      ...(route.takesIdempotencyKey ? [{ in: "header", name: "Idempotency-Key" }] : []),
      ...(route.takesIfMatch ? [{ in: "header", name: "If-Match" }] : []),
      ...(route.isShared ? [{ in: "header", name: "If-None-Match" }] : []),
    ];
    expect(parameters).toHaveLength(wanted.length);
    for (const parameter of wanted) expect(parameters).toContainEqual(expect.objectContaining(parameter));
    const patch = route.method === "PATCH" ? ["application/merge-patch+json"] : [];
    const form = route.takesForm ? ["application/x-www-form-urlencoded"] : [];
    const types = route.body === null ? [] : ["application/json", ...patch, ...form];
    expect(Object.keys(requestBody?.content ?? {})).toEqual(types);
  });
});

describe("the page at /docs", () => {
  async function get(path: string): Promise<{ status: number; headers: Headers; bytes: Uint8Array; text: string }> {
    const response = await exports.default.fetch(new Request(ORIGIN + path, { redirect: "manual" }));
    const bytes = new Uint8Array(await response.arrayBuffer());
    const { status, headers } = response;
    return { status, headers, bytes, text: new TextDecoder().decode(bytes) };
  }

  test.each(["/docs", "/docs/"])("is an HTML page at %s that names nothing from elsewhere", async (path) => {
    const { status, headers, text } = await get(path);
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(text).not.toMatch(/\b(https?:)?\/\/\w/);
    // Inline scripts are what the policy stops.
    expect(text).not.toMatch(/<script(?![^>]*\bsrc=)|\son\w+=/);
  });

  test("names only files of this service, and each is there as what it is", async () => {
    const { text } = await get("/docs");
    const named = [...text.matchAll(/\b(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? "");
    const types: Record<string, RegExp> = { css: /^text\/css/, js: /^text\/javascript/, png: /^image\/png$/ };
    expect(named.map((path) => path.split(".").pop()).sort()).toEqual(["css", "js", "js", "png"]);
    for (const path of named) {
      const { status, headers, bytes } = await get(path);
      expect(status, path).toBe(200);
      expect(headers.get("content-type"), path).toMatch(types[path.split(".").pop() ?? ""] ?? /^$/);
      expect(bytes.length, path).toBeGreaterThan(50);
    }
  });

  test("shows this service's description", async () => {
    const { text } = await get("/docs/start.js");
    expect(text).toContain('url: "/openapi.json"');
    expect(text).toContain("validatorUrl: null");
    expect(text).not.toMatch(/https?:/);
  });

  const MISSING = `/index.html /package.json /swagger-ui.css /swagger-ui-bundle.js /favicon-32x32.png /README.md
    /docs/index.html /docs/package.json /docs/README.md /docs/LICENSE /docs/swagger-initializer.js
    /docs/swagger-ui-bundle.js.map /docs/oauth2-redirect.html /docs/..%2fpackage.json /docs/%2e%2e/package.json
    /docs/swagger-ui.css/x /docs//package.json /docs/SWAGGER-UI.CSS /docs/swagger-ui.css%00`;

  test.each(MISSING.split(/\s+/))("has nothing at %s, though the package may have", async (path) => {
    const { status, headers } = await get(path);
    expect(status).toBe(404);
    expect(headers.get("content-type")).toBe("application/problem+json");
  });
});
