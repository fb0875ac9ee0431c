// Who uses a state folder. Two servers on the same files would sell every ticket twice, and what
// writes to a database that a server has open fails, so one process at a time claims the folder.

import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beganAt, endGroup, groupOf, signalGroup, workerdsIn } from "./processes.ts";
import { ROOT, readSettings, type Settings } from "./settings.ts";

/** What `server.json` says while a process has the folder. Other scripts find the server by it. */
interface Claim {
  readonly url: string;
  /** The script that claimed the folder, and when it began. */
  readonly pid: number;
  readonly began: string | null;
  /** The process group of the server that it started last. */
  readonly serverPid: number | null;
  readonly serverBegan: string | null;
  readonly holdSeconds: number;
}

/** How long a server may take until it answers. */
export const START_TIMEOUT_MS = 60_000;
/** Which state the last `npm start` serves, for commands that are typed without STATE_DIR. */
const LAST_STATE = join(ROOT, ".wrangler", "last-state");

/** Claims the folder until this process ends. Throws where another process has it. */
export async function claim(stateDir: string, url: string, holdSeconds: number): Promise<void> {
  const own = { url, pid: process.pid, began: beganAt(process.pid), serverPid: null, serverBegan: null, holdSeconds };
  mkdirSync(stateDir, { recursive: true });
  while (!written(stateDir, own)) await clear(stateDir);
  process.on("exit", () => rmSync(claimFile(stateDir), { force: true }));
  const other = serverBeside(stateDir, null);
  if (other === null) return;
  throw new Error(`A server runs on ${stateDir} already, as of \`wrangler dev\` (process ${other}): stop it first.`);
}

/**
 * The process of a server on this folder that is not of the process group `own`, or null. A plain
 * `wrangler dev` claims nothing. What asks the database alone, as `npm run grant` does beside a
 * server, opens no objects and is none.
 */
export function serverBeside(stateDir: string, own: number | null): number | null {
  // A process that has just ended has no group.
  return workerdsIn(join(stateDir, "v3", "do")).find((pid) => ![null, own].includes(groupOf(pid))) ?? null;
}

/** Adds the server that has just been started. */
export function addServer(stateDir: string, serverPid: number): void {
  const own = { ...readClaim(stateDir), serverPid, serverBegan: beganAt(serverPid) };
  renameSync(draft(stateDir, own), claimFile(stateDir));
}

/** The server that runs on this state folder, or null. Waits for one that is starting. */
export async function findServer(stateDir: string): Promise<Claim | null> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (let claim = currentClaim(stateDir); claim !== null; claim = currentClaim(stateDir)) {
    if (await isHealthy(claim.url)) return claim;
    if (Date.now() > deadline) throw new Error(`The server of ${stateDir} (process ${claim.pid}) does not answer.`);
    await sleep(200);
  }
  return null;
}

export async function isHealthy(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(5_000) });
    const body = (await response.json()) as { status?: string };
    return body.status === "alive";
  } catch {
    return false;
  }
}

/** Lets the other commands find this folder. */
export function rememberState(stateDir: string): void {
  mkdirSync(dirname(LAST_STATE), { recursive: true });
  writeFileSync(LAST_STATE, stateDir);
}

/** The settings of a command beside the server: without STATE_DIR, its state is that server's. */
export function companionSettings(): Settings {
  const settings = readSettings();
  if (process.env.STATE_DIR || currentClaim(settings.stateDir) !== null) return settings;
  const last = readOrNull(LAST_STATE);
  return last === null || currentClaim(last) === null ? settings : { ...settings, stateDir: last };
}

/** Removes a claim whose process is gone, with the server that it may have left behind. */
async function clear(stateDir: string): Promise<void> {
  const claim = readClaim(stateDir);
  if (claim !== null && isCurrent(claim)) {
    throw new Error(`It runs on this state already, at ${claim.url} (process ${claim.pid}). The state: ${stateDir}`);
  }
  rmSync(claimFile(stateDir), { force: true });
  if (claim?.serverPid == null) return;
  const began = beganAt(claim.serverPid);
  // Another process has the pid now.
  if (began !== null && began !== claim.serverBegan) return;
  if (!signalGroup(claim.serverPid, 0)) return;
  console.log("Ending a server that an earlier start has left behind …");
  await endGroup(claim.serverPid);
}

function currentClaim(stateDir: string): Claim | null {
  const claim = readClaim(stateDir);
  return claim !== null && isCurrent(claim) ? claim : null;
}

function isCurrent({ pid, began }: Claim): boolean {
  return began !== null && beganAt(pid) === began;
}

/** False where there is a claim already. */
function written(stateDir: string, claim: Claim): boolean {
  const file = draft(stateDir, claim);
  try {
    // Unlike a file that is opened and then written, it is never there without its content.
    linkSync(file, claimFile(stateDir));
    return true;
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw fault;
  } finally {
    rmSync(file);
  }
}

function draft(stateDir: string, claim: object): string {
  const file = `${claimFile(stateDir)}.${process.pid}`;
  writeFileSync(file, JSON.stringify(claim));
  return file;
}

/** Null where there is none, or none that can be read. */
function readClaim(stateDir: string): Claim | null {
  try {
    return JSON.parse(readOrNull(claimFile(stateDir)) ?? "null") as Claim | null;
  } catch {
    return null;
  }
}

function readOrNull(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}

function claimFile(stateDir: string): string {
  return join(stateDir, "server.json");
}
