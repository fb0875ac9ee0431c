// `npm run crash`: kills the built worker again and again while buyers use it, and checks what
// became of their tickets. With `--evening` it kills the one that `npm run evening` plays on.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { playKilledEvening } from "../test/crash/evening.ts";
import { playHistory, type Report } from "../test/crash/run.ts";
import { buildWorker } from "../test/crash/service.ts";
import { checkEndLies, checkLies, linesOf } from "../test/crash/summary.ts";
import { Prng } from "../test/support/prng.ts";
import { linesOfBooks, linesOfTime } from "./lib/evening/words.ts";
import { fail, readArguments } from "./lib/settings.ts";

const USAGE =
  "Usage: npm run crash [-- --kills 100] [--kills-per-history 10] [--seed 1] [--at-once 2] | --evening [--kills 20] [--seed 1]";
const EVENING = { people: 600, places: 320 };
const KILLS_OF_AN_EVENING = 20;
const LIES = 100;

const { values } = readArguments(USAGE, () =>
  parseArgs({
    options: {
      evening: { type: "boolean", default: false },
      kills: { type: "string" },
      "kills-per-history": { type: "string" },
      seed: { type: "string" },
      "at-once": { type: "string" },
    },
  }),
);
const [kills, perHistory, seed, atOnce] = [
  wholeNumber("kills", values.evening ? KILLS_OF_AN_EVENING : 100),
  wholeNumber("kills-per-history", 10),
  wholeNumber("seed", 1),
  // A history waits more than it works.
  wholeNumber("at-once", 2),
];

const folder = mkdtempSync(join(tmpdir(), "ticket-overlord-crash-"));
let keep = false;
process.on("exit", () => {
  if (!keep) rmSync(folder, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(1));

const startedAtMs = Date.now();
const script = await buildWorker(join(folder, "worker"));
if (values.evening) process.exit((await playEvening()) ? 0 : 1);
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
console.log(lineOf("how orders, refunds and passes ended", ofEnds.counts, ofEnds.missed.length));
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

async function playEvening(): Promise<boolean> {
  const say = (what: string) =>
    console.log(`${((Date.now() - startedAtMs) / 1_000).toFixed(1).padStart(5)} s  ${what}`);
  const evening = { ...EVENING, seed, kills, script, folder: join(folder, "evening"), say };
  const played = await playKilledEvening(evening);
  console.log(`\n${[...linesOfBooks(played), ...linesOfTime(played)].join("\n")}`);
  const isGood = played.differs.size === 0;
  console.log(`seed ${seed}, ${played.killed} kills: ${isGood ? "everything adds up." : "it does NOT add up."}`);
  return isGood;
}

function wholeNumber(name: Exclude<keyof typeof values, "evening">, otherwise: number): number {
  const number = Number(values[name] ?? otherwise);
  if (!Number.isInteger(number) || number < 1 || number > 1_000_000)
    fail(`--${name} must be a whole number.\n${USAGE}`);
  return number;
}
