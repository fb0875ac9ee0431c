// The built worker as a process group with its state on disk: started, killed, started again.

import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { basename, join } from "node:path";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import { ROOT } from "../../scripts/lib/settings.ts";
import { buildWeb } from "../../scripts/lib/web.ts";
import { runWrangler } from "../../scripts/lib/wrangler.ts";
import type { FromServer, Request, ToServer } from "./server.ts";

// What a developer keeps in .env, such as the way to a real Redis, is not for these runs.
process.env.CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV = "false";

// Signs the sessions of these runs alone.
export const SESSION_SECRET = "only-for-crash-histories-0123456789abcdef";
export const PASS_KEYS = `1:${"c0de".repeat(16)}`;
const HOST = "127.0.0.1";
const OPTIONS_FILE = "options.json";
const LOG_FILE = "server.log";
const READY_TIMEOUT_MS = 60_000;
const START_TRIES = 5;
const QUERY_TIMEOUT_MS = 30_000;
// Below the ports of outgoing connections, one of which could take the port of a dead server.
const FIRST_PORT = 20_000;
const LAST_PORT = 29_999;

/** Builds the worker, or another one with its bindings, as a deployment would; returns the file. */
export async function buildWorker(
  folder: string,
  entry = join(ROOT, "src", "worker", "index.ts"),
  mode: "development" | "production" = "development",
): Promise<string> {
  await buildWeb();
  await runWrangler(["deploy", entry, "--dry-run", "--outdir", folder], { env: { NODE_ENV: mode } });
  return join(folder, `${basename(entry, ".ts")}.js`);
}

export interface ServiceSettings {
  /** They replace those of wrangler.toml. */
  readonly variables?: Readonly<Record<string, string>>;
  /** `url` is past the worker that Miniflare puts in front: no request has `CF-Connecting-IP`. */
  readonly isDirect?: boolean;
  /** It serves the pages, too, through one process more. */
  readonly hasPages?: boolean;
  /** Where those are; by default where they are built. */
  readonly pages?: string;
  /** As under `wrangler dev`: `/cdn-cgi/local` shows mails that were sent, and runs the sweep. */
  readonly hasLocalTools?: boolean;
  /** Nothing that it fetches leaves it: the reply is 502. */
  readonly isOffline?: boolean;
}

export class Service {
  readonly url: string;
  readonly #optionsFile: string;
  readonly #logFile: string;
  readonly #environment: NodeJS.ProcessEnv;
  #child: ChildProcess | null = null;
  #queries = 0;
  readonly #answers = new Map<number, PromiseWithResolvers<readonly unknown[]>>();

  private constructor(folder: string, port: number, environment: NodeJS.ProcessEnv) {
    this.url = `http://${HOST}:${port}`;
    this.#optionsFile = join(folder, OPTIONS_FILE);
    this.#logFile = join(folder, LOG_FILE);
    this.#environment = environment;
  }

  /** Not started yet. All bindings are those of wrangler.toml. */
  static async create(
    folder: string,
    script: string,
    holdSeconds: number,
    settings: ServiceSettings = {},
  ): Promise<Service> {
    const { variables = {}, isDirect = false, hasLocalTools = false, isOffline = false } = settings;
    mkdirSync(folder, { recursive: true });
    const port = await freePort();
    const directPort = isDirect ? await freePort() : null;
    const secrets = { SESSION_SECRET, ID_SECRET: SESSION_SECRET, PASS_KEYS };
    const usual = { ...secrets, PAYMENT_PROVIDER: "sandbox", RATE_LIMITS: "off" };
    const bindings = { HOLD_SECONDS: String(holdSeconds), ...usual, ...variables };
    const options = optionsFor(script, join(folder, "state"), port, directPort, bindings, settings);
    const tools = hasLocalTools ? { unsafeLocalExplorer: true, unsafeTriggerHandlers: true } : {};
    writeFileSync(join(folder, OPTIONS_FILE), JSON.stringify({ ...options, ...tools, isOffline }));
    const environment = isDirect ? { MINIFLARE_WORKERD_PATH: loggingWorkerd(folder) } : {};
    return new Service(folder, directPort ?? port, environment);
  }

  async start(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#start();
      } catch (fault) {
        await this.kill();
        if (attempt === START_TRIES) throw fault;
      }
    }
  }

  /** Starts it for the first time: its database gets its tables. */
  async startNew(): Promise<void> {
    await this.start();
    const folder = join(ROOT, "migrations");
    const files = readdirSync(folder).filter((name) => name.endsWith(".sql"));
    for (const file of files.sort()) {
      const statements = readFileSync(join(folder, file), "utf8").split("--> statement-breakpoint");
      await this.#ask({ script: statements.filter((statement) => statement.trim() !== "") });
    }
  }

  /** Like a power cut for the processes: none of them can write anything more. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child?.pid === undefined) return;
    const isOver = child.exitCode !== null || child.signalCode !== null;
    const exited = isOver ? null : once(child, "exit");
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // The whole group has ended by itself.
    }
    await exited;
    for (const { reject } of this.#answers.values()) reject(new Error("the server was killed"));
  }

  /** The rows that one SQL statement returns from the server's own D1. */
  async query<Row>(sql: string, ...parameters: readonly unknown[]): Promise<Row[]> {
    return (await this.#ask({ sql, parameters })) as Row[];
  }

  async #ask(request: Request): Promise<readonly unknown[]> {
    if (this.#child === null) throw new Error("the server does not run");
    this.#queries += 1;
    const id = this.#queries;
    const answer = Promise.withResolvers<readonly unknown[]>();
    this.#answers.set(id, answer);
    const timer = setTimeout(() => answer.reject(new Error(`no answer: ${JSON.stringify(request)}`)), QUERY_TIMEOUT_MS);
    this.#child.send({ ...request, id } satisfies ToServer);
    try {
      return await answer.promise;
    } finally {
      clearTimeout(timer);
      this.#answers.delete(id);
    }
  }

  log(): string {
    return readFileSync(this.#logFile, "utf8");
  }

  async #start(): Promise<void> {
    const log = openSync(this.#logFile, "a");
    const script = join(import.meta.dirname, "server.ts");
    const child = spawn(process.execPath, [script, this.#optionsFile], {
      detached: true,
      cwd: ROOT,
      stdio: ["ignore", log, log, "ipc"],
      env: { ...process.env, ...this.#environment },
    });
    closeSync(log);
    this.#child = child;
    const ready = Promise.withResolvers<void>();
    const timer = setTimeout(() => ready.reject(new Error("the server did not start in time")), READY_TIMEOUT_MS);
    child.once("exit", () => ready.reject(new Error(`the server ended while it started: ${this.#logFile}`)));
    child.on("message", (message: FromServer) => {
      if (message.type === "ready") ready.resolve();
      if (message.type === "rows") this.#answers.get(message.id)?.resolve(message.rows);
      if (message.type === "fault") this.#answers.get(message.id)?.reject(new Error(message.message));
    });
    await ready.promise.finally(() => clearTimeout(timer));
  }
}

function optionsFor(
  script: string,
  stateDir: string,
  port: number,
  directPort: number | null,
  variables: Readonly<Record<string, string>>,
  { hasPages = false, pages }: ServiceSettings,
): object {
  const { workerOptions } = unstable_getMiniflareWorkerOptions(join(ROOT, "wrangler.toml"));
  const { assets, modulesRules: _rules, ...bound } = workerOptions;
  const worker = {
    ...bound,
    name: "ticket-overlord",
    modules: [{ type: "ESModule", path: script }],
    modulesRoot: join(script, ".."),
    ...(hasPages ? { assets: { ...(assets as object), ...(pages === undefined ? {} : { directory: pages }) } } : {}),
    bindings: { ...(bound.bindings as object), ...variables },
    ...(directPort === null ? {} : { unsafeDirectSockets: [{ host: HOST, port: directPort }] }),
  };
  // No use of the network: no `cf` object, no telemetry.
  const quiet = { cf: false, logRequests: false, telemetry: { enabled: false } };
  return { host: HOST, port, resourcePersistencePath: stateDir, ...quiet, workers: [worker] };
}

/** The path of a script that starts workerd with its log in the service's file. */
function loggingWorkerd(folder: string): string {
  const path = join(folder, "workerd.sh");
  const { default: workerd } = createRequire(import.meta.resolve("miniflare"))("workerd") as { default: string };
  writeFileSync(path, `#!/bin/sh\nexec "${workerd}" "$@" >> "${join(folder, LOG_FILE)}" 2>&1\n`, { mode: 0o700 });
  return path;
}

async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = randomInt(FIRST_PORT, LAST_PORT);
    const probe = createServer().listen(port, HOST);
    const isFree = await once(probe, "listening").catch(() => null);
    if (isFree === null) continue;
    await once(probe.close(), "close");
    return port;
  }
  throw new Error("no free port was found");
}
