// The availability cache against a real Redis: what it stores, and what reads, writes and the
// health check make of a Redis that fails.

import { scheduler } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, expect, type MockInstance, test, vi } from "vitest";
import { freePort } from "../../../../scripts/lib/server.ts";
import { availabilityCache } from "../../../../src/platform/availability/cache.ts";
import type { Availability, AvailabilityCache } from "../../../../src/platform/availability/port.ts";
import { type Behaviour, Upstash } from "../../../support/upstash.ts";
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

  test("what was written is read, what was not is left out, and each write lets it live for 15 minutes", async () => {
    for (let writes = 0; writes < 2; writes++) {
      await cache.write([availability(1)]);
      expect(await cache.read([OTHER, ID])).toEqual([availability(1)]);
      const ttlSeconds = Number(await upstash.redis("TTL", KEY));
      expect(ttlSeconds).toBeGreaterThan(890);
      expect(ttlSeconds).toBeLessThanOrEqual(900);
      await upstash.redis("EXPIRE", KEY, "60");
    }
  });

  test("a page of a hundred is one request to write, and one to read; an empty one is none", async () => {
    const page = Array.from({ length: 100 }, (_, index) => availability(index, String(index).padStart(16, "0")));
    const before = upstash.requests;
    await cache.write(page);
    expect(upstash.requests - before).toBe(1);
    expect(await cache.read(page.map(({ ticketTypeId }) => ticketTypeId))).toEqual(page);
    expect(await cache.read([])).toEqual([]);
    expect(upstash.requests - before).toBe(2);
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
    const one = fc.record({ id: fc.constantFrom(ID, OTHER), version: fc.nat(30) });
    const write = fc.array(one, { minLength: 1, maxLength: 4 });
    const repeated = fc.record({ write, times: fc.integer({ min: 1, max: 3 }) });
    const writes = fc.array(repeated, { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(writes, fc.boolean(), async (writes, together) => {
        await upstash.redis("FLUSHALL");
        const tries = writes.flatMap(({ write, times }) => Array.from({ length: times }, () => write));
        const all = tries.map((write) => write.map(({ id, version }) => availability(version, id)));
        if (together) await Promise.all(all.map((page) => cache.write(page)));
        else for (const page of all) await cache.write(page);
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
  const later = whole.replace('"version":1', '"version":1000');
  const junk: readonly [text: string, put?: string][] = [
    ['"text"'],
    ["{"],
    [""],
    ["7"],
    ["[]"],
    ["null"],
    ['{"version":1000}'],
    [whole.replace('"version":1', '"version":1e400')],
    [whole.replace('"version":1', '"version":1000.5')],
    [whole.replace('"version":1', '"version":"1000"')],
    [later.replace('"held":0', '"held":-1')],
    [later.replace('"held":0', '"held":100')],
    [later.replace('"held":0,', "")],
    [later.replace(ID, OTHER)],
    [`${"[".repeat(2_000)}${"]".repeat(2_000)}`],
    // Another kind of value can't be read at all.
    [whole, "LPUSH"],
  ];
  const rows = junk.map(([text, put = "SET"]) => ({ text, put, shown: text.slice(0, 70) }));
  test.each(rows)("$shown in the cache is no availability, and the next write replaces it", async ({ text, put }) => {
    await upstash.redis(put, KEY, text);
    expect(await cache.read([ID])).toEqual([]);
    await cache.write([availability(1)]);
    expect(await cache.read([ID])).toEqual([availability(1)]);
  });
});

withRedis("a Redis that fails", () => {
  const [OLD, NEW] = [availability(1), availability(2)];
  let upstash: Upstash;
  let cache: AvailabilityCache;
  let timeouts: MockInstance<typeof AbortSignal.timeout>;
  const logged: { level: string; message: string; circuit: string }[] = [];

  // Each test has a front of its own: circuits are known by its address.
  beforeEach(async () => {
    vi.stubGlobal("scheduler", scheduler);
    vi.spyOn(console, "log").mockImplementation((line) => void logged.push(JSON.parse(line)));
    timeouts = vi.spyOn(AbortSignal, "timeout");
    passTimeoutsUpTo(0);
    upstash = await Upstash.start();
    cache = cacheAt(upstash.url);
    await cache.write([OLD]);
    expect(await cache.read([ID])).toEqual([OLD]);
    logged.length = 0;
    timeouts.mockClear();
  });
  afterEach(async () => {
    vi.useRealTimers();
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
    await upstash.stop();
  });

  /**
   * Timeouts of up to `ms` pass soon, longer ones never: how busy the machine is makes no
   * difference.
   */
  function passTimeoutsUpTo(ms: number): void {
    timeouts.mockImplementation((timeoutMs) => {
      const controller = new AbortController();
      if (timeoutMs <= ms) setTimeout(() => controller.abort(), 50);
      return controller.signal;
    });
  }

  function cacheAt(url: string, token = upstash.token): AvailabilityCache {
    return availabilityCache({ UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token });
  }

  async function storedVersion(): Promise<unknown> {
    return JSON.parse(String(await upstash.redis("GET", KEY))).version;
  }

  const front = (behaviour: Behaviour) => async () => {
    upstash.behave(behaviour);
    return cache;
  };
  test.each<[fault: string, strike: () => Promise<AvailabilityCache>]>([
    ["hangs", front("hangs")],
    ["resets its connections", front("resets")],
    ["says 429", front("refuses")],
    ["says 503", front("fails")],
    ["answers no JSON", front("nonsense")],
    ["answers something else", front("misshapes")],
    ["answers with less than the question", front("shortens")],
    ["sends half a reply and resets", front("half")],
    ["sends half a reply and hangs", front("stalls")],
    ["answers after a minute", front({ slowMs: 60_000 })],
    ["is dead behind its front", () => upstash.kill().then(() => cache)],
    ["refuses connections", async () => cacheAt(`http://127.0.0.1:${await freePort()}`)],
    ["has an address that is none", async () => cacheAt("redis.example")],
    ["has another token", async () => cacheAt(upstash.url, "another")],
  ])("%s: reads fall back, writes fail, the health check says so", async (_fault, strike) => {
    expect(await cache.answers()).toBe(true);
    timeouts.mockClear();
    const faulty = await strike();
    passTimeoutsUpTo(2_000);
    expect(await faulty.read([ID])).toBeNull();
    await expect(faulty.write([NEW])).rejects.toThrow();
    expect(await faulty.answers()).toBe(false);
    for (const [timeoutMs] of timeouts.mock.calls) expect([150, 2_000]).toContain(timeoutMs);
  });

  test("a read waits 150 ms, a write 2 s, the health check 150 ms", async () => {
    await cache.read([ID]);
    await cache.write([NEW]);
    await cache.answers();
    expect(timeouts.mock.calls).toEqual([[150], [2_000], [150]]);
  });

  test("too slow to read from, it still takes writes", async () => {
    upstash.behave({ slowMs: 400 });
    passTimeoutsUpTo(150);
    for (let time = 0; time < 3; time++) expect([await cache.read([ID]), await cache.answers()]).toEqual([null, false]);
    expect(await requestsDuring(() => cache.read([ID]))).toBe(0);
    await cache.write([NEW]);
    expect(await storedVersion()).toBe(2);
  });

  test("stale, it is read as it is, and what was written stays written", async () => {
    upstash.behave("stale");
    await cache.write([NEW]);
    expect([await cache.read([ID]), await cache.answers()]).toEqual([[OLD], true]);
    upstash.behave("well");
    expect(await cache.read([ID])).toEqual([NEW]);
  });

  test("a write whose reply was lost is repeated, and changes nothing that came between", async () => {
    upstash.behave("half");
    await expect(cache.write([OLD])).rejects.toThrow();
    upstash.behave("well");
    await cache.write([NEW]);
    await cache.write([OLD]);
    expect(await storedVersion()).toBe(2);
  });

  /** How many requests reach the front meanwhile. */
  async function requestsDuring(work: () => Promise<unknown>): Promise<number> {
    const before = upstash.requests;
    await work();
    return upstash.requests - before;
  }

  const readTimes = async (times: number) => {
    for (let time = 0; time < times; time++) await cache.read([ID]);
  };

  test("after three failures in a row the circuit opens; half-open it admits one read, whose success closes it", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    upstash.behave("refuses");
    await readTimes(3);
    // A Redis that has recovered gets no request for ten seconds.
    upstash.behave("well");
    expect(await requestsDuring(() => readTimes(20))).toBe(0);
    vi.setSystemTime(Date.now() + 9_999);
    expect(await requestsDuring(() => readTimes(20))).toBe(0);

    vi.setSystemTime(Date.now() + 1);
    upstash.behave({ slowMs: 20 });
    const many = Array.from({ length: 20 }, () => cache.read([ID]));
    expect((await Promise.all(many)).filter((found) => found !== null)).toEqual([[OLD]]);
    expect(await requestsDuring(() => readTimes(20))).toBe(20);
    expect(logged.map(({ level, message, circuit }) => [level, message, circuit])).toEqual([
      ["warn", "circuit opened", "availability-reads"],
      ["info", "circuit closed", "availability-reads"],
    ]);
  });

  test("failures at the same moment count like consecutive ones", async () => {
    upstash.behave("refuses");
    await Promise.all(Array.from({ length: 3 }, () => cache.read([ID])));
    expect(await requestsDuring(() => cache.read([ID]))).toBe(0);
  });

  test("two failures and a success, over and over, open no circuit", async () => {
    for (let round = 0; round < 5; round++) {
      upstash.behave("refuses");
      await readTimes(2);
      upstash.behave("well");
      expect(await cache.read([ID])).toEqual([OLD]);
    }
    expect(logged).toEqual([]);
  });

  test("one line is logged however long it lasts, without the address and the token", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    upstash.behave("refuses");
    for (let minute = 0; minute < 60; minute++) {
      await readTimes(5);
      vi.setSystemTime(Date.now() + 60_000);
    }
    expect(logged).toHaveLength(1);
    expect(JSON.stringify(logged)).not.toContain(upstash.token);
    expect(JSON.stringify(logged)).not.toContain(upstash.url);
  });

  test("ten thousand objects do not write to a dead Redis: three find out, the others fail with the circuit open", async () => {
    await upstash.kill();
    for (let object = 0; object < 3; object++) await expect(cache.write([NEW])).rejects.toThrow();
    const writes = () => Promise.allSettled(Array.from({ length: 10_000 }, () => cache.write([NEW])));
    expect(await requestsDuring(writes)).toBe(0);
    expect(logged.map(({ message, circuit }) => [message, circuit])).toEqual([
      ["circuit opened", "availability-writes"],
    ]);
    // The health check goes on, and changes no circuit.
    await upstash.restart();
    expect(await cache.answers()).toBe(true);
    await expect(cache.write([NEW])).rejects.toThrow("circuit open");
  });
});
