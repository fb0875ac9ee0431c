// What a scenario found, as Markdown that docs/performance.md can take over: a table, the machine, how to repeat it.

import { readFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem, type } from "node:os";
import { join } from "node:path";
import { ROOT } from "../scripts/lib/settings.ts";
import type { Spread } from "./statistics.ts";

export interface Report {
  readonly title: string;
  readonly headings: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What a reader of the table must know. */
  readonly notes: readonly string[];
  /** What was promised and not kept; none where all is well. */
  readonly failures: readonly string[];
}

export function markdown({ title, headings, rows, notes, failures }: Report, command: string): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    `### ${title}`,
    "",
    ...[line(headings), line(headings.map((_, column) => (column === 0 ? "---" : "---:"))), ...rows.map(line)],
    "",
    ...notes.map((note) => `- ${note}`),
    `- ${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC, ${machine()}.`,
    `- ${versions()}.`,
    `- Again: \`${command}\`.`,
    "",
    failures.length === 0
      ? "All within bounds."
      : failures.map((failure) => `**Out of bounds:** ${failure}`).join("\n"),
  ].join("\n");
}

export function milliseconds(ms: number): string {
  return ms < 10 ? ms.toFixed(2) : ms.toFixed(ms < 100 ? 1 : 0);
}

/** As `1.04 (0.98 to 1.10)`. */
export function ratio({ median, low, high }: Spread): string {
  return `${median.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
}

function machine(): string {
  const { length: cores, 0: first } = cpus();
  const gib = (totalmem() / 2 ** 30).toFixed(0);
  const load = loadavg().map((value) => value.toFixed(1));
  return `${cores} cores (${first?.model.trim()}), ${gib} GiB, ${type()} ${release()}, load average ${load.join(" ")}`;
}

function versions(): string {
  const version = (name: string) =>
    JSON.parse(readFileSync(join(ROOT, "node_modules", name, "package.json"), "utf8")).version;
  return `Node ${process.versions.node}, workerd ${version("workerd")}, Miniflare ${version("miniflare")}`;
}
