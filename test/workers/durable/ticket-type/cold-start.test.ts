// How much an object reads before its first call, however many reservations it has.

import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { TicketType } from "../../../../src/durable/ticket-type/ticket-type.ts";
import { newId, newReservationId } from "../../../../src/platform/ids.ts";
import { objectOf, putOnSale } from "../../../support/service.ts";

/** Reservations of every state, with payments and keys; D1 has all of them. */
const FILL = [
  `WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?1)
   INSERT INTO reservations (id, account_id, quantity, unit_price_minor, currency, state, created_at_ms, expires_at_ms,
     version, projected_version)
   SELECT printf('%020d', n), 'buyer ' || n, 1, 4500, 'EUR',
     CASE n % 4 WHEN 0 THEN 'held' WHEN 1 THEN 'expired' ELSE 'confirmed' END, ?2, ?2 + 3600000, 2, 2 FROM numbers`,
  `INSERT INTO payments (id, reservation_id, key, method, state, since_ms)
   SELECT 'payment ' || id, id, 'key', 'pm', 'succeeded', created_at_ms FROM reservations WHERE state = 'confirmed'`,
  "INSERT INTO idempotency_keys SELECT account_id, 'key', 'reserve 1', id, created_at_ms FROM reservations",
  "UPDATE ticket_type SET (held, sold) = (SELECT COUNT(*) FILTER (WHERE state = 'held'), COUNT(*) FILTER (WHERE state = 'confirmed') FROM reservations)",
] as const;

/** Rows that an object with so many reservations reads from its start to its first hold's end. */
async function rowsRead(reservations: number): Promise<number> {
  const { ticketId } = await putOnSale({ capacity: 10_000_000 });
  return runInDurableObject(objectOf(ticketId), async (_, state) => {
    const { sql } = state.storage;
    const [fill, ...more] = FILL;
    sql.exec(fill, reservations, Date.now());
    for (const statement of more) sql.exec(statement);
    const cursors: { readonly rowsRead: number }[] = [];
    const { exec } = sql;
    const counted = (query: string, ...bindings: SqlStorageValue[]) => {
      const cursor = exec.call(sql, query, ...bindings);
      cursors.push(cursor);
      return cursor;
    };
    Object.defineProperty(sql, "exec", { value: counted, configurable: true });
    const object = new TicketType(state, env);
    await state.blockConcurrencyWhile(async () => {});
    const request = { reservationId: newReservationId(ticketId), accountId: newId(), quantity: 1 };
    const [result] = await object.reserve([{ ...request, idempotencyKey: newId() }]);
    expect(result?.ok).toBe(true);
    await object.alarm();
    return cursors.reduce((sum, cursor) => sum + cursor.rowsRead, 0);
  });
}

test("a cold start with a first hold and a first alarm reads as little with 20,000 reservations as with 20", async () => {
  const few = await rowsRead(20);
  expect(few).toBeLessThan(100);
  expect(await rowsRead(20_000)).toBeLessThanOrEqual(few + 10);
});
