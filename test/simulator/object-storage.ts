// What workerd gives an object: SQLite and one alarm. A synchronous run commits at its end.

import { isWrite, type Rewrite, type Row, type Snapshot, Sqlite } from "./sqlite.ts";
import type { Owner } from "./timeline.ts";

/** Survives its object's processes. */
export class ObjectStorage {
  readonly sqlite: Sqlite;
  writes = 0;
  alarmAtMs: number | null = null;
  restores = 0;
  onAlarm: (atMs: number | null) => void = () => {};
  /** Called before each statement; throws where the disk fails. */
  beforeStatement: () => void = () => {};
  /** Called after each synchronous run that wrote, which is when the platform commits. */
  afterCommit: () => void = () => {};
  readonly #values = new Map<string, unknown>();
  #inRun = false;

  constructor(rewrite?: Rewrite) {
    this.sqlite = new Sqlite(rewrite);
  }

  stateFor(owner: Owner): { readonly state: DurableObjectState; ready(): Promise<unknown> } {
    let ready: Promise<unknown> = Promise.resolve();
    const state = {
      storage: {
        sql: { exec: (sql: string, ...bindings: unknown[]) => this.#exec(owner, sql, bindings) },
        transactionSync: <T>(work: () => T): T => {
          refuseTheDead(owner);
          return this.sqlite.transaction(work);
        },
        kv: {
          get: (key: string) => structuredClone(this.#values.get(key)),
          put: (key: string, value: unknown) => this.#values.set(key, structuredClone(value)),
          delete: (key: string) => this.#values.delete(key),
        },
        sync: async () => {},
        deleteAll: async () => this.#deleteAll(owner),
        getAlarm: async () => this.alarmAtMs,
        setAlarm: async (atMs: number) => this.#setAlarm(owner, atMs),
        deleteAlarm: async () => this.#setAlarm(owner, null),
      },
      blockConcurrencyWhile: (work: () => Promise<unknown>) => {
        ready = work();
        return ready;
      },
      getWebSockets: () => [],
      // Nothing ends with its request here.
      waitUntil: () => {},
    };
    return { state: state as unknown as DurableObjectState, ready: () => ready };
  }

  /** Nothing says that the alarm comes back with the rest, so it is lost. */
  restore(snapshot: Snapshot): void {
    this.sqlite.restore(snapshot);
    this.restores += 1;
    this.#loseAlarm();
  }

  #deleteAll(owner: Owner): void {
    refuseTheDead(owner);
    this.beforeStatement();
    this.sqlite.clear();
    this.#values.clear();
    this.#loseAlarm();
    this.#wrote();
  }

  #loseAlarm(): void {
    this.alarmAtMs = null;
    this.onAlarm(null);
  }

  #exec(owner: Owner, sql: string, bindings: readonly unknown[]): Iterable<Row> {
    refuseTheDead(owner);
    const isScript = bindings.length === 0 && sql.trimEnd().slice(0, -1).includes(";");
    this.beforeStatement();
    if (isScript || isWrite(sql)) this.#wrote();
    if (isScript) this.sqlite.script(sql);
    return cursor(isScript ? [] : this.sqlite.all(sql, bindings));
  }

  #setAlarm(owner: Owner, atMs: number | null): void {
    if (!owner.alive) return;
    this.alarmAtMs = atMs;
    this.#wrote();
    this.onAlarm(atMs);
  }

  #wrote(): void {
    this.writes += 1;
    if (this.#inRun) return;
    this.#inRun = true;
    queueMicrotask(() => {
      this.#inRun = false;
      this.afterCommit();
    });
  }
}

function refuseTheDead(owner: Owner): void {
  if (!owner.alive) throw new Error("this process is dead");
}

function cursor(rows: readonly Row[]) {
  return {
    toArray: () => rows,
    one() {
      const [row] = rows;
      if (row === undefined || rows.length > 1) throw new Error(`one row was expected, not ${rows.length}`);
      return row;
    },
    [Symbol.iterator]: () => rows[Symbol.iterator](),
  };
}
