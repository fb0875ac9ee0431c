// Planted mistakes: one that the fastest tests catch. All of them: `npm run controls`.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { compilerFaults, copyProject, removeCopy } from "../../../scripts/lib/planted.ts";
import { ROOT } from "../../../scripts/lib/settings.ts";
import { MISTAKES } from "../../controls/mistakes.ts";

function controls(...args: string[]) {
  // What this run of Vitest has in its environment is not for the one that it starts.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(VITEST|TEST|NODE_ENV)/.test(name)));
  const options = { cwd: ROOT, env, encoding: "utf8" as const };
  const { status, stdout } = spawnSync(process.execPath, [join("scripts", "controls.ts"), ...args], options);
  return { status, stdout };
}

test("a mistake that is planted is caught, and said to be", () => {
  const { status, stdout } = controls("--only", "a moment that was undone", "--by", "unit");
  expect(stdout).toMatch(/^caught {2}a moment that was undone stays cached: unit durable\/shared\/next-due$/m);
  expect(stdout).toContain("1 of 1 planted mistakes were caught.");
  expect(status).toBe(0);
});

test("asked for nothing that can be checked, it does not say that all is well", () => {
  expect(controls("--only", "no such mistake").status).toBe(1);
  expect(controls("--only", "a moment that was undone", "--by", "crash").status).toBe(1);
});

test("each planted mistake compiles, so that no check catches it because it throws", () => {
  const copy = copyProject();
  onTestFinished(() => removeCopy(copy));
  expect(compilerFaults(copy, MISTAKES)).toEqual([]);
  const broken = {
    name: "a name that nobody declared",
    file: "src/durable/shared/next-due.ts",
    find: "this.#cachedMs = undefined;",
    replace: "cachedMs = undefined;",
  };
  expect(compilerFaults(copy, [broken])).toEqual([expect.stringMatching(/^a name that nobody declared: .*TS2304/)]);
});
