// Scanners at their gates: each scans a person in about a second, however fast the last reply was.

import { setTimeout as sleep } from "node:timers/promises";
import type { Request } from "./load.ts";
import { quantile } from "./statistics.ts";

export interface Walk {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const LONGEST_PAUSE_MS = 2_000;

/** Sends each request once, from so many scanners. Throws where a reply is not `expect`. */
export async function scanAtGates(
  url: string,
  requests: readonly Request[],
  scanners: number,
  expect: number,
): Promise<Walk> {
  const todo = [...requests];
  const tookMs: number[] = [];
  const startMs = performance.now();
  const scan = async () => {
    for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
      // Without the randomness all gates would scan in step.
      await sleep(Math.random() * LONGEST_PAUSE_MS);
      tookMs.push(await answered(url, next, expect));
    }
  };
  await Promise.all(Array.from({ length: scanners }, scan));
  const perSecond = (requests.length * 1_000) / (performance.now() - startMs);
  return { perSecond, p50Ms: quantile(tookMs, 0.5), p99Ms: quantile(tookMs, 0.99) };
}

async function answered(url: string, { path, token, body }: Request, expect: number): Promise<number> {
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
  const startMs = performance.now();
  const response = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
  await response.arrayBuffer();
  if (response.status !== expect) throw new Error(`${path} was answered ${response.status}`);
  return performance.now() - startMs;
}
