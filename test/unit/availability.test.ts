// The Redis adapter of the availability cache, against a real Redis. Without `redis-server` on the machine it says so.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Availability, type AvailabilityCache, availabilityCache } from "../../src/worker/availability.ts";
import { hasRedis, startUpstash, type Upstash } from "../support/upstash.ts";

const ID = "3k9w0c1v7m2x8q4d";
const OTHER = "0000000000000001";
const KEY = `availability:${ID}`;

function availability(version: number, sold = version): Availability {
  return { ticketTypeId: ID, capacity: 100, held: 0, sold, version };
}

test("without Redis nothing is cached, and nothing fails", async () => {
  const cache = availabilityCache({});
  await cache.write(availability(1));
  expect(await cache.read([ID])).toEqual([]);
  expect(await cache.answers()).toBeNull();
});

const withRedis = hasRedis();
if (!withRedis) console.warn("redis-server is not installed: the tests of the Redis cache are skipped.");

describe.skipIf(!withRedis)("with Redis", () => {
  let upstash: Upstash;
  let cache: AvailabilityCache;
  beforeAll(async () => {
    upstash = await startUpstash();
    cache = availabilityCache({ UPSTASH_REDIS_REST_URL: upstash.url, UPSTASH_REDIS_REST_TOKEN: upstash.token });
  });
  afterAll(() => upstash.stop());
  beforeEach(async () => {
    upstash.behave("well");
    await upstash.redis(["FLUSHALL"]);
  });

  test("what was written is read, what was not is left out, and it lives 15 minutes", async () => {
    await cache.write(availability(1));
    expect(await cache.read([OTHER, ID])).toEqual([availability(1)]);
    const ttlSeconds = Number(await upstash.redis(["TTL", KEY]));
    expect(ttlSeconds).toBeGreaterThan(890);
    expect(ttlSeconds).toBeLessThanOrEqual(900);
  });

  test("a newer value replaces an older one, and never the other way round", async () => {
    await cache.write(availability(2));
    await cache.write(availability(3));
    await cache.write(availability(1));
    expect(await cache.read([ID])).toEqual([availability(3)]);
    // 10 is more than 9, though not as text.
    await cache.write(availability(9));
    await cache.write(availability(10));
    await cache.write(availability(9));
    expect((await cache.read([ID]))[0]?.version).toBe(10);
  });

  test("asking for nothing asks nobody", async () => {
    upstash.behave("hangs");
    expect(await cache.read([])).toEqual([]);
  });

  test.each(["hangs", "refuses", "nonsense"] as const)(
    "a Redis that %s costs readers at most a moment, and is told from one that works",
    async (behaviour) => {
      await cache.write(availability(1));
      expect(await cache.answers()).toBe(true);
      upstash.behave(behaviour);
      const startedAt = performance.now();
      expect(await cache.read([ID])).toEqual([]);
      // 150 ms is the promise; the rest is this machine being busy.
      expect(performance.now() - startedAt).toBeLessThan(1_000);
      expect(await cache.answers()).toBe(false);
      await expect(cache.write(availability(2))).rejects.toThrow();
    },
  );

  test.each(['"text"', "{", '{"version":"x"}', "7", "[]"])(
    "%s in the cache is not taken for an availability, and the next write replaces it",
    async (junk) => {
      await upstash.redis(["SET", KEY, junk]);
      expect(await cache.read([ID])).toEqual([]);
      await cache.write(availability(1));
      expect(await cache.read([ID])).toEqual([availability(1)]);
    },
  );
});
