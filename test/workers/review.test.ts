// Findings of a review, each of which failed on 025f5e3. J and L still do.

import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test, vi } from "vitest";
import { reconcile } from "../../src/worker/reconciliation/reconcile.ts";
import { call, hold, newPerson, type OnSale, objectOf, pay, putOnSale, TICKET, until } from "../support/service.ts";

const run = (statement: string, ...bindings: unknown[]) =>
  env.DB.prepare(statement)
    .bind(...bindings)
    .run();
const STRAY = `INSERT INTO reservations (id, ticket_type_id, account_id, quantity, unit_price_minor, currency, state,
  created_at_ms, expires_at_ms, version, payment_state, unsettled) VALUES (?, ?, 'eve', 1, 4500, 'EUR', ?, ?, ?, 1, ?, 0)`;
const MOVEMENT = `INSERT INTO sandbox_ledger (idempotency_key, kind, reservation_id, method, amount_minor, currency,
  created_at_ms, completes_at_ms) VALUES (?, ?, ?, 'pm_card_visa', ?, 'EUR', 0, 0)`;

async function all(organizerId: string, with_: typeof env = env, from = "") {
  const parts = [];
  let cursor: string | null = from;
  for (let n = 0; cursor !== null && n < 30; n++) {
    const part: Awaited<ReturnType<typeof reconcile>> = await reconcile(with_, organizerId, cursor);
    parts.push({ ...part, cursor });
    cursor = part.next;
  }
  return parts;
}

async function paid(sale: OnSale, method = "pm_card_visa") {
  const buyer = await newPerson();
  const { body } = await hold(buyer, sale.ticketId, 2);
  await pay(buyer, body.id, method);
  const show = () => call("GET", `/reservations/${body.id}`, { token: buyer.token });
  await until(show, (answer) => answer.body.payment?.state !== "pending");
  const row = () => env.DB.prepare("SELECT * FROM reservations WHERE id = ?").bind(body.id).first();
  await until(row, (copy) => copy?.payment_state !== "pending");
  return { buyer, id: body.id, show };
}

async function fill(ticketId: string, count: number) {
  const requests = Array.from({ length: count }, (_, n) => ({
    ...{ accountId: `buyer-${n}`, quantity: 1, idempotencyKey: null },
    reservationId: `${ticketId}-${String(n).padStart(20, "0")}`,
  }));
  await objectOf(ticketId).reserve(requests);
  const copies = () =>
    env.DB.prepare("SELECT COUNT(*) AS n FROM reservations WHERE ticket_type_id = ?").bind(ticketId).first("n");
  expect(await until(copies, (n) => n === count, 30_000)).toBe(count);
}

async function twoTicketTypes() {
  const sale = await putOnSale({ capacity: 5_000, max_per_buyer: null });
  const { token } = sale.organizer;
  const more = await call("POST", `/events/${sale.eventId}/tickets`, { token, body: { ...TICKET, capacity: 5_000 } });
  const [first = "", second = ""] = [sale.ticketId, more.body.id].sort();
  return { sale, first, second };
}

test("A: a stray hold whose money the provider has is not taken away", async () => {
  const sale = await putOnSale();
  const id = `${sale.ticketId}-${"5".repeat(20)}`;
  await run(STRAY, id, sale.ticketId, "held", Date.now(), Date.now(), null);
  await run(MOVEMENT, "lost-payment-A", "charge", id, 4500);
  const parts = await all(sale.organizer.accountId);
  const left = await env.DB.prepare("SELECT account_id FROM reservations WHERE id = ?").bind(id).first();
  expect({ left, kinds: parts.flatMap((p) => p.differences.map((d) => `${d.kind} ${d.repaired}`)) }).toMatchObject({
    left: { account_id: "eve" },
  });
});

test("B: a failed payment that was charged and given back by a person gives no free tickets", async () => {
  const sale = await putOnSale();
  const { id, show } = await paid(sale, "pm_card_visa_chargeDeclined");
  await run("UPDATE sandbox_ledger SET decline_code = NULL WHERE reservation_id = ?", id);
  const key = await env.DB.prepare("SELECT idempotency_key AS k FROM sandbox_ledger WHERE reservation_id = ?")
    .bind(id)
    .first<string>("k");
  await run(MOVEMENT, key, "refund", id, 9000);
  await all(sale.organizer.accountId);
  expect((await show()).body.state).toBe("held");
});

test("C: strays are all found, also where the request's part is nearly used up", async () => {
  const { sale, first, second } = await twoTicketTypes();
  await fill(first, 499);
  for (let n = 0; n < 5; n++) {
    await run(STRAY, `${second}-${String(n).repeat(20)}`, second, "confirmed", Date.now(), Date.now(), "succeeded");
  }
  const parts = await all(sale.organizer.accountId);
  expect(parts.flatMap((p) => p.differences)).toHaveLength(5);
});

test("D: without a provider nothing is said about money", async () => {
  const sale = await putOnSale();
  await paid(sale);
  const parts = await all(sale.organizer.accountId, { ...env, PAYMENT_PROVIDER: "" } as typeof env);
  expect(parts.flatMap((p) => p.differences.map((d) => d.kind))).toEqual([]);
});

test("E: each cursor is behind the one before, as the script demands", async () => {
  const { sale, first } = await twoTicketTypes();
  await fill(first, 1_000);
  const parts = await all(sale.organizer.accountId);
  const behind = (c: string) => (c === "" || c.includes("-") ? c : `${c}-~`);
  for (const { cursor, next } of parts)
    if (next !== null) expect(behind(next) > behind(cursor), `${cursor} -> ${next}`).toBe(true);
});

test("F: what was dropped under a shorter retention is no difference under a longer one", async () => {
  const sale = await putOnSale();
  const buyer = await newPerson();
  const { body } = await hold(buyer, sale.ticketId);
  await call("DELETE", `/reservations/${body.id}`, { token: buyer.token });
  // As the object with RETENTION_DAYS = 10 does on day 15.
  const endedMs = Date.now() - 15 * 86_400_000;
  await run("UPDATE reservations SET expires_at_ms = ?, created_at_ms = ? WHERE id = ?", endedMs, endedMs, body.id);
  await runInDurableObject(
    objectOf(sale.ticketId),
    (_, { storage }) => void storage.sql.exec("DELETE FROM reservations"),
  );
  const parts = await all(sale.organizer.accountId, { ...env, RETENTION_DAYS: "30" } as typeof env);
  expect(parts.flatMap((p) => p.differences.map((d) => d.kind))).toEqual([]);
});

test("G: a key costs the same however many its account has used today", async () => {
  const keys = env.IDEMPOTENCY_KEYS.getByName("busy-account");
  await keys.once("k", "r", async () => {});
  const read = await runInDurableObject(keys, (_, { storage }) => {
    for (let n = 0; n < 20_000; n++) storage.sql.exec("INSERT INTO keys VALUES (?, 'r', ?)", `k${n}`, Date.now());
    const gone = storage.sql.exec("DELETE FROM keys WHERE used_at_ms <= ?", 1);
    gone.toArray();
    return gone.rowsRead;
  });
  expect(read).toBeLessThan(10);
});

test("H: a key whose first try failed means nothing new while its answer is kept", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  try {
    const { first, second } = await twoTicketTypes();
    const accountId = (await newPerson()).accountId;
    const keys = env.IDEMPOTENCY_KEYS.getByName(accountId);
    const startMs = Date.now();
    const asked = JSON.stringify(["reserve", first, 1]);
    // The object can't be reached, at first.
    await keys.once("key", asked, async () => {});
    vi.setSystemTime(startMs + 20 * 3_600_000);
    const reserve = async () => {
      const id = `${first}-${"7".repeat(20)}`;
      await objectOf(first).reserve([{ reservationId: id, accountId, quantity: 1, idempotencyKey: "key" }]);
    };
    expect(await keys.once("key", asked, reserve)).toBe("done");
    // Seven hours after the answer another request comes with the same key.
    vi.setSystemTime(startMs + 27 * 3_600_000);
    expect(await keys.once("key", JSON.stringify(["reserve", second, 1]), async () => {})).toBe("other_request");
  } finally {
    vi.useRealTimers();
  }
});

test("I: a sale that goes on is no difference", async () => {
  const sale = await putOnSale();
  const sell = async () => {
    await hold(await newPerson(), sale.ticketId);
    await until(
      () => objectOf(sale.ticketId).audit({ count: false, ids: [] }),
      (page) => page?.acknowledged === true,
    );
  };
  let reads = 0;
  // Somebody buys between the object's page and the read of D1.
  const db = new Proxy(env.DB, {
    get(target, name) {
      if (name !== "prepare") return Reflect.get(target, name).bind(target);
      return (text: string) => {
        const statement = target.prepare(text);
        if (!/from "ticket_types" where "ticket_types"."id" = /.test(text)) return statement;
        reads += 1;
        return {
          bind: (...values: unknown[]) => ({
            raw: async () => {
              await sell();
              return statement.bind(...values).raw();
            },
          }),
        };
      };
    },
  });
  const parts = await all(sale.organizer.accountId, { ...env, DB: db } as typeof env);
  expect(reads).toBeGreaterThan(0);
  expect(parts.flatMap((p) => p.differences.map((d) => `${d.kind} ${d.repaired}`))).toEqual([]);
});

// Not mended in this commit.
test.fails("J: copies that never arrive are a difference, not 'on their way' for ever", async () => {
  const sale = await putOnSale();
  const buyer = await newPerson();
  const { body } = await hold(buyer, sale.ticketId);
  await run("CREATE TRIGGER stuck BEFORE UPDATE ON reservations BEGIN SELECT RAISE(ABORT, 'no such column'); END");
  try {
    await call("DELETE", `/reservations/${body.id}`, { token: buyer.token });
    await scheduler.wait(8_000);
    const parts = await all(sale.organizer.accountId);
    expect(parts.flatMap((p) => p.differences.map((d) => d.kind))).not.toEqual([]);
  } finally {
    await run("DROP TRIGGER stuck");
  }
});

// Not mended in this commit.
test.fails("L: a payment begun while the version before ran is not called a day old", async () => {
  const sale = await putOnSale();
  const buyer = await newPerson();
  const { body } = await hold(buyer, sale.ticketId);
  await pay(buyer, body.id, "pm_sandbox_slow_3600s");
  // As the version before inserts it: without since_ms, whose default is 0.
  await runInDurableObject(
    objectOf(sale.ticketId),
    (_, { storage }) => void storage.sql.exec("UPDATE payments SET since_ms = 0"),
  );
  await runDurableObjectAlarm(objectOf(sale.ticketId));
  const marked = await runInDurableObject(objectOf(sale.ticketId), (_, { storage }) =>
    storage.sql.exec("SELECT needs_person FROM payments").one(),
  );
  expect(marked).toEqual({ needs_person: 0 });
});
