// Statements to D1, past the service.

import { env } from "cloudflare:workers";

export function sql(statement: string, ...bindings: unknown[]): Promise<D1Result> {
  return env.DB.prepare(statement)
    .bind(...bindings)
    .run();
}

export async function rowsOf(query: string, ...bindings: unknown[]): Promise<Record<string, unknown>[]> {
  return (await sql(query, ...bindings)).results as Record<string, unknown>[];
}

/** Inserts a row, given by its columns. */
export function insertRow(table: string, row: Readonly<Record<string, unknown>>): Promise<D1Result> {
  const columns = Object.keys(row);
  return sql(`INSERT INTO ${table} (${columns}) VALUES (${columns.map(() => "?")})`, ...Object.values(row));
}
