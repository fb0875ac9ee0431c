// `npm run simulate -- --seeds 20000`: the whole service under seeded faults, in virtual time.
// `--seed 7` runs one seed, with `--verbose` its history is printed. Fails where a promise was
// broken, or where a fault never met a state, or something at the doors never happened.

import "./lib/outside-workerd.ts";
import { createHash } from "node:crypto";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { readArguments } from "./lib/settings.ts";
import type { RangeReport, SeedRange } from "./lib/simulate-worker.ts";

const { run } = await import("../test/simulator/run.ts");
const { shrink } = await import("../test/simulator/shrink.ts");
const { Coverage } = await import("../test/simulator/coverage.ts");

// Small enough that all threads end at about the same time.
const SEEDS_PER_RANGE = 100;
// Fewer seeds than this may miss a pair by chance.
const SEEDS_FOR_COVERAGE = 10_000;
const RUNS_PER_SHRINKING = 800;
const PROGRESS_EVERY_MS = 30_000;

const USAGE =
  "Usage: npm run simulate [-- --seeds N --from M --workers 2 --shrink 3 --until-broken | --seed N --verbose]";
const { values } = readArguments(USAGE, () =>
  parseArgs({
    options: {
      seeds: { type: "string", default: "2000" },
      from: { type: "string", default: "1" },
      seed: { type: "string" },
      workers: { type: "string", default: String(Math.min(4, availableParallelism())) },
      verbose: { type: "boolean", default: false },
      // How many of the failing seeds are shrunk; each takes about ten seconds.
      shrink: { type: "string", default: "3" },
      // Begins no more seeds in a thread, and no more ranges, once one has failed.
      "until-broken": { type: "boolean", default: false },
    },
  }),
);
process.exitCode = values.seed === undefined ? await runMany() : await runOne(wholeNumber("seed", values.seed));

async function runOne(seed: number): Promise<number> {
  const result = await run(seed);
  if (values.verbose) console.log(result.history.join("\n"));
  console.log(`seed ${seed}: ${result.steps} steps, hash ${result.hash}, ${result.violation ?? "no promise broken"}`);
  if (result.violation === null) return 0;
  await printShortest(seed);
  return 1;
}

async function runMany(): Promise<number> {
  const seeds = wholeNumber("seeds", values.seeds);
  const startedAtMs = performance.now();
  const reports = await runRanges(wholeNumber("from", values.from), seeds, wholeNumber("workers", values.workers));
  const coverage = new Coverage();
  const hash = createHash("sha256");
  for (const report of reports) {
    coverage.add(report.coverage);
    for (const one of report.hashes) hash.update(one);
  }
  const failed = reports.flatMap((report) => report.failed);
  const missing = seeds >= SEEDS_FOR_COVERAGE ? coverage.missing() : [];
  const steps = reports.reduce((sum, report) => sum + report.steps, 0);
  const seconds = (performance.now() - startedAtMs) / 1_000;
  console.log(coverage.table());
  for (const { seed, violation } of failed) console.log(`seed ${seed}: ${violation}`);
  for (const { seed } of failed.slice(0, wholeNumber("shrink", values.shrink, 0))) await printShortest(seed);
  for (const pair of missing) console.log(`never met: ${pair}`);
  console.log(
    `${seeds} seeds, ${steps} steps in ${seconds.toFixed(1)} s: ${failed.length} broke a promise, ` +
      `${missing.length} pairs never met. Hash ${hash.digest("hex")}`,
  );
  return failed.length === 0 && missing.length === 0 ? 0 : 1;
}

/** In the order of their seeds, whichever thread ran them. */
async function runRanges(first: number, seeds: number, threads: number): Promise<RangeReport[]> {
  const todo: SeedRange[] = [];
  for (let from = first; from < first + seeds; from += SEEDS_PER_RANGE) {
    const count = Math.min(SEEDS_PER_RANGE, first + seeds - from);
    todo.push({ from, count, untilBroken: values["until-broken"] });
  }
  const total = todo.length;
  const reports: RangeReport[] = [];
  const progress = setInterval(() => console.error(`${reports.length} of ${total} ranges`), PROGRESS_EVERY_MS);
  try {
    await Promise.all(Array.from({ length: Math.min(threads, total) }, () => work(todo, reports)));
  } finally {
    clearInterval(progress);
  }
  return reports.sort((a, b) => a.from - b.from);
}

/** One thread, until nothing is left to do. */
function work(todo: SeedRange[], reports: RangeReport[]): Promise<void> {
  const worker = new Worker(fileURLToPath(import.meta.resolve("./lib/simulate-worker.ts")));
  return new Promise<void>((resolve, reject) => {
    const next = () => {
      const isOver = values["until-broken"] && reports.some(({ failed }) => failed.length > 0);
      const range = isOver ? undefined : todo.shift();
      if (range === undefined) resolve();
      else worker.postMessage(range);
    };
    worker.on("message", (report: RangeReport) => {
      reports.push(report);
      next();
    });
    worker.on("error", reject);
    worker.on("exit", (code) => reject(new Error(`a thread ended with ${code}`)));
    next();
  }).finally(() => worker.terminate());
}

async function printShortest(seed: number): Promise<void> {
  const shortest = await shrink(await run(seed), {}, RUNS_PER_SHRINKING);
  console.log(`\nThe shortest history of seed ${seed} that was found: ${shortest.violation}`);
  console.log(`${shortest.history.join("\n")}\n`);
}

function wholeNumber(name: string, text: string, least = 1): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= least) return number;
  console.error(`--${name} takes a whole number from ${least}, not ${text}`);
  process.exit(2);
}
