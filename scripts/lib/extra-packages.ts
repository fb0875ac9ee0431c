// Packages that one command alone needs. They have a folder and a lockfile of their own, and only
// that command installs them, so that the project's install gets no heavier.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./settings.ts";

/**
 * The service that `npm run bench` measures beside ours, and its load generator where there is no
 * wrk.
 */
export const PEERS = join(ROOT, "bench", "peers");
/** The tool with which `npm run controls` mutates src/domain. */
export const MUTATION = join(ROOT, "test", "controls", "mutation");
/** Linters of `/openapi.json`, and a generator of clients. */
export const DESCRIPTION = join(ROOT, "test", "description");

/** Null where it is not installed. */
export function extraVersion(folder: string, name: string): string | null {
  const path = join(folder, "node_modules", name, "package.json");
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).version : null;
}

/**
 * Installs the packages of `folder`, unless `name` is there already. False without npm or without
 * its registry.
 */
export function installExtra(folder: string, name: string): boolean {
  if (extraVersion(folder, name) !== null) return true;
  const npm = process.env.npm_execpath;
  const [program, first] = npm === undefined ? ["npm", []] : [process.execPath, [npm]];
  const { status } = spawnSync(program, [...first, "ci", "--loglevel=error"], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
    shell: npm === undefined && process.platform === "win32",
  });
  return status === 0;
}
