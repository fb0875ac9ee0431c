// JSON Schema as the description uses it: read strictly, and a value checked against it. Pure.

import * as z from "zod";

const TYPES = ["string", "integer", "number", "boolean", "null", "array", "object"] as const;
const text = z.string().optional();
const number = z.number().optional();
const int = z.int().optional();

/** Strict: a keyword or a format that is not here could go unchecked, so it is an error. */
export const SchemaShape = z.strictObject({
  $ref: z.string().startsWith("#/components/schemas/").optional(),
  type: z.union([z.enum(TYPES), z.array(z.enum(TYPES))]).optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  get anyOf() {
    return z.array(SchemaShape).optional();
  },
  get oneOf() {
    return z.array(SchemaShape).optional();
  },
  discriminator: z.strictObject({ propertyName: z.string(), mapping: z.record(z.string(), z.string()) }).optional(),
  get properties() {
    return z.record(z.string(), SchemaShape).optional();
  },
  required: z.array(z.string()).optional(),
  get additionalProperties() {
    return z.union([z.boolean(), SchemaShape]).optional();
  },
  get items() {
    return SchemaShape.optional();
  },
  minItems: int,
  maxItems: int,
  pattern: text,
  format: z.enum(["date-time", "email", "password", "uri", "uuid"]).optional(),
  minLength: int,
  maxLength: int,
  minimum: number,
  maximum: number,
  description: text,
  default: z.unknown().optional(),
  examples: z.array(z.unknown()).optional(),
});

export type Schema = z.output<typeof SchemaShape>;
export type Schemas = Readonly<Record<string, Schema>>;

/** `schema` itself, or what it refers to. */
export function resolve(schema: Schema, schemas: Schemas): Schema {
  if (schema.$ref === undefined) return schema;
  const found = schemas[schema.$ref.replace("#/components/schemas/", "")];
  if (found === undefined) throw new Error(`the description has no ${schema.$ref}`);
  return resolve(found, schemas);
}

const validators = new WeakMap<Schema, z.ZodType>();

/** Where `value` is not as `schema` says, in words; empty where all is well. */
export function violations(schema: Schema, value: unknown, schemas: Schemas): string[] {
  const validator = validators.get(schema) ?? z.fromJSONSchema(closed({ ...schema, $defs: schemas }));
  validators.set(schema, validator);
  const { issues = [] } = validator.safeParse(value).error ?? {};
  return issues.map(({ path, message }) => `${path.join(".") || "the body"}: ${message}`);
}

/** A reply is to say all that it holds: an object has no members but those named. */
function closed(schema: object): z.core.JSONSchema.JSONSchema {
  const text = JSON.stringify(schema).replaceAll("#/components/schemas/", "#/$defs/");
  return JSON.parse(text, (_name, value) => {
    if (!isRecord(value)) return value;
    // With a default a member that is missing would count as there.
    const { default: _, ...checked } = value;
    return value.type === "object" ? { additionalProperties: false, ...checked } : checked;
  });
}

/** Undefined where it is no JSON. */
export function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
