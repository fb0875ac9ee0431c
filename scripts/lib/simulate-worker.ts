// A thread of the simulator: runs the seeds of each range it gets, and reports the results.

import "./outside-workerd.ts";
import { parentPort } from "node:worker_threads";
import type { Counts } from "../../test/simulator/coverage.ts";

export interface SeedRange {
  readonly from: number;
  readonly count: number;
  /** Ends with the first seed that fails. */
  readonly untilBroken: boolean;
}

export interface RangeReport {
  readonly from: number;
  readonly steps: number;
  /** One for each seed that ran, in order. */
  readonly hashes: readonly string[];
  readonly failed: readonly { readonly seed: number; readonly violation: string }[];
  readonly coverage: Counts;
}

const { run } = await import("../../test/simulator/run.ts");
const { Coverage } = await import("../../test/simulator/coverage.ts");

parentPort?.on("message", async ({ from, count, untilBroken }: SeedRange) => {
  const coverage = new Coverage();
  const hashes: string[] = [];
  const failed: { seed: number; violation: string }[] = [];
  let steps = 0;
  const isOver = () => untilBroken && failed.length > 0;
  for (let seed = from; seed < from + count && !isOver(); seed++) {
    const result = await run(seed);
    hashes.push(result.hash);
    steps += result.steps;
    coverage.add(result.coverage);
    if (result.violation !== null) failed.push({ seed, violation: result.violation });
  }
  parentPort?.postMessage({ from, steps, hashes, failed, coverage: coverage.counts() } satisfies RangeReport);
});
