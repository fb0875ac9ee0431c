// Redis or its network fails amid 2,000 reads: no error, no wrong number, no long wait.

import { afterAll, beforeAll, expect, test } from "vitest";
import type { Service } from "../../crash/service.ts";
import { startService, useFolder } from "../../support/built-service.ts";
import { Upstash } from "../../support/upstash.ts";
import { withRedis } from "../../support/with-redis.ts";

const READS = 2_000;
const READERS = 8;
const STRUCK_AFTER = 700;
const STRUCK_AT_LAST = 1_400;
// Far longer than Redis may take of a read, and far shorter than a call that hangs.
const LONGEST_MS = 5_000;
const FAULTS = ["killed with SIGKILL", "resets", "hangs"] as const;

// Each page is read once, so that no reply is cached: half are tickets, half events.
const EVENTS_PER_FAULT = READS / 2;
const CAPACITY = 100;
// Nothing is available of an event that is over.
const ENDS_AT_MS = Date.parse("9000-01-01T00:00:00Z");
// How many are sold according to D1 and to Redis: this shows which one a reply came from.
const SOLD_IN_D1 = 1;
const SOLD_IN_REDIS = 2;

const eventId = (number: number) => `event${String(number).padStart(11, "0")}`;
const ticketId = (number: number) => `t1cket${String(number).padStart(10, "0")}`;

interface Read {
  readonly tookMs: number;
  readonly status: number;
  /** Null where the answer has no such thing. */
  readonly available: number | null;
}

withRedis("readers while Redis fails", () => {
  const folder = useFolder("cache-killed");
  let upstash: Upstash;
  let service: Service;
  beforeAll(async () => {
    upstash = await Upstash.start();
    service = await startService(folder.path, 900, { variables: upstash.settings });
    await service.query(
      "INSERT INTO accounts (id, username, email, password_hash, role, created_at_ms) VALUES ('o', 'o', 'o@localhost', '!', 'organizer', 0)",
    );
    const numbers = `WITH RECURSIVE numbers (n) AS (
      SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${EVENTS_PER_FAULT * FAULTS.length - 1})`;
    await service.query(`INSERT INTO events (id, organizer_id, name, description, venue, starts_at_ms, ends_at_ms,
      timezone, status, status_version, announcing, created_at_ms) ${numbers}
      SELECT printf('event%011d', n), 'o', 'Event', '', '', 1, ${ENDS_AT_MS}, 'UTC', 'published', 1, 0, 0 FROM numbers`);
    await service.query(`INSERT INTO ticket_types (id, event_id, position, name, description, capacity, held, sold,
      on_sale, price_minor, currency, version) ${numbers}
      SELECT printf('t1cket%010d', n), printf('event%011d', n), 0, 'Stalls', '', ${CAPACITY}, 0, ${SOLD_IN_D1}, 1, 100,
      'EUR', 1 FROM numbers`);
  });
  afterAll(async () => {
    await service?.kill();
    await upstash?.stop();
  });

  async function fillRedis(first: number): Promise<void> {
    const entries = Array.from({ length: EVENTS_PER_FAULT }, (_, index) => {
      const ticketTypeId = ticketId(first + index);
      const value = { ticketTypeId, capacity: CAPACITY, held: 0, sold: SOLD_IN_REDIS, version: 2 };
      return [`availability:${ticketTypeId}`, JSON.stringify(value)];
    });
    await upstash.redis("MSET", ...entries.flat());
  }

  async function read(path: string): Promise<Read> {
    const startedAtMs = performance.now();
    try {
      const response = await fetch(service.url + path);
      const body = (await response.json()) as { available?: number; tickets?: { available: number }[] };
      const available = body.available ?? body.tickets?.[0]?.available ?? null;
      return { tookMs: performance.now() - startedAtMs, status: response.status, available };
    } catch {
      return { tookMs: performance.now() - startedAtMs, status: 0, available: null };
    }
  }

  test.each(FAULTS.map((fault, index) => ({ fault, first: index * EVENTS_PER_FAULT })))(
    "$fault: 2,000 reads have no error, no wrong number, and none waits for it",
    async ({ fault, first }) => {
      await upstash.restart();
      await fillRedis(first);
      upstash.behave("well");
      // What an earlier fault has left alone is tried again after ten seconds.
      const isInUse = () =>
        expect
          .poll(async () => (await read(`/tickets/${ticketId(first)}`)).available, { timeout: 30_000, interval: 1_100 })
          .toBe(CAPACITY - SOLD_IN_REDIS);
      await isInUse();

      const paths = Array.from({ length: EVENTS_PER_FAULT }, (_, index) => [
        `/events/${eventId(first + index)}`,
        `/tickets/${ticketId(first + index)}`,
      ]).flat();
      const reads: Read[] = [];
      let requestsBefore: number | null = null;
      let struckAt = 0;
      let next = 0;
      // On a busy machine the circuit may be open already: the fault starts while it is closed.
      const isDue = () => reads.length >= STRUCK_AFTER && reads.at(-1)?.available === CAPACITY - SOLD_IN_REDIS;
      const strike = async () => {
        requestsBefore = upstash.requests;
        struckAt = reads.length;
        if (fault === "killed with SIGKILL") await upstash.kill();
        else upstash.behave(fault);
      };
      let inUseAgain: Promise<void> | null = null;
      const reader = async () => {
        for (let path = paths[next++]; path !== undefined; path = paths[next++]) {
          // Left alone for so long: it is waited for.
          if (requestsBefore === null && reads.length >= STRUCK_AT_LAST) {
            inUseAgain ??= isInUse();
            await inUseAgain;
          }
          if (requestsBefore === null && (isDue() || inUseAgain !== null)) await strike();
          reads.push(await read(path));
        }
      };
      await Promise.all(Array.from({ length: READERS }, reader));

      const slowest = (of: readonly Read[]) => Math.ceil(Math.max(...of.map(({ tookMs }) => tookMs)));
      const [wellMs, slowestMs] = [slowest(reads.slice(0, struckAt)), slowest(reads.slice(struckAt))];
      const wrong = reads.filter(
        ({ status, available }) =>
          status !== 200 || (available !== CAPACITY - SOLD_IN_REDIS && available !== CAPACITY - SOLD_IN_D1),
      );
      console.log(
        `Redis ${fault}: ${reads.length} reads, ${wrong.length} errors, slowest ${wellMs} ms, then ${slowestMs} ms`,
      );
      expect(reads).toHaveLength(READS);
      expect(wrong).toEqual([]);
      expect(slowestMs).toBeLessThan(Math.max(LONGEST_MS, 2 * wellMs));
      // Redis was in use until then, failed three times or more, and then the circuit opened.
      const met = upstash.requests - (requestsBefore ?? upstash.requests);
      expect(met).toBeGreaterThanOrEqual(3);
      expect(met).toBeLessThan(READERS * 5);
      const leftAlone = reads.slice(struckAt + READERS * 5);
      expect(leftAlone.length).toBeGreaterThan(READERS);
      expect(leftAlone.every(({ available }) => available === CAPACITY - SOLD_IN_D1)).toBe(true);
    },
  );
});
