// The availability cache that the service is configured with.

import { settingsOf, type Variables } from "../settings.ts";
import type { AvailabilityCache } from "./port.ts";
import { redisCache } from "./redis.ts";

/** Redis if configured. Without it, pages show the numbers that the objects projected to D1. */
export function availabilityCache(variables: Variables): AvailabilityCache {
  const { redis } = settingsOf(variables);
  return redis === null ? PROJECTION_ONLY : redisCache(redis.url, redis.token);
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
