// The types of the API for the pages in src/web, made from `/openapi.json`: what each operation
// takes and returns. Types alone, so that nothing of them is sent to a browser.

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
}

interface Content {
  readonly schema: Schema;
  /** Of a stream: the data of each event. */
  readonly "x-event-data"?: Schema;
}

interface Parameter {
  readonly $ref?: string;
  readonly in: string;
  readonly name: string;
  readonly required?: boolean;
  readonly schema: Schema;
}

interface Reply {
  readonly $ref?: string;
  readonly content?: Readonly<Record<string, Content>>;
}

interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> };
  readonly responses: Readonly<Record<string, Reply>>;
}

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly parameters: Readonly<Record<string, Parameter>>;
  };
}

const JSON_TYPE = "application/json";
const STREAM = "text/event-stream";
const HEAD = `// What each operation of the API takes and returns. Made from /openapi.json by \`npm run api-types\`;
// a test says when it is out of date.
`;

/** A module of types, as Biome formats it. */
export function apiTypes(text: string): string {
  const { paths, components } = JSON.parse(text) as Description;
  const schemas = Object.entries(components.schemas).map(
    ([name, schema]) => `export type ${name} = ${typeOf(schema)};\n`,
  );
  const rows = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(
      ([method, operation]) => `  "${method.toUpperCase()} ${path}": ${operationType(operation, components)};\n`,
    ),
  );
  const problems = Object.values(components.schemas).flatMap(({ properties }) => {
    const [, type] = /^\/problems\/(.+)$/.exec(String(properties?.type?.const)) ?? [];
    return type === undefined ? [] : [JSON.stringify(type)];
  });
  schemas.push(
    `/** The types of problems, without \`/problems/\`. */\nexport type ProblemType = ${problems.join(" | ")};\n`,
  );
  return `${HEAD}\n${schemas.join("\n")}\nexport interface Operations {\n${rows.join("")}}\n`;
}

function operationType(
  { parameters = [], requestBody, responses }: Operation,
  components: Description["components"],
): string {
  const named = parameters.map((one) => components.parameters[nameOf(one.$ref)] ?? one);
  const inPlace = (place: string) => {
    const found = named.filter((one) => one.in === place);
    if (found.length === 0) return "never";
    const properties = Object.fromEntries(found.map(({ name, schema }) => [name, schema]));
    return typeOf({
      type: "object",
      properties,
      required: found.filter(({ required }) => required).map(({ name }) => name),
    });
  };
  const body = requestBody?.content[JSON_TYPE] ?? Object.values(requestBody?.content ?? {})[0];
  const contents = Object.entries(responses)
    .filter(([status]) => status.startsWith("2"))
    .map(([, { content = {} }]) => content);
  const replies = [...new Set(contents.map((content) => replyType(content)))];
  const event = contents.find((content) => STREAM in content)?.[STREAM]?.["x-event-data"];
  const fields = [
    `path: ${inPlace("path")}`,
    `query: ${inPlace("query")}`,
    `body: ${body === undefined ? "never" : typeOf(body.schema)}`,
    `reply: ${replies.join(" | ")}`,
    `event: ${event === undefined ? "never" : typeOf(event)}`,
  ];
  return `{\n${fields.map((field) => `    ${field};\n`).join("")}  }`;
}

/** Undefined for a reply without a body, text for a file. */
function replyType(content: Readonly<Record<string, Content>>): string {
  const json = content[JSON_TYPE];
  if (json !== undefined) return typeOf(json.schema);
  return Object.keys(content).length === 0 ? "undefined" : "string";
}

function typeOf(schema: Schema): string {
  if (schema.$ref !== undefined) return nameOf(schema.$ref);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const options = schema.anyOf ?? schema.oneOf;
  if (options !== undefined) return options.map((option) => typeOf(option)).join(" | ");
  if (typeof schema.type === "object") return schema.type.map((type) => typeOf({ ...schema, type })).join(" | ");
  switch (schema.type) {
    case "integer":
      return "number";
    case "array":
      return `Array<${typeOf(schema.items ?? {})}>`;
    case "object":
      return objectType(schema);
    default:
      return schema.type ?? "unknown";
  }
}

function objectType({ properties = {}, required = [], additionalProperties }: Schema): string {
  const fields = Object.entries(properties).map(([name, schema]) => {
    const key = /^[a-z_]\w*$/i.test(name) ? name : JSON.stringify(name);
    return `${key}${required.includes(name) ? "" : "?"}: ${typeOf(schema)};`;
  });
  if (fields.length > 0) return `{ ${fields.join(" ")} }`;
  return `Record<string, ${typeof additionalProperties === "object" ? typeOf(additionalProperties) : "unknown"}>`;
}

/** `Id` of `#/components/schemas/Id`. */
function nameOf(reference = ""): string {
  return reference.slice(reference.lastIndexOf("/") + 1);
}
