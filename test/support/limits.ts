// The rate limits as wrangler.toml has them, counted here: the platform's own counters start anew
// with each minute.

import type { LimitName } from "../../src/worker/env.ts";
import config from "../../wrangler.toml?raw";

export const CONFIGURED = [
  ...config.matchAll(
    /name = "(LIMIT_\w+)"[^\n]*\nnamespace_id = "(\d+)"\nsimple = \{ limit = (\d+), period = (\d+) \}/g,
  ),
].map(([, name, namespace, limit, period]) => ({ name, namespace, limit: Number(limit), period: Number(period) }));

/** By limit and key. */
const counts = new Map<string, number>();

/** For the settings of a call. */
export const LIMITS = Object.fromEntries(
  CONFIGURED.map(({ name, limit: most }) => [
    name,
    { limit: async ({ key }) => ({ success: add(name, key) <= most }) },
  ]),
) as Record<LimitName, RateLimit>;

export function limitOf(name: LimitName): number {
  return CONFIGURED.find((configured) => configured.name === name)?.limit ?? 0;
}

export function forgetCounts(): void {
  counts.clear();
}

export function countedKeys(): string[] {
  return [...counts.keys()];
}

export function setCount(name: string, key: string, count: number): void {
  counts.set(`${name} ${key}`, count);
}

function add(name: string | undefined, key: string): number {
  const count = (counts.get(`${name} ${key}`) ?? 0) + 1;
  counts.set(`${name} ${key}`, count);
  return count;
}
