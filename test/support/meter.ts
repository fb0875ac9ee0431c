// Counts what an object costs, in numbers that no machine changes: SQL statements, rows, alarms,
// calls. Its messages go nowhere.

import { env } from "cloudflare:workers";
import { vi } from "vitest";

/** `sends`: calls to the queue. */
export const NOTHING = { sends: 0, transactions: 0, alarms: 0, puts: 0, d1: 0, d1Statements: 0, d1RowsWritten: 0 };
export type Costs = Readonly<typeof NOTHING & { statements: number; rowsWritten: number }>;

export class Meter {
  /** Whether D1 takes its time, as in a rush: the copies wait, and nobody waits for them. */
  d1Hangs = false;
  /** As it was set last. */
  alarmAtMs: number | null = null;
  readonly #cursors: { readonly rowsRead: number; readonly rowsWritten: number }[] = [];
  #counts = { ...NOTHING };
  #inFlight = 0;

  /** Of an object with this state, if it gets `bindings`. Others' D1 is left as it is. */
  constructor({ storage }: DurableObjectState) {
    const { sql } = storage;
    const { exec } = sql;
    replace(sql, "exec", (query: string, ...bindings: SqlStorageValue[]) => {
      const cursor = exec.call(sql, query, ...bindings);
      this.#cursors.push(cursor);
      return cursor;
    });
    const count = (name: "transactionSync" | "put", counter: keyof typeof NOTHING) => {
      const original = storage[name] as (...args: unknown[]) => unknown;
      replace(storage, name, (...args: unknown[]) => {
        this.#counts[counter] += 1;
        return original.apply(storage, args);
      });
    };
    count("transactionSync", "transactions");
    count("put", "puts");
    // No alarm rings: on a busy machine it would run in the middle of what is measured, with
    // commits of its own.
    void storage.deleteAlarm();
    const alarm = (atMs: number | null) => {
      this.#counts.alarms += 1;
      this.alarmAtMs = atMs;
    };
    replace(storage, "setAlarm", async (atMs: number) => alarm(atMs));
    replace(storage, "deleteAlarm", async () => alarm(null));
  }

  get bindings() {
    const prepare = (query: string) => {
      this.#counts.d1Statements += 1;
      return this.#metered(env.DB.prepare(query));
    };
    const batch = async (statements: D1PreparedStatement[]) => {
      const results = await this.#inD1(() => env.DB.batch(statements));
      for (const { meta } of results) this.#counts.d1RowsWritten += meta.rows_written;
      return results;
    };
    const sendBatch = async () => {
      this.#counts.sends += 1;
    };
    return { DB: { prepare, batch }, PAYMENTS: { sendBatch } };
  }

  /** A statement that is run by itself is a call to D1, too. */
  #metered(statement: D1PreparedStatement): D1PreparedStatement {
    const [bind, run] = [statement.bind, statement.run];
    replace(statement, "bind", (...values: unknown[]) => this.#metered(bind.apply(statement, values)));
    replace(statement, "run", async () => {
      const result = await this.#inD1(() => run.call(statement));
      this.#counts.d1RowsWritten += result.meta.rows_written;
      return result;
    });
    return statement;
  }

  async #inD1<T>(call: () => Promise<T>): Promise<T> {
    this.#counts.d1 += 1;
    if (this.d1Hangs) return new Promise<never>(() => {});
    this.#inFlight += 1;
    try {
      return await call();
    } finally {
      this.#inFlight -= 1;
    }
  }

  /** Resolves when no call to D1 is in flight. */
  async d1IsQuiet(): Promise<void> {
    await vi.waitUntil(() => this.#inFlight === 0, 20_000);
  }

  async costsOf(work: () => Promise<unknown>): Promise<Costs> {
    this.#cursors.length = 0;
    this.#counts = { ...NOTHING };
    await work();
    const rowsWritten = this.#cursors.reduce((sum, cursor) => sum + cursor.rowsWritten, 0);
    return { statements: this.#cursors.length, rowsWritten, ...this.#counts };
  }

  /** In the storage, by what was measured last. */
  get rowsRead(): number {
    return this.#cursors.reduce((sum, cursor) => sum + cursor.rowsRead, 0);
  }
}

function replace(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, configurable: true });
}
