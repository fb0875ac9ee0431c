// `npm run bench`: measures what docs/performance.md promises, on the built worker, and prints it as Markdown.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { lists } from "../bench/lists.ts";
import { markdown, type Report } from "../bench/report.ts";
import { fail, readArguments } from "./lib/settings.ts";

const USAGE = "Usage: npm run bench -- lists [--rounds 15] [--small 100] [--large 10000]";

const { values, positionals } = readArguments(USAGE, () =>
  parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: "string", default: "15" },
      small: { type: "string", default: "100" },
      large: { type: "string", default: "10000" },
    },
  }),
);
const rounds = wholeNumber("rounds");
const onProgress = (line: string) => console.error(line);

const SCENARIOS: Readonly<Record<string, (folder: string) => Promise<Report>>> = {
  lists: (folder) => lists(folder, { events: [wholeNumber("small"), wholeNumber("large")], rounds, onProgress }),
};
const scenario = SCENARIOS[positionals.join(" ")] ?? fail(USAGE);

const folder = mkdtempSync(join(tmpdir(), "ticket-overlord-bench-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(1));

const report = await scenario(folder);
console.log(markdown(report, `npm run bench -- ${process.argv.slice(2).join(" ")}`));
process.exitCode = report.failures.length === 0 ? 0 : 1;

function wholeNumber(name: keyof typeof values): number {
  const number = Number(values[name]);
  if (!Number.isInteger(number) || number < 1 || number > 1_000_000)
    fail(`--${name} must be a whole number.\n${USAGE}`);
  return number;
}
