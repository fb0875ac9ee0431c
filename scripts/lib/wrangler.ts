// Runs Wrangler, quietly and without asking the network for anything.

import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT, type Settings } from "./settings.ts";

const WRANGLER = join(ROOT, "node_modules", "wrangler", "bin", "wrangler.js");
const END_WITH_PARENT = pathToFileURL(join(import.meta.dirname, "end-with-parent.mjs")).href;
const QUIET = {
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_HIDE_BANNER: "true",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  CI: "true",
  // Wrangler builds for the NODE_ENV of the shell: this build has the sandbox all the same.
  NODE_ENV: "development",
};

type Options = Pick<SpawnOptions, "detached" | "env">;

/** `options.env` comes on top of the environment. */
export function startWrangler(
  args: readonly string[],
  stdio: SpawnOptions["stdio"],
  options: Options = {},
): ChildProcess {
  const env = { ...process.env, ...QUIET, ...options.env };
  return spawn(process.execPath, ["--import", END_WITH_PARENT, WRANGLER, ...args], {
    ...options,
    cwd: ROOT,
    stdio: stdio ?? "pipe",
    env,
  });
}

/** What it printed. Rejects with that where it failed. */
export function runWrangler(args: readonly string[], options: Options = {}): Promise<string> {
  const child = startWrangler(args, ["ignore", "pipe", "pipe"], options);
  let output = "";
  let errors = "";
  child.stdout?.on("data", (chunk) => (output += chunk));
  child.stderr?.on("data", (chunk) => (errors += chunk));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`wrangler ${args[0]} ${args[1] ?? ""} failed:\n${errors}${output}`));
    });
  });
}

/** The rows that one SQL statement returns, from the local database or from the deployed one. */
export async function queryDatabase(sql: string, where: Pick<Settings, "stateDir"> | "remote"): Promise<unknown[]> {
  const target = where === "remote" ? ["--remote"] : ["--local", "--persist-to", where.stateDir];
  const output = await runWrangler(["d1", "execute", "DB", ...target, "--json", "--command", sql]);
  const [answer] = JSON.parse(output) as { results?: unknown[] }[];
  return answer?.results ?? [];
}
