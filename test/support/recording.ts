// The tests' D1, recording each statement: its text, its parameters, its session.

import { env } from "cloudflare:workers";

export interface Statement {
  readonly text: string;
  readonly parameters: readonly unknown[];
  /** What `withSession` was given; null for no session, which is the primary. */
  readonly session: string | null;
}

/** The tests' D1, but with these methods in place of its own. */
export function d1With(methods: Partial<D1Database>): D1Database {
  return withMethods(env.DB, methods as Readonly<Record<string, unknown>>);
}

export function recordingD1() {
  const statements: Statement[] = [];
  const prepare = (d1: Pick<D1Database, "prepare">, session: string | null) => (text: string) => {
    const statement = d1.prepare(text);
    const bind = (...parameters: unknown[]) => {
      statements.push({ text, parameters, session });
      return statement.bind(...parameters);
    };
    return withMethods(statement, { bind });
  };
  const DB = withMethods(env.DB, {
    prepare: prepare(env.DB, null),
    withSession: (constraint?: string) => {
      const session = env.DB.withSession(constraint);
      return withMethods(session, { prepare: prepare(session, constraint ?? "first-unconstrained") });
    },
  });
  return { DB, statements };
}

/** How many rows D1 reads for these statements, which change nothing. */
export async function rowsReadBy(statements: readonly Statement[]): Promise<number> {
  const again = statements.map(({ text, parameters }) => env.DB.prepare(text).bind(...parameters));
  const results = await env.DB.batch(again);
  return results.reduce((sum, { meta }) => sum + meta.rows_read, 0);
}

/** `target` with other methods. Its own must be called on itself: they reach for private fields. */
function withMethods<T extends object>(target: T, methods: Readonly<Record<string, unknown>>): T {
  return new Proxy(target, {
    get(_target, name) {
      if (typeof name === "string" && name in methods) return methods[name];
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
