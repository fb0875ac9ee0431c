// A PostgreSQL of its own, with its defaults: every commit is on disk when it is answered.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const DEBIAN = "/usr/lib/postgresql";
const START_TRIES = 200;
const START_EVERY_MS = 50;

/** Where its programs are, or null. Debian keeps them by version, and off the PATH. */
function programs(): string | null {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((version) => join(DEBIAN, version, "bin")), ...(process.env.PATH ?? "").split(":")];
  return folders.find((folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "psql"))) ?? null;
}

/** Such as `PostgreSQL 15.18`; null where it is not installed. */
export function postgresVersion(): string | null {
  const folder = programs();
  if (folder === null) return null;
  return `PostgreSQL ${/[\d.]+/.exec(execFileSync(join(folder, "postgres"), ["--version"], { encoding: "utf8" }))?.[0]}`;
}

/** It refuses to run as root: then it runs as the user that its package made. */
function owner(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const of = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: of("-u"), gid: of("-g") };
}

export class Postgres {
  /** Its own, removed when it stops. */
  readonly folder: string;
  readonly #programs: string;
  readonly #process: ChildProcess;
  readonly #atExit = () => this.#process.kill("SIGQUIT");

  private constructor(programs: string, folder: string, child: ChildProcess) {
    this.#programs = programs;
    this.folder = folder;
    this.#process = child;
    process.on("exit", this.#atExit);
  }

  /** For programs that ask it, over its socket. */
  get environment(): Readonly<Record<string, string>> {
    return { PGHOST: this.folder, PGUSER: "postgres", PGDATABASE: "postgres" };
  }

  static async start(): Promise<Postgres> {
    const bin = programs();
    if (bin === null) throw new Error("PostgreSQL is not installed");
    // Not below the bench's own folder, which another user can't enter.
    const folder = mkdtempSync(join(tmpdir(), "ticket-overlord-pg-"));
    const user = owner();
    if (user !== null) chownSync(folder, user.uid, user.gid);
    const options = { cwd: folder, stdio: "ignore" as const, ...user };
    const data = join(folder, "data");
    execFileSync(join(bin, "initdb"), ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8"], options);
    // Only its socket, in its own folder: nobody else's server is in the way.
    const child = spawn(join(bin, "postgres"), ["-D", data, "-k", folder, "-c", "listen_addresses="], options);
    const server = new Postgres(bin, folder, child);
    try {
      await server.#answers();
      server.sql(readFileSync(join(import.meta.dirname, "schema.sql"), "utf8"));
      return server;
    } catch (fault) {
      await server.stop();
      throw fault;
    }
  }

  /** What the last statement returns: lines of values by tabs. */
  sql(statements: string): string {
    const args = ["-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1"];
    const env = { ...process.env, ...this.environment };
    const stdio = ["pipe" as const, "pipe" as const, "pipe" as const];
    return execFileSync(join(this.#programs, "psql"), args, { env, encoding: "utf8", input: statements, stdio }).trim();
  }

  async stop(): Promise<void> {
    process.off("exit", this.#atExit);
    const { exitCode, signalCode } = this.#process;
    // The fast way: it does not wait for its clients.
    if (exitCode === null && signalCode === null && this.#process.kill("SIGINT")) await once(this.#process, "exit");
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #answers(): Promise<void> {
    for (let tries = 0; tries < START_TRIES; tries++) {
      try {
        this.sql("SELECT 1");
        return;
      } catch {
        await sleep(START_EVERY_MS);
      }
    }
    throw new Error("PostgreSQL did not start");
  }
}
