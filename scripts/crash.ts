// `npm run crash`: kills the built worker again and again while buyers use it, and checks what
// became of their tickets.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { playHistory, type Report } from "../test/crash/run.ts";
import { buildWorker } from "../test/crash/service.ts";
import { checkEndLies, checkLies, linesOf } from "../test/crash/summary.ts";
import { Prng } from "../test/support/prng.ts";
import { fail, readArguments } from "./lib/settings.ts";

const USAGE = "Usage: npm run crash [-- --kills 100] [--kills-per-history 10] [--seed 1] [--at-once 2]";
const LIES = 100;

const { values } = readArguments(USAGE, () =>
  parseArgs({
    options: {
      kills: { type: "string", default: "100" },
      "kills-per-history": { type: "string", default: "10" },
      seed: { type: "string", default: "1" },
      // A history waits more than it works.
      "at-once": { type: "string", default: "2" },
    },
  }),
);
const [kills, perHistory, seed, atOnce] = [
  wholeNumber("kills"),
  wholeNumber("kills-per-history"),
  wholeNumber("seed"),
  wholeNumber("at-once"),
];

const folder = mkdtempSync(join(tmpdir(), "ticket-overlord-crash-"));
let keep = false;
process.on("exit", () => {
  if (!keep) rmSync(folder, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(1));

const startedAtMs = Date.now();
const script = await buildWorker(join(folder, "worker"));
const plans = Array.from({ length: Math.ceil(kills / perHistory) }, (_, number) => ({
  number,
  script,
  folder: join(folder, `history-${number + 1}`),
  seed: seed * 1_000 + number,
  kills: Math.min(perHistory, kills - number * perHistory),
}));
const reports: Report[] = [];
const todo = [...plans];
await Promise.all(Array.from({ length: Math.min(atOnce, plans.length) }, playAll));

const histories = reports.flatMap((report) => report.histories);
const { counts, missed } = checkLies(histories, LIES, new Prng(seed));
const ofEnds = checkEndLies(
  reports.map(({ end }) => end),
  new Prng(seed),
);
console.log(`\n${linesOf(reports).join("\n")}`);
console.log(lineOf("these histories", counts, missed.length));
console.log(lineOf("how orders and passes ended", ofEnds.counts, ofEnds.missed.length));
console.log(`seed ${seed}, ${((Date.now() - startedAtMs) / 1_000).toFixed(0)} s`);
const allMissed = [...missed, ...ofEnds.missed];
if (allMissed.length > 0) save("lies-not-rejected.json", allMissed);
const isGood =
  allMissed.length === 0 && sumOf(counts) === LIES && reports.every(({ problems }) => problems.length === 0);
console.log(isGood ? "No violation." : `VIOLATIONS. What was recorded is in ${folder}`);
process.exitCode = isGood ? 0 : 1;

function lineOf(what: string, counts: Readonly<Record<string, number>>, missed: number): string {
  const all = sumOf(counts);
  return `lies about ${what}: ${all - missed} of ${all} rejected, of ${Object.keys(counts).length} kinds`;
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

async function playAll(): Promise<void> {
  for (let plan = todo.shift(); plan !== undefined; plan = todo.shift()) {
    const report = await playHistory(plan);
    reports.push(report);
    console.log(`history ${plan.number + 1} of ${plans.length}, seed ${plan.seed}: ${plan.kills} kills`);
    console.log(linesOf([report]).join("\n"));
    if (report.problems.length > 0) save(`history-${plan.number + 1}.json`, report);
  }
}

/** Times that never came are null, maps are lists of pairs. */
function save(name: string, what: unknown): void {
  keep = true;
  const plain = (_: string, value: unknown) => (value instanceof Map ? [...value] : value);
  writeFileSync(join(folder, name), JSON.stringify(what, plain, 1));
}

function wholeNumber(name: keyof typeof values): number {
  const number = Number(values[name]);
  if (!Number.isInteger(number) || number < 1 || number > 1_000_000)
    fail(`--${name} must be a whole number.\n${USAGE}`);
  return number;
}
