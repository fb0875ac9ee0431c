// `npm run fuzz`: sends the built worker requests made from its own description, and judges each
// reply by it.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildWorker, Service } from "../test/crash/service.ts";
import { fuzz, HOLD_SECONDS, SETTINGS } from "../test/fuzz/run.ts";
import { linesOf, shortcomings } from "../test/fuzz/summary.ts";

const USAGE = "Usage: npm run fuzz [-- --requests 20000] [--seed <a new one each time>] [--at-once 12] [--minutes 60]";
const PROGRESS_EVERY = 5_000;
const WRONG_USAGE = 2;

const options = readOptions();
const { requests, seed, minutes } = options;
const atOnce = options["at-once"];

const folder = mkdtempSync(join(tmpdir(), "ticket-overlord-fuzz-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
// Ctrl-C ends the run, and what was found until then is said. The second one ends it at once.
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    if (stop.signal.aborted) process.exit(1);
    stop.abort();
  });
}

console.log(`seed ${seed}, ${requests} requests, ${atOnce} at once`);
const script = await buildWorker(join(folder, "worker"));
const service = await Service.create(join(folder, "service"), script, HOLD_SECONDS, {
  variables: SETTINGS,
  hasPages: true,
  isOffline: true,
});
try {
  await service.startNew();
  const report = await fuzz(service, {
    requests,
    seed,
    atOnce,
    longestMs: minutes * 60_000,
    onProgress: (sent, findings) => {
      if (sent % PROGRESS_EVERY === 0) console.log(`${sent} requests, ${findings} findings`);
    },
    stop: stop.signal,
  });
  console.log(linesOf(report, service.log()).join("\n"));
  const failed = report.findings > 0 || shortcomings(report, requests).length > 0;
  for (const shortcoming of shortcomings(report, requests)) console.log(shortcoming);
  console.log(`seed ${seed}: ${failed ? "FAILED" : "no reply was wrong"}`);
  process.exitCode = failed ? 1 : 0;
} finally {
  await service.kill();
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        requests: { type: "string", default: "20000" },
        seed: { type: "string", default: String(Date.now() % 1_000_000) },
        "at-once": { type: "string", default: "12" },
        minutes: { type: "string", default: "60" },
      },
    });
    const number = (name: keyof typeof values, most: number) => {
      const value = Number(values[name]);
      if (!Number.isInteger(value) || value < 1 || value > most)
        throw new Error(`--${name} must be from 1 to ${most}.`);
      return value;
    };
    return {
      requests: number("requests", 10_000_000),
      seed: number("seed", 2 ** 31 - 1),
      "at-once": number("at-once", 64),
      minutes: number("minutes", 24 * 60),
    };
  } catch (fault) {
    console.error(`${fault instanceof Error ? fault.message : fault}\n${USAGE}`);
    process.exit(WRONG_USAGE);
  }
}
