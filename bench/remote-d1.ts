// D1 of a running service, as far as the service's own functions that fill a catalogue use it.

import type { Service } from "../test/crash/service.ts";

/** A batch is no transaction here: nobody else uses the database while it is filled. */
export function d1Of(service: Service): D1Database {
  const prepare = (sql: string, parameters: readonly unknown[] = []) => ({
    bind: (...bound: unknown[]) => prepare(sql, bound),
    all: async () => ({ results: await service.query(sql, ...parameters) }),
    run: async () => ({ results: await service.query(sql, ...parameters) }),
    raw: async () => (await service.query<Record<string, unknown>>(sql, ...parameters)).map(Object.values),
  });
  const d1 = {
    prepare: (sql: string) => prepare(sql),
    async batch(statements: readonly ReturnType<typeof prepare>[]) {
      const results = [];
      for (const statement of statements) results.push(await statement.all());
      return results;
    },
  };
  return d1 as unknown as D1Database;
}
