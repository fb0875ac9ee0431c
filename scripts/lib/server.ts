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

/** What a running server leaves in its state folder, so that scripts with the same STATE_DIR find it. */
interface Running {
  readonly url: string;
  readonly pid: number;
  readonly holdSeconds: number;
}

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;
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
  if (!(await isFree(port))) throw new Error(`Port ${port} is taken. Choose another one: PORT=8788 npm start`);
  const hold = holdSeconds === null ? [] : ["--var", `HOLD_SECONDS:${holdSeconds}`];
  const child = startWrangler(
    ["dev", "--port", String(port), "--inspector-port", "0", "--persist-to", stateDir, "--log-level", "log", ...hold],
    ["ignore", "pipe", "pipe"],
  );
  const lastLines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface(stream).on("line", (line) => {
      lastLines.push(line);
      if (lastLines.length > LINES_KEPT) lastLines.shift();
      onLine(line);
    });
  }
  const url = `http://localhost:${port}`;
  const server = { url, process: child, stop: () => stop(child, stateDir) };
  try {
    await answers(url, child);
  } catch (fault) {
    await server.stop();
    throw new Error(`${fault instanceof Error ? fault.message : fault}\n${lastLines.join("\n")}`);
  }
  const running: Running = { url, pid: child.pid ?? 0, holdSeconds: holdSeconds ?? configuredHoldSeconds() };
  writeFileSync(runningFile(stateDir), JSON.stringify(running));
  return server;
}

/** The server that runs on this state folder, or null. */
export async function findServer({ stateDir }: Settings): Promise<Running | null> {
  const file = runningFile(stateDir);
  if (!existsSync(file)) return null;
  const running = JSON.parse(readFileSync(file, "utf8")) as Running;
  return isAlive(running.pid) && (await isHealthy(running.url)) ? running : null;
}

/** Runs `work` against the server of this state folder, or against one that lives only as long as the work. */
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
  rmSync(runningFile(stateDir), { force: true });
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const patience = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(patience);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
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
