// What a page shows of each ticket type: the newest of D1's row, Redis and, failing that, objects.

import { scheduler } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { TicketTypeState } from "../../../../src/durable/ticket-type/protocol.ts";
import { availabilityCache } from "../../../../src/platform/availability/cache.ts";
import type { Availability } from "../../../../src/platform/availability/port.ts";
import { newestAvailability } from "../../../../src/worker/catalogue/newest-availability.ts";
import type { Env } from "../../../../src/worker/env.ts";
import { Upstash } from "../../../support/upstash.ts";
import { waitForRedis, withRedis } from "../../../support/with-redis.ts";

const IDS = Array.from({ length: 100 }, (_, index) => `page${String(index).padStart(12, "0")}`);
const [FIRST = ""] = IDS;
const ONE_PAGE = IDS.slice(0, 1);

/** What D1 has is version 2, of which nothing is sold. */
const row = (id: string, version = 2) => ({ id, capacity: 100, held: 0, sold: 0, version });
const known = (ticketTypeId: string, version: number): Availability => ({
  ...{ ticketTypeId, capacity: 100, held: 0, sold: version, version },
});

// Objects that answer with version 7, and what they were asked.
let asked: string[];
let askedAtOnce: number;
let mostAtOnce: number;
let object: (id: string) => Promise<TicketTypeState | null>;

const objects = {
  getByName: (id: string) => ({
    async describe() {
      asked.push(id);
      askedAtOnce += 1;
      mostAtOnce = Math.max(mostAtOnce, askedAtOnce);
      try {
        return await object(id);
      } finally {
        askedAtOnce -= 1;
      }
    },
  }),
};

// Before any timer can pass: how busy the machine is makes no difference.
const answersAtOnce = async (id: string) => known(id, 7) as TicketTypeState;

beforeEach(() => {
  vi.stubGlobal("scheduler", scheduler);
  vi.spyOn(console, "log").mockImplementation(() => {});
  waitForRedis();
  [asked, askedAtOnce, mostAtOnce] = [[], 0, 0];
  object = answersAtOnce;
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

function envWith(settings: Partial<Env>): Env {
  return { ...settings, TICKET_TYPES: objects } as unknown as Env;
}

test("without Redis D1's rows are the answer, and no object is called", async () => {
  const rows = IDS.map((id) => row(id));
  const numbers = IDS.map(() => ({ capacity: 100, held: 0, sold: 0 }));
  expect(await newestAvailability(envWith({}), rows)).toEqual(numbers);
  expect(asked).toEqual([]);
});

withRedis("the newest availability, with Redis", () => {
  let upstash: Upstash;
  let env: Env;
  beforeEach(async () => {
    upstash = await Upstash.start();
    env = envWith(upstash.settings);
  });
  afterEach(() => upstash.stop());

  const cache = () => availabilityCache(env);
  const show = async (ids: readonly string[]) =>
    (
      await newestAvailability(
        env,
        ids.map((id) => row(id)),
      )
    ).map(soldOf);
  const soldOf = ({ sold }: { sold: number }) => sold;

  test.each<[name: string, cached: number, sold: number]>([
    ["what Redis has where it is newer", 3, 3],
    ["D1's row where that is newer", 1, 0],
    ["D1's row where they are equal", 2, 0],
  ])("%s, and no object is asked", async (_name, cached, sold) => {
    await cache().write([known(FIRST, cached)]);
    expect(await show(ONE_PAGE)).toEqual([sold]);
    expect(asked).toEqual([]);
  });

  test("where Redis has nothing, the object says it, once, and from then on Redis", async () => {
    expect(await show(ONE_PAGE)).toEqual([7]);
    await expect.poll(() => cache().read(ONE_PAGE)).toEqual([known(FIRST, 7)]);
    expect(await show(ONE_PAGE)).toEqual([7]);
    expect(asked).toEqual(ONE_PAGE);
  });

  test("six objects of a page are called at a time, each once, and all that they say is one write", async () => {
    expect(await show(IDS)).toEqual(IDS.map(() => 7));
    expect([[...asked].sort(), mostAtOnce]).toEqual([IDS, 6]);
    await expect.poll(async () => (await cache().read(IDS))?.length).toBe(IDS.length);
    await expect.poll(() => upstash.redis("INFO", "commandstats")).toMatch(/cmdstat_eval:calls=1,/);
  });

  test("a slow object is not waited for, and what it says is there for the next reader", async () => {
    const released = Promise.withResolvers<void>();
    object = (id) => (id === FIRST ? released.promise.then(() => answersAtOnce(id)) : answersAtOnce(id));
    expect(await show(IDS.slice(0, 3))).toEqual([0, 7, 7]);
    released.resolve();
    await expect.poll(() => cache().read(ONE_PAGE), { timeout: 15_000 }).toEqual([known(FIRST, 7)]);
    expect(asked.filter((id) => id === FIRST)).toHaveLength(1);
  });

  test("one that never answers keeps the others from nothing, and is asked again later", async () => {
    object = (id) => (id === FIRST ? new Promise(() => {}) : answersAtOnce(id));
    expect(await show(IDS.slice(0, 3))).toEqual([0, 7, 7]);
    const found = () => cache().read(IDS.slice(0, 3));
    await expect.poll(found, { timeout: 15_000 }).toEqual([known(IDS[1] ?? "", 7), known(IDS[2] ?? "", 7)]);
    object = answersAtOnce;
    await expect.poll(() => show(ONE_PAGE), { timeout: 15_000 }).toEqual([7]);
  });

  test.each<[name: string, fails: () => Promise<null>]>([
    ["knows no such ticket type", async () => null],
    ["can't be reached", () => Promise.reject(Object.assign(new Error("overloaded"), { overloaded: true }))],
    ["is broken", () => Promise.reject(new Error("broken"))],
  ])("an object that %s: D1's row is shown, and nothing is stored", async (_name, fails) => {
    object = fails;
    expect(await show(ONE_PAGE)).toEqual([0]);
    expect(await upstash.redis("DBSIZE")).toBe(0);
  });

  test("however many objects of a page fail, what the others say is shown", async () => {
    const failing = new Set(IDS.slice(0, 12));
    object = (id) => (failing.has(id) ? Promise.reject(new Error("broken")) : answersAtOnce(id));
    expect(await show(IDS.slice(0, 18))).toEqual(IDS.slice(0, 18).map((id) => (failing.has(id) ? 0 : 7)));
  });

  test("what an object says is older than D1's row: D1's row is shown", async () => {
    object = async (id) => known(id, 1) as TicketTypeState;
    expect(await show(ONE_PAGE)).toEqual([0]);
  });

  test("a value in Redis that is no availability is a miss", async () => {
    await upstash.redis("SET", `availability:${FIRST}`, '{"version":1000}');
    expect(await show(ONE_PAGE)).toEqual([7]);
    await expect.poll(() => cache().read(ONE_PAGE)).toEqual([known(FIRST, 7)]);
  });

  test("Redis fails: D1's rows are shown, and no object is asked for it", async () => {
    vi.mocked(AbortSignal.timeout).mockRestore();
    for (const fault of ["hangs", "resets", "refuses", "fails", "nonsense", "misshapes", "half"] as const) {
      upstash.behave(fault);
      expect(await show(IDS), fault).toEqual(IDS.map(() => 0));
    }
    expect(asked).toEqual([]);
  });

  test("Redis that can be read and not be written to: what the objects say is shown", async () => {
    await upstash.redis("CONFIG", "SET", "maxmemory", "1");
    expect(await show(ONE_PAGE)).toEqual([7]);
    expect(await upstash.redis("DBSIZE")).toBe(0);
  });
});
