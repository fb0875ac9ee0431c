// What the cache keeps: the Redis adapter against a real Redis.

import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import {
  type Availability,
  type AvailabilityCache,
  availabilityCache,
} from "../../../../src/platform/availability/cache.ts";
import { Upstash } from "../../../support/upstash.ts";
import { waitForRedis, withRedis } from "../../../support/with-redis.ts";

const ID = "3k9w0c1v7m2x8q4d";
const OTHER = "0000000000000001";
const KEY = `availability:${ID}`;

function availability(version: number, ticketTypeId = ID): Availability {
  return { ticketTypeId, capacity: 100, held: 0, sold: version % 100, version };
}

test("without Redis nothing is cached, and nothing fails", async () => {
  const cache = availabilityCache({});
  await cache.write([availability(1)]);
  expect(await cache.read([ID])).toBeNull();
  expect(await cache.answers()).toBeNull();
});

withRedis("availability in Redis", () => {
  let upstash: Upstash;
  let cache: AvailabilityCache;
  beforeAll(async () => {
    waitForRedis();
    upstash = await Upstash.start();
    cache = availabilityCache(upstash.settings);
  });
  afterAll(() => {
    vi.restoreAllMocks();
    return upstash.stop();
  });
  beforeEach(() => upstash.redis("FLUSHALL"));

  test("what was written is read, what was not is left out, and it lives 15 minutes", async () => {
    await cache.write([availability(1)]);
    expect(await cache.read([OTHER, ID])).toEqual([availability(1)]);
    const ttlSeconds = Number(await upstash.redis("TTL", KEY));
    expect(ttlSeconds).toBeGreaterThan(890);
    expect(ttlSeconds).toBeLessThanOrEqual(900);
  });

  test("a page of a hundred is one request to write, and one to read", async () => {
    const page = Array.from({ length: 100 }, (_, index) => availability(index, String(index).padStart(16, "0")));
    const before = upstash.requests;
    await cache.write(page);
    expect(upstash.requests - before).toBe(1);
    expect(await cache.read(page.map(({ ticketTypeId }) => ticketTypeId))).toEqual(page);
    expect(upstash.requests - before).toBe(2);
  });

  test("asking for nothing asks nobody", async () => {
    const before = upstash.requests;
    expect(await cache.read([])).toEqual([]);
    expect(upstash.requests).toBe(before);
  });

  test("what is written again lives 15 minutes again", async () => {
    await cache.write([availability(1)]);
    await upstash.redis("EXPIRE", KEY, "60");
    await cache.write([availability(1)]);
    expect(Number(await upstash.redis("TTL", KEY))).toBeGreaterThan(890);
  });

  test("a newer value replaces an older one, and never the other way round", async () => {
    for (const version of [2, 3, 1]) await cache.write([availability(version)]);
    expect(await cache.read([ID])).toEqual([availability(3)]);
    // 10 is more than 9, though not as text.
    for (const version of [9, 10, 9]) await cache.write([availability(version)]);
    expect(await cache.read([ID])).toEqual([availability(10)]);
    // The other of two that are written together goes its own way.
    await cache.write([availability(4), availability(4, OTHER)]);
    expect(await cache.read([ID, OTHER])).toEqual([availability(10), availability(4, OTHER)]);
  });

  test("in whatever order, in whatever company and however often writes arrive, the newest of each stays", async () => {
    const write = fc.array(fc.record({ id: fc.constantFrom(ID, OTHER), version: fc.nat(30) }), {
      ...{ minLength: 1, maxLength: 4 },
    });
    const writes = fc.array(fc.record({ write, times: fc.integer({ min: 1, max: 3 }) }), {
      minLength: 1,
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(writes, fc.boolean(), async (writes, together) => {
        await upstash.redis("FLUSHALL");
        const tries = writes.flatMap(({ write, times }) => Array.from({ length: times }, () => write));
        const one = (write: (typeof tries)[number]) =>
          cache.write(write.map(({ id, version }) => availability(version, id)));
        if (together) await Promise.all(tries.map(one));
        else for (const write of tries) await one(write);
        const newest = [ID, OTHER].flatMap((id) => {
          const versions = tries.flat().flatMap((it) => (it.id === id ? [it.version] : []));
          return versions.length === 0 ? [] : [availability(Math.max(...versions), id)];
        });
        expect(await cache.read([ID, OTHER])).toEqual(newest);
      }),
      { numRuns: 80 },
    );
  }, 60_000);

  const whole = JSON.stringify(availability(1));
  const junk = [
    '"text"',
    "{",
    "",
    "7",
    "[]",
    "null",
    '{"version":1000}',
    whole.replace('"version":1', '"version":1e400'),
    whole.replace('"version":1', '"version":1000.5'),
    whole.replace('"version":1', '"version":"1000"'),
    whole.replace('"held":0', '"held":-1').replace('"version":1', '"version":1000'),
    whole.replace('"held":0', '"held":100').replace('"version":1', '"version":1000'),
    whole.replace('"held":0,', "").replace('"version":1', '"version":1000'),
    whole.replace(ID, OTHER).replace('"version":1', '"version":1000'),
    `${"[".repeat(2_000)}${"]".repeat(2_000)}`,
  ];
  test.each(junk.map((text) => ({ text, shown: text.slice(0, 70) })))(
    "$shown in the cache is not taken for an availability, and the next write replaces it",
    async ({ text }) => {
      await upstash.redis("SET", KEY, text);
      expect(await cache.read([ID])).toEqual([]);
      await cache.write([availability(1)]);
      expect(await cache.read([ID])).toEqual([availability(1)]);
    },
  );

  test("so is another kind of value, which can't be read at all", async () => {
    await upstash.redis("LPUSH", KEY, whole);
    expect(await cache.read([ID])).toEqual([]);
    await cache.write([availability(1)]);
    expect(await cache.read([ID])).toEqual([availability(1)]);
  });
});
