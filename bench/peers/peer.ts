// The peer with its database: started, put on sale, driven, and its books checked, as bench/stage.ts does it for ours.

import { type ChildProcess, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../scripts/lib/server.ts";
import type { Request } from "../load.ts";
import { installPeers, peerScript, peerVersion } from "./install.ts";
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

/** One database, and a server for each size that is measured. */
export class Peer {
  readonly tickets: readonly string[];
  readonly #postgres: Postgres;
  readonly #tokens: readonly string[];
  readonly #servers: ChildProcess[] = [];

  private constructor(postgres: Postgres, tickets: readonly string[], tokens: readonly string[]) {
    this.#postgres = postgres;
    this.tickets = tickets;
    this.#tokens = tokens;
  }

  /** Why there is none to compare with; null where there is one. Installs what it needs from npm. */
  private static missing(): string | null {
    if (postgresVersion() === null) return "PostgreSQL is not installed, so there is no peer beside it";
    return installPeers() ? null : "the peer could not be installed from the npm registry, so there is none beside it";
  }

  static versions(): string[] {
    const packages = [
      ["Fastify", "fastify"] as const,
      ["@fastify/jwt", "@fastify/jwt"] as const,
      ["pg", "pg"] as const,
    ];
    return [...packages.map(([name, id]) => `${name} ${peerVersion(id)}`), postgresVersion() ?? ""];
  }

  /** The peer, or why there is none; neither where no `sizes` are asked for. */
  static async openIfAny(
    sizes: readonly PeerSize[],
    tickets: number,
    buyers: number,
    capacity: number,
  ): Promise<{ readonly peer: Peer | null; readonly missing: string | null }> {
    const missing = sizes.length === 0 ? null : Peer.missing();
    const isThere = sizes.length > 0 && missing === null;
    return { peer: isThere ? await Peer.open(tickets, buyers, capacity) : null, missing };
  }

  private static async open(tickets: number, buyers: number, capacity: number): Promise<Peer> {
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
    const settings = {
      PEER_PORT: `${port}`,
      PEER_PROCESSES: `${processes}`,
      PEER_POOL: `${pool}`,
      PEER_SECRET: SECRET,
    };
    // A file, as the service's own.
    const log = openSync(join(this.#postgres.folder, "peer.log"), "a");
    const child = spawn(process.execPath, [peerScript("server.mjs")], {
      env: { ...process.env, ...this.#postgres.environment, ...settings, NODE_ENV: "production" },
      stdio: ["ignore", log, "inherit", "ipc"],
    });
    closeSync(log);
    this.#servers.push(child);
    await Promise.race([
      once(child, "message"),
      once(child, "exit").then(() => {
        throw new Error("the peer did not start");
      }),
    ]);
    return `http://127.0.0.1:${port}`;
  }

  /** Each buyer asks for one ticket, of the ticket types in turn. */
  purchases(tickets: readonly string[] = this.tickets): Request[] {
    return this.#tokens.map((token, buyer) => ({
      ...{ path: "/reservations", token, body: { ticket: tickets[buyer % tickets.length], quantity: 1 } },
    }));
  }

  /** In all, whatever became of them. */
  async reservations(): Promise<number> {
    return Number(this.#postgres.sql("SELECT count(*) FROM reservations"));
  }

  /** How many are held of one ticket type. */
  async heldOf(ticket: string): Promise<number> {
    return Number(this.#postgres.sql(`SELECT held FROM ticket_types WHERE id = '${ticket}'`));
  }

  async mistakes(): Promise<string[]> {
    const wrong = this.#postgres.sql(`
      SELECT id, held + sold, capacity, counted FROM ticket_types LEFT JOIN (
        SELECT ticket_type_id, sum(quantity) AS counted FROM reservations WHERE state = 'held' GROUP BY 1
      ) AS rows ON ticket_type_id = id
      WHERE held + sold > capacity OR held <> coalesce(counted, 0)`);
    return wrong === "" ? [] : wrong.split("\n").map((line) => `the peer's books are wrong: ${line}`);
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
