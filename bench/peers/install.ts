// What only the bench needs from npm, in a folder and with a lockfile of its own: the project's install gets no heavier.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const MODULES = join(import.meta.dirname, "node_modules");

export function peerScript(name: string): string {
  return join(import.meta.dirname, name);
}

/** Null where it is not installed. */
export function peerVersion(name: string): string | null {
  const path = join(MODULES, name, "package.json");
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).version : null;
}

/** Installs what is missing. False where that can't be done: without npm, or without a registry. */
export function installPeers(): boolean {
  if (peerVersion("fastify") !== null) return true;
  const npm = process.env.npm_execpath;
  const [program, first] = npm === undefined ? ["npm", []] : [process.execPath, [npm]];
  const options = { cwd: import.meta.dirname, stdio: ["ignore", "ignore", "inherit"] as const };
  const args = [...first, "ci", "--loglevel=error"];
  return (
    spawnSync(program, args, {
      ...options,
      stdio: [...options.stdio],
      shell: npm === undefined && process.platform === "win32",
    }).status === 0
  );
}
