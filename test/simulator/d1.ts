// D1 with the project's own migrations: each call can fail, and a batch is one transaction.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { remote } from "./remote.ts";
import { isWrite, type Rewrite, type Row, Sqlite } from "./sqlite.ts";
import type { Owner } from "./timeline.ts";
import type { World } from "./world.ts";

const MIGRATIONS = fileURLToPath(new URL("../../migrations/", import.meta.url).href);
const SCHEMA = readdirSync(MIGRATIONS)
  .filter((name) => name.endsWith(".sql"))
  .sort()
  .map((name) => readFileSync(join(MIGRATIONS, name), "utf8"))
  .join("\n");

interface Bound {
  readonly sql: string;
  readonly bindings: readonly unknown[];
}

export class D1 {
  readonly sqlite: Sqlite;
  writes = 0;
  readonly #world: World;

  constructor(world: World, rewrite?: Rewrite) {
    this.#world = world;
    this.sqlite = new Sqlite(rewrite);
    this.sqlite.script(SCHEMA);
  }

  /** The binding as the process `owner` has it. */
  bindingFor(owner: Owner): D1Database {
    const binding = {
      prepare: (sql: string) => this.#statement(owner, { sql, bindings: [] }),
      batch: (statements: readonly Bound[]) => this.#call(owner, () => this.#batch(statements)),
    };
    return binding as unknown as D1Database;
  }

  #statement(owner: Owner, bound: Bound) {
    const { sql, bindings } = bound;
    const rows = () => this.#run(bound);
    return {
      ...bound,
      bind: (...values: unknown[]) => this.#statement(owner, { sql, bindings: values }),
      all: () => this.#call(owner, () => answer(rows())),
      run: () => this.#call(owner, () => answer(rows())),
      first: (column?: string) =>
        this.#call(owner, () => {
          const [row] = rows();
          return row === undefined ? null : column === undefined ? row : row[column];
        }),
      raw: () => this.#call(owner, () => this.sqlite.raw(sql, bindings)),
    };
  }

  #batch(statements: readonly Bound[]) {
    this.sqlite.all("BEGIN");
    try {
      const results = statements.map((statement) => answer(this.#run(statement)));
      this.sqlite.all("COMMIT");
      return results;
    } catch (fault) {
      this.sqlite.all("ROLLBACK");
      throw fault;
    }
  }

  #run({ sql, bindings }: Bound): Row[] {
    if (isWrite(sql)) this.writes += 1;
    return this.sqlite.all(sql, bindings);
  }

  #call<T>(owner: Owner, execute: () => T): Promise<T> {
    return remote(this.#world, {
      label: "D1",
      owner,
      execute,
      part: "D1",
      about: null,
      error: () => new Error("D1_ERROR: network connection lost"),
    });
  }
}

function answer(rows: readonly Row[]) {
  return { success: true, results: rows, meta: {} };
}
