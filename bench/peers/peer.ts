// The peer with its database: started, put on sale, its records checked.

import { type ChildProcess, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { extraVersion, installExtra, PEERS } from "../../scripts/lib/extra-packages.ts";
import { freePort } from "../../scripts/lib/server.ts";
import { purchases, type Request } from "../load.ts";
import { type OrderSeller, paymentOf } from "../order-requests.ts";
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
export class Peer implements OrderSeller {
  readonly tickets: readonly string[];
  readonly tokens: readonly string[];
  readonly #postgres: Postgres;
  readonly #processes: ChildProcess[] = [];

  private constructor(postgres: Postgres, tickets: readonly string[], tokens: readonly string[]) {
    this.#postgres = postgres;
    this.tickets = tickets;
    this.tokens = tokens;
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
    const accountIds = Array.from({ length: buyers }, (_, buyer) => accountIdOf(buyer));
    postgres.sql(`INSERT INTO accounts VALUES ${accountIds.map((id) => `('${id}')`).join()}`);
    return new Peer(postgres, ids, accountIds.map(token));
  }

  /** Says where it listens. */
  async serve({ processes, pool }: PeerSize): Promise<string> {
    const port = await freePort();
    const size = { PEER_PROCESSES: `${processes}`, PEER_POOL: `${pool}` };
    await this.#start("server.mjs", { PEER_PORT: `${port}`, PEER_SECRET: SECRET, ...size });
    return `http://127.0.0.1:${port}`;
  }

  /** Starts the process that charges and confirms orders. */
  async work(pool: number): Promise<void> {
    await this.#start("worker.mjs", { PEER_POOL: `${pool}` });
  }

  purchases(): Request[] {
    return purchases("/reservations", this.tokens, this.tickets);
  }

  /** How many there are, in whatever state. */
  async reservations(): Promise<number> {
    return Number(this.#postgres.sql("SELECT count(*) FROM reservations"));
  }

  async paymentsDue(): Promise<Request[]> {
    const rows = this.#postgres.sql("SELECT id, account_id FROM orders WHERE state = 'held'").split("\n");
    const tokenOf = new Map(this.tokens.map((token, buyer) => [accountIdOf(buyer), token]));
    return rows.map((row) => {
      const [id = "", account = ""] = row.split("\t");
      return paymentOf(id, tokenOf.get(account) ?? "");
    });
  }

  async sold(tickets: number): Promise<void> {
    // The database waits by itself: a psql for each look would slow the peer down.
    this.#postgres.sql(`
      SET statement_timeout = '180s';
      DO $$ BEGIN
        WHILE (SELECT sum(sold) FROM ticket_types) < ${tickets} LOOP PERFORM pg_sleep(0.02); END LOOP;
      END $$`);
  }

  async mistakes(): Promise<string[]> {
    const wrong = this.#postgres.sql(`
      SELECT id, held, sold, capacity, held_rows, sold_rows FROM ticket_types LEFT JOIN (
        SELECT ticket_type_id, coalesce(sum(quantity) FILTER (WHERE state = 'held'), 0) AS held_rows,
          coalesce(sum(quantity) FILTER (WHERE state = 'confirmed'), 0) AS sold_rows FROM reservations GROUP BY 1
      ) AS rows ON ticket_type_id = id
      WHERE held + sold > capacity OR held <> coalesce(held_rows, 0) OR sold <> coalesce(sold_rows, 0)
      UNION ALL
      SELECT orders.id, 0, 0, 0, 0, 0 FROM orders JOIN reservations ON order_id = orders.id
      WHERE orders.state <> reservations.state`);
    return wrong === "" ? [] : wrong.split("\n").map((line) => `the peer's records are wrong: ${line}`);
  }

  async close(): Promise<void> {
    for (const server of this.#processes) {
      if (server.exitCode === null && server.kill()) await once(server, "exit");
    }
    await this.#postgres.stop();
  }

  async #start(script: string, settings: Readonly<Record<string, string>>): Promise<void> {
    // Its log goes into a file, as the service's does.
    const log = openSync(join(this.#postgres.folder, "peer.log"), "a");
    const child = spawn(process.execPath, [join(PEERS, script)], {
      env: { ...process.env, ...this.#postgres.environment, NODE_ENV: "production", ...settings },
      stdio: ["ignore", log, "inherit", "ipc"],
    });
    closeSync(log);
    this.#processes.push(child);
    const ended = once(child, "exit").then(() => Promise.reject(new Error("the peer did not start")));
    await Promise.race([once(child, "message"), ended]);
  }
}

function accountIdOf(buyer: number): string {
  return `buyer${buyer}`;
}

/** As any library would sign it. */
function token(subject: string): string {
  const iat = Math.floor(Date.now() / 1_000);
  const claims = { sub: subject, iss: ISSUER, aud: ISSUER, iat, exp: iat + LIFETIME_SECONDS };
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${signed}.${createHmac("sha256", SECRET).update(signed).digest("base64url")}`;
}
