// Processes of this machine: whether one is still the same, which use a folder, and ending a group.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync } from "node:fs";
import { sep } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const STOP_TIMEOUT_MS = 10_000;
const HAS_PROC = existsSync("/proc/self/stat");

/** When a process began; null once it has ended. A pid is used again, but not with this moment. */
export function beganAt(pid: number): string | null {
  if (HAS_PROC) {
    const [state, ...fields] = statusOf(pid);
    // Ended, but still listed, because nobody asked how: in containers that can last.
    return state === "Z" ? null : (fields[18] ?? null);
  }
  if (process.platform === "win32") return signal(pid, 0) ? "unknown" : null;
  const { stdout } = spawnSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], { encoding: "utf8" });
  const [state = "Z", ...began] = stdout.trim().split(/\s+/);
  return state.startsWith("Z") || began.length === 0 ? null : began.join(" ");
}

/**
 * The workerd processes that have files in `folder` open, as far as this user may see them. Windows
 * does not say.
 */
export function workerdsIn(folder: string): number[] {
  if (!existsSync(folder)) return [];
  const path = realpathSync(folder) + sep;
  if (!HAS_PROC) {
    const { stdout } = spawnSync("lsof", ["-t", "-a", "-c", "workerd", "+D", path], { encoding: "utf8" });
    return (stdout ?? "").split("\n").filter(Boolean).map(Number);
  }
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const workerds = pids.filter((pid) => readOrNull(`/proc/${pid}/comm`)?.startsWith("workerd"));
  return workerds.filter((pid) => openFiles(pid).some((file) => file.startsWith(path))).map(Number);
}

/** The process group; null where none is known, as on Windows. */
export function groupOf(pid: number): number | null {
  const text = HAS_PROC
    ? statusOf(pid)[2]
    : spawnSync("ps", ["-o", "pgid=", "-p", String(pid)], { encoding: "utf8" }).stdout;
  return Number(text) || null;
}

/** Ends a process and all that it has started: asks first, and then does not ask. */
export async function endGroup(pid: number): Promise<void> {
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  signalGroup(pid, "SIGTERM");
  while (signalGroup(pid, 0) && Date.now() < deadline) await sleep(20);
  signalGroup(pid, "SIGKILL");
}

/** False where nothing of the group is left. */
export function signalGroup(pid: number, name: NodeJS.Signals | 0): boolean {
  // Windows has no process groups: there the one process must do.
  return signal(process.platform === "win32" ? pid : -pid, name);
}

function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    // It has ended by itself.
    return false;
  }
}

/** Its state, and the fields behind that: the parent, the group, and 16 more before the start. */
function statusOf(pid: number): string[] {
  // Before them comes its name, which may contain anything.
  return (readOrNull(`/proc/${pid}/stat`) ?? ") Z").replace(/^.*\) /s, "").split(" ");
}

function openFiles(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  } catch {
    // It has just ended, or is another user's.
    return [];
  }
}

function readOrNull(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}
