// Guests who bought nothing: they go after 30 days, and nobody goes who has anything left.

import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../../src/domain/units.ts";
import { eraseUnusedGuests } from "../../../../src/worker/accounts/deletion.ts";
import { accountById } from "../../../../src/worker/accounts/queries.ts";
import { sweep } from "../../../../src/worker/service/sweep.ts";
import { orderObject, placeOrder } from "../../../support/orders.ts";
import { d1With } from "../../../support/recording.ts";
import { rowsOf, sql } from "../../../support/records.ts";
import { call, hold, newPerson, type Person, pay, putOnSale, until, withSettings } from "../../../support/service.ts";
import { newGuest, newSession, PASSWORD } from "../../../support/sign-in.ts";

const DUE_MS = 30 * DAY_MS + HOUR_MS;
/** Later than the guest was made, by the time that a test takes. */
const LATE_MS = MINUTE_MS;

function sweepAfter(ms: number): Promise<void> {
  return eraseUnusedGuests(env, Date.now() + ms);
}

async function isErased({ accountId }: Person): Promise<boolean> {
  return (await accountById(env.DB, accountId)) === null;
}

async function guestWithHold(quantity = 1) {
  const { ticketId, eventId } = await putOnSale();
  const guest = await newGuest();
  return { guest, eventId, id: (await hold(guest, ticketId, quantity)).body.id };
}

async function register({ accountId, token }: Person): Promise<void> {
  const username = `was-guest-${accountId}`;
  const body = { username, email: `${username}@example.test`, password: PASSWORD };
  expect((await call("POST", "/register", { token, body })).status).toBe(201);
}

/** Its copy in D1, once that says so. */
function stateBecomes(id: string, state: string) {
  return until(
    () => rowsOf("SELECT state FROM reservations WHERE id = ?", id),
    ([row]) => row?.state === state,
  );
}

afterEach(() => {
  vi.useRealTimers();
});

describe("a guest who bought nothing", () => {
  test("goes 30 days and an hour after it came, and leads to nobody then", async () => {
    const guest = await newGuest("leaving@example.test");
    await sweepAfter(DUE_MS - LATE_MS);
    expect(await isErased(guest)).toBe(false);
    await sweepAfter(DUE_MS);
    expect(await isErased(guest)).toBe(true);
    expect(await rowsOf("SELECT id FROM sessions WHERE account_id = ?", guest.accountId)).toEqual([]);
    const orphans = "SELECT hash FROM refresh_tokens WHERE session_id NOT IN (SELECT id FROM sessions)";
    expect(await rowsOf(orphans)).toEqual([]);
    const entries = await rowsOf("SELECT action, address FROM audit_log WHERE actor_id = ?", guest.accountId);
    expect(entries.map(({ address }) => address)).toEqual([null, null]);
    expect(JSON.stringify(await rowsOf("SELECT * FROM accounts"))).not.toContain("leaving@example.test");
  });

  test("goes with the cron sweep", async () => {
    const guest = await newGuest();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + DUE_MS });
    await sweep(env);
    expect(await isErased(guest)).toBe(true);
  });

  test("goes although it held something, once that has ended", async () => {
    const { guest, id } = await guestWithHold();
    await call("DELETE", `/reservations/${id}`, { token: guest.token });
    await stateBecomes(id, "cancelled");
    await sweepAfter(DUE_MS);
    expect(await isErased(guest)).toBe(true);
    expect(await rowsOf("SELECT account_id FROM reservations WHERE id = ?", id)).toHaveLength(1);
  });

  test("goes with the next sweep, where one fails", async () => {
    const guest = await newGuest();
    const batch: D1Database["batch"] = () => Promise.reject(new Error("D1_ERROR: Network connection lost."));
    const nowMs = Date.now() + DUE_MS;
    await expect(eraseUnusedGuests(withSettings({ DB: d1With({ batch }) }), nowMs)).rejects.toThrow();
    expect(await isErased(guest)).toBe(false);
    await eraseUnusedGuests(env, nowMs);
    expect(await isErased(guest)).toBe(true);
  });

  test("goes too where its session could not be begun", async () => {
    let batches = 0;
    const batch: D1Database["batch"] = (statements) =>
      batches++ === 0 ? env.DB.batch(statements) : Promise.reject(new Error("D1_ERROR: Network connection lost."));
    const body = { email: "half-a-guest@example.test" };
    expect((await call("POST", "/guests", { body, settings: { DB: d1With({ batch }) } })).status).toBe(503);
    const half = () => rowsOf("SELECT id FROM accounts WHERE email = 'half-a-guest@example.test'");
    expect(await half()).toHaveLength(1);
    await sweepAfter(DUE_MS);
    expect(await half()).toEqual([]);
  });
});

describe("stays:", () => {
  test("a guest with a hold, until the next look, 30 days later", async () => {
    const { guest, id } = await guestWithHold();
    await sweepAfter(DUE_MS);
    expect(await isErased(guest)).toBe(false);
    await call("DELETE", `/reservations/${id}`, { token: guest.token });
    await stateBecomes(id, "cancelled");
    await sweepAfter(2 * DUE_MS - LATE_MS);
    expect(await isErased(guest)).toBe(false);
    await sweepAfter(2 * DUE_MS + LATE_MS);
    expect(await isErased(guest)).toBe(true);
  });

  test("a guest with a payment in progress, and then with what it has paid for, after the event as well", async () => {
    const { guest, id, eventId } = await guestWithHold(2);
    await pay(guest, id, "pm_sandbox_slow_2s");
    await sweepAfter(DUE_MS);
    expect(await isErased(guest)).toBe(false);
    await stateBecomes(id, "confirmed");
    await sql("UPDATE events SET starts_at_ms = 1, ends_at_ms = 2 WHERE id = ?", eventId);
    for (const looks of [2, 3, 4]) await sweepAfter(looks * (DUE_MS + LATE_MS));
    expect(await isErased(guest)).toBe(false);
  });

  test("a guest to whom money is due, until it is back", async () => {
    const { guest, id } = await guestWithHold();
    await call("DELETE", `/reservations/${id}`, { token: guest.token });
    await stateBecomes(id, "cancelled");
    await sql("UPDATE reservations SET payment_state = 'refund_due', unsettled = 1 WHERE id = ?", id);
    await sweepAfter(DUE_MS);
    expect(await isErased(guest)).toBe(false);
    await sql("UPDATE reservations SET payment_state = 'refunded', unsettled = 0 WHERE id = ?", id);
    await sweepAfter(2 * (DUE_MS + LATE_MS));
    expect(await isErased(guest)).toBe(true);
  });

  test("a guest to whom an order's money is due, until it is back", async () => {
    const { ticketId } = await putOnSale();
    const guest = await newGuest();
    const { body } = await placeOrder(guest, [ticketId, 1]);
    await call("DELETE", `/orders/${body.id}`, { token: guest.token });
    await stateBecomes(body.items[0]?.reservation ?? "", "cancelled");
    const isCopied = async () => (await orderObject(body.id).audit())?.isCopied;
    await until(isCopied, (copied) => copied === true);
    await sql("UPDATE orders SET unfinished = 1 WHERE id = ?", body.id);
    await sweepAfter(DUE_MS);
    expect(await isErased(guest)).toBe(false);
    await sql("UPDATE orders SET unfinished = 0 WHERE id = ?", body.id);
    await sweepAfter(2 * (DUE_MS + LATE_MS));
    expect(await isErased(guest)).toBe(true);
  });

  test("a guest who can still act, or could a moment ago", async () => {
    const guest = await newGuest();
    const expires = "UPDATE sessions SET expires_at_ms = ? WHERE account_id = ?";
    // The last access token lives for 20 minutes more, and what it did may take 5 to be known.
    await sql(expires, Date.now() + DUE_MS - 29 * MINUTE_MS, guest.accountId);
    await sweepAfter(DUE_MS);
    expect(await isErased(guest)).toBe(false);
  });

  test("a guest to whom the version before gave a role, and who organises", async () => {
    const guest = await newGuest();
    const { organizer, eventId } = await putOnSale();
    await sql("UPDATE events SET organizer_id = ? WHERE id = ?", guest.accountId, eventId);
    await sweepAfter(DUE_MS);
    expect(await isErased(guest)).toBe(false);
    await sql("UPDATE events SET organizer_id = ? WHERE id = ?", organizer.accountId, eventId);
  });

  test("a guest who registers while the sweep looks", async () => {
    const guest = await newGuest();
    let batches = 0;
    const batch: D1Database["batch"] = async (statements) => {
      if (batches++ === 0) await register(guest);
      return env.DB.batch(statements);
    };
    await eraseUnusedGuests(withSettings({ DB: d1With({ batch }) }), Date.now() + DUE_MS);
    expect([batches > 0, await isErased(guest)]).toEqual([true, false]);
  });

  test("a guest who registered, and anybody else with an account that bought nothing", async () => {
    const [guest, person] = [await newGuest(), await newSession(await newPerson())];
    await register(guest);
    await sweepAfter(DUE_MS);
    expect([await isErased(guest), await isErased(person)]).toEqual([false, false]);
  });
});

test("a guest who deleted the account keeps what is paid for until the event is over, and goes then", async () => {
  const { guest, id, eventId } = await guestWithHold();
  await pay(guest, id);
  await stateBecomes(id, "confirmed");
  const { body } = await call("POST", "/me/deletion", { token: guest.token, body: { password: null } });
  expect(body.kept).toMatchObject([{ reservation: id, state: "confirmed" }]);
  await sql("UPDATE accounts SET closing_since_ms = 0 WHERE id = ?", guest.accountId);
  await sweep(env);
  await sweepAfter(DUE_MS);
  expect(await isErased(guest)).toBe(false);
  await sql("UPDATE events SET starts_at_ms = 1, ends_at_ms = 2 WHERE id = ?", eventId);
  await sweep(env);
  expect(await isErased(guest)).toBe(true);
});
