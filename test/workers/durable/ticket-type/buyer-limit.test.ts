// A limit per buyer, however long ago and in however many eras the buyer bought, and whatever the object remembers.

import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { beforeAll, expect, test } from "vitest";
import { Buyers, RESERVATIONS_PER_ERA } from "../../../../src/durable/ticket-type/buyers.ts";
import { Books } from "../../../../src/durable/ticket-type/ledger.ts";
import type { ReserveRequest } from "../../../../src/durable/ticket-type/protocol.ts";
import { Retention } from "../../../../src/durable/ticket-type/retention.ts";
import { Store } from "../../../../src/durable/ticket-type/store.ts";
import { newId, newReservationId } from "../../../../src/platform/ids.ts";
import { objectOf, putOnSale } from "../../../support/service.ts";

const ERAS = 3;
// Two eras are over, the third is not.
const BUYERS = Math.floor(2.5 * RESERVATIONS_PER_ERA);

let ticketId: string;
const accounts = Array.from({ length: BUYERS }, newId);

const erasIn = (store: Store) => Array.from(store.eras(), ({ era }) => era);
const eraOf = (buyer: number) => 1 + Math.floor(buyer / RESERVATIONS_PER_ERA);

function requestOf(accountId: string, quantity = 1): ReserveRequest {
  return { reservationId: newReservationId(ticketId), accountId, quantity, idempotencyKey: null };
}

async function reserved(requests: readonly ReserveRequest[]): Promise<string[]> {
  const results = await objectOf(ticketId).reserve(requests);
  return results.map((result) => (result.ok ? "ok" : result.refusal.type));
}

async function inStore<T>(work: (store: Store, sql: SqlStorage) => T): Promise<T> {
  return runInDurableObject(objectOf(ticketId), (_, { storage }) => work(new Store(storage.sql), storage.sql));
}

beforeAll(async () => {
  ({ ticketId } = await putOnSale({ capacity: 100_000, max_per_buyer: 2 }));
  for (let from = 0; from < BUYERS; from += 500) {
    await reserved(accounts.slice(from, from + 500).map((accountId) => requestOf(accountId)));
  }
});

/** From every era, the last ones of one and the first of the next among them. */
const SOME = accounts.filter(
  (_, buyer) => buyer % 100 === 0 || buyer % RESERVATIONS_PER_ERA < 2 || buyer === BUYERS - 1,
);

test("eras are of so many reservations, and each that is over has its filter", async () => {
  const { counts, kept } = await inStore((store, sql) => ({
    counts: sql.exec<{ n: number }>("SELECT COUNT(*) AS n FROM reservations GROUP BY era ORDER BY era").toArray(),
    kept: erasIn(store),
  }));
  expect(counts.map(({ n }) => n)).toEqual([RESERVATIONS_PER_ERA, RESERVATIONS_PER_ERA, RESERVATIONS_PER_ERA / 2]);
  expect(kept).toEqual([1, 2]);
});

test("who bought one may have one more, and not two, from memory and after it is lost", async () => {
  expect(new Set(await reserved(SOME.map((accountId) => requestOf(accountId, 2))))).toEqual(new Set(["limit_reached"]));
  await evictDurableObject(objectOf(ticketId));
  expect(new Set(await reserved(SOME.map((accountId) => requestOf(accountId, 2))))).toEqual(new Set(["limit_reached"]));
  expect(new Set(await reserved(SOME.map((accountId) => requestOf(accountId, 1))))).toEqual(new Set(["ok"]));
  expect(new Set(await reserved(SOME.map((accountId) => requestOf(accountId, 1))))).toEqual(new Set(["limit_reached"]));
});

test("in one call as well: what came before counts", async () => {
  const accountId = newId();
  const requests = [requestOf(accountId), requestOf(accountId), requestOf(accountId)];
  expect(await reserved(requests)).toEqual(["ok", "ok", "limit_reached"]);
});

test("an account that never bought is hardly ever looked up", async () => {
  const strangers = Array.from({ length: 5_000 }, newId);
  const looked = await inStore((store) => {
    const buyers = new Buyers(store);
    expect(accounts.every((accountId, buyer) => buyers.erasOf(accountId).includes(eraOf(buyer)))).toBe(true);
    return strangers.filter((accountId) => buyers.erasOf(accountId).length > 0).length;
  });
  // Expected are three, one in five thousand for each era.
  expect(looked).toBeLessThan(20);
  expect(ERAS).toBe(3);
});

test("what a version before wrote, of era 0, counts", async () => {
  const [first = ""] = accounts.slice(7);
  const before = accounts.slice(7, 60);
  await inStore((_, sql) => {
    for (const accountId of before) sql.exec("UPDATE reservations SET era = 0 WHERE account_id = ?", accountId);
  });
  await evictDurableObject(objectOf(ticketId));
  expect(new Set(await reserved(before.map((accountId) => requestOf(accountId, 2))))).toEqual(
    new Set(["limit_reached"]),
  );
  expect(await inStore((store) => new Buyers(store).erasOf(first))).toContain(0);
});

test("a storage that fails while they are read leaves nobody without a limit", async () => {
  const missing = await inStore((store) => {
    let left = 0;
    // Each of its answers fails once.
    const failing = new Proxy(store, {
      get: (target, name) => {
        const method = Reflect.get(target, name) as (...args: unknown[]) => unknown;
        return (...args: unknown[]) => {
          if (left-- === 0) throw new Error("disk");
          return method.apply(target, args);
        };
      },
    });
    return [0, 1, 2, 3].map((answers) => {
      const buyers = new Buyers(failing);
      left = answers;
      expect(() => buyers.erasOf("nobody")).toThrow("disk");
      return accounts.filter((accountId, buyer) => !buyers.erasOf(accountId).includes(eraOf(buyer))).length;
    });
  });
  expect(missing).toEqual([0, 0, 0, 0]);
});

test("what was read in a transaction that is undone is read anew", async () => {
  const [sale, other, late] = [await putOnSale({ max_per_buyer: 1 }), newId(), newId()];
  const request = (accountId: string) => ({
    ...{ reservationId: newReservationId(sale.ticketId), accountId, quantity: 1, idempotencyKey: null },
  });
  const [first, second] = [request(other), request(late)];
  await objectOf(sale.ticketId).reserve([first, second]);
  await runInDurableObject(objectOf(sale.ticketId), (_, { storage }) => {
    const store = new Store(storage.sql);
    const books = new Books(storage, store, () => {});
    books.open();
    const undone = () =>
      books.transaction(() => {
        // Both are gone here, so that the filters that are read now know of neither.
        storage.sql.exec("UPDATE reservations SET state = 'cancelled'");
        expect(books.quantityOf(other, Date.now())).toBe(0);
        throw new Error("disk");
      });
    expect(undone).toThrow("disk");
    expect(books.quantityOf(other, Date.now())).toBe(1);
    expect(books.quantityOf(late, Date.now())).toBe(1);
  });
});

test("eras of which nothing counts any more are forgotten with what has ended, and the last one stays", async () => {
  await inStore((store, sql) => {
    sql.exec("UPDATE reservations SET state = 'expired', expires_at_ms = 1, projected_version = version WHERE era = 1");
    store.ended.forget();
    new Retention(store, 1).run(Date.now());
    expect(erasIn(store)).toEqual([2]);
    const buyers = new Buyers(store);
    const known = (accountId: string, buyer: number) => buyers.erasOf(accountId).includes(eraOf(buyer));
    expect(accounts.filter((accountId, buyer) => eraOf(buyer) > 1 && !known(accountId, buyer))).toEqual([]);
    sql.exec("UPDATE reservations SET state = 'expired' WHERE era = 2");
    expect(store.dropEras(10)).toBe(0);
    expect(store.lastEra()).toBe(ERAS);
  });
});
