// SQLite in memory, with its statements kept, because preparing one costs more than running it; and
// with what was read, until something is written: the object asks the same questions again and
// again.

import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from "node:sqlite";

export type Row = Record<string, SQLOutputValue>;
/** A planted mistake: another text in a statement's place. */
export type Rewrite = (sql: string) => string;

interface Prepared {
  readonly statement: StatementSync;
  readonly writes: boolean;
  /** It only says where a transaction begins or ends well. */
  readonly changesNothing: boolean;
}

export class Sqlite {
  readonly #database = new DatabaseSync(":memory:");
  readonly #prepared = new Map<string, Prepared>();
  readonly #preparedRaw = new Map<string, Prepared>();
  readonly #read = new Map<string, Row[]>();
  readonly #rewrite: Rewrite;

  constructor(rewrite: Rewrite = (sql) => sql) {
    this.#rewrite = rewrite;
  }

  all(sql: string, bindings: readonly unknown[] = []): Row[] {
    const { statement, writes, changesNothing } = this.#of(sql, false);
    if (writes) {
      if (!changesNothing) this.#read.clear();
      return statement.all(...(bindings as SQLInputValue[])) as Row[];
    }
    const question = bindings.length === 0 ? sql : `${sql}\0${bindings.map(String).join("\0")}`;
    const known = this.#read.get(question);
    if (known !== undefined) return known;
    const rows = statement.all(...(bindings as SQLInputValue[])) as Row[];
    this.#read.set(question, rows);
    return rows;
  }

  /** Each row as a list of its columns. */
  raw(sql: string, bindings: readonly unknown[] = []): SQLOutputValue[][] {
    return this.#of(sql, true).statement.all(...(bindings as SQLInputValue[])) as unknown as SQLOutputValue[][];
  }

  /** Several statements at once, without parameters. */
  script(sql: string): void {
    this.#read.clear();
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
    const writes = !/^\s*(SELECT|WITH)\b/i.test(sql);
    const prepared = { statement, writes, changesNothing: /^(SAVEPOINT|RELEASE|BEGIN|COMMIT)\b/.test(sql) };
    kept.set(sql, prepared);
    return prepared;
  }
}
