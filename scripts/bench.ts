// `npm run bench`: measures what docs/performance.md promises, on the built worker, and prints it as Markdown.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { lists } from "../bench/lists.ts";
import { object } from "../bench/object.ts";
import { redis } from "../bench/redis.ts";
import { markdown, type Report } from "../bench/report.ts";
import { watchers } from "../bench/watchers.ts";
import { hasRedis } from "../test/support/redis-server.ts";
import { fail, readArguments } from "./lib/settings.ts";

const USAGE = `Usage: npm run bench -- lists [--rounds 15] [--small 100] [--large 10000]
       npm run bench -- object [--rounds 9] [--small 1000] [--large 1000000]
       npm run bench -- redis [--rounds 60] [--turn-ms 500]
       npm run bench -- watchers [--rounds 30] [--turn-ms 2000] [--watchers 1000]`;
// Single changes that watchers hear of: about a second each.
const CHANGES = 20;
const BATCH_SIZES = [1, 10, 50, 100, 200];
// As many in batches of each size.
const RESERVATIONS_A_TURN = 4_000;

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
    },
  }),
);
// Short turns and many of them: what else the machine does then slows all that is compared.
const rounds = (usual: number) => numberOr("rounds", usual);
const turnMs = (usual: number) => numberOr("turn-ms", usual);
const onProgress = (line: string) => console.error(line);

const SCENARIOS: Readonly<Record<string, (folder: string) => Promise<Report>>> = {
  lists: (folder) =>
    lists(folder, { events: [numberOr("small", 100), numberOr("large", 10_000)], rounds: rounds(15), onProgress }),
  object: (folder) =>
    object(folder, {
      ...{ small: numberOr("small", 1_000), large: numberOr("large", 1_000_000), perTurn: RESERVATIONS_A_TURN },
      sizes: BATCH_SIZES,
      ...{ rounds: rounds(9), onProgress },
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
const scenario = SCENARIOS[positionals.join(" ")] ?? fail(USAGE);

const folder = mkdtempSync(join(tmpdir(), "ticket-overlord-bench-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(1));

const report = await scenario(folder);
console.log(markdown(report, `npm run bench -- ${process.argv.slice(2).join(" ")}`));
process.exitCode = report.failures.length === 0 ? 0 : 1;

function numberOr(name: keyof typeof values, usual: number): number {
  return values[name] === undefined ? usual : wholeNumber(name);
}

function wholeNumber(name: keyof typeof values): number {
  const number = Number(values[name]);
  if (!Number.isInteger(number) || number < 1 || number > 1_000_000)
    fail(`--${name} must be a whole number.\n${USAGE}`);
  return number;
}
