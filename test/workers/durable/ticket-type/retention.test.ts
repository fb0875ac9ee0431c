// What objects forget and what they keep; D1 keeps it all, and owners see no difference.

import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import { accessToken } from "../../../../src/worker/auth/tokens.ts";
import { alarmOf, copyInD1, putPayment, sqlIn, stopClock } from "../../../support/objects.ts";
import { call, deadlineOf, hold, newPerson, objectOf, type Person, putOnSale, seen } from "../../../support/service.ts";

const DAY_MS = 86_400_000;
const DAYS = Number(env.RETENTION_DAYS);

stopClock();

async function ended(how: "cancelled" | "expired") {
  const sale = await putOnSale();
  const buyer = await newPerson();
  const { body } = await hold(buyer, sale.ticketId);
  const deadlineMs = deadlineOf(body);
  if (how === "cancelled") await call("DELETE", `/reservations/${body.id}`, { token: buyer.token });
  vi.setSystemTime(deadlineMs);
  await objectOf(sale.ticketId).wake();
  return { ...sale, buyer, id: body.id, deadlineMs };
}

async function signedInAgain({ accountId, ...person }: Person): Promise<Person> {
  return { ...person, accountId, token: await accessToken(env, accountId) };
}

async function wakeAt(ticketId: string, atMs: number): Promise<void> {
  vi.setSystemTime(atMs);
  await objectOf(ticketId).wake();
}

async function rowsOf(ticketId: string, table = "reservations"): Promise<unknown> {
  return (await sqlIn(ticketId, `SELECT COUNT(*) AS n FROM ${table}`))[0]?.n;
}

describe.each(["cancelled", "expired"] as const)("a reservation that was %s", (how) => {
  test("is kept for as long as is configured, and then let go; its alarm comes for it", async () => {
    const { ticketId, deadlineMs, id } = await ended(how);
    const letGoAtMs = deadlineMs + DAYS * DAY_MS;
    await wakeAt(ticketId, letGoAtMs - 1);
    expect(await rowsOf(ticketId)).toBe(1);
    expect(await alarmOf(ticketId)).toBe(letGoAtMs);
    await wakeAt(ticketId, letGoAtMs);
    expect(await rowsOf(ticketId)).toBe(0);
    expect(await copyInD1(id)).toEqual({ state: how });
  });

  test("looks the same to its owner afterwards, and to nobody else", async () => {
    const { ticketId, deadlineMs, buyer, id } = await ended(how);
    await wakeAt(ticketId, deadlineMs + DAYS * DAY_MS - 1);
    const { token } = await signedInAgain(buyer);
    const other = await newPerson();
    const ask = async () => [
      seen(await call("GET", `/reservations/${id}`, { token })),
      seen(await call("GET", `/reservations/${id}/payment`, { token })),
      seen(await call("DELETE", `/reservations/${id}`, { token })),
      seen(await call("POST", `/reservations/${id}/payment`, { token, body: { payment_method: "pm_card_visa" } })),
      seen(await call("GET", `/reservations/${id}`, { token: other.token })),
      seen(await call("DELETE", `/reservations/${id}`, { token: other.token })),
    ];
    const before = await ask();
    await wakeAt(ticketId, deadlineMs + DAYS * DAY_MS);
    expect(await rowsOf(ticketId)).toBe(0);
    expect(await ask()).toEqual(before);
  });
});

describe("not let go", () => {
  test.each([
    ["a confirmed one", "UPDATE reservations SET state = 'confirmed'"],
    ["one whose last state is not in D1", "UPDATE reservations SET version = version + 1"],
  ])("%s", async (_what, change) => {
    const { ticketId, deadlineMs } = await ended("expired");
    await sqlIn(ticketId, change);
    // D1 must not learn of it: the table is away for as long as the alarm runs.
    await env.DB.prepare("ALTER TABLE reservations RENAME TO reservations_away").run();
    await wakeAt(ticketId, deadlineMs + DAYS * DAY_MS);
    await env.DB.prepare("ALTER TABLE reservations_away RENAME TO reservations").run();
    expect(await rowsOf(ticketId)).toBe(1);
  });

  test.each([
    ["one with a payment that is pending", "pending", 0],
    ["one with a refund that is due", "refund_due", 0],
    ["one whose payment failed only lately", "failed", DAYS * DAY_MS - 1],
  ])("%s", async (_what, state, sinceMs) => {
    const { ticketId, deadlineMs, id } = await ended("expired");
    await putPayment(id, { id: "p" }, deadlineMs + 1_000 * DAY_MS);
    await sqlIn(
      ticketId,
      `UPDATE payments SET state = '${state}', needs_person = 1, since_ms = ${deadlineMs + sinceMs}`,
    );
    await wakeAt(ticketId, deadlineMs + DAYS * DAY_MS);
    expect(await rowsOf(ticketId)).toBe(1);
  });
});

test("a payment goes with its reservation, and what is left adds up", async () => {
  const { ticketId, deadlineMs, id } = await ended("expired");
  await putPayment(id, { id: "p", state: "failed", sinceMs: deadlineMs }, null);
  vi.setSystemTime(deadlineMs);
  await hold(await signedInAgain(await newPerson()), ticketId, 3);
  await wakeAt(ticketId, deadlineMs + DAYS * DAY_MS);
  expect(await rowsOf(ticketId, "payments")).toBe(0);
  expect(await objectOf(ticketId).describe()).toMatchObject({ held: 0, sold: 0, capacity: 100 });
});

test("10,000 at once go 500 at a time, and what can't go yet is asked for once an hour", async () => {
  const { ticketId, deadlineMs } = await ended("expired");
  await sqlIn(
    ticketId,
    `INSERT INTO reservations (id, account_id, quantity, unit_price_minor, currency, state, release_as, created_at_ms,
       expires_at_ms, idempotency_key, version, projected_version, era)
     SELECT '${ticketId}-' || printf('%020d', value), account_id, quantity, unit_price_minor,
       currency, state, release_as, created_at_ms, expires_at_ms, idempotency_key, version, projected_version, era
     FROM reservations, (WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 9999) SELECT * FROM n)`,
  );
  const letGoAtMs = deadlineMs + DAYS * DAY_MS;
  await wakeAt(ticketId, letGoAtMs);
  expect(await rowsOf(ticketId)).toBe(9_500);
  // More to do: at once.
  expect(await alarmOf(ticketId)).toBe(letGoAtMs);
  for (let run = 1; run < 20; run++) await objectOf(ticketId).wake();
  expect(await rowsOf(ticketId)).toBe(0);
});

test("what can't go yet does not keep the alarm ringing", async () => {
  const { ticketId, deadlineMs, id } = await ended("expired");
  await putPayment(id, { id: "p", needsPerson: true }, deadlineMs + 1_000 * DAY_MS);
  const letGoAtMs = deadlineMs + DAYS * DAY_MS;
  await wakeAt(ticketId, letGoAtMs);
  expect(await rowsOf(ticketId)).toBe(1);
  expect(await alarmOf(ticketId)).toBe(letGoAtMs + 3_600_000);
  await evictDurableObject(objectOf(ticketId));
  expect(await rowsOf(ticketId)).toBe(1);
});
