// `npm run evening`: a concert from nothing to the end over HTTP, and whether it adds up.

import { existsSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildWorker } from "../test/crash/service.ts";
import { HOLD_SECONDS, startOwnService } from "./lib/evening/own-service.ts";
import { planEvening } from "./lib/evening/people.ts";
import { newTag, playEvening } from "./lib/evening/play.ts";
import { linesOfBooks, linesOfTime } from "./lib/evening/words.ts";
import { operatorToken } from "./lib/local-accounts.ts";
import { fail, readArguments, readTarget } from "./lib/settings.ts";
import { companionSettings, findServer } from "./lib/state.ts";

const USAGE =
  "Usage: npm run evening [-- --people 1500] [--places 800] [--seed 1] [--url http://… --token <an admin's auth-token>]";
const LEAST_PEOPLE = 30;
const LEAST_PLACES = 40;
const LONGEST_HOLD_SECONDS = 60;
// What happens in the background ends within a hold, and some time for a busy machine.
const PATIENCE_MS = (LONGEST_HOLD_SECONDS + 60) * 1_000;
/** The state of a whole evening takes a part of it. */
const ENOUGH_MEMORY_BYTES = 1_024 ** 3;
const MEMORY = "/dev/shm";

const { values } = readArguments(USAGE, () =>
  parseArgs({
    options: {
      people: { type: "string", default: "1500" },
      places: { type: "string", default: "800" },
      seed: { type: "string", default: "1" },
      url: { type: "string" },
      token: { type: "string" },
    },
  }),
);
const plan = planEvening(
  wholeNumber("seed", 0),
  wholeNumber("people", LEAST_PEOPLE),
  wholeNumber("places", LEAST_PLACES),
  newTag(),
);
const startedAtMs = Date.now();

try {
  const isGood = await onSomeService(async (url, adminToken) => {
    const played = await playEvening({ url, adminToken, plan, say, keepsMails: true, patienceMs: PATIENCE_MS });
    console.log(`\n${[...linesOfBooks(played), ...linesOfTime(played)].join("\n")}`);
    return played.differs.size === 0;
  });
  say(isGood ? "The evening is over, and everything adds up." : "The evening is over, and it does NOT add up.");
  process.exit(isGood ? 0 : 1);
} catch (fault) {
  // Of 1,500 people many are still waiting for something.
  fail(`\nThe evening could not be played to its end: ${fault instanceof Error ? fault.message : fault}`);
}

/** The service that `--url` names, one here with a short hold, or one of the evening's own. */
async function onSomeService(work: (url: string, adminToken: string) => Promise<boolean>): Promise<boolean> {
  const target = readTarget(values, USAGE);
  if (target !== null) return work(target.url, target.token);
  const running = await findServer(companionSettings().stateDir);
  if (running !== null && running.holdSeconds <= LONGEST_HOLD_SECONDS) {
    say(`At ${running.url}, which holds for ${running.holdSeconds} s`);
    return work(running.url, await operatorToken());
  }
  if (running !== null) say(`The server here holds for ${running.holdSeconds} s: too long to wait for.`);
  say(`Building and starting a service of its own, with a hold of ${HOLD_SECONDS} s …`);
  const folder = mkdtempSync(join(roomForState(), "ticket-overlord-evening-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const { service, adminToken } = await startOwnService(folder, await buildWorker(join(folder, "worker")));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
    process.on(signal, () => void service.kill().then(() => process.exit(1)));
  try {
    return await work(service.url, adminToken);
  } finally {
    await service.kill();
  }
}

/** In memory where there is enough: nothing of it is kept, and disks are slow to commit. */
function roomForState(): string {
  if (!existsSync(MEMORY)) return tmpdir();
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize > ENOUGH_MEMORY_BYTES ? MEMORY : tmpdir();
}

function say(what: string): void {
  const seconds = ((Date.now() - startedAtMs) / 1_000).toFixed(1).padStart(5);
  console.log(`${seconds} s  ${what}`);
}

function wholeNumber(name: "people" | "places" | "seed", least: number): number {
  const number = Number(values[name]);
  if (!Number.isInteger(number) || number < least || number > 100_000)
    fail(`--${name} must be a whole number of at least ${least}.\n${USAGE}`);
  return number;
}
