// What leaves the object, with targets that are slow, hang, or fail on command: how long a reply
// waits, what is tried again and when. A fault in the middle of a commit leaves nothing behind.

import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import { migrate } from "../../../../src/durable/shared/migrate.ts";
import { CallingOff } from "../../../../src/durable/ticket-type/calling-off.ts";
import { Ledger } from "../../../../src/durable/ticket-type/ledger.ts";
import { MIGRATIONS } from "../../../../src/durable/ticket-type/migrations.ts";
import { Outbox } from "../../../../src/durable/ticket-type/outbox.ts";
import type { PaymentMessage } from "../../../../src/durable/ticket-type/protocol.ts";
import { Retention } from "../../../../src/durable/ticket-type/retention.ts";
import type { Store } from "../../../../src/durable/ticket-type/store.ts";
import { timeout } from "../../../../src/platform/time.ts";
import { d1With } from "../../../support/recording.ts";
import { hold, newPerson, objectOf, pendingNamed, putOnSale, savePayment, until } from "../../../support/service.ts";

afterEach(() => {
  vi.useRealTimers();
});

/** What D1 does before each batch, and the queue and the cache instead of what they are for. */
interface Targets {
  readonly d1?: () => Promise<unknown>;
  readonly send?: (messages: readonly MessageSendRequest<PaymentMessage>[]) => Promise<unknown>;
  readonly cache?: () => Promise<void>;
}

interface Scene {
  readonly outbox: Outbox;
  readonly store: Store;
  readonly storage: DurableObjectStorage;
  /** As after a commit that changed the reservation, if `sql` does. */
  readonly commit: (sql?: string) => void;
  readonly begin: (paymentId: string, dispatchAtMs?: number | null) => void;
  readonly runAlarm: (nowMs?: number) => Promise<void>;
}

const NEWER = "UPDATE reservations SET version = version + 1";
const never = () => new Promise<never>(() => {});
const fails = async () => {
  throw new Error("away");
};

/** An outbox on the storage of an object with one reservation whose copy in D1 is behind. */
async function withDirtyObject<T>(targets: Targets, work: (scene: Scene) => Promise<T>): Promise<T> {
  const { ticketId } = await putOnSale();
  const { body } = await hold(await newPerson(), ticketId);
  return runInDurableObject(objectOf(ticketId), async (_, { storage }) => {
    storage.sql.exec("UPDATE reservations SET projected_version = 0");
    await storage.deleteAlarm();
    const ledger = new Ledger(storage, () => {});
    ledger.open();
    const { store } = ledger;
    const batch = async (statements: D1PreparedStatement[]) => {
      await targets.d1?.();
      return env.DB.batch(statements);
    };
    const write = targets.cache ?? (async () => {});
    const outbox = new Outbox({
      storage,
      ledger,
      retention: new Retention(store, 30 * 24 * 60 * 60_000),
      callingOff: new CallingOff(ledger, env.ORDERS),
      targets: {
        db: d1With({ batch: batch as D1Database["batch"] }),
        queue: { sendBatch: targets.send ?? (async () => {}) } as unknown as Queue<PaymentMessage>,
        mails: env.MAILS,
        cache: { keeps: true, write, read: async () => null, answers: async () => null },
      },
    });
    const commit = (sql?: string) => {
      if (sql !== undefined) storage.sql.exec(sql);
      outbox.committed({ messages: [], refundMessages: [] }, Date.now());
    };
    const begin = (paymentId: string, dispatchAtMs: number | null = Date.now()) =>
      savePayment(store, body.id, pendingNamed(paymentId), dispatchAtMs);
    const runAlarm = async (nowMs = Date.now()) => {
      outbox.sendDueMessages(nowMs);
      await outbox.runAlarm(nowMs);
    };
    return work({ outbox, store, storage, commit, begin, runAlarm });
  });
}

async function took(work: () => Promise<unknown>): Promise<number> {
  const startedAtMs = Date.now();
  await work();
  return Date.now() - startedAtMs;
}

test("a reply waits for D1 while D1 answers in time", async () => {
  await withDirtyObject({ d1: () => scheduler.wait(60) }, async ({ outbox, store, commit }) => {
    commit();
    await outbox.waitForProjection(5_000);
    expect(store.isDirty()).toBe(false);
  });
});

test("a reply never waits for the cache: it comes while the write, one at a time, is on its way", async () => {
  const cache = vi.fn(never);
  await withDirtyObject({ cache }, async ({ outbox, storage, commit }) => {
    for (let commits = 0; commits < 10; commits++) {
      storage.sql.exec("UPDATE ticket_type SET version = version + 1");
      commit(NEWER);
      // D1 answers in milliseconds; a wait for the cache would be the whole of it.
      expect(await took(() => outbox.waitForProjection(5_000))).toBeLessThan(2_000);
    }
    expect(cache).toHaveBeenCalledTimes(1);
  });
});

test("a cache that failed is left to the alarm, however many commits follow", async () => {
  const cache = vi.fn(fails);
  await withDirtyObject({ cache }, async ({ commit, runAlarm }) => {
    for (let commits = 0; commits < 3; commits++) {
      commit("UPDATE ticket_type SET version = version + 1");
      // Longer than the pause between two writes.
      await scheduler.wait(300);
    }
    expect(cache).toHaveBeenCalledTimes(1);
    await runAlarm(Date.now() + 60_000);
    expect(cache).toHaveBeenCalledTimes(2);
  });
});

test("a reply waits 200 ms for a D1 that hangs, and the alarm is set to try again", async () => {
  await withDirtyObject({ d1: never }, async ({ outbox, store, storage, commit }) => {
    commit();
    const waitedMs = await took(() => outbox.waitForProjection(200));
    expect(waitedMs).toBeGreaterThanOrEqual(190);
    expect(waitedMs).toBeLessThan(1_000);
    expect(store.isDirty()).toBe(true);
    expect(await storage.getAlarm()).toBeGreaterThan(Date.now());
    expect(await storage.getAlarm()).toBeLessThanOrEqual(Date.now() + 5_000);
  });
});

test("a reply does not wait at all while the last copy failed; once one succeeds, replies wait again", async () => {
  let d1Is: () => Promise<unknown> = fails;
  await withDirtyObject({ d1: () => d1Is() }, async ({ outbox, store, commit, runAlarm }) => {
    commit();
    await outbox.waitForProjection(5_000);
    d1Is = () => scheduler.wait(3_000);
    commit();
    expect(await took(() => outbox.waitForProjection(5_000))).toBeLessThan(1_000);
    expect(store.isDirty()).toBe(true);

    d1Is = async () => {};
    await runAlarm(Date.now() + 60_000);
    expect(store.isDirty()).toBe(false);
  });
});

test("many commits while D1 is slow make one write at a time, and two in all", async () => {
  let under = 0;
  const d1 = vi.fn(async () => {
    under += 1;
    expect(under).toBe(1);
    await scheduler.wait(50);
    under -= 1;
  });
  await withDirtyObject({ d1 }, async ({ outbox, store, storage, commit }) => {
    const versions = () =>
      storage.sql
        .exec<{ own: number; inD1: number }>("SELECT version AS own, projected_version AS inD1 FROM reservations")
        .one();
    const commits = Array.from({ length: 20 }, async () => {
      commit(NEWER);
      const { own } = versions();
      await outbox.waitForProjection(5_000);
      // The commit's own change is in D1; a later one may be behind.
      expect(versions().inD1).toBeGreaterThanOrEqual(own);
    });
    await Promise.all(commits);
    expect(store.isDirty()).toBe(false);
  });
  expect(d1).toHaveBeenCalledTimes(2);
});

test("what changed while its copy was under way is copied again, in its newest state", async () => {
  let changeMeanwhile = () => {};
  await withDirtyObject({ d1: async () => changeMeanwhile() }, async ({ outbox, store, storage, commit }) => {
    changeMeanwhile = () => {
      storage.sql.exec("UPDATE reservations SET state = 'cancelled', version = version + 1");
      changeMeanwhile = () => {};
    };
    // The write in flight has the older state; the next one is the change's own.
    for (let commits = 0; commits < 2; commits++) {
      commit();
      await outbox.waitForProjection(5_000);
    }
    expect(store.isDirty()).toBe(false);
    const { id } = storage.sql.exec("SELECT id FROM reservations").one();
    const copy = await env.DB.prepare("SELECT state FROM reservations WHERE id = ?").bind(id).first();
    expect(copy).toEqual({ state: "cancelled" });
  });
});

test("commits that come faster than D1 answers wait for their own copy, not for the end of the rush", async () => {
  await withDirtyObject({ d1: () => scheduler.wait(40) }, async ({ outbox, commit }) => {
    const rush: Promise<number>[] = [];
    for (let commits = 0; commits < 60; commits++) {
      commit(NEWER);
      rush.push(took(() => outbox.waitForProjection(2_000)));
      await scheduler.wait(10);
    }
    const waitedMs = await Promise.all(rush);
    // Each waits for the rest of the write in flight and for the next: twice 40 ms, and what this
    // machine adds.
    expect(waitedMs.toSorted((a, b) => a - b)[30]).toBeLessThan(400);
  });
});

test("an alarm during a rush ends, and does not wait for the end of it", async () => {
  await withDirtyObject({ d1: () => scheduler.wait(40) }, async ({ commit, runAlarm }) => {
    const rush = setInterval(() => commit(NEWER), 5);
    expect(await took(() => timeout(5_000, runAlarm()))).toBeLessThan(1_000);
    clearInterval(rush);
  });
});

test("a queue that refuses is asked again in 10 s, however often it has refused", async () => {
  await withDirtyObject({ send: fails }, async ({ store, begin, runAlarm }) => {
    begin("unsent");
    vi.useFakeTimers({ toFake: ["Date"] });
    for (let tries = 0; tries < 3; tries++) {
      vi.setSystemTime(Date.now() + 20_000);
      await runAlarm();
      expect(store.payments.nextDispatch.currentMs(Date.now())).toBe(Date.now() + 10_000);
    }
  });
});

test("a queue that refuses what was sent before moves the alarm to when it is asked again", async () => {
  await withDirtyObject({ send: fails }, async ({ store, storage, commit, begin, runAlarm }) => {
    await runAlarm();
    begin("sent often", null);
    store.invalidateCaches();
    await storage.deleteAlarm();
    commit("UPDATE payments SET dispatches = 7, dispatch_at_ms = 1");
    await until(
      async () => (await storage.getAlarm()) ?? Number.NaN,
      (atMs) => atMs < Date.now() + 60_000,
    );
    expect(await storage.getAlarm()).toBeLessThanOrEqual(Date.now() + 10_000);
  });
});

test("while more is due the alarm does not wait for copies, however slow D1 is", async () => {
  await withDirtyObject({ d1: never }, async ({ store, storage, runAlarm }) => {
    storage.sql.exec("UPDATE reservations SET expires_at_ms = 1");
    store.invalidateCaches();
    expect(await took(() => timeout(5_000, runAlarm()))).toBeLessThan(1_000);
    expect(await storage.getAlarm()).toBeLessThanOrEqual(Date.now());
  });
});

test("a queue that hangs holds up neither D1 nor the next alarm for longer than a second", async () => {
  await withDirtyObject({ send: never }, async ({ store, storage, begin, runAlarm }) => {
    begin("unsent");
    expect(await took(runAlarm)).toBeLessThan(3_000);
    expect(store.isDirty()).toBe(false);
    expect(await storage.getAlarm()).not.toBeNull();
  });
});

test("payments that begin while a message is on its way go to the queue together, in the next call", async () => {
  const sent: string[][] = [];
  const send: Targets["send"] = async (messages) => {
    sent.push(messages.map(({ body }) => body.paymentId));
    await scheduler.wait(40);
  };
  await withDirtyObject({ send }, async ({ begin, runAlarm }) => {
    const beginAndRun = (paymentId: string) => {
      begin(paymentId);
      void runAlarm();
    };
    for (const paymentId of ["a", "b", "c"]) beginAndRun(paymentId);
    // The one that comes alone waits for nobody.
    expect(sent).toEqual([["a"]]);
    await scheduler.wait(20);
    beginAndRun("d");
    await vi.waitUntil(() => sent.length > 1, 30_000);
    await scheduler.wait(100);
    expect(sent).toEqual([["a"], ["b", "c", "d"]]);
  });
});

test("a call to the queue that hangs holds up the messages after it for a second", async () => {
  const send = vi.fn(never);
  await withDirtyObject({ send }, async ({ begin, runAlarm }) => {
    for (const paymentId of ["a", "b"]) {
      begin(paymentId);
      void runAlarm();
    }
    const waitedMs = await took(() => vi.waitUntil(() => send.mock.calls.length === 2, 30_000));
    expect(waitedMs).toBeGreaterThan(900);
    expect(waitedMs).toBeLessThan(3_000);
  });
});

const PAYMENT_ROW = "SELECT dispatches AS sent, dispatch_at_ms AS at FROM payments";

test("a call to the queue that hangs does not count as one that was sent", async () => {
  await withDirtyObject({ send: never }, async ({ storage, begin, runAlarm }) => {
    begin("unsent");
    void runAlarm();
    const row = () => storage.sql.exec<{ sent: number; at: number }>(PAYMENT_ROW).one();
    expect(row().sent).toBe(1);
    await vi.waitUntil(() => row().sent === 0, 30_000);
    expect(row().at).toBeGreaterThan(Date.now() + 8_000);
  });
});

test("a sending that failed is undone only where nothing else has come of the payment", async () => {
  await withDirtyObject({}, async ({ store, storage, begin }) => {
    const nowMs = Date.now();
    const row = () => storage.sql.exec(PAYMENT_ROW).one();
    const failed = { paymentId: "unsent", dispatches: 0, plannedAtMs: nowMs + 10_000 };
    begin("unsent", nowMs);
    store.payments.recordDispatches([failed]);
    store.payments.undoDispatch(failed, nowMs + 15_000);
    expect(row()).toEqual({ sent: 0, at: nowMs + 15_000 });
    // It was sent again while the first sending was still under way, or is settled.
    store.payments.recordDispatches([failed]);
    store.payments.recordDispatches([{ ...failed, dispatches: 1, plannedAtMs: nowMs + 30_000 }]);
    store.payments.undoDispatch(failed, nowMs + 15_000);
    expect(row()).toEqual({ sent: 2, at: nowMs + 30_000 });
    const { id } = storage.sql.exec<{ id: string }>("SELECT id FROM reservations").one();
    savePayment(store, id, { ...pendingNamed("unsent"), state: "succeeded" }, null);
    store.payments.undoDispatch(failed, nowMs + 15_000);
    expect(row()).toEqual({ sent: 0, at: null });
  });
});

test("tables of a newer version of the code are left as they are, and so is their number", async () => {
  const { ticketId } = await putOnSale();
  await runInDurableObject(objectOf(ticketId), (_, { storage }) => {
    storage.sql.exec("UPDATE schema_version SET version = 1000");
    migrate(storage.sql, MIGRATIONS);
    expect(storage.sql.exec("SELECT version FROM schema_version").one()).toEqual({ version: 1000 });
  });
  await evictDurableObject(objectOf(ticketId));
  expect((await hold(await newPerson(), ticketId)).status).toBe(201);
});

test.each([
  ["reservations", "BEFORE INSERT ON reservations WHEN NEW.quantity = 3"],
  ["the stock, which comes after them", "BEFORE UPDATE ON ticket_type"],
])("a fault while a batch writes %s undoes all of it, in the tables and in memory", async (_name, when) => {
  const { ticketId } = await putOnSale({ capacity: 5 });
  const object = objectOf(ticketId);
  const request = (suffix: string, quantity: number) => ({
    reservationId: `${ticketId}-${suffix.padEnd(20, "0")}`,
    ...{ accountId: suffix, quantity, idempotencyKey: null },
  });
  await runInDurableObject(object, async (instance, { storage }) => {
    storage.sql.exec(`CREATE TRIGGER fault ${when} BEGIN SELECT RAISE(ABORT, 'fault'); END`);
    await expect(instance.reserve([request("1", 2), request("2", 3)])).rejects.toThrow(/fault/);
  });
  expect(await object.describe()).toMatchObject({ held: 0, sold: 0 });
  expect(await object.find(request("1", 2).reservationId, "1")).toMatchObject({ ok: false });

  await runInDurableObject(object, (_, { storage }) => void storage.sql.exec("DROP TRIGGER fault"));
  expect(await object.reserve([request("1", 2), request("2", 3)])).toMatchObject([{ ok: true }, { ok: true }]);
});

test("an alarm that meets a fault does not throw, comes again after 30 s, and then does its work", async () => {
  const { ticketId } = await putOnSale();
  const { body } = await hold(await newPerson(), ticketId);
  await runInDurableObject(objectOf(ticketId), async (instance, { storage }) => {
    storage.sql.exec("UPDATE reservations SET expires_at_ms = 1, projected_version = 0");
    storage.sql.exec(`CREATE TRIGGER fault BEFORE UPDATE ON reservations WHEN new.state = 'expired'
      BEGIN SELECT RAISE(ABORT, 'fault'); END`);
    await storage.deleteAlarm();
    const beforeMs = Date.now();
    await instance.alarm();
    const alarmAtMs = (await storage.getAlarm()) ?? 0;
    expect(alarmAtMs - beforeMs).toBeGreaterThanOrEqual(30_000);
    expect(alarmAtMs - beforeMs).toBeLessThan(35_000);
    // What does not need it was done all the same.
    const copied = () => storage.sql.exec<{ v: number }>("SELECT projected_version AS v FROM reservations").one().v;
    await vi.waitUntil(() => copied() > 0, 30_000);
    storage.sql.exec("DROP TRIGGER fault");
    await instance.alarm();
    expect(storage.sql.exec("SELECT id, state FROM reservations").one()).toEqual({ id: body.id, state: "expired" });
  });
});
