// `npm run controls`: mutates src/domain, then plants mistakes one by one, all in a copy of the
// project, and shows which check catches each of them.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Check } from "../test/controls/mistake.ts";
import { MISTAKES } from "../test/controls/mistakes.ts";
import { installExtra, MUTATION } from "./lib/extra-packages.ts";
import { compilerFaults, copyProject, removeCopy, withPatch } from "./lib/planted.ts";
import { fail, readArguments } from "./lib/settings.ts";

const CHECK_TIMEOUT_MS = 600_000;
const SEEDS = 600;
const KILLS = 10;

const USAGE = "Usage: npm run controls [-- --only <part of a name>] [--by mutation,simulator,unit,workers,crash]";
const { values } = readArguments(USAGE, () =>
  parseArgs({
    options: { only: { type: "string" }, by: { type: "string", default: "mutation,simulator,unit,workers,crash" } },
  }),
);
const checkers = values.by.split(",");
const isMutating = checkers.includes("mutation") && values.only === undefined;
const mistakes = MISTAKES.filter(({ name, caughtBy }) => name.includes(values.only ?? "") && caughtBy.some(isChosen));
if (mistakes.length === 0 && !isMutating) fail(`No mistake has this name and one of these checks.\n${USAGE}`);

const folder = copyProject();
process.on("exit", () => removeCopy(folder));
requireCompiling();
requireSound();
const survived = isMutating && !mutateDomain() ? 1 : 0;
const missed = mistakes.filter(
  (mistake) => !withPatch(folder, mistake, () => isCaught(mistake.name, mistake.caughtBy)),
);
if (survived > 0) console.log("MISSED  too many mutants of src/domain survived.");
console.log(`${mistakes.length - missed.length} of ${mistakes.length} planted mistakes were caught.`);
process.exit(missed.length + survived === 0 ? 0 : 1);

/** False where fewer mutants are killed than test/controls/mutation/stryker.json demands. */
function mutateDomain(): boolean {
  if (!installExtra(MUTATION, "@stryker-mutator/core")) fail("Stryker could not be installed from the npm registry.");
  const stryker = join(MUTATION, "node_modules", "@stryker-mutator", "core", "bin", "stryker.js");
  const args = [stryker, "run", join("test", "controls", "mutation", "stryker.json")];
  return spawnSync(process.execPath, args, { cwd: folder, stdio: ["ignore", "inherit", "inherit"] }).status === 0;
}

function isCaught(name: string, caughtBy: readonly Check[]): boolean {
  const results = caughtBy.filter(isChosen).map((check) => ({ check, fails: fails(check) }));
  const isCaught = results.some(({ fails }) => fails);
  const by = results.map(({ check, fails }) => `${label(check)}${fails ? "" : " (did not)"}`).join(", ");
  console.log(`${isCaught ? "caught" : "MISSED"}  ${name}: ${by}`);
  return isCaught;
}

function requireCompiling(): void {
  const faults = compilerFaults(folder, mistakes);
  if (faults.length > 0) fail(`Some mistakes can't be planted, because they do not compile:\n${faults.join("\n")}`);
}

/** Without a mistake every check passes, so a check that fails with one fails because of it. */
function requireSound(): void {
  const checks = mistakes.flatMap(({ caughtBy }) => caughtBy.filter(isChosen));
  for (const [name, check] of new Map(checks.map((check) => [label(check), check]))) {
    if (fails(check)) fail(`Without any mistake ${name} fails: nothing can be learned from it.`);
  }
}

function isChosen({ by }: Check): boolean {
  return checkers.includes(by);
}

function label({ by, files }: Check): string {
  return files === undefined ? by : `${by} ${files.join(" ")}`;
}

function fails({ by, files = [] }: Check): boolean {
  const vitest = [join("node_modules", "vitest", "vitest.mjs"), "run", "--project", by, "--bail", "1"];
  const paths = files.map((file) => join("test", by, `${file}.test.ts`));
  const args = {
    simulator: [join("scripts", "simulate.ts"), "--seeds", String(SEEDS), "--shrink", "0", "--until-broken"],
    crash: [join("scripts", "crash.ts"), "--kills", String(KILLS), "--kills-per-history", String(KILLS)],
    unit: [...vitest, ...paths],
    workers: [...vitest, ...paths],
  }[by];
  const { status } = spawnSync(process.execPath, args, { cwd: folder, timeout: CHECK_TIMEOUT_MS, stdio: "ignore" });
  // A check that did not end in time shows nothing: the machine may be slow.
  return status !== null && status !== 0;
}
