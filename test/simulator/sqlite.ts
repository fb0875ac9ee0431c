// SQLite in memory, with its statements kept: preparing one costs more than running it.

import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from "node:sqlite";

export type Row = Record<string, SQLOutputValue>;
/** A planted mistake: another text in a statement's place. */
export type Rewrite = (sql: string) => string;

interface Prepared {
  readonly statement: StatementSync;
  readonly writes: boolean;
}

export class Sqlite {
  readonly #database = new DatabaseSync(":memory:");
  readonly #prepared = new Map<string, Prepared>();
  readonly #preparedRaw = new Map<string, Prepared>();
  readonly #rewrite: Rewrite;

  constructor(rewrite: Rewrite = (sql) => sql) {
    this.#rewrite = rewrite;
  }

  all(sql: string, bindings: readonly unknown[] = []): Row[] {
    return this.#of(sql, false).statement.all(...(bindings as SQLInputValue[])) as Row[];
  }

  /** Each row as a list of its columns. */
  raw(sql: string, bindings: readonly unknown[] = []): SQLOutputValue[][] {
    return this.#of(sql, true).statement.all(...(bindings as SQLInputValue[])) as unknown as SQLOutputValue[][];
  }

  /** Several statements at once, without parameters. */
  script(sql: string): void {
    this.#database.exec(this.#rewrite(sql));
  }

  writes(sql: string): boolean {
    return this.#of(sql, false).writes;
  }

  close(): void {
    this.#database.close();
  }

  #of(sql: string, raw: boolean): Prepared {
    const kept = raw ? this.#preparedRaw : this.#prepared;
    const known = kept.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(this.#rewrite(sql));
    if (raw) statement.setReturnArrays(true);
    const prepared = { statement, writes: !/^\s*(SELECT|WITH)\b/i.test(sql) };
    kept.set(sql, prepared);
    return prepared;
  }
}
