// Ends this process, as SIGTERM does, once the process that started it is gone. Who ends `npm start`
// means the server, but npm and the shells between do not pass every signal on.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

const CHECK_MS = 500;

const parent = process.ppid;
const npm = parentOfShell(parent);
const timer = setInterval(() => {
  if (isThere()) return;
  clearInterval(timer);
  process.kill(process.pid, "SIGTERM");
}, CHECK_MS);
timer.unref();

function isThere() {
  // An orphan gets another parent, except on Windows.
  if (process.ppid !== parent) return false;
  return runs(parent) && (npm === null || runs(npm));
}

function runs(pid) {
  try {
    return process.kill(pid, 0);
  } catch (fault) {
    // It is another user's.
    return fault.code === "EPERM";
  }
}

/** What started the shell that npm runs a script in, which outlives an npm that is killed; or null. */
function parentOfShell(pid) {
  const [, ppid, name] = /^ *(\d+) (.*?)\s*$/.exec(parentAndName(pid)) ?? [];
  return /(^|\/)\w*sh$/.test(name ?? "") ? Number(ppid) : null;
}

function parentAndName(pid) {
  if (process.platform === "win32") return "";
  // A slim container has no `ps`.
  if (!existsSync("/proc/self/stat")) {
    return spawnSync("ps", ["-o", "ppid=,comm=", "-p", String(pid)], { encoding: "utf8" }).stdout ?? "";
  }
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^\d+ \((.*)\) \S+ (\d+) .*/s, "$2 $1");
  } catch {
    return "";
  }
}
