// The result of a scenario as Markdown: a table, the machine, how to repeat it.

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
  /** Bounds that were missed, each in a sentence. */
  readonly failures: readonly string[];
  /** Wrong records, each in a sentence. They fail the scenario, however fast it was. */
  readonly wrong?: readonly string[];
  /** Versions of what takes part besides the service and its platform. */
  readonly versions?: readonly string[];
}

export function markdown(
  { title, headings, rows, notes, failures, wrong = [], versions = [] }: Report,
  command: string,
): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    `### ${title}`,
    "",
    ...[line(headings), line(headings.map((_, column) => (column === 0 ? "---" : "---:"))), ...rows.map(line)],
    "",
    ...notes.map((note) => `- ${note}`),
    `- ${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC, ${machine()}.`,
    `- ${[platform(), ...versions].join(", ")}.`,
    `- Again: \`${command}\`.`,
    "",
    ...wrong.map((what) => `**Wrong:** ${what}.`),
    ...failures.map((failure) => `**Out of bounds:** ${failure}`),
    ...(wrong.length + failures.length === 0 ? ["All within bounds."] : []),
  ].join("\n");
}

/** Says how far a scenario has come. */
export function progress(line: string): void {
  console.error(line);
}

/** What is wrong, as a list: empty where it is not so. */
export function when(isSo: boolean, sentence: string): string[] {
  return isSo ? [sentence] : [];
}

export function milliseconds(ms: number): string {
  return ms < 10 ? ms.toFixed(2) : ms.toFixed(ms < 100 ? 1 : 0);
}

/** As `1.04 (0.98 to 1.10)`. */
export function ratio({ median, low, high }: Spread): string {
  return `${median.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
}

/** As `1403 (1380 to 1422)`. */
export function rate({ median, low, high }: Spread): string {
  return `${median.toFixed(0)} (${low.toFixed(0)} to ${high.toFixed(0)})`;
}

function machine(): string {
  const { length: cores, 0: first } = cpus();
  const gib = (totalmem() / 2 ** 30).toFixed(0);
  const load = loadavg().map((value) => value.toFixed(1));
  return `${cores} cores (${first?.model.trim()}), ${gib} GiB, ${type()} ${release()}, load average ${load.join(" ")}`;
}

function platform(): string {
  const version = (name: string) =>
    JSON.parse(readFileSync(join(ROOT, "node_modules", name, "package.json"), "utf8")).version;
  return `Node ${process.versions.node}, workerd ${version("workerd")}, Miniflare ${version("miniflare")}`;
}
