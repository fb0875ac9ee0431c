// Changes to accounts: their passwords, their roles, and their end.

import { env } from "cloudflare:workers";
import { decodeJwt } from "jose";
import { describe, expect, test } from "vitest";
import { eraseAccount, giveRole, replacePassword } from "../../../../src/worker/accounts/changes.ts";
import { accountById, roleOf } from "../../../../src/worker/accounts/queries.ts";
import { deviceToken, knownDevice } from "../../../../src/worker/auth/devices.ts";
import { hashPassword, verifyPassword } from "../../../../src/worker/auth/passwords.ts";
import { signIn, signOut } from "../../../../src/worker/auth/session-lifecycle.ts";
import { d1With } from "../../../support/recording.ts";
import { rowsOf } from "../../../support/records.ts";
import { brokenDatabase } from "../../../support/requests.ts";
import { call, EVENT, hold, newPerson, type Person, pay, putOnSale, until } from "../../../support/service.ts";
import { CHEAP_HASH, type Member, newSession, PASSWORD, storedHash, storeHash } from "../../../support/sign-in.ts";

const NEW_PASSWORD = "staple correct horse";

/** Somebody with the password. */
async function newcomer(role: Parameters<typeof newPerson>[0] = "buyer"): Promise<Person> {
  const person = await newPerson(role);
  await storeHash(person, CHEAP_HASH);
  return person;
}

/** Two sessions of one new account. */
async function twoSessions(): Promise<[person: Person, here: Member, elsewhere: Member]> {
  const person = await newcomer();
  return [person, await newSession(person), await newSession(person)];
}

function login({ username }: Person, password: string) {
  return call("POST", "/api-auth/login", { body: { username, password } });
}

function change({ token }: Person, current: string, next: string) {
  return call("POST", "/me/password", { token, body: { current_password: current, new_password: next } });
}

function remove({ token }: Person, password = PASSWORD) {
  return call("POST", "/me/deletion", { token, body: { password } });
}

async function hasPassword(person: Person, password: string): Promise<boolean> {
  return verifyPassword(password, await storedHash(person));
}

async function statusOfMe({ token }: Person): Promise<number> {
  return (await call("GET", "/me", { token })).status;
}

async function statusOfRefresh({ refresh }: Member): Promise<number> {
  return (await call("POST", "/api-auth/refresh", { body: { refresh_token: refresh } })).status;
}

/** Every audit entry of the account's own actions, and about it. */
function entriesAbout({ accountId }: Person) {
  return rowsOf("SELECT action, address FROM audit_log WHERE actor_id = ?1 OR object_id = ?1", accountId);
}

describe("changing the password", () => {
  test("ends the other sessions, and this one goes on", async () => {
    const [person, here, elsewhere] = await twoSessions();
    const bystander = await newSession(await newcomer());
    expect((await change(here, PASSWORD, NEW_PASSWORD)).status).toBe(204);
    const sessions = [here, elsewhere, bystander];
    expect(await Promise.all(sessions.map(statusOfMe))).toEqual([200, 401, 200]);
    expect(await Promise.all(sessions.map(statusOfRefresh))).toEqual([200, 401, 200]);
    expect((await login(person, PASSWORD)).status).toBe(401);
    expect((await login(person, NEW_PASSWORD)).status).toBe(200);
  });

  test("gives a known device a new cookie, and forgets the devices that knew the old password", async () => {
    const person = await newcomer();
    const owner = { id: person.accountId, passwordHash: CHEAP_HASH };
    const newCookie = async () => `__Host-device=${await deviceToken(env, owner)}`;
    const [here, elsewhere] = [await newCookie(), await newCookie()];
    const body = { current_password: PASSWORD, new_password: NEW_PASSWORD };
    const changed = await call("POST", "/me/password", { token: person.token, headers: { cookie: here }, body });
    expect(changed.status).toBe(204);
    const account = await accountById(env.DB, person.accountId);
    const known = (cookie: string) =>
      knownDevice(env, new Request("https://tickets.test/", { headers: { cookie } }), account);
    const [given = ""] = changed.headers.getSetCookie().map((cookie) => cookie.split(";")[0] ?? "");
    expect(await known(given)).toMatch(/^\w{20}$/);
    expect([await known(here), await known(elsewhere)]).toEqual([null, null]);
  });

  test("needs the present one, and changes nothing without", async () => {
    const [person, here, elsewhere] = await twoSessions();
    const refused = await change(here, "incorrect horse", NEW_PASSWORD);
    expect([refused.status, refused.body.type]).toEqual([403, "/problems/wrong-password"]);
    expect([await statusOfMe(here), await statusOfMe(elsewhere)]).toEqual([200, 200]);
    expect(await storedHash(person)).toBe(CHEAP_HASH);
  });

  test("takes none that registering would not take", async () => {
    const person = await newcomer();
    const bad = ["short", "x".repeat(5_000), 12345678, null, "\\ud800lone-surrogate", "password1", person.username];
    for (const next of bad) {
      const raw = JSON.stringify({ current_password: PASSWORD, new_password: next }).replace("\\\\ud800", "\\ud800");
      const headers = { "content-type": "application/json" };
      const answer = await call("POST", "/me/password", { token: person.token, raw, headers });
      expect(answer.status).toBe(422);
      expect(answer.body.errors.map(({ path }) => path)).toEqual(["new_password"]);
    }
    expect(await storedHash(person)).toBe(CHEAP_HASH);
  });

  test("twice at once counts once, and the other one is refused for its wrong password", async () => {
    const person = await newcomer();
    const passwords = ["the first of two passwords", "the second of two passwords"];
    const answers = await Promise.all(passwords.map((next) => change(person, PASSWORD, next)));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 403]);
    const winner = answers.findIndex(({ status }) => status === 204);
    expect(await hasPassword(person, passwords[winner] ?? "")).toBe(true);
  });

  test("ends no session where it comes too late to change anything", async () => {
    const [person, here, elsewhere] = await twoSessions();
    const hashes = { old: "a hash that the account had once", new: "a hash that it will never have" };
    expect(await replacePassword(env, { id: "here", accountId: person.accountId }, hashes, "192.0.2.1")).toBe(false);
    expect([await statusOfMe(here), await statusOfMe(elsewhere)]).toEqual([200, 200]);
    expect((await entriesAbout(person)).map(({ action }) => action)).not.toContain("password.change");
  });

  test("overtakes a sign-in with the old one that was in flight", async () => {
    const person = await newcomer();
    const before = await accountById(env.DB, person.accountId);
    expect((await change(person, PASSWORD, NEW_PASSWORD)).status).toBe(204);
    // The sign-in has verified the old password against the row as it was.
    expect(before === null ? null : await signIn(env, before, "192.0.2.1")).toBeNull();
    expect(await rowsOf("SELECT * FROM sessions WHERE account_id = ?", person.accountId)).toEqual([]);
  });
});

describe("deleting the account", () => {
  test("takes the person away, and leaves what was sold, anonymous", async () => {
    const { ticketId, organizer } = await putOnSale();
    const person = await newSession(await newcomer());
    const [paid, held] = [(await hold(person, ticketId, 2)).body.id, (await hold(person, ticketId, 3)).body.id];
    await pay(person, paid);
    await until(
      () => call("GET", `/reservations/${paid}`, { token: person.token }),
      ({ body }) => body.state === "confirmed",
    );
    await login(person, "a wrong one");
    expect((await remove(person)).status).toBe(204);

    // Signed out everywhere, unknown at a sign-in, and the name is free.
    expect([await statusOfMe(person), await statusOfRefresh(person)]).toEqual([401, 401]);
    expect((await login(person, PASSWORD)).status).toBe(401);
    // What was paid stays sold; what was held is on sale again.
    const ticket = (await call("GET", `/tickets/${ticketId}`, { token: organizer.token })).body;
    expect([ticket.sold, ticket.held, ticket.available]).toEqual([2, 0, 98]);
    const states = await rowsOf("SELECT id, state FROM reservations WHERE account_id = ?", person.accountId);
    expect(Object.fromEntries(states.map(({ id, state }) => [id, state]))).toEqual({
      [paid]: "confirmed",
      [held]: "cancelled",
    });
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
    expect(entries.length).toBeGreaterThanOrEqual(4);
    expect(entries.filter(({ address }) => address !== null)).toEqual([]);
    expect(entries.map(({ action }) => action)).toContain("account.delete");
  });

  test("needs the password", async () => {
    const person = await newcomer();
    expect((await remove(person, "a wrong one")).status).toBe(403);
    expect(await statusOfMe(person)).toBe(200);
    expect(await storedHash(person)).toBe(CHEAP_HASH);
  });

  test("waits for a payment in progress: its outcome counts", async () => {
    const { ticketId, organizer } = await putOnSale();
    const person = await newcomer();
    const slow = (await hold(person, ticketId, 1)).body.id;
    await pay(person, slow, "pm_sandbox_slow_2s");
    expect((await remove(person)).status).toBe(204);
    const settled = await until(
      () => call("GET", `/tickets/${ticketId}`, { token: organizer.token }),
      ({ body }) => body.sold === 1,
    );
    expect([settled.body.sold, settled.body.held]).toEqual([1, 0]);
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

  test("is for organisers without events as for anybody", async () => {
    const organizer = await newcomer("organizer");
    expect((await remove(organizer)).status).toBe(204);
    expect(await statusOfMe(organizer)).toBe(401);
  });

  test("frees the name for another account, which gets nothing of the old one", async () => {
    const { ticketId } = await putOnSale();
    const person = await newcomer();
    await hold(person, ticketId);
    await remove(person);
    const body = { username: person.username, email: "new@example.test", password: NEW_PASSWORD };
    expect((await call("POST", "/register", { body })).status).toBe(201);
    const token = (await login(person, NEW_PASSWORD)).body["auth-token"];
    expect((await call("GET", "/reservations", { token })).list).toEqual([]);
  });

  test("can't be done twice", async () => {
    const person = await newcomer();
    const answers = await Promise.all([remove(person), remove(person)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 401]);
    expect(await statusOfMe(person)).toBe(401);
  });

  test("comes to nothing where the password was changed meanwhile: it may be a thief's", async () => {
    const [person, here, elsewhere] = await twoSessions();
    expect((await change(here, PASSWORD, NEW_PASSWORD)).status).toBe(204);
    // The deletion has verified the old password against the row as it was.
    const thief = { id: "elsewhere", accountId: person.accountId };
    expect(await eraseAccount(env, thief, CHEAP_HASH)).toBe(false);
    expect([await statusOfMe(here), await statusOfMe(elsewhere)]).toEqual([200, 401]);
    expect(await rowsOf("SELECT id FROM revoked_sessions WHERE id = 'elsewhere'")).toEqual([]);
    expect(await hasPassword(person, NEW_PASSWORD)).toBe(true);
  });

  test("goes on where the hash was raised meanwhile, and the password is the same", async () => {
    const person = await newcomer();
    const raised = await hashPassword(PASSWORD);
    let batches = 0;
    const batch: D1Database["batch"] = async (statements) => {
      if (batches++ === 0) await storeHash(person, raised);
      return env.DB.batch(statements);
    };
    const options = { token: person.token, body: { password: PASSWORD }, settings: { DB: d1With({ batch }) } };
    expect((await call("POST", "/me/deletion", options)).status).toBe(204);
    expect(batches).toBe(2);
    expect(await accountById(env.DB, person.accountId)).toBeNull();
  });

  test("leaves no address of a sign-in or a sign-out that was in flight", async () => {
    const person = await newcomer();
    const headers = { "cf-connecting-ip": "203.0.113.99" };
    const meanwhile = async () => {
      expect((await remove(person)).status).toBe(204);
      return { success: true };
    };
    // Counted after the account is read, and before its password is verified.
    const settings = { RATE_LIMITS: "on", LIMIT_SIGN_IN_STRANGERS: { limit: meanwhile } };
    const body = { username: person.username, password: "a wrong one" };
    expect((await call("POST", "/api-auth/login", { body, headers, settings })).status).toBe(401);
    await signOut(env, { id: "a session", accountId: person.accountId }, "203.0.113.99");
    const entries = await entriesAbout(person);
    const wanted = ["session.start-refused", "session.end"];
    expect(entries.map(({ action }) => action)).toEqual(expect.arrayContaining(wanted));
    expect(entries.filter(({ address }) => address !== null)).toEqual([]);
  });

  test("is whole, and answered as done, though D1 goes away right after it", async () => {
    const person = await newcomer();
    let isAway = false;
    const prepare: D1Database["prepare"] = (query) => (isAway ? brokenDatabase() : env.DB).prepare(query);
    const batch: D1Database["batch"] = async (statements) => {
      const results = await env.DB.batch<never>(statements);
      isAway = true;
      return results;
    };
    const settings = { DB: d1With({ prepare, batch }) };
    const options = { token: person.token, body: { password: PASSWORD }, settings };
    expect((await call("POST", "/me/deletion", options)).status).toBe(204);
    expect(await statusOfMe(person)).toBe(401);
    const { sid } = decodeJwt(person.token);
    expect(await rowsOf("SELECT id FROM revoked_sessions WHERE id = ?", sid)).toHaveLength(1);
  });
});

describe("giving roles", () => {
  test("of two admins who take the role from each other at once, one stays an admin", async () => {
    for (let round = 0; round < 5; round++) {
      const [ada, eve] = [await newPerson("admin"), await newPerson("admin")];
      const take = (from: Person, by: Person) =>
        call("PATCH", `/accounts/${from.accountId}`, { token: by.token, body: { role: "buyer" } });
      const answers = await Promise.all([take(eve, ada), take(ada, eve)]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 403]);
      const roles = [await roleOf(env.DB, ada.accountId), await roleOf(env.DB, eve.accountId)];
      expect(roles.sort()).toEqual(["admin", "buyer"]);
    }
  });

  test("an admin who loses the role while they ask gives nobody a role, and no entry says so", async () => {
    const [former, friend] = [await newPerson(), await newPerson()];
    expect(await giveRole(env, former.accountId, friend.accountId, "admin", "192.0.2.1")).toBeNull();
    expect(await roleOf(env.DB, friend.accountId)).toBe("buyer");
    expect((await entriesAbout(former)).map(({ action }) => action)).not.toContain("role.change");
  });
});
