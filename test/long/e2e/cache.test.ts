// The built service with a real Redis: changes get there, losses are mended, buying never needs it.

import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { median } from "../../../bench/statistics.ts";
import { client, type Reply } from "../../../scripts/lib/client.ts";
import { openSale, type Sale } from "../../crash/sale.ts";
import type { Service } from "../../crash/service.ts";
import { startService, useFolder } from "../../support/built-service.ts";
import { inPairs } from "../../support/pairs.ts";
import { Prng } from "../../support/prng.ts";
import { ALARM_DEVIATIONS, signedRankDeviations } from "../../support/signed-rank.ts";
import { Upstash } from "../../support/upstash.ts";
import { withRedis } from "../../support/with-redis.ts";

const HOLD_SECONDS = 5;
const CAPACITY = 5_000;

interface Body {
  readonly id: string;
  readonly event: string;
  readonly state: string;
  readonly available: number;
  readonly held: number;
  readonly tickets: readonly Body[];
  readonly reaches: unknown;
}

withRedis("the service with Redis", () => {
  const folder = useFolder("cache");
  let upstash: Upstash;
  let service: Service;
  let sale: Sale;
  beforeAll(async () => {
    upstash = await Upstash.start();
    service = await startService(join(folder.path, "cached"), HOLD_SECONDS, { variables: upstash.settings });
    sale = await openSale(service, 1, 0, new Prng(Date.now()));
  });
  afterAll(async () => {
    await service?.kill();
    await upstash?.stop();
  });
  beforeEach(() => upstash.behave("well"));

  /** As the buyer; without a token as anybody. */
  function ask(method: string, path: string, body?: unknown, of = { service, sale }): Promise<Reply<Body>> {
    return client(of.service.url, of.sale.buyers[0]?.token)<Body>(method, path, body);
  }

  async function newTicket(of = { service, sale }): Promise<Body> {
    const [{ id = "" } = {}] = of.sale.tickets;
    const { event } = (await ask("GET", `/tickets/${id}`, undefined, of)).body;
    const ticket = { name: "Stalls", capacity: CAPACITY, max_per_buyer: null, price: { amount: 100, currency: "EUR" } };
    const made = await client(of.service.url, of.sale.organiserToken)<Body>("POST", `/events/${event}/tickets`, ticket);
    expect(made.status).toBe(201);
    return made.body;
  }

  async function reserve(ticket: string, of = { service, sale }): Promise<Body> {
    const { status, body } = await ask("POST", "/reservations", { ticket, quantity: 1 }, of);
    expect(status).toBe(201);
    return body;
  }

  const kept = async (ticket: string) => {
    const value = await upstash.redis("GET", `availability:${ticket}`);
    return value === null ? null : JSON.parse(String(value));
  };
  const availableIn = async (ticket: string) => (await ask("GET", `/tickets/${ticket}`)).body.available;

  test("creating, cancelling, expiring and confirming a reservation each reload it", async () => {
    const { id } = await newTicket();
    const is = (held: number, sold: number) =>
      expect.poll(() => kept(id)).toMatchObject({ ticketTypeId: id, capacity: CAPACITY, held, sold });
    await is(0, 0);
    const cancelled = await reserve(id);
    await is(1, 0);
    await ask("DELETE", `/reservations/${cancelled.id}`);
    await is(0, 0);
    await reserve(id);
    await is(1, 0);
    // By its own alarm: nobody asks the object meanwhile.
    await is(0, 0);
    const paid = await reserve(id);
    await is(1, 0);
    await ask("POST", `/reservations/${paid.id}/payment`, { payment_method: "pm_card_visa" });
    await is(0, 1);
    expect(Number(await upstash.redis("TTL", `availability:${id}`))).toBeGreaterThan(880);
  });

  test("many changes in a short time make one write", async () => {
    const { id } = await newTicket();
    await expect.poll(() => kept(id)).not.toBeNull();
    const before = upstash.requests;
    const startedAtMs = performance.now();
    const reservations = await Promise.all(Array.from({ length: 40 }, () => reserve(id)));
    for (const one of reservations.slice(0, 20)) await ask("DELETE", `/reservations/${one.id}`);
    const tookMs = performance.now() - startedAtMs;
    await expect.poll(() => kept(id)).toMatchObject({ held: 20 });
    // One at once, then one a quarter of a second; and one more that was due.
    expect(upstash.requests - before).toBeLessThanOrEqual(2 + Math.ceil((tookMs + 300) / 250));
  });

  test("what Redis has lost is read from the objects, and is there for the next one", async () => {
    const { id, event } = await newTicket();
    await reserve(id);
    await upstash.redis("FLUSHALL");
    // D1's copy is made wrong, so that it can be told from what the object says.
    await service.query(`UPDATE ticket_types SET held = 77, version = 0 WHERE id = '${id}'`);
    await expect.poll(() => availableIn(id)).toBeGreaterThanOrEqual(CAPACITY - 1);
    await expect.poll(() => kept(id)).toMatchObject({ ticketTypeId: id });
    await upstash.redis("FLUSHALL");
    const inPage = async () =>
      (await ask("GET", `/events/${event}`)).body.tickets.find((ticket) => ticket.id === id)?.available;
    await expect.poll(inPage).toBeGreaterThanOrEqual(CAPACITY - 1);
    await expect.poll(() => kept(id)).toMatchObject({ ticketTypeId: id });
  });

  test("killed in the pause after a write, the service makes up for it by the object's alarm", async () => {
    const { id } = await newTicket();
    await expect.poll(() => kept(id)).not.toBeNull();
    const change = (capacity: number) =>
      client(service.url, sale.organiserToken)<Body>("PATCH", `/tickets/${id}`, { capacity });
    const version = async () => (await kept(id)).version;
    for (let attempt = 1; ; attempt++) {
      await sleep(300);
      const before = await version();
      // The first to come is written at once, and the other one waits.
      await Promise.all([change(CAPACITY + 2 * attempt), change(CAPACITY + 2 * attempt + 1)]);
      await service.kill();
      const written = await version();
      await service.start();
      await expect.poll(version).toBe(before + 2);
      if (written === before + 1) break;
      // A busy machine may have taken longer to kill it.
      expect(attempt).toBeLessThan(5);
    }
  });

  test("readers see what it has where that is newer than D1's copy, and stock is never decided from it", async () => {
    const { id } = await newTicket();
    await expect.poll(() => kept(id)).not.toBeNull();
    const soldOut = { ...(await kept(id)), held: CAPACITY, version: 1_000_000 };
    await upstash.redis("SET", `availability:${id}`, JSON.stringify(soldOut));
    await expect.poll(() => availableIn(id)).toBe(0);
    await reserve(id);
  });

  test("it hangs: a reserve is answered while the write is still on its way, readers go on, health tells", async () => {
    const { id } = await newTicket();
    await expect.poll(() => kept(id)).not.toBeNull();
    // The pause after the first write is over: the next one begins at once.
    await sleep(300);
    upstash.behave("hangs");
    const before = upstash.requests;
    const startedAtMs = performance.now();
    await reserve(id);
    expect(performance.now() - startedAtMs).toBeLessThan(5_000);
    await expect.poll(() => upstash.requests).toBe(before + 1);
    expect((await ask("GET", `/tickets/${id}`)).body.available).toBeGreaterThanOrEqual(CAPACITY - 1);
    expect((await ask("GET", "/health")).body.reaches).toMatchObject({ cache: "unreachable", objects: "ok" });
    upstash.behave("well");
    expect((await ask("GET", "/health")).body.reaches).toMatchObject({ cache: "ok" });
    // The write that hung is made again by the alarm.
    await expect.poll(() => kept(id)).toMatchObject({ held: 0 });
  });

  // How much it is, in figures and under load, is in docs/performance.md.
  test("buying takes as long with a Redis that hangs as without any", async () => {
    const without = await startService(join(folder.path, "without"), HOLD_SECONDS);
    try {
      const other = { service: without, sale: await openSale(without, 1, 0, new Prng(1)) };
      const [ours, theirs] = [await newTicket(), await newTicket(other)];
      upstash.behave("hangs");
      const tenth = (medianMs: number) => medianMs / 10;
      const plan = { least: 100, most: 300, shownMs: tenth };
      const { differencesMs, medianMs } = await inPairs(
        () => reserve(ours.id),
        () => reserve(theirs.id, other),
        plan,
      );
      const slowerMs = median(differencesMs);
      const figures = `${differencesMs.length} pairs of ${medianMs} ms, slower by ${slowerMs} ms`;
      // Both are needed: a difference that is not chance, and one that a buyer could notice.
      const isSlower = signedRankDeviations(differencesMs) > ALARM_DEVIATIONS && slowerMs > tenth(medianMs);
      expect(isSlower, figures).toBe(false);
    } finally {
      await without.kill();
    }
  });
});
