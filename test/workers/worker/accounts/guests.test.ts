// Guests: they buy without a password, nobody learns who else has their address, and none signs in.

import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { accountById } from "../../../../src/worker/accounts/queries.ts";
import { NO_PASSWORD } from "../../../../src/worker/auth/passwords.ts";
import { sweep } from "../../../../src/worker/service/sweep.ts";
import { d1With, recordingD1 } from "../../../support/recording.ts";
import { rowsOf, sql } from "../../../support/records.ts";
import {
  type Answer,
  call,
  hold,
  newPerson,
  objectOf,
  type Person,
  pay,
  putOnSale,
  seen,
  until,
} from "../../../support/service.ts";
import { CHEAP_HASH, newGuest, newSession, PASSWORD, storedHash, storeHash } from "../../../support/sign-in.ts";

async function me({ token }: Person) {
  return (await call("GET", "/me", { token })).body;
}

function refresh(token: string) {
  return call("POST", "/api-auth/refresh", { body: { refresh_token: token } });
}

function actionsOf({ accountId }: Person) {
  return rowsOf("SELECT action FROM audit_log WHERE object_id = ? ORDER BY at_ms, id", accountId);
}

/** Somebody with a password and a username, and a guest of the same address. */
async function twoOfOneAddress() {
  const person = await newPerson();
  await storeHash(person, CHEAP_HASH);
  const email = `${person.accountId}@example.test`;
  return { person: await newSession(person), email, guest: await newGuest(email.toUpperCase()) };
}

describe("a guest", () => {
  test("is signed in as anybody else is, and is shown without a name", async () => {
    const { status, body, headers } = await call("POST", "/guests", { body: { email: "Ada@münchen.test" } });
    expect([status, headers.get("location")]).toEqual([201, "/me"]);
    expect(Object.keys(body).toSorted()).toEqual(["auth-token", "expires_at", "refresh_token"]);
    const cookies = headers.getSetCookie().map((cookie) => cookie.split(";")[0] ?? "");
    expect(cookies).toEqual([`__Host-session=${body["auth-token"]}`, `__Host-refresh=${body.refresh_token}`]);
    const byToken = await call("GET", "/me", { token: body["auth-token"] });
    const byCookie = await call("GET", "/me", { headers: { cookie: cookies.join("; ") } });
    expect(byCookie.text).toBe(byToken.text);
    expect(byToken.body).toStrictEqual({
      id: expect.any(String),
      username: null,
      email: "Ada@münchen.test",
      email_verified_at: null,
      pending_email: null,
      language: "en",
      guest: true,
      role: "buyer",
      created_at: expect.any(String),
      deletion_requested_at: null,
    });
  });

  test("holds, pays, watches, and finds its own reservations, and no other guest's of its address", async () => {
    const { ticketId } = await putOnSale();
    const email = "one-address@example.test";
    const [guest, other] = [await newGuest(email), await newGuest(email)];
    const { id } = (await hold(guest, ticketId, 2)).body;
    expect((await pay(guest, id)).status).toBe(202);
    const path = `/reservations/${id}` as const;
    const { body } = await until(
      () => call("GET", path, { token: guest.token }),
      ({ body }) => body.state === "confirmed",
    );
    expect(body.quantity).toBe(2);
    expect((await call("GET", `${path}/live`, { token: guest.token })).text).toContain('"state":"confirmed"');
    expect((await call("GET", "/reservations", { token: guest.token })).list).toMatchObject([{ id }]);
    expect((await call("GET", "/reservations", { token: other.token })).list).toEqual([]);
    expect((await call("GET", path, { token: other.token })).status).toBe(404);
  });

  test("refreshes its session, and ends it", async () => {
    const guest = await newGuest();
    const { status, body } = await refresh(guest.refresh);
    expect(status).toBe(200);
    const token = body["auth-token"];
    expect((await call("POST", "/api-auth/logout", { token })).status).toBe(204);
    expect((await refresh(body.refresh_token)).status).toBe(401);
  });

  test("is on record, and exports what is on record", async () => {
    const guest = await newGuest();
    expect(await actionsOf(guest)).toEqual([{ action: "guest.create" }, { action: "session.start" }]);
    const { body } = await call("GET", "/me/export", { token: guest.token });
    expect(body.account).toMatchObject({ id: guest.accountId, username: null, guest: true });
    expect(body.audit.map(({ action }) => action)).toContain("guest.create");
  });

  test.each(["an address that is none", "ada@example.test\nBcc: eve@example.test"])(
    "has no such address: %s",
    async (email) => {
      const { status, body } = await call("POST", "/guests", { anyBody: { email } });
      expect([status, body.errors.map(({ path }) => path)]).toEqual([422, ["email"]]);
    },
  );

  test("counts for the limit of registering", async () => {
    const counted: string[] = [];
    const limit = async ({ key }: { key: string }) => ({ success: counted.push(key) < 2 });
    const settings = { RATE_LIMITS: "on", LIMIT_REGISTER: { limit } };
    const headers = { "cf-connecting-ip": "192.0.2.7" };
    const ask = (email: string) => call("POST", "/guests", { body: { email }, headers, settings });
    expect((await ask("ada@example.test")).status).toBe(201);
    expect((await ask("bob@example.test")).status).toBe(429);
    const body = { username: "limited", email: "eve@example.test", password: PASSWORD };
    expect((await call("POST", "/register", { body, headers, settings })).status).toBe(429);
    expect(new Set(counted)).toEqual(new Set(["192.0.2.7"]));
  });
});

describe("an address that has an account", () => {
  /** What a client can tell apart: not the tokens themselves. */
  const shapeOf = ({ status, headers, body }: Answer<"POST /guests">) => [
    status,
    [...headers].map(([name, value]) => (/cookie|date|request-id/.test(name) ? name : `${name}: ${value}`)),
    Object.entries(body).map(([name, value]) => `${name} ${String(value).length}`),
  ];

  test("makes a guest like any other, with the same work, and its account notices nothing", async () => {
    const { person, email } = await twoOfOneAddress();
    const before = await rowsOf("SELECT * FROM accounts WHERE id = ?", person.accountId);
    const entries = await actionsOf(person);
    const ask = async (address: string) => {
      const { DB, statements } = recordingD1();
      const answer = await call("POST", "/guests", { body: { email: address }, settings: { DB } });
      return { shape: shapeOf(answer), work: statements.map(({ text }) => text) };
    };
    const unknown = await ask(email.replace("example", "another"));
    expect(unknown.work.length).toBeGreaterThan(3);
    for (const spelling of [email, email.toUpperCase(), email.replace("example", "ｅｘａｍｐｌｅ")]) {
      expect(await ask(spelling)).toEqual(unknown);
    }
    expect(await rowsOf("SELECT * FROM accounts WHERE id = ?", person.accountId)).toEqual(before);
    expect(await actionsOf(person)).toEqual(entries);
    const credentials = { username: email, password: PASSWORD };
    expect((await call("POST", "/api-auth/login", { body: credentials })).status).toBe(200);
  });

  test("stays free while only guests have it", async () => {
    const email = `free-${(await newPerson()).accountId}@example.test`;
    await newGuest(email);
    const body = { username: email, email, password: PASSWORD };
    expect((await call("POST", "/register", { body })).status).toBe(201);
  });
});

describe("a guest can't", () => {
  test("sign in, with any name it might have: the reply is that to an unknown one", async () => {
    const guest = await newGuest();
    const { email } = await me(guest);
    const login = (username: string, password: string) =>
      call("POST", "/api-auth/login", { body: { username, password } });
    const unknown = seen(await login("nobody-at-all", PASSWORD));
    for (const name of [email, `guest:${guest.accountId}`, `GUEST:${guest.accountId.toUpperCase()}`, guest.accountId])
      expect(seen(await login(name, NO_PASSWORD))).toEqual(unknown);
    const attempts = "SELECT object_id FROM audit_log WHERE action = 'session.start-refused' AND object_id = ?";
    expect(await rowsOf(attempts, guest.accountId)).toEqual([]);
  });

  test("have its username registered by somebody else, or found by an admin", async () => {
    const { accountId } = await newGuest();
    const username = `guest:${accountId}`;
    const body = { username, email: "eve@example.test", password: PASSWORD };
    const refused = await call("POST", "/register", { body });
    expect([refused.status, refused.body.errors.map(({ path }) => path)]).toEqual([422, ["username"]]);
    const { token } = await newPerson("admin");
    expect((await call("GET", `/accounts?username=${username}`, { token })).list).toEqual([]);
  });

  test("change a password", async () => {
    const guest = await newGuest();
    const body = { current_password: NO_PASSWORD, new_password: "staple correct horse" };
    const answer = await call("POST", "/me/password", { token: guest.token, body });
    expect([answer.status, answer.body.type]).toEqual([409, "/problems/guest-account"]);
    expect(await storedHash(guest)).toBe(NO_PASSWORD);
  });

  test.each(["buyer", "organizer", "admin"] as const)("get a role: %s", async (role) => {
    const [guest, { token }] = [await newGuest(), await newPerson("admin")];
    const answer = await call("PATCH", `/accounts/${guest.accountId}`, { token, body: { role } });
    expect([answer.status, answer.body.type]).toEqual([409, "/problems/guest-account"]);
    expect((await accountById(env.DB, guest.accountId))?.role).toBe("buyer");
    expect(await actionsOf(guest)).toHaveLength(2);
  });
});

describe("deleting a guest's account", () => {
  const remove = ({ token }: Person, password: string | null = null, DB = env.DB) =>
    call("POST", "/me/deletion", { token, body: { password }, settings: { DB } });

  test("needs no password", async () => {
    const { ticketId } = await putOnSale();
    const guest = await newGuest();
    await hold(guest, ticketId, 3);
    expect((await remove(guest)).status).toBe(202);
    expect(await objectOf(ticketId).describe()).toMatchObject({ held: 0, sold: 0 });
    expect([(await call("GET", "/me", { token: guest.token })).status, (await refresh(guest.refresh)).status]).toEqual([
      401, 401,
    ]);
    await sql("UPDATE accounts SET closing_since_ms = 0 WHERE id = ?", guest.accountId);
    await sweep(env);
    expect(await accountById(env.DB, guest.accountId)).toBeNull();
  });

  test("is refused with a password: it has none that could be right", async () => {
    const guest = await newGuest();
    for (const password of [PASSWORD, NO_PASSWORD]) expect((await remove(guest, password)).status).toBe(403);
    expect((await me(guest)).deletion_requested_at).toBeNull();
  });

  test("is refused without one to everybody else", async () => {
    const person = await newPerson();
    const { status, body } = await remove(person);
    expect([status, body.errors]).toEqual([422, [{ path: "password", code: "required", message: "is required" }]]);
    expect((await me(person)).deletion_requested_at).toBeNull();
  });

  test("is refused without one where the guest registers meanwhile", async () => {
    const guest = await newGuest();
    let batches = 0;
    const batch: D1Database["batch"] = async (statements) => {
      const names = { username: `ada-${guest.accountId}`, email: `ada-${guest.accountId}@example.test` };
      if (batches++ === 0)
        await call("POST", "/register", { token: guest.token, body: { ...names, password: PASSWORD } });
      return env.DB.batch(statements);
    };
    expect((await remove(guest, null, d1With({ batch }))).status).toBe(422);
    expect(await me(guest)).toMatchObject({ guest: false, deletion_requested_at: null });
  });
});
