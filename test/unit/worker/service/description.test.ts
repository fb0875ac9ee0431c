// What `/openapi.json` says of requests is what routes take: input forms, examples, each rule once.

import { expect, test } from "vitest";
import * as z from "zod";
import { API } from "../../../../src/worker/routes.ts";
import { describeApi } from "../../../../src/worker/service/openapi.ts";
import { ROUTES } from "../../../support/routes.ts";

interface Schema {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly [keyword: string]: unknown;
}

interface Parameter {
  readonly $ref?: string;
  readonly in: string;
  readonly required?: boolean;
  readonly example?: unknown;
  readonly schema: Schema;
}

interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: Schema }> };
}

const text = describeApi(API);
const description: {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: Readonly<Record<string, Record<string, object>>>;
} = JSON.parse(text);
const operations = Object.values(description.paths).flatMap((byMethod) => Object.values(byMethod));
const parameters = operations.flatMap((operation) => operation.parameters ?? []).map(resolved);

/** What is written out, or the component that it refers to. */
function resolved<T extends { readonly $ref?: string }>(item: T): T {
  const [kind = "", name = ""] = item.$ref?.split("/").slice(-2) ?? [];
  return item.$ref === undefined ? item : (description.components[kind]?.[name] as T);
}

/** The schema and all that it consists of, however deep. */
function partsOf(schema: Schema): Schema[] {
  const found = resolved(schema);
  const nested = Object.entries(found).flatMap(([keyword, value]) => {
    if (keyword === "properties") return Object.values(value as Record<string, Schema>);
    if (keyword === "anyOf" || keyword === "oneOf") return value as Schema[];
    return keyword === "items" ? [value as Schema] : [];
  });
  return [found, ...nested.flatMap(partsOf)];
}

/** Every object in `value`, however deep. */
function objectsIn(value: unknown): Record<string, unknown>[] {
  if (typeof value !== "object" || value === null) return [];
  const inner = Object.values(value).flatMap(objectsIn);
  return Array.isArray(value) ? inner : [value as Record<string, unknown>, ...inner];
}

test("no request has to name what has a default", () => {
  const bodies = operations.flatMap(({ requestBody }) => Object.values(requestBody?.content ?? {}));
  const parts = bodies.flatMap(({ schema }) => partsOf(schema));
  const withDefault = parts.flatMap(({ properties = {}, required = [] }) =>
    Object.entries(properties).flatMap(([name, property]) => {
      return "default" in resolved(property) ? [{ name, isRequired: required.includes(name) }] : [];
    }),
  );
  expect(new Set(withDefault.map(({ name }) => name))).toEqual(
    new Set([
      ...["description", "status", "max_per_buyer", "sales_start", "sales_end"],
      ...["capacity", "requires_code", "min_per_order", "max_per_order", "uses"],
      ...["terms_text", "terms_url", "privacy_text", "privacy_url", "imprint_url", "vat_id"],
    ]),
  );
  expect(withDefault.filter(({ isRequired }) => isRequired)).toEqual([]);
  const defaulted = parameters.filter(({ schema }) => "default" in resolved(schema));
  expect(defaulted.length).toBeGreaterThan(0);
  expect(defaulted.filter(({ required }) => required)).toEqual([]);
});

// `codes` or `count`, which a schema that generators understand does not say.
test("a request schema requires exactly what its route requires", () => {
  const bodies = ROUTES.flatMap(({ body, method, path }) => (body === null ? [] : [{ body, method, path }]));
  expect(bodies.length).toBeGreaterThan(10);
  for (const { body, method, path } of bodies) {
    const { schema } = description.paths[path]?.[method.toLowerCase()]?.requestBody?.content["application/json"] ?? {};
    const missing = (body.safeParse({}).error?.issues ?? []).map((issue) => issue.path.join("."));
    const needed = missing.filter((name) => !(name === "codes" && path.endsWith("/codes")));
    expect([...(resolved(schema ?? {}).required ?? [])].sort(), path).toEqual(needed.sort());
  }
});

test("each body, path and required parameter has an example that its route takes", () => {
  for (const { operationId, body, query, pathParameters, examples } of ROUTES) {
    const bodies = Object.values(examples?.bodies ?? {});
    expect(bodies.length > 0, operationId).toBe(body !== null);
    for (const example of bodies) expect(body?.safeParse(example), operationId).toMatchObject({ success: true });
    if (pathParameters !== null)
      expect(pathParameters.safeParse(examples?.path), operationId).toMatchObject({ success: true });
    if (query !== null) expect(query.safeParse(examples?.query ?? {}), operationId).toMatchObject({ success: true });
  }
});

test("no optional parameter has an example, which Swagger UI would send", () => {
  const optional = parameters.filter(({ required }) => required !== true);
  expect(optional.length).toBeGreaterThan(10);
  expect(optional.filter(({ example, schema }) => example ?? resolved(schema).example)).toEqual([]);
});

test("a pattern, a time and an id are each written once", () => {
  const objects = objectsIn(description);
  const patterns = objects.flatMap(({ pattern }) => (typeof pattern === "string" ? [pattern] : []));
  expect(patterns.length).toBeGreaterThan(5);
  expect(patterns.filter((pattern, at) => patterns.indexOf(pattern) < at)).toEqual([]);
  expect(objects.filter(({ format }) => format === "date-time")).toEqual([description.components.schemas?.Instant]);
  const isId = z.object({
    $ref: z.literal(
      ["Id", "ReservationId", "OrderId", "RefundId", "PassId", "SaleId", "LinkToken"].map(
        (name) => `#/components/schemas/${name}`,
      ),
    ),
  });
  const pathIds = parameters.filter((parameter) => parameter.in === "path");
  expect(pathIds.length).toBeGreaterThan(15);
  for (const { schema } of pathIds) expect(schema).toEqual({ $ref: isId.parse(schema).$ref });
});

test("it stays small enough to read: at most 3 KB an operation", () => {
  expect(Buffer.byteLength(text)).toBeLessThan(3_000 * operations.length);
});
