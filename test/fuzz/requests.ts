// Which request comes next: an operation, who asks, and how well the request is made.

import { mix, Prng } from "../support/prng.ts";
import { collectionOf, type Description, type Operation } from "./description.ts";
import * as hostile from "./hostile.ts";
import type { Header, Request } from "./http.ts";
import { type Known, within } from "./known.ts";
import { markOf, type People, type Person } from "./people.ts";
import { isRecord, resolve, type Schema, type Schemas } from "./schema.ts";
import { type Sources, withSense } from "./sense.ts";
import type { Bought, Shelf } from "./shelf.ts";
import { bend, type Draft, decorate, twist } from "./twists.ts";
import { nearly, valid, type Writer } from "./values.ts";

export interface Planned {
  readonly request: Request;
  /** Whose token it carries; null where it proves nobody. */
  readonly person: Person | null;
}

type Mode = "valid" | "nearly" | "hostile" | "again";
const MODES = { valid: 58, nearly: 16, hostile: 22, again: 4 } as const;
const COSTLY = /password|refresh|logout|deletion|POST \/me\/api-keys/;
const WEIGHT = 25;
// What everybody buys from must not be gone before anybody buys.
const DESTRUCTIVE = /^DELETE \/(events|tickets)\/\{id\}$/;
const WEIGHT_DESTRUCTIVE = 5;
// What was bought is paid for once, and cancelled once: of what is well made, so much more.
const OFTEN: readonly (readonly [operation: RegExp, times: number])[] = [
  [/^POST \/(orders|reservations)$/, 4],
  [/^POST \/(orders|reservations)\/\{id\}\/payment$/, 2],
  [/^POST \/events\/\{id\}\/orders/, 2],
  // Who works at a door lets in many.
  [/^PUT \/events\/\{id\}\/crew\/\{account\}$/, 3],
  [/^POST \/check-ins$/, 4],
  [/^POST \/check-ins\/\{pass\}/, 3],
];
/**
 * How a run begins: with something to buy, and somebody who buys. Each comes so often that some
 * succeed, because several requests are under way at a time.
 */
const OPENING = [
  ...[
    "POST /events",
    "POST /events/{id}/tickets",
    "POST /tickets/{id}/prices",
    "POST /tickets/{id}/prices/{price}/codes",
  ],
  ...["POST /reservations", "POST /reservations/{id}/payment", "POST /orders", "POST /orders/{id}/payment"],
].flatMap((name) => Array<string>(16).fill(name));
// A bad body is refused before anything is done.
const COSTLY_BADLY_MADE = 4;
const MOST_TO_REPEAT = 12;
const SHARE_ANY = 0.15;

export class Requests {
  readonly #schemas: Schemas;
  readonly #people: People;
  readonly #known: Known;
  readonly #shelf: Shelf;
  readonly #seed: number;
  /** Of the operations, for requests that are well made and for others. */
  readonly #weights: readonly [well: Record<string, number>, badly: Record<string, number>];
  readonly #byName: ReadonlyMap<string, Operation>;
  /** The roles with which an operation went well. */
  readonly #worked = new Map<string, Set<string>>();
  readonly #sent: { readonly draft: Draft; readonly person: Person }[] = [];

  constructor(description: Description, { people, known, shelf }: Sources, seed: number) {
    this.#schemas = description.schemas;
    this.#people = people;
    this.#known = known;
    this.#shelf = shelf;
    this.#seed = seed;
    this.#byName = new Map(description.operations.map((operation) => [operation.name, operation]));
    const usual = ({ name }: Operation) => (DESTRUCTIVE.test(name) ? WEIGHT_DESTRUCTIVE : WEIGHT);
    const weights = (costly: number, often: typeof OFTEN) =>
      Object.fromEntries(
        description.operations.map((it) => {
          const weight = isCostly(it, description) ? costly : usual(it);
          const [, times = 1] = often.find(([operation]) => operation.test(it.name)) ?? [];
          return [it.name, weight * times];
        }),
      );
    this.#weights = [weights(1, OFTEN), weights(COSTLY_BADLY_MADE, [])];
  }

  /** The same for the same seed and number, and the same replies so far. */
  next(number: number): Planned {
    const prng = new Prng(mix(this.#seed, number));
    const opening = this.#byName.get(OPENING[number - 1] ?? "");
    const mode = opening === undefined ? prng.weighted<Mode>(MODES) : "valid";
    const before = this.#sent.filter(({ person }) => this.#people.all().includes(person));
    if (mode === "again" && before.length > 0) {
      const { draft, person } = prng.pick(before);
      return finish(draft, credentials(person, prng, draft), person);
    }
    const [well, badly] = this.#weights;
    const chosen = this.#byName.get(prng.weighted(mode === "nearly" || mode === "hostile" ? badly : well));
    const operation = opening ?? chosen;
    if (operation === undefined) throw new Error("the description has no operations");
    const bought = mode === "valid" ? this.#boughtFor(operation, prng) : null;
    const buyer = this.#people.all().find(({ name }) => name === bought?.owner);
    const chance = opening === undefined ? this.#personFor(operation, prng) : this.#personWhoMay(operation, prng);
    const person = buyer ?? chance;
    const id = buyer === undefined || bought === null ? null : bought.id;
    const draft = this.#draft(operation, person, mode === "again" ? "valid" : mode, id, prng);
    const key = draft.headers.find(([name]) => name === "Idempotency-Key")?.[1];
    if (person !== null && key !== undefined) this.#remember(draft, person, key);
    if (person !== null && !(mode === "hostile" && prng.chance(0.06)))
      return finish(draft, credentials(person, prng, draft), person);
    return finish(draft, person !== null || prng.chance(0.1) ? hostile.hostileAuthorization(prng) : null, null);
  }

  worked(operation: Operation, role: string): void {
    const roles = this.#worked.get(operation.name) ?? new Set();
    this.#worked.set(operation.name, roles.add(role));
  }

  #remember(draft: Draft, person: Person, key: string): void {
    this.#known.add("Idempotency-Keys", key, person.name);
    this.#sent.push({ draft, person });
    if (this.#sent.length > MOST_TO_REPEAT) this.#sent.shift();
  }

  /** What its buyer can pay for, or has paid for, where the operation is about such a thing. */
  #boughtFor({ template, method }: Operation, prng: Prng): Bought | null {
    const collection = /^\/(orders|reservations)\/\{id\}/.exec(template)?.[1];
    if (collection === undefined || prng.chance(SHARE_ANY)) return null;
    return this.#shelf.bought(collection, method === "GET" ? "paid" : "held", Date.now(), prng);
  }

  #personFor(operation: Operation, prng: Prng): Person | null {
    if (prng.chance(operation.isSignedIn ? 0.08 : 0.4)) return null;
    if (!operation.isSignedIn || prng.chance(0.25)) return prng.pick(this.#people.all());
    const roles = this.#worked.get(operation.name);
    const able = this.#people.all().filter(({ role }) => roles?.has(role));
    return able.length > 0 ? prng.pick(able) : this.#personWhoMay(operation, prng);
  }

  #personWhoMay({ tag }: Operation, prng: Prng): Person {
    const people = this.#people.all();
    const organisers = people.filter(({ role }) => role === "organizer");
    return prng.pick(tag === "Organisers" ? organisers : people);
  }

  /** `id`: of what the path is to name first; null for any. */
  #draft(operation: Operation, person: Person | null, mode: Mode, id: string | null, prng: Prng): Draft {
    const writer = this.#writer(operation, person, prng);
    const draft: Draft = {
      method: operation.method,
      path: path(operation, writer, id),
      query: query(operation, writer),
      headers: headerParameters(operation, writer),
      body: null,
      isChunked: operation.body !== null && prng.chance(0.05),
    };
    const [type, schema] = [...(operation.body ?? [])].at(prng.chance(0.85) ? 0 : -1) ?? [];
    if (type !== undefined && schema !== undefined) this.#writeBody(draft, type, schema, operation, writer, mode);
    if (mode === "valid" && prng.chance(0.06)) decorate(draft, operation, prng);
    if (mode === "nearly" && (draft.body === null || prng.chance(0.25))) bend(draft, prng);
    if (mode === "hostile") for (let twists = prng.pick([1, 1, 2]); twists > 0; twists--) twist(draft, operation, prng);
    return draft;
  }

  #writer(operation: Operation, person: Person | null, prng: Prng): Writer {
    const people = this.#people;
    const own = (field: string) => operation.isSignedIn && (field === "password" || /current|old/.test(field));
    return {
      prng,
      schemas: this.#schemas,
      known: this.#known,
      name: person?.name ?? null,
      mark: () => markOf(person?.name ?? "nobody", prng),
      password: (field) => (person !== null && own(field) ? (person.passwords[0] ?? "") : people.newPassword()),
    };
  }

  #writeBody(draft: Draft, type: string, schema: Schema, operation: Operation, writer: Writer, mode: Mode): void {
    const { prng } = writer;
    const good = withSense(
      valid(schema, "", writer),
      operation,
      draft.path,
      { people: this.#people, known: this.#known, shelf: this.#shelf },
      prng,
    );
    const value = mode === "nearly" ? nearly(good, prng) : good;
    const isForm = type === "application/x-www-form-urlencoded";
    draft.headers.push(["content-type", type]);
    draft.body = Buffer.from(isForm && isRecord(value) ? form(value) : JSON.stringify(value));
    const [person] = this.#people.all().filter(({ name }) => name === writer.name);
    if (person === undefined || !operation.isSignedIn || !isRecord(value)) return;
    for (const [field, text] of Object.entries(value))
      if (/password/.test(field) && typeof text === "string" && !person.passwords.includes(text))
        this.#people.mayHavePassword(person, text);
  }
}

function finish({ method, path, query, headers, body, isChunked }: Draft, proof: Header | null, person: Person | null) {
  const target = query === "" ? path : `${path}?${query}`;
  const request = { method, target, headers: [...headers, ...(proof === null ? [] : [proof])], body, isChunked };
  return { request, person };
}

function credentials({ token }: Person, prng: Prng, { headers }: Draft): Header {
  // Browsers say where a request comes from, and they send cookies.
  const fromPage = headers.some(([name]) => name === "origin" || name === "sec-fetch-site");
  return prng.chance(fromPage ? 0.4 : 0.8)
    ? ["authorization", `Bearer ${token}`]
    : ["cookie", `__Host-session=${token}`];
}

/** Passwords are slow to check, and a person who was signed out must sign in again. */
function isCostly({ template, body }: Operation, { schemas }: Description): boolean {
  const fields = [...(body?.values() ?? [])].flatMap((schema) =>
    Object.keys(resolve(schema, schemas).properties ?? {}),
  );
  return [template, ...fields].some((word) => COSTLY.test(word));
}

function path({ template, parameters }: Operation, writer: Writer, id: string | null): string {
  let before = "";
  const named = id === null ? template : template.replace("{id}", id);
  return named.replace(/\{(\w+)\}/g, (_, name: string) => {
    const { known, name: person, prng } = writer;
    const collection = collectionOf(template, name);
    const inside = () => known.pick(within(collection, before), person, prng);
    const first = inside();
    // A ticket type's first price has its id, and can't be deleted.
    const found = (first === before ? inside() : first) ?? known.pick(collection, person, prng);
    if (found !== null && prng.chance(0.95)) {
      before = found;
      return found;
    }
    const schema = parameters.find((parameter) => parameter.in === "path" && parameter.name === name)?.schema ?? {};
    return encodeURIComponent(String(valid(schema, name, writer)));
  });
}

function query({ template, parameters }: Operation, writer: Writer): string {
  const asked = new URLSearchParams();
  for (const { in: place, name, required, schema } of parameters) {
    if (place !== "query" || (required !== true && !writer.prng.chance(0.4))) continue;
    const cursor = writer.known.pick(`${name} of ${template}`, writer.name, writer.prng);
    const value = cursor ?? writer.known.pick(`${name}s`, writer.name, writer.prng) ?? valid(schema, name, writer);
    // A cursor is nothing that anybody makes up.
    if (name !== "cursor" || cursor !== null || writer.prng.chance(0.1)) asked.set(name, String(value));
  }
  return asked.toString();
}

function headerParameters({ parameters }: Operation, writer: Writer): Header[] {
  return parameters.flatMap(({ in: place, name, required, schema }): Header[] =>
    place === "header" && (required || writer.prng.chance(0.5))
      ? [[name, sendable(String(valid(schema, name, writer)))]]
      : [],
  );
}

/** What a header can carry at all: no client sends the rest. */
function sendable(value: string): string {
  return value.replace(/[^\x20-\x7e\x80-\xff]/g, "?");
}

function form(value: Readonly<Record<string, unknown>>): string {
  return new URLSearchParams(Object.entries(value).map(([name, inner]) => [name, String(inner)])).toString();
}
