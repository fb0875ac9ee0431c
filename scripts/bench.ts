// `npm run bench`: measures what docs/performance.md promises, on the built worker, and prints it as Markdown.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { lists } from "../bench/lists.ts";
import { loadGenerator } from "../bench/load.ts";
import { object } from "../bench/object.ts";
import { installPeers } from "../bench/peers/install.ts";
import { plot } from "../bench/plot.ts";
import { redis } from "../bench/redis.ts";
import { markdown, type Report } from "../bench/report.ts";
import { SPEED } from "../bench/scenarios.ts";
import { watchers } from "../bench/watchers.ts";
import { hasRedis } from "../test/support/redis-server.ts";
import { fail, ROOT, readArguments } from "./lib/settings.ts";

const USAGE = `Usage: npm run bench -- [${Object.keys(SPEED).join("|")}] [--quick] [--rounds …] [--indirect] [--write]
         all of them where none is named; --quick takes short turns, --write draws docs/performance.svg,
         --indirect has reservations and reads go through the worker that Miniflare puts in front
       npm run bench -- lists [--rounds 15] [--small 100] [--large 10000]
       npm run bench -- object [--rounds 7] [--small 1000] [--large 1000000]
       npm run bench -- redis [--rounds 60] [--turn-ms 500]
       npm run bench -- watchers [--rounds 30] [--turn-ms 2000] [--watchers 1000]`;
const PLOT = join(ROOT, "docs", "performance.svg");
// Single changes that watchers hear of: about a second each.
const CHANGES = 20;
const BATCH_SIZES = [1, 10, 50, 100, 200];
// As many in batches of each size.
const RESERVATIONS_A_TURN = 10_000;

const { values, positionals } = readArguments(USAGE, () =>
  parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: "string" },
      // How many events the two catalogues have, or how many reservations two objects.
      small: { type: "string" },
      large: { type: "string" },
      // How long one side buys until it is another's turn.
      "turn-ms": { type: "string" },
      watchers: { type: "string", default: "1000" },
      quick: { type: "boolean", default: false },
      indirect: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
    },
  }),
);
// Short turns and many of them: what else the machine does then slows all that is compared.
const rounds = (usual: number) => numberOr("rounds", usual);
const turnMs = (usual: number) => numberOr("turn-ms", usual);
const onProgress = (line: string) => console.error(line);

const OTHERS: Readonly<Record<string, (folder: string) => Promise<Report>>> = {
  lists: (folder) =>
    lists(folder, { events: [numberOr("small", 100), numberOr("large", 10_000)], rounds: rounds(15), onProgress }),
  object: (folder) =>
    object(folder, {
      ...{ small: numberOr("small", 1_000), large: numberOr("large", 1_000_000), perTurn: RESERVATIONS_A_TURN },
      sizes: BATCH_SIZES,
      ...{ rounds: rounds(7), onProgress },
    }),
  redis: (folder) => {
    if (!hasRedis()) fail("There is no redis-server on this machine, so there is nothing to compare with.");
    return redis(folder, { rounds: rounds(60), turnMs: turnMs(500), onProgress });
  },
  watchers: (folder) =>
    watchers(folder, {
      ...{ watchers: wholeNumber("watchers"), changes: CHANGES },
      ...{ rounds: rounds(30), turnMs: turnMs(2_000), onProgress },
    }),
};
const [name, ...rest] = positionals;
const chosen = name === undefined ? SPEED : { [name]: SPEED[name] ?? OTHERS[name] ?? fail(USAGE) };
if (rest.length > 0) fail(USAGE);
if (name === undefined || name in SPEED) needLoadGenerator();

const folder = mkdtempSync(join(tmpdir(), "ticket-overlord-bench-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(1));

const length = {
  isShort: values.quick,
  rounds: values.rounds === undefined ? null : wholeNumber("rounds"),
  isIndirect: values.indirect,
  onProgress,
};
const reports: Report[] = [];
for (const [name, scenario] of Object.entries(chosen)) {
  const report = await scenario(folder, length);
  reports.push(report);
  const options = process.argv.slice(2).filter((argument) => argument !== name);
  console.log(`${markdown(report, ["npm run bench --", name, ...options].join(" "))}\n`);
}
if (values.write) writeFileSync(PLOT, plot(reports));
process.exitCode = reports.every(({ failures, wrong = [] }) => failures.length + wrong.length === 0) ? 0 : 1;

function needLoadGenerator(): void {
  if (loadGenerator() === null) installPeers();
  if (loadGenerator() === null)
    fail("The load needs wrk (apt-get install wrk), or npm and its registry for autocannon.");
}

function numberOr(name: "rounds" | "turn-ms" | "small" | "large", usual: number): number {
  return values[name] === undefined ? usual : wholeNumber(name);
}

function wholeNumber(name: Exclude<keyof typeof values, "quick" | "write" | "indirect">): number {
  const number = Number(values[name]);
  if (!Number.isInteger(number) || number < 1 || number > 1_000_000)
    fail(`--${name} must be a whole number.\n${USAGE}`);
  return number;
}
