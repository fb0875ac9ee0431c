// The load: many connections that each ask one thing after the other. wrk makes it where it is installed, else autocannon.

import { spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { peerScript, peerVersion } from "./peers/install.ts";

export interface Request {
  readonly path: string;
  readonly token?: string;
  /** With one it is a POST. */
  readonly body?: unknown;
}

export interface Load {
  readonly url: string;
  /** Sent in turn, over all connections together. */
  readonly requests: readonly Request[];
  readonly connections: number;
  /** For so long; or "once": until each of them was answered. */
  readonly seconds: number | "once";
  /** Any other reply is an error. */
  readonly expect: readonly number[];
  /** Ends it before its time. */
  readonly until?: AbortSignal;
}

export interface Outcome {
  /** Of all replies. wrk puts in what it would have asked meanwhile: its percentiles are no better than a user's. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly perSecond: number;
  readonly durationMs: number;
  /** How many replies there were of each status. */
  readonly statuses: Readonly<Record<number, number>>;
  /** When the last reply of each status came, from the start on; only of loads that ask each thing once. */
  readonly lastMs: Readonly<Record<number, number>>;
}

interface Printed extends Omit<Outcome, "perSecond"> {
  readonly requests: number;
  readonly broken: Readonly<Record<string, number>>;
}

// "Once" ends long before.
const LONGEST_SECONDS = 600;
const ALL_ANSWERED = "\nall\n";
const REPLY_TIMEOUT_SECONDS = 10;
const WRK = /^wrk \S*?(\d[\w.]*)/;

/** Such as `wrk 4.1.0`; null where there is none. */
export function loadGenerator(): string | null {
  // It prints its version with its usage, and calls that a failure.
  const [, version] = WRK.exec(spawnSync("wrk", ["--version"], { encoding: "utf8" }).stdout ?? "") ?? [];
  if (version !== undefined) return `wrk ${version}`;
  const autocannon = peerVersion("autocannon");
  return autocannon === null ? null : `autocannon ${autocannon}`;
}

/** Throws where a reply was not expected, or was none. `folder` is for its files. */
export async function drive(folder: string, load: Load): Promise<Outcome> {
  const file = join(folder, `requests-${randomUUID()}.tsv`);
  const line = ({ path, token = "", body }: Request) =>
    [path, token, body === undefined ? "" : JSON.stringify(body)].join("\t");
  writeFileSync(file, `${load.requests.map(line).join("\n")}\n`);
  const { statuses, broken, requests, ...rest } = await run(load, file).finally(() => rmSync(file));
  // What ends when all is answered is stopped a moment later.
  const durationMs = load.seconds === "once" ? Math.max(...Object.values(rest.lastMs)) : rest.durationMs;
  const faults = Object.entries(broken).filter(([, count]) => count > 0);
  if (faults.length > 0) throw new Error(`requests without a reply: ${JSON.stringify(Object.fromEntries(faults))}`);
  const others = Object.entries(statuses).filter(([status]) => !load.expect.includes(Number(status)));
  if (others.length > 0)
    throw new Error(`replies that were not expected: ${JSON.stringify(Object.fromEntries(others))}`);
  return { ...rest, statuses, durationMs, perSecond: (requests * 1_000) / durationMs };
}

function run({ url, requests, connections, seconds, until }: Load, file: string): Promise<Printed> {
  const total = seconds === "once" ? requests.length : 0;
  const open = total > 0 ? Math.min(connections, total) : connections;
  const most = seconds === "once" ? LONGEST_SECONDS : seconds;
  const [program, args]: [string, string[]] = loadGenerator()?.startsWith("wrk")
    ? ["wrk", ["-t1", `-c${open}`, `-d${Math.ceil(most)}s`, `--timeout=${REPLY_TIMEOUT_SECONDS}s`, "-s"]]
    : [process.execPath, [peerScript("autocannon.mjs"), url, file, String(total), String(open), String(most)]];
  if (program === "wrk") args.push(join(import.meta.dirname, "wrk.lua"), url, "--", file, String(total));
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  const stop = () => child.kill("SIGINT");
  // wrk knows whole seconds only.
  const timer = setTimeout(stop, most * 1_000);
  until?.addEventListener("abort", stop);
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
    if (output.endsWith(ALL_ANSWERED)) stop();
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", () => {
      clearTimeout(timer);
      until?.removeEventListener("abort", stop);
      const line = output.split("\n").find((line) => line.startsWith("{"));
      if (line === undefined) reject(new Error(`${program} reported nothing:\n${output}`));
      else resolve(JSON.parse(line));
    });
  });
}
