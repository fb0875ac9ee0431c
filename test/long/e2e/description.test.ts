// The description of the API holds what others' tools expect of one.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DESCRIPTION, installExtra } from "../../../scripts/lib/extra-packages.ts";

const hasTools = installExtra(DESCRIPTION, "orval");

test.skipIf(!hasTools)("two linters have nothing to say, and a generated client compiles at its strictest", () => {
  const { stdout, stderr } = spawnSync(process.execPath, [join(DESCRIPTION, "check.mjs")], { encoding: "utf8" });
  expect(stdout, stderr).not.toBe("");
  expect(JSON.parse(stdout)).toEqual({ redocly: [], spectral: [], client: [] });
});
