// SQLite in memory. Its statements are kept, because preparing one costs more than running it.

import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from "node:sqlite";

export type Row = Record<string, SQLOutputValue>;
/** A planted mistake: another text in a statement's place. */
export type Rewrite = (sql: string) => string;

export class Sqlite {
  readonly #database = new DatabaseSync(":memory:");
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

  transaction<T>(work: () => T): T {
    this.all("BEGIN");
    try {
      const result = work();
      this.all("COMMIT");
      return result;
    } catch (fault) {
      this.all("ROLLBACK");
      throw fault;
    }
  }

  close(): void {
    this.#database.close();
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
