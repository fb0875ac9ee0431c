// A great deal to do at once: each run does a bounded part of it, buyers get through in between,
// and it comes to an end.

import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { PaymentMessage } from "../../../../src/durable/ticket-type/protocol.ts";
import { TicketType } from "../../../../src/durable/ticket-type/ticket-type.ts";
import type { Env } from "../../../../src/worker/env.ts";
import { stopClock } from "../../../support/objects.ts";
import { newPerson, objectOf, putOnSale, until } from "../../../support/service.ts";

// So far ahead that the platform rings no alarm by itself.
const NOW_MS = Date.UTC(2030, 0, 1);
const HOLDS = 100_000;
const MOST_RELEASED_AT_ONCE = 500;
const MOST_ROWS_PER_TRIP = 500;
// What its release of holds sends, and what the alarm itself does.
const MOST_MESSAGES_PER_RUN = 1_000;
const MOST_MESSAGES_PER_SEND = 100;
// D1 takes 2 MB a row or string.
const MOST_BYTES_PER_TRIP = 500_000;

stopClock(NOW_MS);

/** The bindings as they are, but that it is noted what each trip carries. */
function noting() {
  const trips: { rows: number; bytes: number }[] = [];
  const sends: number[] = [];
  const prepare = (query: string) => {
    const statement = env.DB.prepare(query);
    return Object.assign(Object.create(statement), {
      bind(...values: unknown[]) {
        const rows = values.find((value): value is string => typeof value === "string" && value.startsWith("["));
        if (rows !== undefined) trips.push({ rows: JSON.parse(rows).length, bytes: rows.length });
        return statement.bind(...values);
      },
    });
  };
  const DB = { prepare, batch: (statements: D1PreparedStatement[]) => env.DB.batch(statements) };
  const sendBatch = async (messages: MessageSendRequest<PaymentMessage>[]) => void sends.push(messages.length);
  return { trips, sends, bindings: { ...env, DB, PAYMENTS: { sendBatch } } as unknown as Env };
}

/**
 * `count` holds that were over a second ago, with counters that say so. Of the first `paying`, a
 * payment is pending.
 */
function fill(sql: SqlStorage, ticketTypeId: string, count: number, paying = 0): void {
  const numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)";
  sql.exec(
    `${numbers} INSERT INTO reservations (id, account_id, quantity, unit_price_minor, currency, state, created_at_ms,
       expires_at_ms, version) SELECT ?2 || '-' || printf('%020d', i), 'crowd', 1, 4500, 'EUR', 'held', 0, ?3, 1 FROM n`,
    count,
    ticketTypeId,
    NOW_MS - 1_000,
  );
  sql.exec(
    `INSERT INTO payments (id, reservation_id, key, method, state, since_ms, dispatch_at_ms)
     SELECT 'p' || id, id, 'key', 'pm_card_visa', 'pending', ?2, ?2 FROM reservations ORDER BY id LIMIT ?1`,
    paying,
    NOW_MS - 1_000,
  );
  sql.exec("UPDATE ticket_type SET held = ?, capacity = ?, version = version + 1", count, count);
}

/**
 * By the counter, each hold being of one ticket: to count the rows each time would take longer than
 * the work.
 */
const held = (sql: SqlStorage) => sql.exec<{ held: number }>("SELECT held FROM ticket_type").one().held;
const counted = (sql: SqlStorage, state: string) =>
  sql.exec<{ n: number }>("SELECT COUNT(*) AS n FROM reservations WHERE state = ?", state).one().n;

test("100,000 holds that are over at once are given back in bounded runs, and buyers get through", {
  timeout: 120_000,
}, async () => {
  const { ticketId } = await putOnSale({ max_per_buyer: null });
  const { accountId } = await newPerson();
  const { trips, bindings } = noting();
  const bought = await runInDurableObject(objectOf(ticketId), async (_, state) => {
    const { sql } = state.storage;
    fill(sql, ticketId, HOLDS);
    const object = new TicketType(state, bindings);
    await state.blockConcurrencyWhile(async () => {});

    let sold = 0;
    const buy = async () => {
      const reservationId = `${ticketId}-buyer${String(sold).padStart(15, "0")}`;
      const [answer] = await object.reserve([{ reservationId, accountId, quantity: 1, idempotencyKey: null }]);
      expect(answer?.ok).toBe(true);
      sold += 1;
    };
    const left = () => held(sql) - sold;
    for (let runs = 0; left() > 0; runs++) {
      expect(runs).toBeLessThan(HOLDS / MOST_RELEASED_AT_ONCE);
      const before = left();
      const alarm = object.alarm();
      const afterAlarm = left();
      expect(before - afterAlarm).toBeLessThanOrEqual(MOST_RELEASED_AT_ONCE);
      // The alarm is still at it; it is once in a while that somebody comes.
      if (runs % 10 === 0) {
        await buy();
        expect(afterAlarm - left()).toBeLessThanOrEqual(MOST_RELEASED_AT_ONCE);
      }
      await alarm;
      if (left() > 0) expect(await state.storage.getAlarm()).toBeLessThanOrEqual(NOW_MS);
    }
    // All that is left is to copy, which the alarm goes on with.
    const isBehind = () => sql.exec("SELECT 1 FROM reservations WHERE projected_version < version LIMIT 1").toArray();
    for (let runs = 0; isBehind().length > 0; runs++) {
      await object.alarm();
      expect(runs).toBeLessThan(HOLDS / MOST_ROWS_PER_TRIP + 10);
    }
    const ticketType = await object.describe();
    expect(ticketType).toMatchObject({ capacity: HOLDS, held: sold, sold: 0 });
    expect([counted(sql, "expired"), counted(sql, "held")]).toEqual([HOLDS, sold]);
    return sold;
  });

  expect(bought).toBeGreaterThan(5);
  expect(Math.max(...trips.map(({ rows }) => rows))).toBe(MOST_ROWS_PER_TRIP);
  expect(Math.max(...trips.map(({ bytes }) => bytes))).toBeLessThan(MOST_BYTES_PER_TRIP);
  const copies = await env.DB.prepare(
    "SELECT state, COUNT(*) AS n FROM reservations WHERE ticket_type_id = ? GROUP BY state ORDER BY state",
  )
    .bind(ticketId)
    .all();
  expect(copies.results).toEqual([
    { state: "expired", n: HOLDS },
    { state: "held", n: bought },
  ]);
});

test("5,000 payments that are due at once are sent in bounded runs", async () => {
  const { ticketId } = await putOnSale();
  const { sends, bindings } = noting();
  await runInDurableObject(objectOf(ticketId), async (_, state) => {
    fill(state.storage.sql, ticketId, 5_000, 5_000);
    const object = new TicketType(state, bindings);
    await state.blockConcurrencyWhile(async () => {});
    const taken = () =>
      state.storage.sql.exec<{ count: number }>("SELECT COUNT(*) AS count FROM payments WHERE dispatches > 0").one()
        .count;
    for (let runs = 0; taken() < 5_000; runs++) {
      expect(runs).toBeLessThan(20);
      const before = taken();
      await object.alarm();
      expect(taken() - before).toBeLessThanOrEqual(MOST_MESSAGES_PER_RUN);
    }
    await until(
      async () => sends.reduce((sum, messages) => sum + messages, 0),
      (sent) => sent === 5_000,
    );
    // Their holds are over, and kept: each payment may still succeed.
    expect(await object.describe()).toMatchObject({ held: 5_000 });
  });
  expect(Math.max(...sends)).toBe(MOST_MESSAGES_PER_SEND);
});
