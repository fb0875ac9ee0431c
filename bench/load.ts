// The load: connections with one request in flight each, by wrk, else by autocannon.

import { spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { extraVersion, PEERS } from "../scripts/lib/extra-packages.ts";

export interface Request {
  readonly path: string;
  readonly token?: string;
  /** With one it is a POST. */
  readonly body?: unknown;
}

/** Each buyer asks for one ticket, of the ticket types in turn. */
export function purchases(path: string, tokens: readonly string[], tickets: readonly string[]): Request[] {
  return tokens.map((token, buyer) => {
    return { path, token, body: { ticket: tickets[buyer % tickets.length], quantity: 1 } };
  });
}

export interface Load {
  readonly url: string;
  /** Sent in turn, over all connections together. */
  readonly requests: readonly Request[];
  readonly connections: number;
  /** So long, and until each request has its reply; or each of `requests` "once". */
  readonly seconds: number | "once";
  /** Any other reply is an error. */
  readonly expect: readonly number[];
  /** Ends the load early. wrk then leaves one request of each connection unanswered. */
  readonly until?: AbortSignal;
}

export interface Outcome {
  /** Of all replies. wrk's percentiles count the requests that it would have sent meanwhile. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly perSecond: number;
  readonly durationMs: number;
  /** How many replies there were of each status. */
  readonly statuses: Readonly<Record<number, number>>;
  /** When the last reply of each status came, after the start. */
  readonly lastMs: Readonly<Record<number, number>>;
}

interface Printed extends Omit<Outcome, "perSecond"> {
  readonly broken: Readonly<Record<string, number>>;
}

// A load of one round ends long before this, and a load of some time never has this many requests.
const LONGEST_SECONDS = 600;
const ENDLESS = 1_000_000_000;
const ALL_ANSWERED = "\nall\n";
// Long, so that a slow machine shows in the figures instead of breaking requests.
const REPLY_TIMEOUT_SECONDS = 60;
const WRK_SCRIPT = join(import.meta.dirname, "wrk.lua");
const WRK = /^wrk \S*?(\d[\w.]*)/;

/** Such as `wrk 4.1.0`; null where there is none. */
export function loadGenerator(): string | null {
  // wrk prints its version with its usage, and exits with a failure.
  const [, version] = WRK.exec(spawnSync("wrk", ["--version"], { encoding: "utf8" }).stdout ?? "") ?? [];
  if (version !== undefined) return `wrk ${version}`;
  const autocannon = extraVersion(PEERS, "autocannon");
  return autocannon === null ? null : `autocannon ${autocannon}`;
}

/** Throws where a reply is missing or is not one of the expected. `folder` is for its files. */
export async function drive(folder: string, load: Load): Promise<Outcome> {
  const file = join(folder, `requests-${randomUUID()}.tsv`);
  const line = ({ path, token = "", body }: Request) =>
    [path, token, body === undefined ? "" : JSON.stringify(body)].join("\t");
  writeFileSync(file, `${load.requests.map(line).join("\n")}\n`);
  const { broken, ...outcome } = await run(load, file).finally(() => rmSync(file));
  const faults = Object.entries(broken).filter(([, count]) => count > 0);
  if (faults.length > 0) throw new Error(`requests without a reply: ${JSON.stringify(Object.fromEntries(faults))}`);
  const others = Object.entries(outcome.statuses).filter(([status]) => !load.expect.includes(Number(status)));
  if (others.length > 0)
    throw new Error(`replies that were not expected: ${JSON.stringify(Object.fromEntries(others))}`);
  const answered = Object.values(outcome.statuses).reduce((sum, count) => sum + count, 0);
  return { ...outcome, perSecond: (answered * 1_000) / outcome.durationMs };
}

function run({ url, requests, connections, seconds, until }: Load, file: string): Promise<Printed> {
  const [most, mostSeconds] = seconds === "once" ? [requests.length, LONGEST_SECONDS] : [ENDLESS, seconds];
  const limits = [String(most), String(mostSeconds * 1_000)];
  const open = String(Math.min(connections, most));
  // At its time wrk would end without waiting for replies; the script ends the load before.
  const times = [`-d${Math.ceil(mostSeconds) + REPLY_TIMEOUT_SECONDS}s`, `--timeout=${REPLY_TIMEOUT_SECONDS}s`];
  const [program, ...args] = loadGenerator()?.startsWith("wrk")
    ? (["wrk", "-t1", `-c${open}`, ...times, "-s", WRK_SCRIPT, url, "--", file, ...limits] as const)
    : ([process.execPath, join(PEERS, "autocannon.mjs"), url, file, ...limits, open] as const);
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  const stop = () => child.kill("SIGINT");
  until?.addEventListener("abort", stop);
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
    if (output.endsWith(ALL_ANSWERED)) stop();
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", () => {
      until?.removeEventListener("abort", stop);
      const line = output.split("\n").find((line) => line.startsWith("{"));
      if (line === undefined) reject(new Error(`${program} reported nothing:\n${output}`));
      else resolve(JSON.parse(line));
    });
  });
}
