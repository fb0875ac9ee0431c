// Logs: one JSON line each, for machines to read. Callers pass ids and codes, never what a person typed.

export type LogLevel = "info" | "warn" | "error";

export function log(level: LogLevel, message: string, fields: Record<string, unknown> = {}): void {
  const line = JSON.stringify({ level, message, ...fields });
  if (level === "error") console.error(line);
  else console.log(line);
}

/** An error as log fields. Its text comes from code and platform, which keep input out of their messages. */
export function errorFields(error: unknown): { error: string; stack?: string | undefined } {
  if (!(error instanceof Error)) return { error: typeof error };
  return { error: `${error.name}: ${error.message}`, stack: error.stack };
}
