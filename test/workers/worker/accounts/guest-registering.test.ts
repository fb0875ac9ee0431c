// A guest registers: the account gets a name and a password, and keeps everything it has.

import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import { DAY_MS, MINUTE_MS } from "../../../../src/domain/units.ts";
import { newId } from "../../../../src/platform/ids.ts";
import { accountById } from "../../../../src/worker/accounts/queries.ts";
import { NO_PASSWORD } from "../../../../src/worker/auth/passwords.ts";
import { d1With } from "../../../support/recording.ts";
import { rowsOf } from "../../../support/records.ts";
import {
  type CallOptions,
  call,
  hold,
  newPerson,
  type Person,
  pay,
  putOnSale,
  until,
} from "../../../support/service.ts";
import { type Member, newGuest, PASSWORD, storedHash } from "../../../support/sign-in.ts";

interface Names {
  readonly username: string;
  readonly email: string;
}

function newNames(): Names {
  const username = `new-${newId()}`;
  return { username, email: `${username}@example.test` };
}

function register(names: Names, options: Pick<CallOptions, "token" | "headers" | "settings"> = {}) {
  return call("POST", "/register", { ...options, body: { ...names, password: PASSWORD } });
}

async function me({ token }: Pick<Person, "token">) {
  return (await call("GET", "/me", { token })).body;
}

async function login(username: string): Promise<string> {
  return (await call("POST", "/api-auth/login", { body: { username, password: PASSWORD } })).body["auth-token"];
}

async function refreshed({ refresh }: Member): Promise<string> {
  return (await call("POST", "/api-auth/refresh", { body: { refresh_token: refresh } })).body["auth-token"];
}

async function accountsNamed(...usernames: string[]): Promise<number> {
  return (await Promise.all(usernames.map((name) => rowsOf("SELECT id FROM accounts WHERE username = ?", name)))).flat()
    .length;
}

/** D1, which does something else before its first batch. */
function d1Before(meanwhile: () => Promise<unknown>): D1Database {
  let batches = 0;
  const batch: D1Database["batch"] = async (statements) => {
    if (batches++ === 0) await meanwhile();
    return env.DB.batch(statements);
  };
  return d1With({ batch });
}

function wait(ms: number): void {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + ms });
}

afterEach(() => {
  vi.useRealTimers();
});

describe("a guest that registers", () => {
  test("keeps its id, its session, what it holds and what it has paid for, and can sign in from now on", async () => {
    const { ticketId } = await putOnSale();
    const guest = await newGuest();
    const paid = (await hold(guest, ticketId)).body.id;
    await pay(guest, paid);
    const held = (await hold(guest, ticketId, 2)).body.id;
    const names = newNames();
    const { status, body, headers } = await register(names, { token: guest.token });
    expect([status, headers.get("location")]).toEqual([201, "/me"]);
    expect(body).toMatchObject({ ...names, id: guest.accountId, guest: false, role: "buyer" });

    const tokens = [
      guest.token,
      await refreshed(guest),
      await login(names.username),
      await login(names.email.toUpperCase()),
    ];
    for (const token of tokens) {
      expect(await me({ token })).toEqual(body);
      const { list } = await call("GET", "/reservations", { token });
      expect(list.map(({ id }) => id).toSorted()).toEqual([paid, held].toSorted());
    }
    expect((await pay(guest, held)).status).toBe(202);
    const actions = await rowsOf("SELECT action FROM audit_log WHERE actor_id = ?", guest.accountId);
    const about = actions.map(({ action }) => String(action)).filter((action) => !action.startsWith("session"));
    expect(about.toSorted()).toEqual(["guest.create", "guest.upgrade"]);
  });

  test("still has its tickets counted for the limit per buyer", async () => {
    const { ticketId } = await putOnSale({ max_per_buyer: 2 });
    const guest = await newGuest();
    await hold(guest, ticketId, 2);
    await register(newNames(), { token: guest.token });
    expect((await hold(guest, ticketId)).body.type).toBe("/problems/limit-reached");
  });

  test("does so by cookie as well, and not from another site", async () => {
    const guest = await newGuest();
    const cookies = { cookie: `__Host-session=${guest.token}; __Host-refresh=${guest.refresh}` };
    const elsewhere = await register(newNames(), { headers: { ...cookies, "sec-fetch-site": "same-site" } });
    expect(elsewhere.body.id).not.toBe(guest.accountId);
    expect(await me(guest)).toMatchObject({ guest: true });
    const { body } = await register(newNames(), { headers: { ...cookies, "sec-fetch-site": "same-origin" } });
    expect(body.id).toBe(guest.accountId);
  });

  test("takes its own address in another spelling, and then nobody else registers with it", async () => {
    const { username, email } = newNames();
    const guest = await newGuest(email);
    const other = email.replace("example", "ｅｘａｍｐｌｅ").toUpperCase();
    expect((await register({ username, email: other }, { token: guest.token })).body.email).toBe(other);
    expect((await register({ username: newNames().username, email })).body.type).toBe("/problems/username-taken");
  });

  test.each(["username", "email"] as const)(
    "is refused a %s that is taken, as anybody is, and stays a guest",
    async (field) => {
      const taken = newNames();
      await register(taken);
      const guest = await newGuest(taken.email);
      const { body } = await call("GET", "/me", { token: guest.token });
      const names = { ...newNames(), [field]: taken[field].toUpperCase() };
      const refused = await register(names, { token: guest.token });
      expect(refused.status).toBe(409);
      expect(refused.text).toBe((await register(names)).text);
      expect(await me(guest)).toEqual(body);
      expect(await storedHash(guest)).toBe(NO_PASSWORD);
      expect((await register(newNames(), { token: guest.token })).body.id).toBe(guest.accountId);
    },
  );

  test("is refused a weak password, and stays a guest", async () => {
    const guest = await newGuest();
    const body = { ...newNames(), password: "password1" };
    expect((await call("POST", "/register", { token: guest.token, body })).status).toBe(422);
    expect(await me(guest)).toMatchObject({ guest: true });
  });

  test("leaves a guest of the same address alone, who can't register with it any more", async () => {
    const { username, email } = newNames();
    const [first, second] = [await newGuest(email), await newGuest(email)];
    expect((await register({ username, email }, { token: first.token })).status).toBe(201);
    expect(await me(second)).toMatchObject({ guest: true, email });
    const names = newNames();
    expect((await register({ ...names, email }, { token: second.token })).status).toBe(409);
    expect((await register(names, { token: second.token })).status).toBe(201);
  });
});

describe("at once:", () => {
  test("of two that register the same guest with the same names one does", async () => {
    const guest = await newGuest();
    const names = newNames();
    const answers = await Promise.all(
      [register(names, guest), register(names, guest)].map(async (it) => (await it).status),
    );
    expect(answers.toSorted()).toEqual([201, 409]);
    expect(await me(guest)).toMatchObject({ ...names, id: guest.accountId, guest: false });
  });

  test("of two that register the same guest with other names the first does, and the second makes nothing", async () => {
    const guest = await newGuest();
    const [first, second] = [newNames(), newNames()];
    const DB = d1Before(() => register(first, { token: guest.token }));
    const answer = await register(second, { token: guest.token, settings: { DB } });
    expect([answer.status, answer.body.type]).toEqual([409, "/problems/already-registered"]);
    expect(await me(guest)).toMatchObject(first);
    expect(await accountsNamed(second.username)).toBe(0);
    const entries = "SELECT id FROM audit_log WHERE actor_id = ? AND action = 'guest.upgrade'";
    expect(await rowsOf(entries, guest.accountId)).toHaveLength(1);
  });

  test("of two guests that register with one address one does", async () => {
    const { email } = newNames();
    const guests = [await newGuest(email), await newGuest(email)];
    const answers = await Promise.all(guests.map(({ token }) => register({ ...newNames(), email }, { token })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409]);
    expect(await rowsOf("SELECT id FROM accounts WHERE email_key = ?", email)).toHaveLength(1);
  });

  test("a payment goes on, and is the account's", async () => {
    const { ticketId } = await putOnSale();
    const guest = await newGuest();
    const { id } = (await hold(guest, ticketId)).body;
    const names = newNames();
    const [paying, registering] = await Promise.all([
      pay(guest, id, "pm_sandbox_slow_2s"),
      register(names, { token: guest.token }),
    ]);
    expect([paying.status, registering.status]).toEqual([202, 201]);
    const token = await login(names.username);
    await until(
      () => call("GET", `/reservations/${id}`, { token }),
      ({ body }) => body.state === "confirmed",
    );
  });

  test("a deletion comes first, and then nothing is registered", async () => {
    const guest = await newGuest();
    const names = newNames();
    const remove = () => call("POST", "/me/deletion", { token: guest.token, body: { password: null } });
    const answer = await register(names, { token: guest.token, settings: { DB: d1Before(remove) } });
    expect([answer.status, answer.body.type]).toEqual([401, "/problems/token-invalid"]);
    expect(await accountById(env.DB, guest.accountId)).toMatchObject({ closingSinceMs: expect.any(Number) });
    expect([await storedHash(guest), await accountsNamed(names.username)]).toEqual([NO_PASSWORD, 0]);
  });
});

describe("a guest whose access token has expired", () => {
  const later = 21 * MINUTE_MS;

  test.each<[how: string, proof: (guest: Member) => Pick<CallOptions, "token" | "headers">]>([
    ["token", ({ token }) => ({ token })],
    // Browsers have dropped the other one by then.
    ["refresh cookie", ({ refresh }) => ({ headers: { cookie: `__Host-refresh=${refresh}` } })],
  ])("is told to refresh first, by its %s, and gets no second account", async (_how, proof) => {
    const guest = await newGuest();
    const names = newNames();
    wait(later);
    const early = await register(names, proof(guest));
    expect([early.status, early.body.type]).toEqual([401, "/problems/token-expired"]);
    expect(await accountsNamed(names.username)).toBe(0);
    const { status, body } = await register(names, { token: await refreshed(guest) });
    expect([status, body.id]).toEqual([201, guest.accountId]);
  });

  test.each(["token", "refresh cookie"])("gets a new account by its %s once the session is over", async (how) => {
    const guest = await newGuest();
    const proof = how === "token" ? { token: guest.token } : { headers: { cookie: `__Host-refresh=${guest.refresh}` } };
    wait(8 * DAY_MS);
    const { status, body } = await register(newNames(), proof);
    expect(status).toBe(201);
    expect(body.id).not.toBe(guest.accountId);
  });

  test("gets a new account after signing out", async () => {
    const guest = await newGuest();
    await call("POST", "/api-auth/logout", { token: guest.token });
    for (const cookie of [`__Host-session=${guest.token}`, `__Host-refresh=${guest.refresh}`]) {
      const { status, body } = await register(newNames(), { headers: { cookie } });
      expect(status).toBe(201);
      expect(body.id).not.toBe(guest.accountId);
    }
  });

  test("is told apart from anybody else's, who registers another account", async () => {
    const guest = await newGuest();
    await register(newNames(), { token: guest.token });
    wait(later);
    const { status, body } = await register(newNames(), { token: guest.token });
    expect(status).toBe(201);
    expect(body.id).not.toBe(guest.accountId);
  });
});

test("a reply that was lost: the repeat is refused, and the account has what the first request chose", async () => {
  const guest = await newGuest();
  const names = newNames();
  const batch: D1Database["batch"] = async (statements) => {
    await env.DB.batch(statements);
    throw new Error("D1_ERROR: Network connection lost.");
  };
  const lost = await register(names, { token: guest.token, settings: { DB: d1With({ batch }) } });
  expect(lost.status).toBe(503);
  const repeat = await register(names, { token: guest.token });
  expect([repeat.status, repeat.body.type]).toEqual([409, "/problems/username-taken"]);
  expect(await me(guest)).toMatchObject({ ...names, id: guest.accountId, guest: false });
  expect(await me({ token: await login(names.username) })).toMatchObject({ id: guest.accountId });
});

test("somebody with a password who registers while signed in makes another account, as before", async () => {
  const person = await newPerson();
  const { status, body } = await register(newNames(), { token: person.token });
  expect(status).toBe(201);
  expect(body.id).not.toBe(person.accountId);
});
