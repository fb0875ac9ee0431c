// What `/openapi.json` says, read strictly: what is not understood here would go unchecked. Pure.

import * as z from "zod";
import { type Schema, SchemaShape, type Schemas } from "./schema.ts";

const Media = z.strictObject({
  schema: SchemaShape,
  examples: z.record(z.string(), z.strictObject({ value: z.unknown() })).optional(),
  /** Of a stream of events, what the data of each looks like. */
  "x-event-data": SchemaShape.optional(),
});
const Content = z.record(z.string(), Media);
const ParameterShape = z.strictObject({
  in: z.enum(["path", "query", "header"]),
  name: z.string(),
  schema: SchemaShape,
  required: z.boolean().optional(),
  description: z.string().optional(),
  example: z.unknown().optional(),
});
const ReplyShape = z.strictObject({
  description: z.string(),
  headers: z.record(z.string(), z.unknown()).optional(),
  content: Content.optional(),
});
const Reference = z.strictObject({ $ref: z.string() });
const OperationShape = z.strictObject({
  operationId: z.string(),
  summary: z.string().optional(),
  description: z.string().optional(),
  tags: z.array(z.string()).optional(),
  security: z.array(z.record(z.string(), z.array(z.string()))).optional(),
  parameters: z.array(z.union([Reference, ParameterShape])).optional(),
  requestBody: z.strictObject({ required: z.boolean(), content: Content }).optional(),
  responses: z.record(z.string().regex(/^[1-5]\d\d$/), z.union([Reference, ReplyShape])),
});
const Method = z.enum(["get", "post", "put", "patch", "delete"]);
const DescriptionShape = z.looseObject({
  openapi: z.string().startsWith("3.1."),
  paths: z.record(z.string().startsWith("/"), z.partialRecord(Method, OperationShape)),
  components: z.looseObject({
    schemas: z.record(z.string(), SchemaShape),
    parameters: z.record(z.string(), ParameterShape),
    responses: z.record(z.string(), ReplyShape),
  }),
});

export type Operation = ReturnType<typeof operationOf>;
export type Description = ReturnType<typeof readDescription>;

export const PROBLEM_TYPE = "application/problem+json";
const PROBLEM_MEMBERS: Schemas = {
  ...{ type: { type: "string" }, title: { type: "string" }, status: { type: "integer" }, detail: { type: "string" } },
};
// Served, and not part of the described API.
const UNDESCRIBED = /^\/((openapi\.json|(docs|problems|e|assets)(\/[^/]*)?|(my|box-office|door)(\/.*)?)\/*)?$/;

export function readDescription(json: unknown) {
  const { paths, components } = DescriptionShape.parse(json);
  const operations = Object.entries(paths).flatMap(([template, byMethod]) =>
    Object.entries(byMethod).map(([method, declared]) =>
      operationOf(method.toUpperCase(), template, declared, components),
    ),
  );
  // What a problem looks like where no operation is there to say so.
  const problem: Schema = { type: "object", properties: PROBLEM_MEMBERS, required: Object.keys(PROBLEM_MEMBERS) };
  return { operations, schemas: components.schemas, problem };
}

/** The operations at a path, by whatever method; null where the path is none of the API's. */
export function operationsAt({ operations }: Description, pathname: string): Operation[] | null {
  if (UNDESCRIBED.test(pathname)) return null;
  return operations.filter(({ path }) => path.test(pathname));
}

/** What a path's parameter names: `events` for the `{id}` in `/events/{id}/tickets`. */
export function collectionOf(template: string, parameter: string): string {
  // At a door a pass is named without its collection.
  if (parameter === "pass") return "passes";
  const segments = template.split("/");
  return segments[segments.indexOf(`{${parameter}}`) - 1] ?? parameter;
}

function operationOf(
  method: string,
  template: string,
  declared: z.output<typeof OperationShape>,
  components: z.output<typeof DescriptionShape>["components"],
) {
  const { parameters = [], requestBody, security = [], tags = [], responses } = declared;
  const replies = Object.entries(responses).map(([status, reply]) => {
    return [Number(status), replyOf(referredTo(reply, components.responses))] as const;
  });
  return {
    /** `GET /events/{id}` */
    name: `${method} ${template}`,
    method,
    template,
    /** With or without slashes at the end; parameters are groups. */
    path: new RegExp(`^${template.replace(/[.]/g, "\\.").replace(/\{(\w+)\}/g, "(?<$1>[^/]+)")}/*$`),
    tag: tags[0] ?? "",
    parameters: parameters.map((parameter) => referredTo(parameter, components.parameters)),
    /** By media type; null where it takes no body. */
    body: requestBody === undefined ? null : schemasOf(requestBody.content),
    isSignedIn: security.length > 0,
    replies: new Map(replies),
  };
}

/** What is written out, or the component that it refers to. */
function referredTo<T extends object>(
  item: z.output<typeof Reference> | T,
  components: Readonly<Record<string, T>>,
): T {
  if (!("$ref" in item)) return item;
  const component = components[item.$ref.split("/").at(-1) ?? ""];
  if (component === undefined) throw new Error(`the description has no ${item.$ref}`);
  return component;
}

function replyOf({ description, headers = {}, content = {} }: z.output<typeof ReplyShape>) {
  return {
    /** By media type; empty for a reply without a body. */
    content: schemasOf(content),
    /** As in `type`: `/problems/sold-out`. */
    problemTypes: new Set([...description.matchAll(/`(\/problems\/[\w-]+)`/g)].map(([, type]) => type ?? "")),
    headers: new Set(Object.keys(headers).map((name) => name.toLowerCase())),
  };
}

function schemasOf(content: z.output<typeof Content>): Map<string, Schema> {
  return new Map(Object.entries(content).map(([type, media]) => [type, media["x-event-data"] ?? media.schema]));
}
