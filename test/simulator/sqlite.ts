// SQLite in memory. Its statements are kept, because preparing one costs more than running it.

import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from "node:sqlite";

export type Row = Record<string, SQLOutputValue>;
/** All rows, by table. */
export type Snapshot = ReadonlyMap<string, readonly Row[]>;
/** A planted mistake: another text in a statement's place. */
export type Rewrite = (sql: string) => string;

export class Sqlite {
  /** What `random()` is in SQL. */
  random: () => number = Math.random;
  #database = this.#open();
  readonly #prepared = new Map<string, StatementSync>();
  readonly #rewrite: Rewrite;

  constructor(rewrite: Rewrite = (sql) => sql) {
    this.#rewrite = rewrite;
  }

  all(sql: string, bindings: readonly unknown[] = []): Row[] {
    return this.#prepare(sql).all(...(bindings as SQLInputValue[])) as Row[];
  }

  /** Each row as a list of its columns. */
  raw(sql: string, bindings: readonly unknown[] = []): SQLOutputValue[][] {
    const statement = this.#prepare(sql);
    statement.setReturnArrays(true);
    const rows = statement.all(...(bindings as SQLInputValue[]));
    statement.setReturnArrays(false);
    return rows as unknown as SQLOutputValue[][];
  }

  script(sql: string): void {
    this.#database.exec(this.#rewrite(sql));
  }

  /** May be part of another one. */
  transaction<T>(work: () => T): T {
    this.all("SAVEPOINT work");
    try {
      const result = work();
      this.all("RELEASE work");
      return result;
    } catch (fault) {
      this.all("ROLLBACK TO work");
      this.all("RELEASE work");
      throw fault;
    }
  }

  /** Without tables again. */
  clear(): void {
    this.close();
    this.#database = this.#open();
  }

  snapshot(): Snapshot {
    return new Map(this.#tables().map((table) => [table, this.all(`SELECT * FROM ${table}`)]));
  }

  /** No trigger runs. The tables must be the same. */
  restore(snapshot: Snapshot): void {
    const triggers = this.all("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'");
    this.transaction(() => {
      this.script("PRAGMA defer_foreign_keys = ON");
      for (const { name } of triggers) this.script(`DROP TRIGGER ${name}`);
      for (const table of this.#tables()) this.all(`DELETE FROM ${table}`);
      for (const [table, rows] of snapshot) {
        for (const row of rows) {
          const values = Object.values(row);
          this.all(`INSERT INTO ${table} VALUES (${values.map(() => "?")})`, values);
        }
      }
      for (const { sql } of triggers) this.script(String(sql));
      this.script("PRAGMA defer_foreign_keys = OFF");
    });
  }

  close(): void {
    this.#prepared.clear();
    this.#database.close();
  }

  #open(): DatabaseSync {
    const database = new DatabaseSync(":memory:");
    database.function("random", () => this.random());
    return database;
  }

  #tables(): string[] {
    const wanted = "type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT IN ('common_passwords', 'schema_version')";
    return this.all(`SELECT name FROM sqlite_master WHERE ${wanted}`).map(({ name }) => String(name));
  }

  #prepare(sql: string): StatementSync {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(this.#rewrite(sql));
    this.#prepared.set(sql, statement);
    return statement;
  }
}

export function isWrite(sql: string): boolean {
  return !/^\s*(SELECT|WITH)\b/i.test(sql);
}
