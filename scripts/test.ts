// `npm test`: the types, and the tests that every change runs. `npm run test:long`: those that take
// minutes. `npm test -- --all`: both in one run, so that no core waits for the last file of either.
// Arguments go to Vitest: `npm test -- --project unit test/unit/domain`.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { ROOT } from "./lib/settings.ts";

const SHORT = ["unit", "workers", "e2e"];
const LONG = ["long", "long-e2e"];

const { projects, args } = parse(process.argv.slice(2));
if (projects !== LONG && args.length === 0) {
  for (const project of [".", "src/web"]) await run("typescript/bin/tsc", ["-p", project]);
}
const chosen = args.some((arg) => arg.startsWith("--project")) ? [] : projects.map((name) => `--project=${name}`);
await run("vitest/vitest.mjs", ["run", ...chosen, ...args]);

function parse(args: readonly string[]): { projects: string[]; args: readonly string[] } {
  const [first, ...others] = args;
  if (first === "--long") return { projects: LONG, args: others };
  if (first === "--all") return { projects: [...SHORT, ...LONG], args: others };
  return { projects: SHORT, args };
}

/** Ends this process where the program fails. A signal that ends this one ends the program, too. */
async function run(program: string, args: readonly string[]): Promise<void> {
  // A build for production has no sandbox to test with, whatever the shell says.
  const env = { NODE_ENV: "test", WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false" };
  const child = spawn(process.execPath, [join(ROOT, "node_modules", program), ...args], {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...env },
  });
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
  const [status] = (await once(child, "exit")) as [number | null];
  if (status !== 0) process.exit(status ?? 1);
}
