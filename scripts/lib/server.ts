// A local server: set up once, started, found again by the other scripts, stopped.

import type { ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ensureBoxOffice } from "./box-office.ts";
import { ensureSecrets, ROOT, type Settings } from "./settings.ts";
import { runWrangler, startWrangler } from "./wrangler.ts";

export interface Server {
  readonly url: string;
  readonly process: ChildProcess;
  stop(): Promise<void>;
}

/**
 * What a running server leaves in its state folder: scripts with the same STATE_DIR find it, and a
 * second server does not start on the same state, where it would sell every ticket a second time.
 */
interface Running {
  readonly url: string;
  /** The script that started it, and the server's own process group. */
  readonly pid: number;
  readonly serverPid: number;
  readonly holdSeconds: number;
}

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;
/** The exit code of a process that a signal has ended. */
export const ENDED_BY = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };
// What is shown of the log where a start fails.
const LINES_KEPT = 40;

/** Secrets, tables and the sample programme's account; what was done before is not done again. */
export async function setUp(settings: Settings): Promise<void> {
  ensureSecrets();
  const { stateDir } = settings;
  const marker = join(stateDir, "v3", "d1", "migrations-applied");
  const wanted = migrationsFingerprint();
  if (existsSync(marker) && readFileSync(marker, "utf8") === wanted) return;
  console.log("Preparing the local database …");
  mkdirSync(join(stateDir, "v3", "d1"), { recursive: true });
  await runWrangler(["d1", "migrations", "apply", "DB", "--local", "--persist-to", stateDir]);
  await ensureBoxOffice(settings);
  writeFileSync(marker, wanted);
}

/** Starts `wrangler dev` and waits until it answers. `onLine` gets each line of its log. */
export async function startServer(settings: Settings, onLine: (line: string) => void): Promise<Server> {
  const { port, stateDir, holdSeconds } = settings;
  const url = `http://localhost:${port}`;
  const running = await takeOver(stateDir);
  if (running !== null) throw new Error(`It runs on this state already, at ${running.url} (process ${running.pid}).`);
  if (!(await isFree(port))) throw new Error(`Port ${port} is taken. Choose another one: PORT=8788 npm start`);
  const hold = holdSeconds === null ? [] : ["--var", `HOLD_SECONDS:${holdSeconds}`];
  const limits = settings.rateLimits ? [] : ["--var", "RATE_LIMITS:off"];
  const args = ["--port", String(port), "--inspector-port", "0", "--persist-to", stateDir, "--log-level", "log"];
  // A process group of its own: all of it can be ended, also what Wrangler leaves behind.
  const child = startWrangler(["dev", ...args, ...hold, ...limits], ["ignore", "pipe", "pipe"], { detached: true });
  const record: Running = {
    url,
    pid: process.pid,
    serverPid: child.pid ?? 0,
    holdSeconds: holdSeconds ?? configuredHoldSeconds(),
  };
  writeFileSync(runningFile(stateDir), JSON.stringify(record));
  const lastLines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface(stream).on("line", (line) => {
      lastLines.push(line);
      if (lastLines.length > LINES_KEPT) lastLines.shift();
      onLine(line);
    });
  }
  const server = { url, process: child, stop: () => stop(child, stateDir) };
  // Ctrl-C does not reach another process group by itself.
  for (const [signal, code] of Object.entries(ENDED_BY)) {
    process.on(signal, () => void server.stop().then(() => process.exit(code)));
  }
  try {
    await answers(url, child);
  } catch (fault) {
    await server.stop();
    throw new Error(`${fault instanceof Error ? fault.message : fault}\n${lastLines.join("\n")}`);
  }
  return server;
}

/** The server that runs on this state folder, or null. */
export async function findServer({ stateDir }: Settings): Promise<Running | null> {
  const running = readRunning(stateDir);
  return running !== null && (await isHealthy(running.url)) ? running : null;
}

/** The server that runs on this state. Ends one whose starter is gone, and returns null. */
async function takeOver(stateDir: string): Promise<Running | null> {
  const running = readRunning(stateDir);
  if (running === null) return null;
  if (isAlive(running.pid)) return running;
  if (!(await isHealthy(running.url))) return null;
  console.log("Ending a server that an earlier start has left behind …");
  // It may stop to answer before it lets go of its port.
  const isGone = () => isFree(Number(new URL(running.url).port));
  await endGroup(running.serverPid, isGone);
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  while (!(await isGone()) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  return null;
}

/** Runs `work` against the server of this state folder, or against a temporary one. */
export async function withServer<T>(settings: Settings, work: (url: string) => Promise<T>): Promise<T> {
  const running = await findServer(settings);
  if (running !== null) return work(running.url);
  await setUp(settings);
  const server = await startServer({ ...settings, port: await freePort() }, () => {});
  try {
    return await work(server.url);
  } finally {
    await server.stop();
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => (typeof address === "object" && address !== null ? resolve(address.port) : reject(address)));
    });
  });
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.on("error", () => resolve(false));
    probe.listen(port, "localhost", () => probe.close(() => resolve(true)));
  });
}

async function answers(url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error("The server ended while it started.");
    if (await isHealthy(url)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`The server did not answer within ${START_TIMEOUT_MS / 1_000} s.`);
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(5_000) });
    const body = (await response.json()) as { status?: string };
    return body.status === "alive";
  } catch {
    return false;
  }
}

async function stop(child: ChildProcess, stateDir: string): Promise<void> {
  if (child.pid === undefined) return;
  await endGroup(child.pid, () => child.exitCode !== null || child.signalCode !== null);
  if (readRunning(stateDir)?.serverPid === child.pid) rmSync(runningFile(stateDir), { force: true });
}

/** Ends a process and all that it has started: asks first, and then does not ask. */
async function endGroup(pid: number, isOver: () => boolean | Promise<boolean>): Promise<void> {
  signalGroup(pid, "SIGTERM");
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  while (!(await isOver()) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  signalGroup(pid, "SIGKILL");
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    // Windows has no process groups: there the one process must do.
    process.kill(process.platform === "win32" ? pid : -pid, signal);
  } catch {
    // It has ended by itself.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch {
    return false;
  }
}

/** Ended, but still listed, because nobody asked how: in containers that can last. */
function isZombie(pid: number): boolean {
  const stat = `/proc/${pid}/stat`;
  return existsSync(stat) && /\) Z /.test(readFileSync(stat, "utf8"));
}

/** What is on record; null where there is nothing, or nothing that can be read. */
function readRunning(stateDir: string): Running | null {
  try {
    return JSON.parse(readFileSync(runningFile(stateDir), "utf8")) as Running;
  } catch {
    return null;
  }
}

function runningFile(stateDir: string): string {
  return join(stateDir, "server.json");
}

function migrationsFingerprint(): string {
  const folder = join(ROOT, "migrations");
  const hash = createHash("sha256");
  for (const name of readdirSync(folder).sort()) {
    if (name.endsWith(".sql")) hash.update(name).update(readFileSync(join(folder, name)));
  }
  return hash.digest("hex");
}

function configuredHoldSeconds(): number {
  const match = /^HOLD_SECONDS = "(\d+)"$/m.exec(readFileSync(join(ROOT, "wrangler.toml"), "utf8"));
  return Number(match?.[1] ?? Number.NaN);
}
