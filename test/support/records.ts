// Statements to D1, past the service.

import { env } from "cloudflare:workers";

export function sql(statement: string, ...bindings: unknown[]): Promise<D1Result> {
  return env.DB.prepare(statement)
    .bind(...bindings)
    .run();
}
