// Deleting an account: what goes at once, what stays until when, and what no failure can lose.

import { env } from "cloudflare:workers";
import { decodeJwt } from "jose";
import { describe, expect, test } from "vitest";
import { closeAccount } from "../../../../src/worker/accounts/deletion.ts";
import { accountById } from "../../../../src/worker/accounts/queries.ts";
import { hashPassword } from "../../../../src/worker/auth/passwords.ts";
import { signIn, signOut } from "../../../../src/worker/auth/session-lifecycle.ts";
import { sweep } from "../../../../src/worker/service/sweep.ts";
import { d1With } from "../../../support/recording.ts";
import { rowsOf, sql } from "../../../support/records.ts";
import { brokenDatabase } from "../../../support/requests.ts";
import {
  type CallOptions,
  call,
  EVENT,
  hold,
  newPerson,
  objectOf,
  type Person,
  pay,
  putOnSale,
  until,
  withSettings,
} from "../../../support/service.ts";
import { CHEAP_HASH, newSession, PASSWORD, storedHash, storeHash } from "../../../support/sign-in.ts";

const CLOSING = "/problems/account-closing";

/** Somebody with the password, and a session that is on record. */
async function newcomer(role: Parameters<typeof newPerson>[0] = "buyer") {
  const person = await newPerson(role);
  await storeHash(person, CHEAP_HASH);
  return newSession(person);
}

function remove({ token }: Person, settings: CallOptions["settings"] = {}, password = PASSWORD) {
  return call("POST", "/me/deletion", { token, body: { password }, settings });
}

/** The same person, signed in anew. */
async function again(person: Person): Promise<Person & { readonly refresh: string }> {
  const { body } = await call("POST", "/api-auth/login", { body: { username: person.username, password: PASSWORD } });
  return { ...person, token: body["auth-token"], refresh: body.refresh_token };
}

async function statusOfMe({ token }: Person): Promise<number> {
  return (await call("GET", "/me", { token })).status;
}

/** The sweep, once everything about the account has had its time to reach D1. */
async function sweepAfterAWhile({ accountId }: Person): Promise<void> {
  await sql("UPDATE accounts SET closing_since_ms = 0 WHERE id = ?", accountId);
  await sweep(env);
}

async function isErased({ accountId }: Person): Promise<boolean> {
  return (await accountById(env.DB, accountId)) === null;
}

function stockOf(ticketId: string) {
  return objectOf(ticketId).describe();
}

async function paidBy(person: Person, ticketId: string, quantity = 1): Promise<string> {
  const { id } = (await hold(person, ticketId, quantity)).body;
  await pay(person, id);
  await until(
    () => rowsOf("SELECT state FROM reservations WHERE id = ?", id),
    ([row]) => row?.state === "confirmed",
  );
  return id;
}

/** Every audit entry of the account's own actions, and about it. */
function entriesAbout({ accountId }: Person) {
  return rowsOf("SELECT action, address FROM audit_log WHERE actor_id = ?1 OR object_id = ?1", accountId);
}

describe("an account that has paid for nothing", () => {
  test("lets go of its holds and signs out at once, and a while later leads to nobody", async () => {
    const { ticketId } = await putOnSale();
    const person = await newcomer();
    const { id } = (await hold(person, ticketId, 3)).body;
    const { status, body, headers } = await remove(person);
    expect([status, body.kept]).toEqual([202, []]);
    expect(Date.parse(body.erase_at) - Date.parse(body.deletion_requested_at)).toBe(5 * 60_000);
    expect(headers.getSetCookie().filter((cookie) => cookie.includes("Max-Age=0"))).toHaveLength(3);
    expect(await statusOfMe(person)).toBe(401);
    expect(await stockOf(ticketId)).toMatchObject({ held: 0, sold: 0 });

    await sweep(env);
    expect(await isErased(person)).toBe(false);
    await again(person);
    await sweepAfterAWhile(person);
    expect(await isErased(person)).toBe(true);
    expect(await rowsOf("SELECT state FROM reservations WHERE id = ?", id)).toEqual([{ state: "cancelled" }]);
    expect(await rowsOf("SELECT id FROM sessions WHERE account_id = ?", person.accountId)).toEqual([]);
    const orphans = "SELECT hash FROM refresh_tokens WHERE session_id NOT IN (SELECT id FROM sessions)";
    expect(await rowsOf(orphans)).toEqual([]);
    // Nothing in D1 leads from the account's id to the person.
    const tables = (await rowsOf("SELECT name FROM sqlite_master WHERE type = 'table'")).map(({ name }) =>
      String(name),
    );
    for (const name of tables.filter((each) => !/^(_cf|sqlite|common_passwords)/.test(each))) {
      const text = JSON.stringify(await rowsOf(`SELECT * FROM "${name}"`));
      for (const personal of [person.username, `${person.accountId}@example.test`])
        expect(text).not.toContain(personal);
    }
    const entries = await entriesAbout(person);
    expect(entries.map(({ action }) => action)).toContain("account.delete");
    expect(entries.filter(({ address }) => address !== null)).toEqual([]);
  });

  test("lets go of its orders as a whole", async () => {
    const { ticketId } = await putOnSale();
    const person = await newcomer();
    const body = { items: [{ ticket: ticketId, quantity: 2 }] };
    const { id } = (await call("POST", "/orders", { token: person.token, body })).body;
    expect((await remove(person)).status).toBe(202);
    expect(await stockOf(ticketId)).toMatchObject({ held: 0, sold: 0 });
    await sweepAfterAWhile(person);
    expect(await isErased(person)).toBe(true);
    expect(await rowsOf("SELECT state FROM orders WHERE id = ?", id)).toEqual([{ state: "cancelled" }]);
  });

  test("frees its names once it is erased, for an account that gets nothing of it", async () => {
    const { ticketId } = await putOnSale();
    const person = await newcomer();
    await hold(person, ticketId);
    await remove(person);
    await sweepAfterAWhile(person);
    const { username, accountId } = person;
    const body = { username, email: `${accountId}@example.test`, password: PASSWORD };
    expect((await call("POST", "/register", { body })).status).toBe(201);
    const { token } = await again(person);
    expect((await call("GET", "/reservations", { token })).list).toEqual([]);
  });
});

describe("what is paid for", () => {
  test("stays its buyer's until the event is over, and is anonymous then", async () => {
    const { ticketId, eventId } = await putOnSale();
    const person = await newcomer();
    const id = await paidBy(person, ticketId, 2);
    const { body } = await remove(person);
    const ends = new Date(EVENT.ends_at).toISOString();
    expect(body.kept).toEqual([{ reservation: id, ticket: ticketId, state: "confirmed", until: ends }]);
    expect(body.erase_at).toBe(ends);

    await sweepAfterAWhile(person);
    const { token } = await again(person);
    expect((await call("GET", `/reservations/${id}`, { token })).body.state).toBe("confirmed");
    expect((await call("GET", "/me", { token })).body.deletion_requested_at).not.toBeNull();

    await sql("UPDATE events SET starts_at_ms = 1, ends_at_ms = 2 WHERE id = ?", eventId);
    await sweep(env);
    expect(await isErased(person)).toBe(true);
    expect(await statusOfMe({ ...person, token })).toBe(401);
    expect(await stockOf(ticketId)).toMatchObject({ held: 0, sold: 2 });
  });

  test("by a payment in progress has an owner, whatever the sweep does meanwhile", async () => {
    const { ticketId } = await putOnSale();
    const person = await newcomer();
    const { id } = (await hold(person, ticketId)).body;
    await pay(person, id, "pm_sandbox_slow_2s");
    const { body } = await remove(person);
    expect(body.kept).toMatchObject([{ reservation: id, state: "held" }]);
    await sweepAfterAWhile(person);
    expect(await isErased(person)).toBe(false);
    await until(
      () => rowsOf("SELECT state FROM reservations WHERE id = ?", id),
      ([row]) => row?.state === "confirmed",
    );
    await sweep(env);
    const { token } = await again(person);
    expect((await call("GET", `/reservations/${id}`, { token })).body.state).toBe("confirmed");
  });

  test("is not the account's any more where the payment in progress fails", async () => {
    const { ticketId } = await putOnSale();
    const person = await newcomer();
    const { id } = (await hold(person, ticketId)).body;
    await pay(person, id, "pm_card_visa_chargeDeclined");
    await remove(person);
    await until(
      () => rowsOf("SELECT state FROM reservations WHERE id = ?", id),
      ([row]) => row?.state === "cancelled",
    );
    await sweepAfterAWhile(person);
    expect(await isErased(person)).toBe(true);
    expect(await stockOf(ticketId)).toMatchObject({ held: 0, sold: 0 });
  });
});

describe("a closed account", () => {
  test("can neither reserve nor pay, not even with a refreshed session", async () => {
    const { ticketId } = await putOnSale();
    const person = await newcomer();
    const { id } = (await hold(person, ticketId)).body;
    await remove(person);
    const { token, refresh } = await again(person);
    const { body } = await call("POST", "/api-auth/refresh", { body: { refresh_token: refresh } });
    for (const each of [token, body["auth-token"]]) {
      const buyer = { ...person, token: each };
      const answers = [await hold(buyer, ticketId), await pay(buyer, id)];
      expect(answers.map((answer) => [answer.status, answer.body.type])).toEqual([
        [409, CLOSING],
        [409, CLOSING],
      ]);
    }
  });

  test("starts no session that could, by a sign-in that was in flight", async () => {
    const person = await newcomer();
    const before = await accountById(env.DB, person.accountId);
    await remove(person);
    expect(before === null ? null : await signIn(env, before, "192.0.2.1")).toBeNull();
  });

  test("is closed once, however often its owner asks", async () => {
    const person = await newcomer();
    const first = await remove(person);
    const second = await remove(await again(person));
    expect([first.status, second.status]).toEqual([202, 202]);
    await Promise.all([remove(await again(person)), remove(await again(person))]);
    await sweepAfterAWhile(person);
    expect(await isErased(person)).toBe(true);
  });
});

describe("in a rush", () => {
  test("48 fresh holds go back on sale, though D1 may know only one", async () => {
    const { ticketId } = await putOnSale({ capacity: 48, max_per_buyer: null });
    const person = await newcomer();
    const held = await Promise.all(Array.from({ length: 48 }, () => hold(person, ticketId)));
    expect(held.every(({ status }) => status === 201)).toBe(true);
    const known = held[0]?.body.id;
    await sql("DELETE FROM reservations WHERE account_id = ? AND id <> ?", person.accountId, known);
    expect((await remove(person)).status).toBe(202);
    expect(await stockOf(ticketId)).toMatchObject({ held: 0, sold: 0 });
  });

  test("the sweep releases a hold that appears in D1 only after the deletion, or was made during it", async () => {
    const { ticketId } = await putOnSale();
    const person = await newcomer();
    const { id } = (await hold(person, ticketId)).body;
    await sql("DELETE FROM reservations WHERE account_id = ?", person.accountId);
    await remove(person);
    expect(await stockOf(ticketId)).toMatchObject({ held: 1 });
    await sweep(env);
    const reservations = [{ id, aboveVersion: 0 }];
    await objectOf(ticketId).republish({ reservations, ticketTypeAboveVersion: null });
    await sweep(env);
    expect(await stockOf(ticketId)).toMatchObject({ held: 0 });
  });

  test("a payment that appears in D1 only after the deletion has an owner", async () => {
    const { ticketId } = await putOnSale();
    const person = await newcomer();
    const id = await paidBy(person, ticketId);
    await sql("DELETE FROM reservations WHERE account_id = ?", person.accountId);
    expect((await remove(person)).body.kept).toEqual([]);
    await sweep(env);
    const reservations = [{ id, aboveVersion: 0 }];
    await objectOf(ticketId).republish({ reservations, ticketTypeAboveVersion: null });
    await sweepAfterAWhile(person);
    const { token } = await again(person);
    expect((await call("GET", "/reservations", { token })).list).toMatchObject([{ id, state: "confirmed" }]);
  });
});

describe("each step may fail:", () => {
  test("closing, and then nothing has changed", async () => {
    const { ticketId } = await putOnSale();
    const person = await newcomer();
    await hold(person, ticketId);
    const batch: D1Database["batch"] = () => Promise.reject(new Error("D1_ERROR: Network connection lost."));
    expect((await remove(person, { DB: d1With({ batch }) })).status).toBe(503);
    expect(await statusOfMe(person)).toBe(200);
    expect(await stockOf(ticketId)).toMatchObject({ held: 1 });
  });

  test("releasing, and then the sweep releases", async () => {
    const { ticketId } = await putOnSale();
    const person = await newcomer();
    await hold(person, ticketId);
    const fail = () => Promise.reject(new Error("no such object"));
    const TICKET_TYPES = { getByName: () => ({ releaseHoldsOf: fail }) } as unknown as typeof env.TICKET_TYPES;
    expect((await remove(person, { TICKET_TYPES })).status).toBe(202);
    await sweep(withSettings({ TICKET_TYPES }));
    await sweepAfterAWhile(person);
    // The first of these sweeps could not erase it: the hold stood.
    await sweep(env);
    expect([await isErased(person), (await stockOf(ticketId))?.held]).toEqual([true, 0]);
  });

  test("erasing, and then the next sweep erases", async () => {
    const person = await newcomer();
    await remove(person);
    await sql("UPDATE accounts SET closing_since_ms = 0 WHERE id = ?", person.accountId);
    const batch: D1Database["batch"] = () => Promise.reject(new Error("D1_ERROR: Network connection lost."));
    await sweep(withSettings({ DB: d1With({ batch }) }));
    expect(await isErased(person)).toBe(false);
    await sweep(env);
    expect(await isErased(person)).toBe(true);
  });

  test("everything after closing, and it is answered as done", async () => {
    const person = await newcomer();
    let isAway = false;
    const prepare: D1Database["prepare"] = (query) => (isAway ? brokenDatabase() : env.DB).prepare(query);
    const batch: D1Database["batch"] = async (statements) => {
      const results = await env.DB.batch<never>(statements);
      isAway = true;
      return results;
    };
    expect((await remove(person, { DB: d1With({ prepare, batch }) })).status).toBe(202);
    expect(await statusOfMe(person)).toBe(401);
    const { sid } = decodeJwt(person.token);
    expect(await rowsOf("SELECT id FROM revoked_sessions WHERE id = ?", sid)).toHaveLength(1);
  });
});

describe("deleting", () => {
  test("needs the password", async () => {
    const person = await newcomer();
    expect((await remove(person, {}, "a wrong one")).status).toBe(403);
    expect(await statusOfMe(person)).toBe(200);
    expect(await storedHash(person)).toBe(CHEAP_HASH);
  });

  test("is refused for an account that organises events, and takes nothing away", async () => {
    const organizer = await newcomer("organizer");
    await call("POST", "/events", { token: organizer.token, body: EVENT });
    const refused = await remove(organizer);
    expect([refused.status, refused.body.type]).toEqual([409, "/problems/organises-events"]);
    expect(await statusOfMe(organizer)).toBe(200);
    expect((await entriesAbout(organizer)).filter(({ address }) => address === null)).toEqual([]);
    expect(await storedHash(organizer)).toBe(CHEAP_HASH);
  });

  test("takes the role of an organiser without events, who can make none meanwhile", async () => {
    const organizer = await newcomer("organizer");
    expect((await remove(organizer)).status).toBe(202);
    const { token } = await again(organizer);
    expect((await call("POST", "/events", { token, body: EVENT })).status).toBe(403);
  });

  test("comes to nothing where the password was changed meanwhile: it may be a thief's", async () => {
    const person = await newcomer();
    // The deletion has verified the old password against the row as it was.
    const thief = { id: "elsewhere", accountId: person.accountId, isClosing: false };
    expect(await closeAccount(env, thief, "the hash of the old password")).toBeNull();
    expect(await statusOfMe(person)).toBe(200);
    expect(await rowsOf("SELECT id FROM revoked_sessions WHERE id = 'elsewhere'")).toEqual([]);
  });

  test("goes on where the hash was raised meanwhile, and the password is the same", async () => {
    const person = await newcomer();
    const raised = await hashPassword(PASSWORD);
    let batches = 0;
    const batch: D1Database["batch"] = async (statements) => {
      if (batches++ === 0) await storeHash(person, raised);
      return env.DB.batch(statements);
    };
    expect((await remove(person, { DB: d1With({ batch }) })).status).toBe(202);
    expect(batches).toBe(2);
    expect((await accountById(env.DB, person.accountId))?.closingSinceMs).not.toBeNull();
  });

  test("leaves no address of a sign-in or a sign-out that was in flight", async () => {
    const person = await newcomer();
    const headers = { "cf-connecting-ip": "203.0.113.99" };
    const meanwhile = async () => {
      expect((await remove(person)).status).toBe(202);
      await sweepAfterAWhile(person);
      return { success: true };
    };
    // Counted after the account is read, and before its password is verified.
    const settings = { RATE_LIMITS: "on", LIMIT_SIGN_IN_STRANGERS: { limit: meanwhile } };
    const body = { username: person.username, password: "a wrong one" };
    expect((await call("POST", "/api-auth/login", { body, headers, settings })).status).toBe(401);
    const session = { id: "a session", accountId: person.accountId, isClosing: false };
    await signOut(env, session, "203.0.113.99");
    const entries = await entriesAbout(person);
    const wanted = ["session.start-refused", "session.end"];
    expect(entries.map(({ action }) => action)).toEqual(expect.arrayContaining(wanted));
    expect(entries.filter(({ address }) => address !== null)).toEqual([]);
  });
});
