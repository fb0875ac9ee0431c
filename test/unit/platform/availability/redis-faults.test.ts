// A Redis that fails, in each way, for each who asks it: readers go on, writers hear of it, and health tells the truth.

import { scheduler } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { freePort } from "../../../../scripts/lib/server.ts";
import {
  type Availability,
  type AvailabilityCache,
  availabilityCache,
} from "../../../../src/platform/availability/cache.ts";
import { type Behaviour, Upstash } from "../../../support/upstash.ts";
import { withRedis } from "../../../support/with-redis.ts";

const ID = "3k9w0c1v7m2x8q4d";
const OLD: Availability = { ticketTypeId: ID, capacity: 100, held: 0, sold: 1, version: 1 };
const NEW: Availability = { ...OLD, sold: 2, version: 2 };
// 150 ms are the promise to readers, and writers wait 2 s; the rest is a machine that is busy.
const READ_MS = 150 + 350;
const WRITE_MS = 2_000 + 500;
const REST_MS = 10_000;

withRedis("a Redis that fails", () => {
  let upstash: Upstash;
  let cache: AvailabilityCache;
  const logged: { level: string; message: string; what: string }[] = [];
  // Each test has a front of its own: what is left alone is known by its address.
  beforeEach(async () => {
    vi.stubGlobal("scheduler", scheduler);
    vi.spyOn(console, "log").mockImplementation((line) => void logged.push(JSON.parse(line)));
    upstash = await Upstash.start();
    cache = cacheAt(upstash.url);
    await cache.write([OLD]);
    await expect.poll(() => cache.read([ID])).toEqual([OLD]);
    logged.length = 0;
  });
  afterEach(async () => {
    vi.useRealTimers();
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
    await upstash.stop();
  });

  function cacheAt(url: string): AvailabilityCache {
    return availabilityCache({ UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: upstash.token });
  }

  async function timed<T>(work: Promise<T>, mostMs: number): Promise<T> {
    const startedAtMs = performance.now();
    try {
      return await work;
    } finally {
      expect(performance.now() - startedAtMs).toBeLessThan(mostMs);
    }
  }

  async function keptVersion(): Promise<unknown> {
    return JSON.parse(String(await upstash.redis("GET", `availability:${ID}`))).version;
  }

  const front = (behaviour: Behaviour) => async () => {
    upstash.behave(behaviour);
    return cache;
  };
  const FAULTS: readonly [fault: string, strike: () => Promise<AvailabilityCache>][] = [
    ["hangs", front("hangs")],
    ["resets its connections", front("resets")],
    ["says 429", front("refuses")],
    ["says 503", front("fails")],
    ["answers no JSON", front("nonsense")],
    ["answers something else", front("misshapes")],
    ["answers with less than it was asked for", front("shortens")],
    ["sends half a reply and resets", front("half")],
    ["sends half a reply and hangs", front("stalls")],
    ["answers after 3 s", front({ slowMs: 3_000 })],
    ["is dead behind its front", () => upstash.kill().then(() => cache)],
    ["refuses connections", async () => cacheAt(`http://127.0.0.1:${await freePort()}`)],
    ["has an address that is none", async () => cacheAt("redis.example")],
    ["has another token", async () => availabilityCache({ ...settings(), UPSTASH_REDIS_REST_TOKEN: "another" })],
  ];
  const settings = () => upstash.settings;

  test.each(FAULTS)("%s: a reader has no answer, and soon", async (_fault, strike) => {
    const faulty = await strike();
    expect(await timed(faulty.read([ID]), READ_MS)).toBeNull();
  });

  test.each(FAULTS)("%s: a writer hears that it is not done", async (_fault, strike) => {
    const faulty = await strike();
    await timed(expect(faulty.write([NEW])).rejects.toThrow(), WRITE_MS);
  });

  test.each(FAULTS)("%s: health says so", async (_fault, strike) => {
    await expect.poll(() => cache.answers()).toBe(true);
    expect(await timed((await strike()).answers(), READ_MS)).toBe(false);
  });

  test("slow by 20 ms is good enough for all, by 400 ms for writers alone", async () => {
    upstash.behave({ slowMs: 20 });
    expect([await cache.read([ID]), await cache.answers()]).toEqual([[OLD], true]);
    upstash.behave({ slowMs: 400 });
    expect([await cache.read([ID]), await cache.answers()]).toEqual([null, false]);
    await cache.write([NEW]);
    expect(await keptVersion()).toBe(2);
  });

  test("stale, it is read as it is: whoever reads holds it against D1's version; what is written stays written", async () => {
    upstash.behave("stale");
    await cache.write([NEW]);
    expect(await cache.read([ID])).toEqual([OLD]);
    expect(await cache.answers()).toBe(true);
    upstash.behave("well");
    expect(await cache.read([ID])).toEqual([NEW]);
  });

  test("a write whose answer was lost is repeated, and changes nothing that came between", async () => {
    upstash.behave("half");
    await expect(cache.write([OLD])).rejects.toThrow();
    upstash.behave("well");
    await cache.write([NEW]);
    await cache.write([OLD]);
    expect(await keptVersion()).toBe(2);
  });

  /** The requests that the front gets meanwhile. */
  async function requestsDuring(work: () => Promise<unknown>): Promise<number> {
    const before = upstash.requests;
    await work();
    return upstash.requests - before;
  }

  const readTimes = async (times: number) => {
    for (let time = 0; time < times; time++) await cache.read([ID]);
  };

  test("after three failures in a row it is left alone; then one reader tries, and all the others go on without", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    upstash.behave("refuses");
    await readTimes(3);
    // A Redis that is well again gets no request for ten seconds.
    upstash.behave("well");
    expect(await requestsDuring(() => readTimes(20))).toBe(0);
    vi.setSystemTime(Date.now() + REST_MS - 1);
    expect(await requestsDuring(() => readTimes(20))).toBe(0);

    vi.setSystemTime(Date.now() + 1);
    upstash.behave({ slowMs: 20 });
    const many = Array.from({ length: 20 }, () => cache.read([ID]));
    expect((await Promise.all(many)).filter((answer) => answer !== null)).toEqual([[OLD]]);
    expect(await requestsDuring(() => readTimes(20))).toBe(20);
    expect(logged.map(({ level, message, what }) => [level, message, what])).toEqual([
      ["warn", "availability cache is left alone", "reads"],
      ["info", "availability cache answers again", "reads"],
    ]);
  });

  test("failures at the same moment count like those one after the other", async () => {
    upstash.behave("refuses");
    await Promise.all(Array.from({ length: 3 }, () => cache.read([ID])));
    expect(await requestsDuring(() => cache.read([ID]))).toBe(0);
  });

  test("two failures and a success, over and over, are no reason to leave it alone", async () => {
    for (let round = 0; round < 5; round++) {
      upstash.behave("refuses");
      await readTimes(2);
      upstash.behave("well");
      expect(await cache.read([ID])).toEqual([OLD]);
    }
    expect(logged).toEqual([]);
  });

  test("one line is logged however long it lasts, and nothing of an address or a token is in it", async () => {
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

  test("writers are left out by writers' failures: too slow for readers, it is written to", async () => {
    upstash.behave({ slowMs: 200 });
    await readTimes(3);
    expect(await requestsDuring(() => cache.read([ID]))).toBe(0);
    await cache.write([NEW]);
    expect(await keptVersion()).toBe(2);
  });

  test("ten thousand objects do not write to a dead Redis: three hear that it is dead, and the others that it is left alone", async () => {
    await upstash.kill();
    for (let object = 0; object < 3; object++) await expect(cache.write([NEW])).rejects.toThrow();
    const outcomes = await requestsDuring(() =>
      Promise.allSettled(Array.from({ length: 10_000 }, () => cache.write([NEW]))),
    );
    expect(outcomes).toBe(0);
    expect(logged.map(({ message, what }) => [message, what])).toEqual([
      ["availability cache is left alone", "writes"],
    ]);
    // Health goes on asking, and its outcome is nobody else's.
    await upstash.restart();
    expect(await cache.answers()).toBe(true);
    await expect(cache.write([NEW])).rejects.toThrow("left alone");
  });
});
