// Reconciliation where it is easily wrong: evidence that must stay, parts that meet, and sales that
// go on meanwhile.

import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { reconcile } from "../../../../src/worker/reconciliation/reconcile.ts";
import { MOVEMENT, paid, STRAY, sql } from "../../../support/records.ts";
import { call, hold, newPerson, objectOf, putOnSale, TICKET, until } from "../../../support/service.ts";

async function all(organizerId: string, bindings: typeof env = env, from = "") {
  const parts = [];
  let cursor: string | null = from;
  for (let n = 0; cursor !== null && n < 30; n++) {
    const part: Awaited<ReturnType<typeof reconcile>> = await reconcile(bindings, organizerId, cursor);
    parts.push({ ...part, cursor });
    cursor = part.next;
  }
  return parts;
}

async function fill(ticketId: string, count: number) {
  const requests = Array.from({ length: count }, (_, n) => ({
    ...{ accountId: `buyer-${n}`, quantity: 1, idempotencyKey: null },
    reservationId: `${ticketId}-${String(n).padStart(20, "0")}`,
  }));
  await objectOf(ticketId).reserve(requests);
  const copies = () =>
    env.DB.prepare("SELECT COUNT(*) AS n FROM reservations WHERE ticket_type_id = ?").bind(ticketId).first("n");
  expect(await until(copies, (n) => n === count)).toBe(count);
}

async function twoTicketTypes() {
  const sale = await putOnSale({ capacity: 5_000, max_per_buyer: null });
  const { token } = sale.organizer;
  const more = await call("POST", `/events/${sale.eventId}/tickets`, { token, body: { ...TICKET, capacity: 5_000 } });
  const [first = "", second = ""] = [sale.ticketId, more.body.id].sort();
  return { sale, first, second };
}

test("a stray hold whose money the provider has is not taken away", async () => {
  const sale = await putOnSale();
  const id = `${sale.ticketId}-${"5".repeat(20)}`;
  await sql(STRAY, id, sale.ticketId, "held", Date.now(), Date.now(), null);
  await sql(MOVEMENT, "lost-payment-A", "charge", id, 4500);
  const parts = await all(sale.organizer.accountId);
  const left = await env.DB.prepare("SELECT account_id FROM reservations WHERE id = ?").bind(id).first();
  expect({ left, kinds: parts.flatMap((p) => p.differences.map((d) => `${d.kind} ${d.repaired}`)) }).toMatchObject({
    left: { account_id: "eve" },
  });
});

test("a failed payment that was charged and given back by a person gives no free tickets", async () => {
  const sale = await putOnSale();
  const { id, show } = await paid(sale, "pm_card_visa_chargeDeclined");
  await sql("UPDATE sandbox_ledger SET decline_code = NULL WHERE reservation_id = ?", id);
  const key = await env.DB.prepare("SELECT idempotency_key AS k FROM sandbox_ledger WHERE reservation_id = ?")
    .bind(id)
    .first<string>("k");
  await sql(MOVEMENT, key, "refund", id, 9000);
  await all(sale.organizer.accountId);
  expect((await show()).body.state).toBe("held");
});

test("strays are all found, also where the request's part is nearly used up", async () => {
  const { sale, first, second } = await twoTicketTypes();
  await fill(first, 499);
  for (let n = 0; n < 5; n++) {
    await sql(STRAY, `${second}-${String(n).repeat(20)}`, second, "confirmed", Date.now(), Date.now(), "succeeded");
  }
  const parts = await all(sale.organizer.accountId);
  expect(parts.flatMap((p) => p.differences)).toHaveLength(5);
});

test("without a provider nothing is said about money", async () => {
  const sale = await putOnSale();
  await paid(sale);
  const parts = await all(sale.organizer.accountId, { ...env, PAYMENT_PROVIDER: "" } as typeof env);
  expect(parts.flatMap((p) => p.differences.map((d) => d.kind))).toEqual([]);
});

test("each cursor is behind the one before, as the script demands", async () => {
  const { sale, first } = await twoTicketTypes();
  await fill(first, 1_000);
  const parts = await all(sale.organizer.accountId);
  const behind = (c: string) => (c === "" || c.includes("-") ? c : `${c}-~`);
  for (const { cursor, next } of parts)
    if (next !== null) expect(behind(next) > behind(cursor), `${cursor} -> ${next}`).toBe(true);
});

test("what was dropped under a shorter retention is no difference under a longer one", async () => {
  const sale = await putOnSale();
  const buyer = await newPerson();
  const { body } = await hold(buyer, sale.ticketId);
  await call("DELETE", `/reservations/${body.id}`, { token: buyer.token });
  // As the object with RETENTION_DAYS = 10 does on day 15.
  const endedMs = Date.now() - 15 * 86_400_000;
  await sql("UPDATE reservations SET expires_at_ms = ?, created_at_ms = ? WHERE id = ?", endedMs, endedMs, body.id);
  await runInDurableObject(
    objectOf(sale.ticketId),
    (_, { storage }) => void storage.sql.exec("DELETE FROM reservations"),
  );
  const parts = await all(sale.organizer.accountId, { ...env, RETENTION_DAYS: "30" } as typeof env);
  expect(parts.flatMap((p) => p.differences.map((d) => d.kind))).toEqual([]);
});

test("a sale that goes on is no difference", async () => {
  const sale = await putOnSale();
  const sell = async () => {
    await hold(await newPerson(), sale.ticketId);
    const version = (await objectOf(sale.ticketId).describe())?.version;
    const copied = () =>
      env.DB.prepare("SELECT version FROM ticket_types WHERE id = ?").bind(sale.ticketId).first("version");
    await until(copied, (it) => it === version);
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

test("a copy that never arrives is a difference, and is not called repaired", async () => {
  const sale = await putOnSale();
  const buyer = await newPerson();
  const { body } = await hold(buyer, sale.ticketId);
  await sql("CREATE TRIGGER stuck BEFORE UPDATE ON reservations BEGIN SELECT RAISE(ABORT, 'no such column'); END");
  try {
    await call("DELETE", `/reservations/${body.id}`, { token: buyer.token });
    const parts = await all(sale.organizer.accountId);
    const found = parts.flatMap((part) => part.differences.map(({ kind, repaired }) => `${kind} ${repaired}`));
    expect(found).toEqual(["ticket_copy false", "reservation_copy false"]);
  } finally {
    await sql("DROP TRIGGER stuck");
  }
}, 20_000);
