// Changes to accounts: their passwords and their roles.

import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { giveRole, replacePassword } from "../../../../src/worker/accounts/changes.ts";
import { accountById, roleOf } from "../../../../src/worker/accounts/queries.ts";
import { deviceToken, knownDevice } from "../../../../src/worker/auth/devices.ts";
import { verifyPassword } from "../../../../src/worker/auth/passwords.ts";
import { signIn } from "../../../../src/worker/auth/session-lifecycle.ts";
import { rowsOf } from "../../../support/records.ts";
import { call, newPerson, type Person } from "../../../support/service.ts";
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
    expect(
      await replacePassword(env, { id: "here", accountId: person.accountId, isClosing: false }, hashes, "192.0.2.1"),
    ).toBe(false);
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

  test("an account that is being deleted gets none: with events it would never be erased", async () => {
    const [admin, leaving] = [await newPerson("admin"), await newcomer()];
    await call("POST", "/me/deletion", { token: leaving.token, body: { password: PASSWORD } });
    const give = () =>
      call("PATCH", `/accounts/${leaving.accountId}`, { token: admin.token, body: { role: "organizer" } });
    expect(await give()).toMatchObject({ status: 409, body: { type: "/problems/account-closing" } });
    expect(await roleOf(env.DB, leaving.accountId)).toBe("buyer");
    expect((await entriesAbout(leaving)).map(({ action }) => action)).not.toContain("role.change");
  });

  test("an admin who loses the role while they ask gives nobody a role, and no entry says so", async () => {
    const [former, friend] = [await newPerson(), await newPerson()];
    expect(await giveRole(env, former.accountId, friend.accountId, "admin", "192.0.2.1")).toBeNull();
    expect(await roleOf(env.DB, friend.accountId)).toBe("buyer");
    expect((await entriesAbout(former)).map(({ action }) => action)).not.toContain("role.change");
  });
});
