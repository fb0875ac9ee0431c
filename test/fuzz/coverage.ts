// What a run came across: each operation with each status and type of problem.

import type { Description, Operation } from "./description.ts";

const UNDESCRIBED = "nothing described";

export class Coverage {
  /** By operation and status. */
  readonly #counts = new Map<string, Map<number, number>>();
  readonly #types = new Set<string>();
  readonly #times = new Map<string, { ms: number; count: number }>();

  saw(operation: Operation | null, status: number, type: string | null): void {
    const name = operation?.name ?? UNDESCRIBED;
    const counts = this.#counts.get(name) ?? new Map<number, number>();
    this.#counts.set(name, counts.set(status, (counts.get(status) ?? 0) + 1));
    this.#types.add(`${name} ${status} ${type}`);
  }

  took(operation: Operation | null, ms: number): void {
    const name = operation?.name ?? UNDESCRIBED;
    const time = this.#times.get(name) ?? { ms: 0, count: 0 };
    this.#times.set(name, { ms: time.ms + ms, count: time.count + 1 });
  }

  /** A row for each operation: its share that went well, and how often each status came. */
  table({ operations }: Description): string[] {
    const names = [...operations.map(({ name }) => name), UNDESCRIBED];
    const width = Math.max(...names.map((name) => name.length));
    return names.map((name) => {
      const counts = [...(this.#counts.get(name) ?? [])].sort(([a], [b]) => a - b);
      const share = Math.round(100 * this.#share(name));
      const statuses = counts.map(([status, count]) => `${status}: ${count}`).join("  ");
      return `${name.padEnd(width)} ${String(share).padStart(3)} % good  ${statuses}`;
    });
  }

  slowest(count: number): string[] {
    const means = [...this.#times].map(([name, time]) => ({ name, ms: time.ms / time.count }));
    const sorted = means.sort((one, other) => other.ms - one.ms).slice(0, count);
    return sorted.map(({ name, ms }) => `${name} ${ms.toFixed(0)}`);
  }

  /** How often it went well. */
  good(name: string): number {
    const counts = [...(this.#counts.get(name) ?? [])];
    return counts.reduce((sum, [status, count]) => sum + (status < 400 ? count : 0), 0);
  }

  /** Of 1; 0 also where it never came. */
  #share(name: string): number {
    const counts = [...(this.#counts.get(name)?.values() ?? [])];
    const all = counts.reduce((sum, count) => sum + count, 0);
    return all === 0 ? 0 : this.good(name) / all;
  }

  neverGood({ operations }: Description): string[] {
    return operations.map(({ name }) => name).filter((name) => this.good(name) === 0);
  }

  /** Statuses and types of problems that are declared, and never came. A 5xx takes a fault. */
  neverSeen({ operations }: Description): string[] {
    const declared = operations.flatMap(({ name, replies }) =>
      [...replies]
        .filter(([status]) => status < 500)
        .flatMap(([status, { problemTypes }]) =>
          [...(problemTypes.size === 0 ? [null] : problemTypes)].map((type) => `${name} ${status} ${type}`),
        ),
    );
    return declared.filter((reply) => !this.#types.has(reply)).map((reply) => reply.replace(/ null$/, ""));
  }
}
