// What is wrong with a body or a query: one error for each bad field, in the service's own words.

import * as z from "zod";

const CODES = [
  "required",
  "wrong_type",
  "unknown_field",
  "too_small",
  "too_large",
  "too_short",
  "too_long",
  "wrong_format",
  "not_allowed",
  "invalid",
] as const;
type Code = (typeof CODES)[number];

export const FieldError = z
  .strictObject({
    path: z.string().meta({ description: "Where it is, such as `price.amount`; empty for the whole body" }),
    code: z.enum(CODES).meta({ description: "`invalid` for what only `message` tells" }),
    message: z.string().meta({ description: "For people; may change" }),
  })
  .meta({ id: "FieldError" });
export type FieldError = z.output<typeof FieldError>;

/** For `refine`: what its field error says, to people and to programs. */
export function fault(code: Code, message: string): { error: string; params: { code: Code } } {
  return { error: message, params: { code } };
}

type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly errors: FieldError[] };

/** `value` as `schema` reads it, or the first error of each bad field. */
export function check<S extends z.ZodType>(schema: S, value: unknown): Checked<z.output<S>> {
  const parsed = schema.safeParse(value, { error: messageOf, reportInput: true });
  if (parsed.success) return { ok: true, value: parsed.data };
  const first = new Map<string, FieldError>();
  for (const error of parsed.error.issues.flatMap(errorsOf)) {
    if (!first.has(error.path)) first.set(error.path, error);
  }
  return { ok: false, errors: [...first.values()] };
}

/** The issue as field errors: one for each unknown field, else one. */
function errorsOf(issue: z.core.$ZodIssue): FieldError[] {
  const path = issue.path.map(String);
  if (issue.code !== "unrecognized_keys")
    return [{ path: path.join("."), code: codeOf(issue), message: issue.message }];
  return issue.keys.map((key) => ({ path: [...path, key].join("."), code: "unknown_field", message: "Unknown field" }));
}

function codeOf(issue: z.core.$ZodIssue): Code {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined ? "required" : "wrong_type";
    case "too_small":
      return issue.origin === "string" || issue.origin === "array" ? "too_short" : "too_small";
    case "too_big":
      return issue.origin === "string" || issue.origin === "array" ? "too_long" : "too_large";
    case "invalid_format":
      return "wrong_format";
    case "invalid_value":
      return issue.input === undefined ? "required" : "not_allowed";
    case "custom":
      return CODES.find((code) => code === issue.params?.code) ?? "invalid";
    default:
      return "invalid";
  }
}

/** For issues whose schema has no message of its own. */
function messageOf(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined
        ? "is required"
        : `must be of type ${issue.expected === "int" ? "integer" : issue.expected}`;
    case "too_small":
      return `must be at least ${issue.minimum}${unitOf(issue.origin)}`;
    case "too_big":
      return `must be at most ${issue.maximum}${unitOf(issue.origin)}`;
    case "invalid_format":
      return `must be in the format ${issue.format}`;
    case "invalid_value":
      return issue.input === undefined ? "is required" : `must be one of ${issue.values.join(", ")}`;
    default:
      return "is not valid";
  }
}

function unitOf(origin: string): string {
  if (origin === "string") return " characters long";
  return origin === "array" ? " items long" : "";
}
