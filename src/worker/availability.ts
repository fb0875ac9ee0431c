// The availability cache: a port with two adapters. What it holds informs readers; stock is never decided from it.

import { Redis } from "@upstash/redis/cloudflare";
import type { Env } from "./env.ts";
import { errorFields, log } from "./log.ts";

type CacheSettings = Pick<Env, "UPSTASH_REDIS_REST_URL" | "UPSTASH_REDIS_REST_TOKEN">;

export interface Availability {
  readonly ticketTypeId: string;
  readonly capacity: number;
  readonly held: number;
  readonly sold: number;
  /** The object's version of these numbers: the higher one is the newer one. */
  readonly version: number;
}

export interface AvailabilityCache {
  /** Keeps `availability` unless a newer one is there. */
  write(availability: Availability): Promise<void>;
  /** What is known, in no order; ids that are not known are left out. Never rejects. */
  read(ticketTypeIds: readonly string[]): Promise<Availability[]>;
  /** Whether it answers; null where there is none. */
  answers(): Promise<boolean | null>;
}

const TTL_SECONDS = 15 * 60;
// Readers go on with D1 after this long; an answer from Redis at the edge takes a few milliseconds.
const READ_TIMEOUT_MS = 150;
const WRITE_TIMEOUT_MS = 2_000;

// Whatever stands there that is no availability is replaced.
const SET_IF_NEWER = `
local known, old = pcall(cjson.decode, redis.call('GET', KEYS[1]) or '')
if known and type(old) == 'table' and (tonumber(old.version) or 0) > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1`;

/** Redis where its address and token are set. Elsewhere readers have the numbers that the objects projected to D1. */
export function availabilityCache(env: CacheSettings): AvailabilityCache {
  const { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token } = env;
  return url && token ? redisCache(url, token) : PROJECTION_ONLY;
}

const PROJECTION_ONLY: AvailabilityCache = {
  async write() {},
  async read() {
    return [];
  },
  async answers() {
    return null;
  },
};

function redisCache(url: string, token: string): AvailabilityCache {
  const connect = (timeoutMs: number) =>
    new Redis({ url, token, retry: false, enableTelemetry: false, signal: () => AbortSignal.timeout(timeoutMs) });
  const key = (ticketTypeId: string) => `availability:${ticketTypeId}`;
  return {
    async write(availability) {
      await connect(WRITE_TIMEOUT_MS).eval(
        SET_IF_NEWER,
        [key(availability.ticketTypeId)],
        [availability.version, JSON.stringify(availability), TTL_SECONDS],
      );
    },
    async read(ticketTypeIds) {
      if (ticketTypeIds.length === 0) return [];
      try {
        const found = await connect(READ_TIMEOUT_MS).mget<unknown[]>(ticketTypeIds.map(key));
        return found.filter(isAvailability);
      } catch (fault) {
        log("warn", "availability cache unreachable", errorFields(fault));
        return [];
      }
    },
    async answers() {
      return connect(READ_TIMEOUT_MS)
        .ping()
        .then(
          () => true,
          () => false,
        );
    },
  };
}

function isAvailability(value: unknown): value is Availability {
  if (typeof value !== "object" || value === null) return false;
  const { ticketTypeId, ...numbers } = value as Record<string, unknown>;
  return (
    typeof ticketTypeId === "string" &&
    ["capacity", "held", "sold", "version"].every((name) => Number.isSafeInteger(numbers[name]))
  );
}
