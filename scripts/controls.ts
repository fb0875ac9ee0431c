// `npm run controls`: plants mistakes one by one in a copy of the project, and shows by what each
// of them is caught.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Check, MISTAKES } from "../test/controls/mistakes.ts";
import { copyProject, removeCopy, withPatch } from "./lib/planted.ts";
import { fail, readArguments } from "./lib/settings.ts";

const USAGE = "Usage: npm run controls [-- --only <part of a name>] [--by simulator,unit,workers,crash]";
const { values } = readArguments(USAGE, () =>
  parseArgs({ options: { only: { type: "string" }, by: { type: "string" } } }),
);
const checkers = values.by?.split(",") ?? ["simulator", "unit", "workers", "crash"];
const mistakes = MISTAKES.filter(
  ({ name, caughtBy }) => name.includes(values.only ?? "") && caughtBy.some(({ by }) => checkers.includes(by)),
);
if (mistakes.length === 0) fail(`There is no such mistake, or nothing that may catch it was asked.\n${USAGE}`);

const CHECK_TIMEOUT_MS = 300_000;
const SEEDS = 600;
const KILLS = 10;

const folder = copyProject();
process.on("exit", () => removeCopy(folder));
let missed = 0;
requireSound();
for (const mistake of mistakes) {
  const results = withPatch(folder, mistake, () =>
    mistake.caughtBy.filter(isAsked).map((check) => [check, catches(check)] as const),
  );
  const caught = results.filter(([, isCaught]) => isCaught);
  if (caught.length === 0) missed += 1;
  const by = results.map(([check, isCaught]) => `${label(check)}${isCaught ? "" : " (did not)"}`).join(", ");
  console.log(`${caught.length > 0 ? "caught" : "MISSED"}  ${mistake.name}: ${by}`);
}
console.log(`${mistakes.length - missed} of ${mistakes.length} planted mistakes were caught.`);
process.exit(missed === 0 ? 0 : 1);

/** Without a mistake everything passes: what fails then with one fails because of it. */
function requireSound(): void {
  const checks = new Map(
    mistakes.flatMap(({ caughtBy }) => caughtBy.filter(isAsked).map((check) => [label(check), check])),
  );
  for (const [name, check] of checks) {
    if (catches(check)) fail(`Without any mistake ${name} fails: nothing can be learned from it.`);
  }
}

function isAsked({ by }: Check): boolean {
  return checkers.includes(by);
}

function label({ by, files }: Check): string {
  return files === undefined ? by : `${by} ${files.join(" ")}`;
}

function catches({ by, files = [] }: Check): boolean {
  const vitest = join("node_modules", "vitest", "vitest.mjs");
  const paths = files.map((file) => join("test", by, `${file}.test.ts`));
  const args = {
    simulator: [join("scripts", "simulate.ts"), "--seeds", String(SEEDS), "--shrink", "0"],
    crash: [join("scripts", "crash.ts"), "--kills", String(KILLS), "--kills-per-history", String(KILLS)],
    unit: [vitest, "run", "--project", "unit", "--bail", "1", ...paths],
    workers: [vitest, "run", "--project", "workers", "--bail", "1", ...paths],
  }[by];
  const options = { cwd: folder, timeout: CHECK_TIMEOUT_MS, stdio: "ignore" as const };
  // What did not end says nothing: the machine may be slow.
  const { status } = spawnSync(process.execPath, args, options);
  return status !== null && status !== 0;
}
