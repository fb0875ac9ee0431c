// What an account's owner may do with it: change its password, take everything away, delete it.

import { env } from "cloudflare:workers";
import { decodeJwt } from "jose";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { eraseAccount, replacePassword } from "../../../../src/worker/accounts/changes.ts";
import { accountById } from "../../../../src/worker/accounts/queries.ts";
import { knownDevice } from "../../../../src/worker/auth/devices.ts";
import { hashPassword } from "../../../../src/worker/auth/passwords.ts";
import { signIn, signOut } from "../../../../src/worker/auth/session-lifecycle.ts";
import { brokenDatabase } from "../../../support/requests.ts";
import {
  type Answer,
  call,
  EVENT,
  hold,
  newPerson,
  type Person,
  pay,
  putOnSale,
  until,
} from "../../../support/service.ts";

// Passwords are derived at their real cost.
vi.setConfig({ testTimeout: 30_000 });
const PASSWORD = "correct horse battery";
const NEW_PASSWORD = "staple correct horse";
let passwordHash: string;

beforeAll(async () => {
  passwordHash = await hashPassword(PASSWORD);
});

interface SignedIn extends Person {
  readonly refresh: string;
}

/** Somebody with the password above. */
async function newcomer(role: Parameters<typeof newPerson>[0] = "buyer"): Promise<Person> {
  const person = await newPerson(role);
  await env.DB.prepare("UPDATE accounts SET password_hash = ? WHERE id = ?").bind(passwordHash, person.accountId).run();
  return person;
}

/** Another session of the same account, on record. */
async function session(person: Person): Promise<SignedIn> {
  const account = await accountById(env.DB, person.accountId);
  const tokens = account === null ? null : await signIn(env, account, "192.0.2.1");
  if (tokens === null) throw new Error("not signed in");
  return { ...person, token: tokens.access, refresh: tokens.refresh };
}

function login(person: Person, password: string) {
  return call("POST", "/api-auth/login", { body: { username: person.username, password } });
}

function change(person: Person, current: string, next: string) {
  const body = { current_password: current, new_password: next };
  return call("POST", "/me/password", { token: person.token, body });
}

function remove(person: Person, password = PASSWORD) {
  return call("POST", "/me/deletion", { token: person.token, body: { password } });
}

/** D1, but for what a test makes of it. */
function database(prepare: D1Database["prepare"], batch: D1Database["batch"]): D1Database {
  const { exec, withSession, dump } = brokenDatabase();
  return { prepare, batch, exec, withSession, dump };
}

async function meOf({ token }: Person): Promise<number> {
  return (await call("GET", "/me", { token })).status;
}

async function refreshOf({ refresh }: SignedIn): Promise<number> {
  return (await call("POST", "/api-auth/refresh", { body: { refresh_token: refresh } })).status;
}

describe("changing the password", () => {
  test("ends the other sessions, and this one goes on", async () => {
    const person = await newcomer();
    const [here, elsewhere] = [await session(person), await session(person)];
    const bystander = await session(await newcomer());
    expect((await change(here, PASSWORD, NEW_PASSWORD)).status).toBe(204);
    expect([await meOf(here), await meOf(elsewhere), await meOf(bystander)]).toEqual([200, 401, 200]);
    expect([await refreshOf(here), await refreshOf(elsewhere), await refreshOf(bystander)]).toEqual([200, 401, 200]);
    expect((await login(person, PASSWORD)).status).toBe(401);
    expect((await login(person, NEW_PASSWORD)).status).toBe(200);
  });

  test("gives a device that was known a cookie of the new one, and lets go of those of the old one", async () => {
    const person = await newcomer();
    const cookieOf = (answer: Answer) =>
      answer.headers
        .getSetCookie()
        .find((cookie) => cookie.startsWith("__Host-device="))
        ?.split(";")[0] ?? "";
    const [here, elsewhere] = [cookieOf(await login(person, PASSWORD)), cookieOf(await login(person, PASSWORD))];
    const body = { current_password: PASSWORD, new_password: NEW_PASSWORD };
    const changed = await call("POST", "/me/password", { token: person.token, headers: { cookie: here }, body });
    expect(changed.status).toBe(204);
    const account = await accountById(env.DB, person.accountId);
    const known = (cookie: string) =>
      knownDevice(env, new Request("https://tickets.test/", { headers: { cookie } }), account);
    expect(await known(cookieOf(changed))).toMatch(/^\w{20}$/);
    expect([await known(here), await known(elsewhere)]).toEqual([null, null]);
  });

  test("needs the present one, and changes nothing without", async () => {
    const person = await newcomer();
    const [here, elsewhere] = [await session(person), await session(person)];
    const refused = await change(here, "incorrect horse", NEW_PASSWORD);
    expect(refused.status).toBe(403);
    expect(refused.body.type).toBe("/problems/wrong-password");
    expect([await meOf(here), await meOf(elsewhere)]).toEqual([200, 200]);
    expect((await login(person, PASSWORD)).status).toBe(200);
  });

  test("takes none that registering would not take", async () => {
    const person = await newcomer();
    for (const next of [
      "short",
      "x".repeat(5_000),
      12345678,
      null,
      "\\ud800lone-surrogate",
      "password1",
      person.username,
    ]) {
      const raw = JSON.stringify({ current_password: PASSWORD, new_password: next }).replace("\\\\ud800", "\\ud800");
      const headers = { "content-type": "application/json" };
      const answer = await call("POST", "/me/password", { token: person.token, raw, headers });
      expect(answer.status).toBe(422);
      expect(answer.body.errors.map(({ path }) => path)).toEqual(["new_password"]);
    }
    expect((await login(person, PASSWORD)).status).toBe(200);
  });

  test("twice at once counts once: one is told that the password is wrong", async () => {
    const person = await newcomer();
    const passwords = ["the first of two passwords", "the second of two passwords"];
    const answers = await Promise.all(passwords.map((next) => change(person, PASSWORD, next)));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 403]);
    const winner = answers[0]?.status === 204 ? 0 : 1;
    expect((await login(person, passwords[winner] ?? "")).status).toBe(200);
    expect((await login(person, passwords[1 - winner] ?? "")).status).toBe(401);
  });

  test("ends no session where it comes too late to change anything", async () => {
    const person = await newcomer();
    const [here, elsewhere] = [await session(person), await session(person)];
    const hashes = { old: "a hash that the account had once", new: "a hash that it will never have" };
    expect(await replacePassword(env, { id: "here", accountId: person.accountId }, hashes, "192.0.2.1")).toBe(false);
    expect([await meOf(here), await meOf(elsewhere)]).toEqual([200, 200]);
    const lines = await env.DB.prepare("SELECT 1 FROM audit_log WHERE action = 'password.change' AND actor_id = ?")
      .bind(person.accountId)
      .all();
    expect(lines.results).toEqual([]);
  });

  test("overtakes a sign-in with the old one that was under way", async () => {
    const person = await newcomer();
    const before = await accountById(env.DB, person.accountId);
    expect((await change(person, PASSWORD, NEW_PASSWORD)).status).toBe(204);
    // The sign-in has verified the old password against the row as it was.
    expect(before === null ? null : await signIn(env, before, "192.0.2.1")).toBeNull();
    const rows = await env.DB.prepare("SELECT * FROM sessions WHERE account_id = ?").bind(person.accountId).all();
    expect(rows.results).toEqual([]);
  });
});

describe("the export", () => {
  test("has all that is on record about the account, and nothing of anybody else's", async () => {
    const { ticketId } = await putOnSale();
    const person = await session(await newcomer());
    const other = await session(await newcomer());
    const held = (await hold(person, ticketId, 2)).body;
    await hold(other, ticketId);
    const answer = await call("GET", "/me/export", { token: person.token });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-disposition")).toBe('attachment; filename="account.json"');
    const { account, sessions, reservations, audit } = JSON.parse(answer.text);
    expect(account).toEqual((await call("GET", "/me", { token: person.token })).body);
    expect(sessions).toHaveLength(1);
    expect(sessions[0].ended_at).toBeNull();
    expect(reservations).toEqual([held]);
    const actions = audit.map(({ action }: { action: string }) => action);
    expect(actions).toEqual(["account.export", "session.start", "account.register"]);
    for (const secret of [other.accountId, other.username, person.refresh, person.token, "scrypt"]) {
      expect(answer.text).not.toContain(secret);
    }
  });

  test("is not made by a link on another site's page, which would come with the cookie", async () => {
    const person = await newcomer();
    const cookie = `__Host-session=${person.token}`;
    const headers = { cookie, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
    const refused = await call("GET", "/me/export", { headers });
    expect(refused.status).toBe(403);
    expect(refused.body.type).toBe("/problems/cross-site-request");
    const own = await call("GET", "/me/export", { headers: { cookie, "sec-fetch-site": "same-origin" } });
    expect(own.status).toBe(200);
    const byToken = { "sec-fetch-site": "cross-site", origin: "https://shop.test" };
    expect((await call("GET", "/me/export", { token: person.token, headers: byToken })).status).toBe(200);
  });

  test("has every line of the log about the account, its own first, whatever strangers wrote into it", async () => {
    const person = await newcomer();
    const { accountId } = person;
    await env.DB.prepare(
      `INSERT INTO audit_log (id, at_ms, action, actor_id, object_type, object_id, address)
       SELECT ?1 || value, value, 'session.start-refused', CASE WHEN value % 5 = 0 THEN ?1 END, 'account', ?1, 'somewhere'
       FROM json_each(?2)`,
    )
      .bind(accountId, JSON.stringify(Array.from({ length: 2_600 }, (_, n) => n)))
      .run();
    const { audit } = JSON.parse((await call("GET", "/me/export", { token: person.token })).text);
    const actors = audit.map(({ actor }: { actor: string | null }) => actor);
    // 520 of them, the export and the registration: its own.
    expect(actors.indexOf(null)).toBe(522);
    expect(audit).toHaveLength(2_602);
    expect(new Set(audit.map(({ id }: { id: string }) => id)).size).toBe(2_602);
    const strangers = audit.filter(({ actor }: { actor: string | null }) => actor === null);
    expect(new Set(strangers.map(({ address }: { address: string | null }) => address))).toEqual(new Set([null]));
  });

  test("has every reservation, however many there are", async () => {
    const person = await newcomer();
    const ids = Array.from({ length: 2_500 }, (_, n) => `0000000000000000-${String(n).padStart(20, "0")}`);
    await env.DB.prepare(
      `INSERT INTO reservations (id, ticket_type_id, account_id, quantity, unit_price_minor, currency, state,
         created_at_ms, expires_at_ms, version, unsettled)
       SELECT value, '0000000000000000', ?1, 1, 100, 'EUR', 'confirmed', rowid % 7, 1, 1, 0 FROM json_each(?2)`,
    )
      .bind(person.accountId, JSON.stringify(ids))
      .run();
    const { reservations } = JSON.parse((await call("GET", "/me/export", { token: person.token })).text);
    expect(reservations.map(({ id }: { id: string }) => id).sort()).toEqual(ids);
  });
});

describe("deleting the account", () => {
  test("takes the person away, and leaves what was sold, anonymous", async () => {
    const { ticketId, organizer } = await putOnSale();
    const person = await session(await newcomer());
    const [paid, held] = [(await hold(person, ticketId, 2)).body.id, (await hold(person, ticketId, 3)).body.id];
    await pay(person, paid);
    await until(
      () => call("GET", `/reservations/${paid}`, { token: person.token }),
      ({ body }) => body.state === "confirmed",
    );
    await call("POST", "/api-auth/login", { body: { username: person.username, password: "a wrong one" } });
    expect((await remove(person)).status).toBe(204);

    // Signed out everywhere, unknown at the door, and the name is free.
    expect(await meOf(person)).toBe(401);
    expect(await refreshOf(person)).toBe(401);
    expect((await login(person, PASSWORD)).status).toBe(401);
    // What was paid stays sold; what was held is on sale again.
    const ticket = (await call("GET", `/tickets/${ticketId}`, { token: organizer.token })).body;
    expect([ticket.sold, ticket.held, ticket.available]).toEqual([2, 0, 98]);
    const states = await env.DB.prepare("SELECT id, state FROM reservations WHERE account_id = ?")
      .bind(person.accountId)
      .all<{ id: string; state: string }>();
    expect(Object.fromEntries(states.results.map(({ id, state }) => [id, state]))).toEqual({
      [paid]: "confirmed",
      [held]: "cancelled",
    });
    const left = await env.DB.prepare("SELECT id FROM sessions WHERE account_id = ?").bind(person.accountId).all();
    expect(left.results).toEqual([]);
    const orphans = "SELECT hash FROM refresh_tokens WHERE session_id NOT IN (SELECT id FROM sessions)";
    expect((await env.DB.prepare(orphans).all()).results).toEqual([]);
    // Nothing in D1 leads from the account's id to the person.
    for (const { name } of (await env.DB.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all())
      .results) {
      if (String(name).startsWith("_cf") || String(name).startsWith("sqlite")) continue;
      const text = JSON.stringify((await env.DB.prepare(`SELECT * FROM "${name}"`).all()).results);
      for (const personal of [person.username, `${person.accountId}@example.test`])
        expect(text).not.toContain(personal);
    }
    const entries = await env.DB.prepare("SELECT action, address FROM audit_log WHERE actor_id = ?1 OR object_id = ?1")
      .bind(person.accountId)
      .all();
    expect(entries.results.length).toBeGreaterThanOrEqual(4);
    expect(entries.results.filter(({ address }) => address !== null)).toEqual([]);
    expect(entries.results.map(({ action }) => action)).toContain("account.delete");
  });

  test("needs the password", async () => {
    const person = await newcomer();
    const refused = await remove(person, "a wrong one");
    expect(refused.status).toBe(403);
    expect(await meOf(person)).toBe(200);
    expect((await login(person, PASSWORD)).status).toBe(200);
  });

  test("waits for a payment in progress: what it comes to counts", async () => {
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

  test("is refused for whoever organises events, and takes nothing away", async () => {
    const organizer = await newcomer("organizer");
    await call("POST", "/events", { token: organizer.token, body: EVENT });
    const refused = await remove(organizer);
    expect(refused.status).toBe(409);
    expect(refused.body.type).toBe("/problems/organises-events");
    expect(await meOf(organizer)).toBe(200);
    const addresses = await env.DB.prepare("SELECT address FROM audit_log WHERE actor_id = ?")
      .bind(organizer.accountId)
      .all();
    expect(addresses.results.every(({ address }) => address !== null)).toBe(true);
    expect((await login(organizer, PASSWORD)).status).toBe(200);
  });

  test("is for organisers without events as for anybody", async () => {
    const organizer = await newcomer("organizer");
    expect((await remove(organizer)).status).toBe(204);
    expect(await meOf(organizer)).toBe(401);
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
    expect(await meOf(person)).toBe(401);
  });

  test("comes to nothing where the password was changed meanwhile: it may be a thief's", async () => {
    const person = await newcomer();
    const before = await accountById(env.DB, person.accountId);
    const [here, elsewhere] = [await session(person), await session(person)];
    expect((await change(here, PASSWORD, NEW_PASSWORD)).status).toBe(204);
    // The deletion has verified the old password against the row as it was.
    const thief = { id: "elsewhere", accountId: person.accountId };
    expect(await eraseAccount(env, thief, before?.passwordHash ?? "")).toBe(false);
    expect([await meOf(here), await meOf(elsewhere)]).toEqual([200, 401]);
    const revoked = await env.DB.prepare("SELECT id FROM revoked_sessions WHERE id = 'elsewhere'").all();
    expect(revoked.results).toEqual([]);
    expect((await login(person, NEW_PASSWORD)).status).toBe(200);
  });

  test("goes on where the hash was raised meanwhile, and the password is the same", async () => {
    const person = await newcomer();
    const raised = await hashPassword(PASSWORD);
    let batches = 0;
    const DB = database(
      (query) => env.DB.prepare(query),
      async (statements) => {
        const update = env.DB.prepare("UPDATE accounts SET password_hash = ? WHERE id = ?");
        if (batches++ === 0) await update.bind(raised, person.accountId).run();
        return env.DB.batch(statements);
      },
    );
    const options = { token: person.token, body: { password: PASSWORD }, settings: { DB } };
    expect((await call("POST", "/me/deletion", options)).status).toBe(204);
    expect(batches).toBe(2);
    expect(await accountById(env.DB, person.accountId)).toBeNull();
  });

  test("leaves no address of a sign-in or an end of a session that was under way", async () => {
    const person = await newcomer();
    const headers = { "cf-connecting-ip": "203.0.113.99" };
    const meanwhile = async () => {
      expect((await remove(person)).status).toBe(204);
      return { success: true };
    };
    // Counted after the account was looked for, and before its password is tried.
    const settings = { RATE_LIMITS: "on", LIMIT_SIGN_IN_STRANGERS: { limit: meanwhile } };
    const body = { username: person.username, password: "a wrong one" };
    expect((await call("POST", "/api-auth/login", { body, headers, settings })).status).toBe(401);
    await signOut(env, { id: "a session", accountId: person.accountId }, "203.0.113.99");
    const lines = await env.DB.prepare("SELECT action, address FROM audit_log WHERE actor_id = ?1 OR object_id = ?1")
      .bind(person.accountId)
      .all();
    expect(lines.results.map(({ action }) => action)).toEqual(
      expect.arrayContaining(["session.start-refused", "session.end"]),
    );
    expect(lines.results.filter(({ address }) => address !== null)).toEqual([]);
  });

  test("is whole, and said to be done, though D1 goes away right after it", async () => {
    const person = await newcomer();
    let isAway = false;
    const DB = database(
      (query) => (isAway ? brokenDatabase() : env.DB).prepare(query),
      async (statements) => {
        const results = await env.DB.batch<never>(statements);
        isAway = true;
        return results;
      },
    );
    const options = { token: person.token, body: { password: PASSWORD }, settings: { DB } };
    expect((await call("POST", "/me/deletion", options)).status).toBe(204);
    expect(await meOf(person)).toBe(401);
    const { sid } = decodeJwt(person.token);
    const revoked = await env.DB.prepare("SELECT id FROM revoked_sessions WHERE id = ?").bind(sid).all();
    expect(revoked.results).toHaveLength(1);
  });
});
