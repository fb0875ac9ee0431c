// Logs: one JSON line each, for machines to read. Callers pass ids and codes, never what a person typed.

import { DrizzleQueryError } from "drizzle-orm/errors";

export type LogLevel = "info" | "warn" | "error";

export function log(level: LogLevel, message: string, fields: Record<string, unknown> = {}): void {
  const line = JSON.stringify({ level, message, ...fields });
  if (level === "error") console.error(line);
  else console.log(line);
}

/**
 * An error as log fields. Its text comes from code and platform, which keep input out of their messages; only Drizzle
 * puts a query's values into its own, so of that the cause is told instead.
 */
export function errorFields(error: unknown): { error: string; stack?: string | undefined } {
  if (error instanceof DrizzleQueryError) return errorFields(error.cause ?? new Error("query failed"));
  if (!(error instanceof Error)) return { error: typeof error };
  return { error: `${error.name}: ${error.message}`, stack: error.stack };
}

/** Whether D1 failed, rather than this code. */
export function isDatabaseFault(error: unknown): boolean {
  return error instanceof DrizzleQueryError || (error instanceof Error && error.message.startsWith("D1_"));
}
