// JSON Schema as the description uses it: read strictly, and a value checked against it. Pure.

import * as z from "zod";

const TYPES = ["string", "integer", "number", "boolean", "null", "array", "object"] as const;
type TypeName = (typeof TYPES)[number];

/** What each format asks for. One that is not here is an error when the description is read. */
const FORMATS = {
  "date-time": (text: string) =>
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text)),
  email: (text: string) => /^[^\s@]+@[^\s@]+$/.test(text),
  password: () => true,
  uri: (text: string) => URL.canParse(text),
  uuid: (text: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text),
  base64url: (text: string) => /^[\w-]*$/.test(text),
} as const;
const FORMAT_NAMES = Object.keys(FORMATS) as (keyof typeof FORMATS)[];

const text = z.string().optional();
const number = z.number().optional();
const int = z.int().optional();

/** Strict: a keyword that is not here would go unchecked, so it is an error. */
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
  get allOf() {
    return z.array(SchemaShape).optional();
  },
  get properties() {
    return z.record(z.string(), SchemaShape).optional();
  },
  required: z.array(z.string()).optional(),
  get additionalProperties() {
    return z.union([z.boolean(), SchemaShape]).optional();
  },
  get propertyNames() {
    return SchemaShape.optional();
  },
  get items() {
    return SchemaShape.optional();
  },
  minItems: int,
  maxItems: int,
  pattern: text,
  format: z.enum(FORMAT_NAMES).optional(),
  minLength: int,
  maxLength: int,
  minimum: number,
  maximum: number,
  exclusiveMinimum: number,
  exclusiveMaximum: number,
  multipleOf: number,
  title: text,
  description: text,
  default: z.unknown().optional(),
  example: z.unknown().optional(),
  examples: z.array(z.unknown()).optional(),
  deprecated: z.boolean().optional(),
  readOnly: z.boolean().optional(),
  writeOnly: z.boolean().optional(),
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

/**
 * Where `value` is not as `schema` says, in words; empty where all is well. An object has no member
 * beyond those named.
 */
export function violations(schema: Schema, value: unknown, schemas: Schemas, at = ""): string[] {
  if (schema.$ref !== undefined) return violations(resolve(schema, schemas), value, schemas, at);
  const here = at === "" ? "the body" : at;
  const types = typeof schema.type === "string" ? [schema.type] : schema.type;
  if (types?.some((type) => isOf(type, value)) === false) return [`${here} is no ${types.join(" or ")}`];
  const found: string[] = [];
  if (schema.enum?.includes(value) === false) found.push(`${here} is none of ${JSON.stringify(schema.enum)}`);
  if (schema.const !== undefined && schema.const !== value)
    found.push(`${here} is not ${JSON.stringify(schema.const)}`);
  found.push(...inCombination(schema, value, schemas, at, here));
  if (typeof value === "string") found.push(...inText(schema, value, here));
  if (typeof value === "number") found.push(...inNumber(schema, value, here));
  if (Array.isArray(value)) found.push(...inList(schema, value, schemas, at, here));
  else if (isRecord(value)) found.push(...inObject(schema, value, schemas, at, here));
  return found;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isOf(type: TypeName, value: unknown): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return isRecord(value);
    case "integer":
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

function inCombination({ anyOf, oneOf, allOf }: Schema, value: unknown, schemas: Schemas, at: string, here: string) {
  const fits = (schema: Schema) => violations(schema, value, schemas, at).length === 0;
  return [
    ...(anyOf?.some(fits) === false ? [`${here} fits none of its alternatives`] : []),
    ...(oneOf !== undefined && oneOf.filter(fits).length !== 1 ? [`${here} does not fit one alternative`] : []),
    ...(allOf ?? []).flatMap((schema) => violations(schema, value, schemas, at)),
  ];
}

function inText({ pattern, format, minLength = 0, maxLength }: Schema, text: string, here: string): string[] {
  // JSON Schema counts characters, not halves of surrogate pairs.
  const length = [...text].length;
  return [
    ...(pattern !== undefined && !regexOf(pattern).test(text) ? [`${here} does not match ${pattern}`] : []),
    ...(format !== undefined && !FORMATS[format](text) ? [`${here} is no ${format}`] : []),
    ...(length < minLength ? [`${here} is too short`] : []),
    ...(maxLength !== undefined && length > maxLength ? [`${here} is too long`] : []),
  ];
}

const regexes = new Map<string, RegExp>();

export function regexOf(pattern: string): RegExp {
  const known = regexes.get(pattern) ?? new RegExp(pattern, "u");
  regexes.set(pattern, known);
  return known;
}

function inNumber(schema: Schema, value: number, here: string): string[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const isTooSmall = value < (minimum ?? -Infinity) || value <= (exclusiveMinimum ?? -Infinity);
  const isTooLarge = value > (maximum ?? Infinity) || value >= (exclusiveMaximum ?? Infinity);
  const isUneven = multipleOf !== undefined && value % multipleOf !== 0;
  return [
    ...(isTooSmall ? [`${here} is too small`] : []),
    ...(isTooLarge ? [`${here} is too large`] : []),
    ...(isUneven ? [`${here} is not a multiple of ${multipleOf}`] : []),
  ];
}

function inList(schema: Schema, list: readonly unknown[], schemas: Schemas, at: string, here: string): string[] {
  const { items, minItems = 0, maxItems = Infinity } = schema;
  const isOdd = list.length < minItems || list.length > maxItems;
  return [
    ...(isOdd ? [`${here} has ${list.length} items`] : []),
    ...(items === undefined ? [] : list.flatMap((item, n) => violations(items, item, schemas, `${at}[${n}]`))),
  ];
}

function inObject(
  { type, properties, required = [], additionalProperties, propertyNames }: Schema,
  value: Readonly<Record<string, unknown>>,
  schemas: Schemas,
  at: string,
  here: string,
): string[] {
  const under = (name: string) => (at === "" ? name : `${at}.${name}`);
  // Where nothing is said of members, such as where alternatives are, this schema does not close
  // the object.
  const isOpen = properties === undefined && type !== "object";
  const found = required.filter((name) => !Object.hasOwn(value, name)).map((name) => `${here} lacks ${name}`);
  for (const [name, inner] of Object.entries(value)) {
    const declared = properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (declared !== undefined) found.push(...violations(declared, inner, schemas, under(name)));
    else if (isRecord(additionalProperties))
      found.push(...violations(additionalProperties, inner, schemas, under(name)));
    // A reply is to say all that it holds: nothing is open unless the description opens it.
    else if (additionalProperties !== true && !isOpen) found.push(`${under(name)} is not described`);
    if (propertyNames !== undefined) found.push(...violations(propertyNames, name, schemas, `the name ${under(name)}`));
  }
  return found;
}
