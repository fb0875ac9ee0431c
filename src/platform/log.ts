// The log: JSON, one object per line. Callers pass ids and codes, never text that a person typed.

import { DrizzleQueryError } from "drizzle-orm/errors";
import { ServiceError } from "./errors.ts";

export type LogLevel = "info" | "warn" | "error";

export function log(level: LogLevel, message: string, fields: Record<string, unknown> = {}): void {
  const line = JSON.stringify({ level, message, ...fields });
  if (level === "error") console.error(line);
  else console.log(line);
}

// Messages that name tables, columns and states only. Others may quote a value or a query.
const QUOTES_NO_VALUE = new RegExp(
  `^(D1_\\w+: )?(${[
    "no such (table|column): [\\w.]+",
    "(UNIQUE|NOT NULL|CHECK) constraint failed: [\\w., ]+",
    "FOREIGN KEY constraint failed",
    "database (is locked|or disk is full)",
    "internal error(; reference = \\w+)?",
    "Network connection lost\\.",
    "Cannot resolve Durable Object due to transient issue on remote node\\.",
    "(Durable Object|D1 DB) (is overloaded|reset because|storage operation exceeded|exceeded its) ?[\\w ,.]*",
    "The operation was aborted due to timeout",
  ].join("|")})(: SQLITE_\\w+)*$`,
);

/**
 * An error as log fields: its stack, and its message unless that may quote input. The cause
 * replaces a Drizzle error.
 */
export function errorFields(error: unknown): { error: string; stack?: string | undefined } {
  if (error instanceof DrizzleQueryError) return errorFields(error.cause ?? new ServiceError("query failed"));
  if (!(error instanceof Error)) return { error: typeof error };
  const name = /^\w{1,40}$/.test(error.name) ? error.name : "Error";
  return { error: `${name}: ${loggableMessage(error)}`, stack: frames(error) };
}

function loggableMessage(error: Error): string {
  if (error instanceof ServiceError || QUOTES_NO_VALUE.test(error.message)) return error.message;
  const codes = error.message.match(/\b(D1|SQLITE)_[A-Z_]+\b/g) ?? [];
  return [...codes, "(message left out)"].join(" ");
}

/** Without the message that a stack begins with: it may have lines that look like frames. */
function frames({ message, stack = "" }: Error): string | undefined {
  const begin = stack.indexOf(message);
  if (begin < 0) return undefined;
  const lines = stack.slice(begin + message.length).split("\n");
  return lines.filter((line) => /^\s+at /.test(line)).join("\n");
}

/** Whether D1 failed, and not this code. */
export function isDatabaseFault(error: unknown): boolean {
  return error instanceof DrizzleQueryError || (error instanceof Error && error.message.startsWith("D1_"));
}
