// What leaves the object, with targets that are slow, hang, or fail on command: how long a reply
// waits, what is tried again and when, and that a fault in the middle of a commit leaves nothing
// behind.

import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import { Ledger } from "../../../../src/durable/ticket-type/ledger.ts";
import { migrate } from "../../../../src/durable/ticket-type/migrations.ts";
import { Outbox } from "../../../../src/durable/ticket-type/outbox.ts";
import type { PaymentMessage } from "../../../../src/durable/ticket-type/protocol.ts";
import { Retention } from "../../../../src/durable/ticket-type/retention.ts";
import { Store } from "../../../../src/durable/ticket-type/store.ts";
import type { AvailabilityCache } from "../../../../src/platform/availability/port.ts";
import { timeout } from "../../../../src/platform/time.ts";
import { hold, newPerson, objectOf, pendingNamed, putOnSale, savePayment, until } from "../../../support/service.ts";

afterEach(() => {
  vi.useRealTimers();
});

/** D1 as it is, but that each batch first does `before`. */
function d1(before: () => Promise<unknown>): D1Database {
  return new Proxy(env.DB, {
    get(target, name) {
      if (name !== "batch") return Reflect.get(target, name).bind(target);
      return async (statements: D1PreparedStatement[]) => {
        await before();
        return target.batch(statements);
      };
    },
  });
}

/** An outbox on the storage of an object with one reservation whose copy in D1 is behind. */
async function withDirtyObject<T>(
  before: () => Promise<unknown>,
  work: (outbox: Outbox, store: Store, storage: DurableObjectStorage) => Promise<T>,
  queue: Queue<PaymentMessage> = env.PAYMENTS,
  write: AvailabilityCache["write"] = async () => {},
): Promise<T> {
  const { ticketId } = await putOnSale();
  await hold(await newPerson(), ticketId);
  return runInDurableObject(objectOf(ticketId), async (_, { storage }) => {
    storage.sql.exec("UPDATE reservations SET projected_version = 0");
    await storage.deleteAlarm();
    const store = new Store(storage.sql);
    const cache = { keeps: true, write, read: async () => null, answers: async () => null };
    const ledger = new Ledger(storage, store);
    ledger.open();
    const outbox = new Outbox(storage, store, ledger, new Retention(store, 30 * 24 * 60 * 60_000), {
      db: d1(before),
      queue,
      cache,
    });
    return work(outbox, store, storage);
  });
}

/** The queue as it is, but that sending does `instead`. */
function queueThat(
  instead: (messages: readonly MessageSendRequest<PaymentMessage>[]) => Promise<unknown>,
): Queue<PaymentMessage> {
  return new Proxy(env.PAYMENTS, {
    get: (target, name) => (name === "sendBatch" ? instead : Reflect.get(target, name)),
  });
}

function reservationIn(storage: DurableObjectStorage): string {
  return storage.sql.exec<{ id: string }>("SELECT id FROM reservations").one().id;
}

function projectedVersionIn(storage: DurableObjectStorage): number {
  return storage.sql.exec<{ version: number }>("SELECT projected_version AS version FROM reservations").one().version;
}

async function runAlarm(outbox: Outbox, nowMs: number): Promise<void> {
  outbox.sendDueMessages(nowMs);
  await outbox.runAlarm(nowMs);
}

async function took(work: () => Promise<unknown>): Promise<number> {
  const startedAtMs = Date.now();
  await work();
  return Date.now() - startedAtMs;
}

test("a reply waits for D1 while D1 answers in time", async () => {
  await withDirtyObject(
    () => scheduler.wait(60),
    async (outbox, store) => {
      outbox.committed(Date.now());
      await outbox.waitForProjection(5_000);
      expect(store.isDirty()).toBe(false);
    },
  );
});

test("a reply never waits for the cache: it comes while the write, one at a time, is on its way", async () => {
  let writes = 0;
  const write = () => {
    writes += 1;
    return new Promise<void>(() => {});
  };
  const commitsAndReplies = async (outbox: Outbox, _: Store, storage: DurableObjectStorage) => {
    for (let commit = 0; commit < 10; commit++) {
      storage.sql.exec("UPDATE reservations SET version = version + 1");
      storage.sql.exec("UPDATE ticket_type SET version = version + 1");
      outbox.committed(Date.now());
      // D1 answers in milliseconds; a wait for the cache would be the whole of it.
      expect(await took(() => outbox.waitForProjection(5_000))).toBeLessThan(2_000);
    }
    expect(writes).toBe(1);
  };
  await withDirtyObject(async () => {}, commitsAndReplies, env.PAYMENTS, write);
});

test("a cache that failed is left to the alarm, however many commits follow", async () => {
  let writes = 0;
  const write = async () => {
    writes += 1;
    throw new Error("no Redis");
  };
  const commits = async (outbox: Outbox, _: Store, storage: DurableObjectStorage) => {
    for (let commit = 0; commit < 3; commit++) {
      storage.sql.exec("UPDATE ticket_type SET version = version + 1");
      outbox.committed(Date.now());
      // Longer than the pause between two writes.
      await scheduler.wait(300);
    }
    expect(writes).toBe(1);
    await runAlarm(outbox, Date.now() + 60_000);
    expect(writes).toBe(2);
  };
  await withDirtyObject(async () => {}, commits, env.PAYMENTS, write);
});

test("a reply waits 200 ms for a D1 that hangs, and the alarm is set to try again", async () => {
  const never = new Promise(() => {});
  await withDirtyObject(
    () => never,
    async (outbox, store, storage) => {
      outbox.committed(Date.now());
      const waitedMs = await took(() => outbox.waitForProjection(200));
      expect(waitedMs).toBeGreaterThanOrEqual(190);
      expect(waitedMs).toBeLessThan(1_000);
      expect(store.isDirty()).toBe(true);
      expect(await storage.getAlarm()).toBeGreaterThan(Date.now());
      expect(await storage.getAlarm()).toBeLessThanOrEqual(Date.now() + 5_000);
    },
  );
});

test("a reply does not wait at all while the last copy failed; once one succeeds, replies wait again", async () => {
  const away = async () => {
    throw new Error("D1 is away");
  };
  let d1Is: () => Promise<unknown> = away;
  await withDirtyObject(
    () => d1Is(),
    async (outbox, store) => {
      outbox.committed(Date.now());
      await outbox.waitForProjection(5_000);
      d1Is = () => scheduler.wait(3_000);
      outbox.committed(Date.now());
      expect(await took(() => outbox.waitForProjection(5_000))).toBeLessThan(1_000);
      expect(store.isDirty()).toBe(true);

      d1Is = async () => {};
      await runAlarm(outbox, Date.now() + 60_000);
      expect(store.isDirty()).toBe(false);
    },
  );
});

test("many commits while D1 is slow make one write at a time, and two in all", async () => {
  let under = 0;
  let writes = 0;
  const before = async () => {
    writes += 1;
    under += 1;
    expect(under).toBe(1);
    await scheduler.wait(50);
    under -= 1;
  };
  await withDirtyObject(before, async (outbox, store, storage) => {
    const commits = Array.from({ length: 20 }, async () => {
      const { version } = storage.sql
        .exec<{ version: number }>("UPDATE reservations SET version = version + 1 RETURNING version")
        .one();
      outbox.committed(Date.now());
      await outbox.waitForProjection(5_000);
      // The commit's own change is in D1; a later one may be behind.
      expect(projectedVersionIn(storage)).toBeGreaterThanOrEqual(version);
    });
    await Promise.all(commits);
    expect(store.isDirty()).toBe(false);
  });
  expect(writes).toBe(2);
});

test("what changed while its copy was under way is copied again, in its newest state", async () => {
  let changeMeanwhile = () => {};
  await withDirtyObject(
    async () => changeMeanwhile(),
    async (outbox, store, storage) => {
      changeMeanwhile = () => {
        storage.sql.exec("UPDATE reservations SET state = 'cancelled', version = version + 1");
        changeMeanwhile = () => {};
      };
      // The write in flight has the older state; the next one is the change's own.
      for (let commits = 0; commits < 2; commits++) {
        outbox.committed(Date.now());
        await outbox.waitForProjection(5_000);
      }
      expect(store.isDirty()).toBe(false);
      const copy = await env.DB.prepare("SELECT state FROM reservations WHERE id = ?")
        .bind(reservationIn(storage))
        .first();
      expect(copy).toEqual({ state: "cancelled" });
    },
  );
});

test("commits that come faster than D1 answers wait for their own copy, not for the end of the rush", async () => {
  await withDirtyObject(
    () => scheduler.wait(40),
    async (outbox, _store, storage) => {
      const waitedMs: number[] = [];
      const commit = async () => {
        storage.sql.exec("UPDATE reservations SET version = version + 1");
        outbox.committed(Date.now());
        waitedMs.push(await took(() => outbox.waitForProjection(2_000)));
      };
      const rush: Promise<void>[] = [];
      for (let commits = 0; commits < 60; commits++) {
        rush.push(commit());
        await scheduler.wait(10);
      }
      await Promise.all(rush);
      // Each waits for the rest of the write in flight and for the next: twice 40 ms, and what this
      // machine adds.
      const median = waitedMs.sort((a, b) => a - b)[30] ?? Number.NaN;
      expect(median).toBeLessThan(400);
    },
  );
});

test("an alarm during a rush ends, and does not wait for the end of it", async () => {
  await withDirtyObject(
    () => scheduler.wait(40),
    async (outbox, _store, storage) => {
      let rushing = true;
      const rush = (async () => {
        while (rushing) {
          storage.sql.exec("UPDATE reservations SET version = version + 1");
          outbox.committed(Date.now());
          await scheduler.wait(5);
        }
      })();
      expect(await took(() => timeout(5_000, runAlarm(outbox, Date.now())))).toBeLessThan(1_000);
      rushing = false;
      await rush;
    },
  );
});

test("a queue that refuses is asked again in 10 s, however often it has refused", async () => {
  const refuses = queueThat(async () => {
    throw new Error("queue is away");
  });
  await withDirtyObject(
    async () => {},
    async (outbox, store, storage) => {
      savePayment(store, reservationIn(storage), pendingNamed("unsent"), Date.now());
      vi.useFakeTimers({ toFake: ["Date"] });
      for (let tries = 0; tries < 3; tries++) {
        vi.setSystemTime(Date.now() + 20_000);
        await runAlarm(outbox, Date.now());
        expect(store.payments.nextDispatch.currentMs(Date.now())).toBe(Date.now() + 10_000);
      }
    },
    refuses,
  );
});

test("a queue that refuses what was sent before moves the alarm to when it is asked again", async () => {
  const refuses = queueThat(async () => {
    throw new Error("queue is away");
  });
  await withDirtyObject(
    async () => {},
    async (outbox, store, storage) => {
      await runAlarm(outbox, Date.now());
      savePayment(store, reservationIn(storage), pendingNamed("sent often"), null);
      storage.sql.exec("UPDATE payments SET dispatches = 7, dispatch_at_ms = 1");
      store.invalidateCaches();
      await storage.deleteAlarm();
      outbox.committed(Date.now());
      await until(
        async () => (await storage.getAlarm()) ?? Number.NaN,
        (atMs) => atMs < Date.now() + 60_000,
      );
      expect(await storage.getAlarm()).toBeLessThanOrEqual(Date.now() + 10_000);
    },
    refuses,
  );
});

test("while more is due the alarm does not wait for copies, however slow D1 is", async () => {
  await withDirtyObject(
    () => new Promise(() => {}),
    async (outbox, store, storage) => {
      storage.sql.exec("UPDATE reservations SET expires_at_ms = 1");
      store.invalidateCaches();
      expect(await took(() => timeout(5_000, runAlarm(outbox, Date.now())))).toBeLessThan(1_000);
      expect(await storage.getAlarm()).toBeLessThanOrEqual(Date.now());
    },
  );
});

test("a queue that hangs holds up neither D1 nor the next alarm for longer than a second", async () => {
  const hangs = queueThat(() => new Promise(() => {}));
  await withDirtyObject(
    async () => {},
    async (outbox, store, storage) => {
      savePayment(store, reservationIn(storage), pendingNamed("unsent"), Date.now());
      expect(await took(() => runAlarm(outbox, Date.now()))).toBeLessThan(3_000);
      expect(store.isDirty()).toBe(false);
      expect(await storage.getAlarm()).not.toBeNull();
    },
    hangs,
  );
});

test("payments that begin while a message is on its way go to the queue together, in the next call", async () => {
  const sent: string[][] = [];
  const slow = queueThat(async (messages) => {
    sent.push(messages.map(({ body }) => body.paymentId));
    await scheduler.wait(40);
  });
  await withDirtyObject(
    async () => {},
    async (outbox, store, storage) => {
      const begin = (name: string) => {
        savePayment(store, reservationIn(storage), pendingNamed(name), Date.now());
        void runAlarm(outbox, Date.now());
      };
      for (const name of ["a", "b", "c"]) begin(name);
      // The one that comes alone waits for nobody.
      expect(sent).toEqual([["a"]]);
      await scheduler.wait(20);
      begin("d");
      await until(
        async () => sent.length,
        (calls) => calls > 1,
      );
      await scheduler.wait(100);
      expect(sent).toEqual([["a"], ["b", "c", "d"]]);
    },
    slow,
  );
});

test("a call to the queue that hangs holds up the messages after it for a second", async () => {
  let calls = 0;
  const hangs = queueThat(() => {
    calls += 1;
    return new Promise(() => {});
  });
  await withDirtyObject(
    async () => {},
    async (outbox, store, storage) => {
      for (const name of ["a", "b"]) {
        savePayment(store, reservationIn(storage), pendingNamed(name), Date.now());
        void runAlarm(outbox, Date.now());
      }
      const secondCall = until(
        async () => calls,
        (calls) => calls === 2,
      );
      const waitedMs = await took(() => secondCall);
      expect(waitedMs).toBeGreaterThan(900);
      expect(waitedMs).toBeLessThan(3_000);
    },
    hangs,
  );
});

test("a call to the queue that hangs does not count as one that was sent", async () => {
  await withDirtyObject(
    async () => {},
    async (outbox, store, storage) => {
      savePayment(store, reservationIn(storage), pendingNamed("unsent"), Date.now());
      void runAlarm(outbox, Date.now());
      const row = () =>
        storage.sql
          .exec<{ sent: number; at: number }>("SELECT dispatches AS sent, dispatch_at_ms AS at FROM payments")
          .one();
      expect(row().sent).toBe(1);
      await until(
        async () => row().sent,
        (sent) => sent === 0,
      );
      expect(row().at).toBeGreaterThan(Date.now() + 8_000);
    },
    queueThat(() => new Promise(() => {})),
  );
});

test("a sending that failed is undone only where nothing else has come of the payment", async () => {
  await withDirtyObject(
    async () => {},
    async (_outbox, store, storage) => {
      const nowMs = Date.now();
      const row = () => storage.sql.exec("SELECT dispatches, dispatch_at_ms AS at FROM payments").one();
      const failed = { paymentId: "unsent", dispatches: 0, plannedAtMs: nowMs + 10_000 };
      savePayment(store, reservationIn(storage), pendingNamed("unsent"), nowMs);
      store.payments.recordDispatches([{ paymentId: "unsent", dispatches: 0, plannedAtMs: nowMs + 10_000 }]);
      store.payments.undoDispatch(failed, nowMs + 15_000);
      expect(row()).toEqual({ dispatches: 0, at: nowMs + 15_000 });
      // It was sent again while the first sending was still under way, or is settled.
      store.payments.recordDispatches([{ paymentId: "unsent", dispatches: 0, plannedAtMs: nowMs + 10_000 }]);
      store.payments.recordDispatches([{ paymentId: "unsent", dispatches: 1, plannedAtMs: nowMs + 30_000 }]);
      store.payments.undoDispatch(failed, nowMs + 15_000);
      expect(row()).toEqual({ dispatches: 2, at: nowMs + 30_000 });
      savePayment(store, reservationIn(storage), { ...pendingNamed("unsent"), state: "succeeded" }, null);
      store.payments.undoDispatch(failed, nowMs + 15_000);
      expect(row()).toEqual({ dispatches: 0, at: null });
    },
  );
});

test("tables of a newer version of the code are left as they are, and so is their number", async () => {
  const { ticketId } = await putOnSale();
  await runInDurableObject(objectOf(ticketId), (_, { storage }) => {
    storage.sql.exec("UPDATE schema_version SET version = 1000");
    migrate(storage.sql);
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
  await runInDurableObject(object, (_, { storage }) => {
    storage.sql.exec(`CREATE TRIGGER fault ${when} BEGIN SELECT RAISE(ABORT, 'fault'); END`);
  });
  await runInDurableObject(object, async (instance) => {
    await expect(instance.reserve([request("1", 2), request("2", 3)])).rejects.toThrow(/fault/);
  });
  expect(await object.describe()).toMatchObject({ held: 0, sold: 0 });
  expect(await object.find(request("1", 2).reservationId, "1")).toMatchObject({ ok: false });

  await runInDurableObject(object, (_, { storage }) => {
    storage.sql.exec("DROP TRIGGER fault");
  });
  expect(await object.reserve([request("1", 2), request("2", 3)])).toMatchObject([{ ok: true }, { ok: true }]);
});

test("an alarm that meets a fault does not throw, comes again after 30 s, and then does its work", async () => {
  const { ticketId } = await putOnSale();
  const { body } = await hold(await newPerson(), ticketId);
  await runInDurableObject(objectOf(ticketId), async (instance, { storage }) => {
    storage.sql.exec("UPDATE reservations SET expires_at_ms = 1");
    storage.sql.exec(`CREATE TRIGGER fault BEFORE UPDATE ON reservations WHEN new.state = 'expired'
      BEGIN SELECT RAISE(ABORT, 'fault'); END`);
    storage.sql.exec("UPDATE reservations SET projected_version = 0");
    await storage.deleteAlarm();
    const beforeMs = Date.now();
    await instance.alarm();
    const alarmAtMs = (await storage.getAlarm()) ?? 0;
    expect(alarmAtMs - beforeMs).toBeGreaterThanOrEqual(30_000);
    expect(alarmAtMs - beforeMs).toBeLessThan(35_000);
    // What does not need it was done all the same.
    const copied = () => storage.sql.exec<{ v: number }>("SELECT projected_version AS v FROM reservations").one().v;
    expect(
      await until(
        async () => copied(),
        (version) => version > 0,
      ),
    ).toBeGreaterThan(0);
    storage.sql.exec("DROP TRIGGER fault");
    await instance.alarm();
    expect(storage.sql.exec("SELECT id, state FROM reservations").one()).toEqual({ id: body.id, state: "expired" });
  });
});
