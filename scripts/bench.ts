// `npm run bench`: measures the bounds of docs/performance.md on the built worker, and prints what
// it finds as Markdown.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { cold } from "../bench/cold.ts";
import { redis, watchers } from "../bench/disturbance.ts";
import { door } from "../bench/door.ts";
import { expiry } from "../bench/expiry.ts";
import { lists } from "../bench/lists.ts";
import { loadGenerator } from "../bench/load.ts";
import { object } from "../bench/object.ts";
import { orders } from "../bench/orders.ts";
import { pay } from "../bench/pay.ts";
import type { PeerSize } from "../bench/peers/peer.ts";
import { reads } from "../bench/reads.ts";
import { markdown, type Report } from "../bench/report.ts";
import { reserve } from "../bench/reserve.ts";
import { sales } from "../bench/sales.ts";
import { hasRedis } from "../test/support/redis-server.ts";
import { installExtra, PEERS } from "./lib/extra-packages.ts";
import { fail, readArguments } from "./lib/settings.ts";

interface Scenario {
  readonly needs: "nothing" | "a load generator" | "redis-server";
  readonly run: (folder: string) => Promise<Report>;
}

const { values, positionals } = readArguments("Usage: npm run bench [-- <scenario> … --quick --rounds N]", () =>
  parseArgs({
    allowPositionals: true,
    options: { rounds: { type: "string" }, quick: { type: "boolean", default: false } },
  }),
);
const isQuick = values.quick;
/** Short turns and many of them: other work of the machine then slows all contenders alike. */
const turns = { rounds: rounds(9, 3), seconds: isQuick ? 1 : 4 };
// Many pools have twenty connections, and five suit one hot row best.
const ONE_PROCESS: readonly PeerSize[] = [
  { processes: 1, pool: 20 },
  { processes: 1, pool: 5 },
];
const PEERS_OF_ALL_SIZES = [...ONE_PROCESS, ...ONE_PROCESS.map(({ pool }) => ({ processes: 2, pool }))];

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  hot: {
    needs: "a load generator",
    run: (folder) => reserve(folder, { tickets: 1, peers: isQuick ? ONE_PROCESS : PEERS_OF_ALL_SIZES, ...turns }),
  },
  spread: {
    needs: "a load generator",
    run: (folder) => reserve(folder, { tickets: 100, peers: isQuick ? [] : ONE_PROCESS, ...turns }),
  },
  pay: {
    needs: "a load generator",
    run: (folder) => pay(folder, isQuick ? 500 : 3_000, rounds(5, 1)),
  },
  orders: {
    needs: "a load generator",
    run: (folder) => orders(folder, { orders: isQuick ? 200 : 1_000, rounds: rounds(7, 3), peers: ONE_PROCESS }),
  },
  door: {
    needs: "a load generator",
    run: (folder) => door(folder, { passes: isQuick ? 2_000 : 10_000, rounds: rounds(7, 3) }),
  },
  reads: { needs: "a load generator", run: (folder) => reads(folder, turns) },
  expiry: {
    needs: "a load generator",
    run: (folder) => {
      const size = isQuick
        ? { holds: 20_000, holdSeconds: 18, seconds: 4 }
        : { holds: 100_000, holdSeconds: 60, seconds: 10 };
      return expiry(folder, { ...size, rounds: rounds(3, 1) });
    },
  },
  cold: { needs: "nothing", run: (folder) => cold(folder, rounds(9, 2)) },
  lists: {
    needs: "nothing",
    run: (folder) => lists(folder, [100, isQuick ? 2_000 : 10_000], rounds(15, 3)),
  },
  sales: {
    needs: "nothing",
    run: (folder) => sales(folder, [1_000, isQuick ? 50_000 : 1_000_000], rounds(15, 3)),
  },
  object: {
    needs: "nothing",
    run: (folder) => {
      const size = { small: 1_000, large: isQuick ? 100_000 : 1_000_000, sizes: [1, 10, 100], perTurn: 10_000 };
      return object(folder, { ...size, rounds: rounds(7, 2) });
    },
  },
  redis: { needs: "redis-server", run: (folder) => redis(folder, { rounds: rounds(60, 5), seconds: 0.5 }) },
  watchers: {
    needs: "nothing",
    run: (folder) => {
      const size = { watchers: isQuick ? 100 : 1_000, changes: isQuick ? 5 : 20 };
      return watchers(folder, { ...size, rounds: rounds(30, 3), seconds: 2 });
    },
  },
};

const chosen = positionals.length === 0 ? Object.keys(SCENARIOS) : positionals;
const folder = mkdtempSync(join(tmpdir(), "ticket-overlord-bench-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(1));

let failures = 0;
for (const name of chosen) {
  const { needs, run } = SCENARIOS[name] ?? fail(`There is no scenario "${name}", only ${Object.keys(SCENARIOS)}.`);
  const missing = missingPart(needs);
  if (missing !== null) {
    console.log(`### ${name}\n\nNot measured: ${missing}\n`);
    continue;
  }
  const report = await run(folder);
  failures += report.failures.length + (report.wrong?.length ?? 0);
  const options = process.argv.slice(2).filter((argument) => !(argument in SCENARIOS));
  console.log(`${markdown(report, ["npm run bench --", name, ...options].join(" "))}\n`);
}
process.exitCode = failures === 0 ? 0 : 1;

/** What the machine lacks for a scenario, in a sentence; null where nothing is missing. */
function missingPart(needs: Scenario["needs"]): string | null {
  switch (needs) {
    case "nothing":
      return null;
    case "redis-server":
      return hasRedis() ? null : "there is no redis-server on this machine.";
    case "a load generator":
      if (loadGenerator() === null) installExtra(PEERS, "autocannon");
      return loadGenerator() === null ? "there is no wrk, and autocannon could not be installed from npm." : null;
  }
}

function rounds(usual: number, quick: number): number {
  const { rounds = String(isQuick ? quick : usual) } = values;
  const count = Number(rounds);
  if (!Number.isInteger(count) || count < 1 || count > 1_000) fail("--rounds must be a whole number from 1 to 1000.");
  return count;
}
