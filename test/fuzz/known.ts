// What the service has given away so far: ids, cursors, tokens. Later requests name them.

import type { Prng } from "../support/prng.ts";
import { collectionOf, type Description, type Operation } from "./description.ts";
import type { Reply } from "./http.ts";
import { isRecord, resolve, type Schema } from "./schema.ts";

interface Value {
  readonly text: string;
  /** Who was given it; null where anybody may have it. */
  readonly owner: string | null;
}

const MOST_PER_OWNER = 40;
const SHARE_OWN = 0.75;
const SHARE_RECENT = 0.6;
const RECENT = 6;
// Beyond ids, which are known by their pattern.
const ALSO = new Set(["username", "refresh_token", "code"]);
// Events can be handed to the people, and they can have a part in one. They stay as they are.
const UNHARMED = ["organizers", "crew"];

export class Known {
  readonly #values = new Map<string, Value[]>();
  readonly #idPatterns: readonly RegExp[];
  readonly #never = new Set<string>();

  constructor(description: Description) {
    this.#idPatterns = [...idPatterns(description)].map((pattern) => new RegExp(pattern));
  }

  /** Requests do not name it but where it stays as it is: the account of one of the people. */
  never(text: string): void {
    this.#never.add(text);
  }

  add(name: string, text: string, owner: string | null): void {
    if (this.#never.has(text) && !UNHARMED.includes(name)) return;
    const values = this.#values.get(name) ?? [];
    if (values.some((value) => value.text === text)) return;
    values.push({ text, owner });
    const same = values.filter((value) => value.owner === owner);
    this.#values.set(name, same.length > MOST_PER_OWNER ? values.filter((value) => value !== same[0]) : values);
  }

  pick(name: string, owner: string | null, prng: Prng): string | null {
    const values = this.#values.get(name) ?? [];
    if (values.length === 0) return null;
    const own = values.filter((value) => value.owner === owner);
    const from = own.length > 0 && prng.chance(SHARE_OWN) ? own : values;
    return prng.pick(prng.chance(SHARE_RECENT) ? from.slice(-RECENT) : from).text;
  }

  /** Takes what is worth keeping from a reply that went well. */
  learn(operation: Operation, owner: string | null, body: unknown, headers: Reply["headers"]): void {
    this.#walk(body, collectionsOf(operation), operation.isSignedIn ? owner : null);
    const takesCursor = operation.parameters.some(({ name }) => name === "cursor");
    if (takesCursor && isRecord(body) && typeof body.next === "string")
      this.add(`cursor of ${operation.template}`, body.next, owner);
    for (const [name, value] of headers) {
      const target = name === "link" ? /^<([^>]*)>/.exec(value)?.[1] : undefined;
      const cursor = target && URL.parse(target, "http://x")?.searchParams.get("cursor");
      if (cursor) this.add(`cursor of ${operation.template}`, cursor, owner);
      if (name === "etag") this.add(plural("If-Match"), value, owner);
    }
  }

  #walk(value: unknown, names: readonly string[], owner: string | null): void {
    if (Array.isArray(value)) for (const item of value) this.#walk(item, names, owner);
    else if (isRecord(value)) {
      for (const [key, inner] of Object.entries(value)) {
        this.#walk(inner, key === "id" ? names : [plural(key)], owner);
        if (typeof value.id === "string" && Array.isArray(inner)) this.#walk(inner, [within(key, value.id)], owner);
      }
    } else if (typeof value === "string") {
      const isKept =
        this.#idPatterns.some((pattern) => pattern.test(value)) || names.some((it) => ALSO.has(singular(it)));
      if (isKept) for (const name of names) this.add(name, value, owner);
    }
  }
}

/** Things that belong to another one: prices of a ticket type. */
export function within(collection: string, id: string): string {
  return `${collection} of ${id}`;
}

export function plural(name: string): string {
  return name.endsWith("s") ? name : `${name}s`;
}

function singular(name: string): string {
  return name.replace(/s$/, "");
}

/** What an `id` in a reply is the id of: by the path, and by the name of the reply's schema. */
function collectionsOf({ template, replies }: Operation): string[] {
  const segments = template.split("/").filter((segment) => segment !== "");
  const last = segments.at(-1) ?? "";
  const byPath = last.startsWith("{") ? collectionOf(template, last.slice(1, -1)) : last;
  const schemas = [...replies.values()].flatMap(({ content }) => [...content.values()]);
  const bySchema = schemas.flatMap(({ $ref, items }) => $ref ?? items?.$ref ?? []).map((ref) => ref.split("/").at(-1));
  return [...new Set([byPath, ...bySchema.map((name) => plural((name ?? "").toLowerCase()))])];
}

/** The patterns of short words in replies that are no dates: those are ids. */
function idPatterns({ operations, schemas }: Description): Set<string> {
  const found = new Set<string>();
  const seen = new Set<Schema>();
  const visit = (reference: Schema): void => {
    const schema = resolve(reference, schemas);
    // A schema that holds itself ends.
    if (seen.has(schema)) return;
    seen.add(schema);
    if (schema.pattern !== undefined && schema.format === undefined) found.add(schema.pattern);
    const { properties = {}, items = [], anyOf = [], oneOf = [] } = schema;
    for (const inner of [...Object.values(properties), ...anyOf, ...oneOf].concat(items)) visit(inner);
  };
  const replies = operations.flatMap((operation) => [...operation.replies.values()]);
  for (const reply of replies) for (const schema of reply.content.values()) visit(schema);
  return found;
}
