// A local server: its state is claimed and set up once, and it is started and stopped.

import type { ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { LOCAL_ACCOUNTS } from "./local-accounts.ts";
import { endGroup } from "./processes.ts";
import { ensureSecrets, ROOT, type Settings } from "./settings.ts";
import { addServer, claim, findServer, isHealthy, START_TIMEOUT_MS } from "./state.ts";
import { buildWeb } from "./web.ts";
import { queryDatabase, runWrangler, startWrangler } from "./wrangler.ts";

export interface Server {
  readonly url: string;
  readonly process: ChildProcess;
  stop(): Promise<void>;
}

/** The exit code of a process that a signal has ended. */
export const ENDED_BY = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };
// What is shown of the log where a start fails.
const LINES_KEPT = 40;

const running = new Set<Server>();

/**
 * Makes the state folder this process's own until it ends, with secrets, tables and the accounts of
 * this machine. Fails before it changes anything where a server runs already, or the port is taken.
 */
export async function openState(settings: Settings): Promise<void> {
  await claim(settings.stateDir, urlOf(settings), Number(settings.variables.HOLD_SECONDS ?? configuredHoldSeconds()));
  const { port } = settings;
  if (!(await isFree(port))) throw new Error(`Port ${port} is taken. Choose another one: PORT=8788 npm start`);
  // Ctrl-C does not reach another process group by itself.
  for (const [signal, code] of Object.entries(ENDED_BY)) {
    process.on(signal, () => void stopAll().then(() => process.exit(code)));
  }
  await setUp(settings);
}

/** Starts `wrangler dev` and waits until it answers. `onLine` gets each line of its log. */
export async function startServer(settings: Settings, onLine: (line: string) => void): Promise<Server> {
  const { port, stateDir, variables } = settings;
  const url = urlOf(settings);
  const args = ["--port", String(port), "--inspector-port", "0", "--persist-to", stateDir, "--log-level", "log"];
  // Links in mails lead to this server, at whichever port.
  const vars = Object.entries({ PUBLIC_URL: url, ...variables }).flatMap(([name, value]) => [
    "--var",
    `${name}:${value}`,
  ]);
  // A process group of its own: all of it can be ended, also what Wrangler leaves behind.
  const child = startWrangler(["dev", ...args, ...vars], ["ignore", "pipe", "pipe"], { detached: true });
  if (child.pid !== undefined) addServer(stateDir, child.pid);
  const lastLines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface(stream).on("line", (line) => {
      lastLines.push(line);
      if (lastLines.length > LINES_KEPT) lastLines.shift();
      onLine(line);
    });
  }
  const server = { url, process: child, stop: () => stop(server) };
  running.add(server);
  try {
    await answers(url, child);
  } catch (fault) {
    await server.stop();
    throw new Error(`${fault instanceof Error ? fault.message : fault}\n${lastLines.join("\n")}`);
  }
  return server;
}

/** Runs `work` against the server of this state folder, or against a temporary one. */
export async function withServer<T>(settings: Settings, work: (url: string) => Promise<T>): Promise<T> {
  const found = await findServer(settings.stateDir);
  console.log(`The state: ${settings.stateDir}${found === null ? "" : `, which ${found.url} serves`}`);
  if (found !== null) return work(found.url);
  const temporary = { ...settings, port: await freePort() };
  await openState(temporary);
  const server = await startServer(temporary, () => {});
  try {
    return await work(server.url);
  } finally {
    await server.stop();
  }
}

/** What was done before is not done again. */
async function setUp({ stateDir }: Settings): Promise<void> {
  ensureSecrets();
  await buildWeb();
  const marker = join(stateDir, "v3", "d1", "migrations-applied");
  const wanted = fingerprint();
  if (existsSync(marker) && readFileSync(marker, "utf8") === wanted) return;
  console.log("Preparing the local database …");
  mkdirSync(join(stateDir, "v3", "d1"), { recursive: true });
  await runWrangler(["d1", "migrations", "apply", "DB", "--local", "--persist-to", stateDir]);
  await queryDatabase(LOCAL_ACCOUNTS, { stateDir });
  writeFileSync(marker, wanted);
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

/** Whether nobody listens on this port. `localhost` is two addresses, and a server may have one. */
async function isFree(port: number): Promise<boolean> {
  const probes = ["127.0.0.1", "::1"].map(
    (host) =>
      new Promise<boolean>((resolve) => {
        const probe = createServer();
        // A machine without IPv6 has no such address.
        probe.on("error", ({ code }: NodeJS.ErrnoException) =>
          resolve(code === "EADDRNOTAVAIL" || code === "EAFNOSUPPORT"),
        );
        probe.listen(port, host, () => probe.close(() => resolve(true)));
      }),
  );
  return (await Promise.all(probes)).every(Boolean);
}

function urlOf({ port }: Settings): string {
  return `http://localhost:${port}`;
}

async function answers(url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error("The server ended while it started.");
    if (await isHealthy(url)) return;
    await sleep(100);
  }
  throw new Error(`The server did not answer within ${START_TIMEOUT_MS / 1_000} s.`);
}

async function stop(server: Server): Promise<void> {
  if (server.process.pid !== undefined) await endGroup(server.process.pid);
  running.delete(server);
}

async function stopAll(): Promise<void> {
  await Promise.all([...running].map((server) => server.stop()));
}

function fingerprint(): string {
  const folder = join(ROOT, "migrations");
  const hash = createHash("sha256").update(LOCAL_ACCOUNTS);
  for (const name of readdirSync(folder).sort()) {
    if (name.endsWith(".sql")) hash.update(name).update(readFileSync(join(folder, name)));
  }
  return hash.digest("hex");
}

function configuredHoldSeconds(): number {
  const match = /^HOLD_SECONDS = "(\d+)"$/m.exec(readFileSync(join(ROOT, "wrangler.toml"), "utf8"));
  return Number(match?.[1] ?? Number.NaN);
}
