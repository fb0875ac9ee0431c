// Values as a schema asks for them, and as it nearly does.

import * as fc from "fast-check";
import type { Prng } from "../support/prng.ts";
import { STRINGS } from "./hostile-values.ts";
import { type Known, plural } from "./known.ts";
import { isRecord, resolve, type Schema, type Schemas } from "./schema.ts";

/** Who writes the values, and what there is to write. */
export interface Writer {
  readonly prng: Prng;
  readonly schemas: Schemas;
  readonly known: Known;
  /** Null for somebody who is not signed in. */
  readonly name: string | null;
  /** A fresh word that is this person's mark. */
  mark(): string;
  password(field: string): string;
}

/** Fields whose schema can't say which of the strings that fit it mean something. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  payment_method: [
    ...["pm_card_visa", "pm_card_visa", "pm_card_visa", "pm_card_visa_chargeDeclined", "pm_sandbox_slow_2s"],
    ...["pm_sandbox_slow_20s", "pm_sandbox_lost_reply", "pm_sandbox_unreachable", "pm_nobody_knows"],
  ],
  currency: ["EUR", "JPY", "KWD"],
  "If-Match": ["*", "*", "*", '"0"', 'W/"0"'],
  timezone: ["Europe/Berlin", "UTC", "Pacific/Auckland"],
};
/**
 * New ones, mostly: who is known can't be registered again, and a key belongs to one request. A tag
 * that is known is mostly an old one.
 */
const SHARE_KNOWN: Readonly<Record<string, number>> = { username: 0.1, "Idempotency-Key": 0.15, "If-Match": 0.3 };
const MINUTE_MS = 60_000;
const FROM_NOW_MS = [-400 * 1_440, -60, -1, 1, 60, 1_440, 300 * 1_440].map((minutes) => minutes * MINUTE_MS);
// As a rule a sale has begun and ends later, as its event does: else nothing would be sold.
const USUAL_MS: Readonly<Record<string, readonly number[]>> = {
  sales_start: FROM_NOW_MS.filter((ms) => ms < 0),
  sales_end: FROM_NOW_MS.filter((ms) => ms >= 60 * MINUTE_MS),
  ends_at: FROM_NOW_MS.filter((ms) => ms >= 60 * MINUTE_MS),
};
const SHARE_USUAL = 0.8;
// Of these a body has one, which JSON Schema does not say.
const ALTERNATIVES: readonly (readonly string[])[] = [
  ["price", "prices"],
  ["codes", "count"],
];
const MANY = 1_000;
// Free text may be anything, so that what is hostile is also stored, and shown again.
const SHARE_ODD = 0.12;
const GENERATED_PER_PATTERN = 30;

export function valid(schema: Schema, field: string, writer: Writer): unknown {
  const { prng } = writer;
  const found = resolve(schema, writer.schemas);
  const { enum: choices, const: only, default: usual, anyOf, type, properties, items } = found;
  if (only !== undefined) return only;
  // Most events are published: nothing is sold of the others.
  if (field === "status" && choices?.includes("published") && prng.chance(SHARE_USUAL)) return "published";
  if (choices !== undefined) return prng.pick(choices);
  // What is given where nothing is sent makes sense more often than what fits the type alone.
  if (usual !== undefined && prng.chance(0.5)) return usual;
  if (anyOf !== undefined) return valid(prng.pick(anyOf), field, writer);
  const chosen =
    typeof type === "object" ? prng.pick(type) : (type ?? (properties === undefined ? "string" : "object"));
  switch (chosen) {
    case "null":
      return null;
    case "boolean":
      return prng.chance(0.5);
    case "integer":
    case "number":
      return wholeNumber(found, prng);
    case "array":
      return Array.from({ length: prng.between(found.minItems ?? 0, 3) }, () => valid(items ?? {}, field, writer));
    case "object":
      return object(found, writer);
    case "string":
      return text(found, field, writer);
  }
}

function object({ properties = {}, required = [] }: Schema, writer: Writer): Record<string, unknown> {
  const share = writer.prng.pick([0.15, 0.5, 0.9]);
  const names = new Set(Object.keys(properties));
  const alternatives = ALTERNATIVES.filter((both) => both.every((name) => names.has(name)));
  const needed = alternatives.map((both) => writer.prng.pick(both));
  const ruledOut = alternatives.flat().filter((name) => !needed.includes(name));
  const chosen = Object.entries(properties).filter(
    ([name]) =>
      required.includes(name) || needed.includes(name) || (!ruledOut.includes(name) && writer.prng.chance(share)),
  );
  return Object.fromEntries(chosen.map(([name, schema]) => [name, valid(schema, name, writer)]));
}

function wholeNumber({ minimum = -1_000, maximum = Number.MAX_SAFE_INTEGER }: Schema, prng: Prng): number {
  if (prng.chance(0.08)) return prng.pick([minimum, maximum]);
  // A count of a few things, or one of many: of those there are to be enough.
  const isSmall = prng.chance(maximum - minimum > MANY ? 0.2 : 0.8);
  return prng.between(minimum, Math.min(maximum, minimum + (isSmall ? 4 : MANY)));
}

function text(schema: Schema, field: string, writer: Writer): string {
  const { pattern, format, minLength = 0, maxLength = 1_000, examples: [example] = [] } = schema;
  const { prng, known, name } = writer;
  if (format === "password" || /password/.test(field)) return writer.password(field);
  const before = known.pick(plural(field), name, prng);
  if (before !== null && prng.chance(SHARE_KNOWN[field] ?? 0.9)) return before;
  if (format === "date-time") return instant(field, prng);
  if (format === "email") return `${writer.mark()}@example.test`;
  const words = WORDS[field];
  if (words !== undefined) return prng.pick(words);
  const mark = writer.mark();
  const takesMark = mark.length <= maxLength && (pattern === undefined || new RegExp(pattern).test(mark));
  if (typeof example === "string" && !(takesMark && pattern !== undefined)) return example;
  if (pattern !== undefined) return takesMark ? mark : matching(pattern, prng);
  if (!takesMark) return "x".repeat(Math.min(maxLength, Math.max(minLength, 1)));
  const odd = `${mark} ${prng.pick(STRINGS)}`;
  if (prng.chance(SHARE_ODD) && odd.length <= maxLength) return odd;
  const long = prng.chance(0.05) ? "é".repeat(maxLength - mark.length) : "";
  return `${mark}${long}`.padEnd(minLength, "x");
}

function instant(field: string, prng: Prng): string {
  const usualMs = USUAL_MS[field] ?? FROM_NOW_MS;
  const fromNowMs = prng.chance(SHARE_USUAL) ? usualMs : FROM_NOW_MS;
  const at = new Date(Date.now() + prng.pick(fromNowMs) + prng.below(MINUTE_MS)).toISOString();
  return prng.weighted({ z: 4, offset: 1 }) === "z" ? at : at.replace("Z", "+05:30");
}

const generated = new Map<string, string[]>();

function matching(pattern: string, prng: Prng): string {
  const options = { seed: 1, numRuns: GENERATED_PER_PATTERN };
  const known = generated.get(pattern) ?? fc.sample(fc.stringMatching(new RegExp(pattern)), options);
  generated.set(pattern, known);
  return prng.pick(known);
}

/** `value` with one thing wrong, somewhere in it. */
export function nearly(value: unknown, prng: Prng): unknown {
  if (isRecord(value)) {
    const names = Object.keys(value);
    if (names.length === 0 || prng.chance(0.2)) return withMember(value, prng);
    const name = prng.pick(names);
    if (prng.chance(0.2)) return Object.fromEntries(Object.entries(value).filter(([key]) => key !== name));
    return { ...value, [name]: nearly(value[name], prng) };
  }
  if (prng.chance(0.4)) return prng.pick([null, true, 0, "", [], {}, [value], { value }, "null", -1, 1.5]);
  if (typeof value === "number") return prng.pick([value - 1, -value, value + 0.5, value * 1e9, `${value}`, 2 ** 53]);
  if (typeof value === "string") {
    const [cut, long, loud] = [value.slice(0, -1), value.repeat(30), value.toUpperCase()];
    return prng.pick([cut, `${value} `, ` ${value}`, loud, long, `${value}\u0000`, [...value]]);
  }
  return [value];
}

/** With a member that the service has a field for, but not for people to write. */
function withMember(value: Readonly<Record<string, unknown>>, prng: Prng): unknown {
  const name = prng.pick("account_id accountId id state role price held organizer_id isAdmin".split(" "));
  return { ...value, [name]: prng.pick<unknown>(["admin", "confirmed", 0, null, true, {}]) };
}
