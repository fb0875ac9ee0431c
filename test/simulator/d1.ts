// D1 with the project's own migrations: each call can fail, and a batch is one transaction.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Prng } from "../support/prng.ts";
import { remote } from "./remote.ts";
import { isWrite, type Rewrite, type Snapshot, Sqlite } from "./sqlite.ts";
import type { Owner } from "./timeline.ts";
import type { World } from "./world.ts";

const MIGRATIONS = fileURLToPath(new URL("../../migrations/", import.meta.url).href);
const SCHEMA = readdirSync(MIGRATIONS)
  .filter((name) => name.endsWith(".sql"))
  .sort()
  .map((name) => readFileSync(join(MIGRATIONS, name), "utf8"))
  .join("\n");

// A thread's runs share one database, because making its tables takes longer than a run's own
// statements. Each runs in a transaction that is undone at its end.
const shared: Sqlite[] = [];

interface Bound {
  readonly sql: string;
  readonly bindings: readonly unknown[];
}

export class D1 {
  readonly sqlite: Sqlite;
  writes = 0;
  restores = 0;
  readonly #world: World;
  readonly #isShared: boolean;

  constructor(world: World, rewrite?: Rewrite) {
    this.#world = world;
    this.#isShared = rewrite === undefined;
    const idle = this.#isShared ? shared.pop() : undefined;
    this.sqlite = idle ?? new Sqlite(rewrite);
    if (idle === undefined) this.sqlite.script(SCHEMA);
    const prng = new Prng(world.seed);
    this.sqlite.random = () => prng.fraction();
    this.sqlite.all("BEGIN");
  }

  close(): void {
    this.sqlite.all("ROLLBACK");
    if (this.#isShared) shared.push(this.sqlite);
    else this.sqlite.close();
  }

  bindingFor(owner: Owner): D1Database {
    const binding = {
      prepare: (sql: string) => this.#statement(owner, { sql, bindings: [] }),
      batch: (statements: readonly Bound[]) =>
        this.#call(owner, () => this.sqlite.transaction(() => statements.map((statement) => this.#run(statement)))),
    };
    return binding as unknown as D1Database;
  }

  /** Queries under way are cancelled. */
  restore(snapshot: Snapshot): void {
    this.sqlite.restore(snapshot);
    this.restores += 1;
    this.writes += 1;
  }

  #statement(owner: Owner, bound: Bound) {
    const { sql, bindings } = bound;
    const run = () => this.#call(owner, () => this.#run(bound));
    return {
      ...bound,
      bind: (...values: unknown[]) => this.#statement(owner, { sql, bindings: values }),
      all: run,
      run,
      raw: () => this.#call(owner, () => this.sqlite.raw(sql, bindings)),
    };
  }

  #run({ sql, bindings }: Bound) {
    if (isWrite(sql)) this.writes += 1;
    return { success: true, results: this.sqlite.all(sql, bindings), meta: {} };
  }

  #call<T>(owner: Owner, work: () => T): Promise<T> {
    const { restores } = this;
    const error = () => new Error("D1_ERROR: network connection lost");
    const execute = () => {
      if (this.restores !== restores) throw error();
      return work();
    };
    return remote(this.#world, { label: "D1", owner, execute, part: "D1", about: null, error });
  }
}
