// The availability cache: a port with two adapters. What it holds informs readers; stock is never decided from it.

import type { Variables } from "../settings.ts";
import { redisCache } from "./redis.ts";

type CacheSettings = Pick<Variables, "UPSTASH_REDIS_REST_URL" | "UPSTASH_REDIS_REST_TOKEN">;

export interface Availability {
  readonly ticketTypeId: string;
  readonly capacity: number;
  readonly held: number;
  readonly sold: number;
  /** The object's version of these numbers: the higher one is the newer one. */
  readonly version: number;
}

/** Of what its object knows, the part that is cached. */
export function availabilityOf({ ticketTypeId, capacity, held, sold, version }: Availability): Availability {
  return { ticketTypeId, capacity, held, sold, version };
}

export interface AvailabilityCache {
  /** False where there is none: what is written goes nowhere. */
  readonly keeps: boolean;
  /** Keeps each of them unless a newer one is there. Rejects where that is not known to be done. */
  write(availabilities: readonly Availability[]): Promise<void>;
  /** What it has, in no order: the rest it does not know. Null where it did not answer, or there is none. Never rejects. */
  read(ticketTypeIds: readonly string[]): Promise<Availability[] | null>;
  /** Whether it answers at this moment; null where there is none. */
  answers(): Promise<boolean | null>;
}

/** Redis where its address and token are set. Elsewhere readers have the numbers that the objects projected to D1. */
export function availabilityCache(env: CacheSettings): AvailabilityCache {
  const { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token } = env;
  return url && token ? redisCache(url, token) : PROJECTION_ONLY;
}

const PROJECTION_ONLY: AvailabilityCache = {
  keeps: false,
  async write() {},
  async read() {
    return null;
  },
  async answers() {
    return null;
  },
};
