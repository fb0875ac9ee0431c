// The service with a header, `x-rows-read`, that says how many rows D1 read for a request. It explains what the bench
// measured of the service as it is; it is not measured itself.

import { readCatalogue } from "../src/worker/catalogue/public-catalogue.ts";
import type { Env } from "../src/worker/env.ts";
import worker from "../src/worker/index.ts";

export { PublicCatalogue, TicketType } from "../src/worker/index.ts";

/** What D1 says of all statements of a request together. Its durations are whole milliseconds, mostly none: no use. */
interface Cost {
  rowsRead: number;
}

type Database = Pick<D1Database, "prepare" | "batch">;

export default {
  async fetch(request, env) {
    const cost: Cost = { rowsRead: 0 };
    const DB = {
      ...countedDatabase(env.DB, cost),
      withSession: (constraint?: string) => countedDatabase(env.DB.withSession(constraint), cost),
    };
    const counted = { ...env, DB: DB as D1Database };
    // Asked at once, without the copies that are kept of what it says.
    const CATALOGUE = { fetch: (url: string) => readCatalogue(url, counted) };
    const response = await worker.fetch(request, { ...counted, CATALOGUE: CATALOGUE as Env["CATALOGUE"] & object });
    const headers = new Headers(response.headers);
    headers.set("x-rows-read", String(cost.rowsRead));
    return new Response(response.body, { status: response.status, headers });
  },
} satisfies ExportedHandler<Env>;

const ORIGINAL = Symbol("original");
type Counted = D1PreparedStatement & { readonly [ORIGINAL]: D1PreparedStatement };

function countedDatabase(d1: Database, cost: Cost): Database {
  return {
    prepare: (sql) => counted(d1.prepare(sql), cost),
    async batch<T>(statements: D1PreparedStatement[]) {
      const results = await d1.batch<T>(statements.map((statement) => (statement as Counted)[ORIGINAL]));
      for (const result of results) add(cost, result);
      return results;
    },
  };
}

function counted(statement: D1PreparedStatement, cost: Cost): Counted {
  const methods = {
    [ORIGINAL]: statement,
    bind: (...values: unknown[]) => counted(statement.bind(...values), cost),
    all: async () => add(cost, await statement.all()),
    run: async () => add(cost, await statement.run()),
    // The raw form does not say what it cost: the same statement once more does.
    async raw(options?: { columnNames?: false }) {
      add(cost, await statement.all());
      return statement.raw(options);
    },
    async first() {
      add(cost, await statement.all());
      return statement.first();
    },
  };
  return methods as unknown as Counted;
}

function add<R extends D1Result>(cost: Cost, result: R): R {
  cost.rowsRead += result.meta.rows_read;
  return result;
}
