// What a run came across: each operation with each status and type of problem, and what it never
// met.

import type { Description, Operation } from "./description.ts";

/** Nothing is broken in a run: what only a fault brings about is not missed. */
const FAULTS = /^5/;

export class Coverage {
  readonly #statuses = new Map<string, Map<number, number>>();
  readonly #types = new Set<string>();

  saw(operation: Operation | null, status: number, type: string | null): void {
    const name = operation?.name ?? "nothing described";
    const counts = this.#statuses.get(name) ?? new Map<number, number>();
    this.#statuses.set(name, counts.set(status, (counts.get(status) ?? 0) + 1));
    if (type !== null) this.#types.add(`${name} ${status} ${type}`);
  }

  count(name: string, status: number): number {
    return this.#statuses.get(name)?.get(status) ?? 0;
  }

  /**
   * How often each operation went well: the table's first column in per cent, and one column for
   * each status.
   */
  table({ operations }: Description): string[] {
    const names = [...operations.map(({ name }) => name), "nothing described"];
    const width = Math.max(...names.map((name) => name.length));
    return names.map((name) => {
      const counts = [...(this.#statuses.get(name) ?? [])].sort(([a], [b]) => a - b);
      const all = counts.reduce((sum, [, count]) => sum + count, 0);
      const share = all === 0 ? 0 : Math.round((100 * this.good(name)) / all);
      return `${name.padEnd(width)} ${String(share).padStart(3)} % good  ${counts.map(([status, count]) => `${status}: ${count}`).join("  ")}`;
    });
  }

  /** How often it went well. */
  good(name: string): number {
    const counts = [...(this.#statuses.get(name) ?? [])];
    return counts.reduce((sum, [status, count]) => sum + (status < 400 ? count : 0), 0);
  }

  neverGood({ operations }: Description): string[] {
    return operations.map(({ name }) => name).filter((name) => this.good(name) === 0);
  }

  /** Statuses and types of problems that are declared, and never came. */
  neverSeen({ operations }: Description): string[] {
    return operations.flatMap(({ name, replies }) =>
      [...replies].flatMap(([status, { problemTypes }]) => {
        if (FAULTS.test(String(status))) return [];
        if (problemTypes.size === 0) return this.count(name, status) === 0 ? [`${name} ${status}`] : [];
        return [...problemTypes].map((type) => `${name} ${status} ${type}`).filter((it) => !this.#types.has(it));
      }),
    );
  }
}
