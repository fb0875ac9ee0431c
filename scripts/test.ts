// `npm test`: the types, and the tests that every change runs. `npm run test:long`: those that take
// minutes. Arguments go to Vitest: `npm test -- --project unit test/unit/domain`.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { ROOT } from "./lib/settings.ts";

const [first, ...others] = process.argv.slice(2);
const isLong = first === "--long";
const args = isLong ? others : process.argv.slice(2);
const projects = isLong ? ["long", "long-e2e"] : ["unit", "workers", "e2e"];

if (!isLong && args.length === 0) await run("typescript/bin/tsc", ["-p", "."]);
const chosen = args.some((arg) => arg.startsWith("--project")) ? [] : projects.map((name) => `--project=${name}`);
await run("vitest/vitest.mjs", ["run", ...chosen, ...args]);

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
