// The peer with its database: started, put on sale, its records checked.

import { type ChildProcess, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { extraVersion, installExtra, PEERS } from "../../scripts/lib/extra-packages.ts";
import { freePort } from "../../scripts/lib/server.ts";
import { purchases, type Request } from "../load.ts";
import { Postgres, postgresVersion } from "./postgres.ts";

const SECRET = "only-for-the-bench-0123456789abcdef";
const ISSUER = "peer";
const LIFETIME_SECONDS = 3_600;

export interface PeerSize {
  readonly processes: number;
  /** Connections to the database, of each process. */
  readonly pool: number;
}

export function peerName({ processes, pool }: PeerSize): string {
  return `peer, ${processes === 1 ? "1 process" : `${processes} processes`}, pool of ${pool}`;
}

/** Why there is none, or null. Installs what it needs from npm. */
export function missingPeer(): string | null {
  if (postgresVersion() === null) return "PostgreSQL is not installed, so there is no peer beside it";
  return installExtra(PEERS, "fastify") ? null : "the peer could not be installed from npm, so there is none beside it";
}

/** One database, and a server for each size that is measured. */
export class Peer {
  readonly #tickets: readonly string[];
  readonly #postgres: Postgres;
  readonly #tokens: readonly string[];
  readonly #servers: ChildProcess[] = [];

  private constructor(postgres: Postgres, tickets: readonly string[], tokens: readonly string[]) {
    this.#postgres = postgres;
    this.#tickets = tickets;
    this.#tokens = tokens;
  }

  static versions(): string[] {
    const packages = ["fastify", "@fastify/jwt", "pg"].map((name) => `${name} ${extraVersion(PEERS, name)}`);
    return [...packages, postgresVersion() ?? ""];
  }

  static async open(tickets: number, buyers: number, capacity: number): Promise<Peer> {
    const postgres = await Postgres.start();
    const ids = Array.from({ length: tickets }, (_, number) => `t1cket${String(number).padStart(10, "0")}`);
    const rows = ids.map((id) => `('${id}', ${capacity}, 2500, 'EUR')`);
    postgres.sql(`INSERT INTO ticket_types (id, capacity, price_minor, currency) VALUES ${rows.join()}`);
    const accountIds = Array.from({ length: buyers }, (_, buyer) => `buyer${buyer}`);
    postgres.sql(`INSERT INTO accounts VALUES ${accountIds.map((id) => `('${id}')`).join()}`);
    return new Peer(postgres, ids, accountIds.map(token));
  }

  /** Says where it listens. */
  async serve({ processes, pool }: PeerSize): Promise<string> {
    const port = await freePort();
    const size = { PEER_PROCESSES: `${processes}`, PEER_POOL: `${pool}` };
    const settings = { PEER_PORT: `${port}`, PEER_SECRET: SECRET, NODE_ENV: "production", ...size };
    // Its log goes into a file, as the service's does.
    const log = openSync(join(this.#postgres.folder, "peer.log"), "a");
    const child = spawn(process.execPath, [join(PEERS, "server.mjs")], {
      env: { ...process.env, ...this.#postgres.environment, ...settings },
      stdio: ["ignore", log, "inherit", "ipc"],
    });
    closeSync(log);
    this.#servers.push(child);
    const ended = once(child, "exit").then(() => Promise.reject(new Error("the peer did not start")));
    await Promise.race([once(child, "message"), ended]);
    return `http://127.0.0.1:${port}`;
  }

  purchases(): Request[] {
    return purchases("/reservations", this.#tokens, this.#tickets);
  }

  /** How many there are, in whatever state. */
  async reservations(): Promise<number> {
    return Number(this.#postgres.sql("SELECT count(*) FROM reservations"));
  }

  async mistakes(): Promise<string[]> {
    const wrong = this.#postgres.sql(`
      SELECT id, held + sold, capacity, counted FROM ticket_types LEFT JOIN (
        SELECT ticket_type_id, sum(quantity) AS counted FROM reservations WHERE state = 'held' GROUP BY 1
      ) AS rows ON ticket_type_id = id
      WHERE held + sold > capacity OR held <> coalesce(counted, 0)`);
    return wrong === "" ? [] : wrong.split("\n").map((line) => `the peer's records are wrong: ${line}`);
  }

  async close(): Promise<void> {
    for (const server of this.#servers) {
      if (server.exitCode === null && server.kill()) await once(server, "exit");
    }
    await this.#postgres.stop();
  }
}

/** As any library would sign it. */
function token(subject: string): string {
  const iat = Math.floor(Date.now() / 1_000);
  const claims = { sub: subject, iss: ISSUER, aud: ISSUER, iat, exp: iat + LIFETIME_SECONDS };
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${signed}.${createHmac("sha256", SECRET).update(signed).digest("base64url")}`;
}
