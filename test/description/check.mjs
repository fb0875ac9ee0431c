// Prints, as JSON, what linters say of /openapi.json, and what the compiler says of a client that is
// made from it. A process of its own: it loads the routes outside workerd, and packages of its own.

import "../../scripts/lib/outside-workerd.ts";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { Spectral } from "@stoplight/spectral-core";
import { oas } from "@stoplight/spectral-rulesets";
import { generate } from "orval";

// Every check that the compiler has, and none of the project's own settings.
const STRICTEST = [
  ...["--strict", "--noUncheckedIndexedAccess", "--exactOptionalPropertyTypes", "--noPropertyAccessFromIndexSignature"],
  ...["--noUnusedLocals", "--noUnusedParameters", "--noImplicitReturns", "--noImplicitOverride"],
  ...["--module", "nodenext", "--target", "es2023", "--lib", "es2023,dom", "--types", "", "--noEmit", "--ignoreConfig"],
];

const { API } = await import("../../src/worker/routes.ts");
const { describeApi } = await import("../../src/worker/service/openapi.ts");
const description = describeApi(API);
const folder = mkdtempSync(join(tmpdir(), "ticket-overlord-description-"));
try {
  const file = join(folder, "openapi.json");
  writeFileSync(file, description);
  const found = { redocly: await redocly(file), spectral: await spectral(), client: await client(file) };
  process.stdout.write(JSON.stringify(found));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function redocly(file) {
  const rules = {
    // `/health` refuses nobody.
    "operation-4xx-response": "off",
    // What comes in an event stream is named by an extension, `x-event-data`.
    "no-unused-components": "off",
  };
  const config = await createConfig({ extends: ["recommended"], rules });
  const problems = await lintFromString({ source: description, absoluteRef: file, config });
  return problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer ?? ""}`);
}

async function spectral() {
  const linter = new Spectral();
  linter.setRuleset({ extends: [oas], rules: { "oas3-unused-component": "off" } });
  const problems = await linter.run(JSON.parse(description));
  return problems.map(({ code, message, path }) => `${code}: ${message} ${path.join(".")}`);
}

async function client(file) {
  const target = join(folder, "client.ts");
  // Orval says what it does on standard output, which is for the result.
  const log = console.log;
  console.log = console.error;
  await generate({ input: { target: file }, output: { target, client: "fetch", mode: "single" } }, folder);
  console.log = log;
  const tsc = createRequire(import.meta.url).resolve("typescript/package.json");
  const { stdout } = spawnSync(process.execPath, [join(tsc, "..", "bin", "tsc"), ...STRICTEST, target], {
    encoding: "utf8",
  });
  return stdout.split("\n").filter((line) => line !== "");
}
