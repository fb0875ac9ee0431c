// Planted mistakes: one that the fastest tests catch. All of them: `npm run controls`.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../../../scripts/lib/settings.ts";

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
