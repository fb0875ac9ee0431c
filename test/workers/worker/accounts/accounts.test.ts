// Registering, and the account that is signed in.

import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { newId } from "../../../../src/platform/ids.ts";
import { call, newPerson } from "../../../support/service.ts";
import { PASSWORD, storedHash } from "../../../support/sign-in.ts";

function registration(changes: Record<string, unknown> = {}): Record<string, unknown> {
  const username = `new-${newId()}`;
  return { username, email: `${username}@example.test`, password: PASSWORD, ...changes };
}

function register(changes: Record<string, unknown> = {}) {
  return call("POST", "/register", { anyBody: registration(changes) });
}

async function accountsNamed(username: string): Promise<number> {
  const query = env.DB.prepare("SELECT COUNT(*) AS count FROM accounts WHERE username = ? COLLATE NOCASE");
  return (await query.bind(username).first<number>("count")) ?? 0;
}

async function accountsWithEmail(email: string): Promise<number> {
  const query = env.DB.prepare("SELECT COUNT(*) AS count FROM accounts WHERE lower(email) = ?");
  return (await query.bind(email).first<number>("count")) ?? 0;
}

describe("registering", () => {
  test("makes a buyer, with all fields but the password in the reply, and signs nobody in", async () => {
    const body = registration();
    const before = Date.now();
    const answer = await call("POST", "/register", { anyBody: body });
    expect(answer.status).toBe(201);
    expect(answer.headers.get("location")).toBe("/me");
    expect(answer.headers.get("set-cookie")).toBeNull();
    const { username, email } = body;
    const anything = { id: expect.any(String), created_at: expect.any(String) };
    const mail = { email_verified_at: null, pending_email: null, language: "en" };
    const rest = { ...mail, guest: false, role: "buyer", deletion_requested_at: null };
    expect(answer.body).toStrictEqual({ ...anything, username, email, ...rest });
    expect(Date.parse(answer.body.created_at)).toBeGreaterThanOrEqual(before);
    expect(answer.text).not.toContain(PASSWORD);
    expect(answer.text).not.toContain("scrypt");
  });

  test("keeps a salted hash instead of the password", async () => {
    const both = await Promise.all([register(), register()]);
    const hashes = await Promise.all(both.map(({ body }) => storedHash({ accountId: body.id })));
    for (const hash of hashes) expect(hash).toMatch(/^\$scrypt\$ln=14,r=8,p=5\$[\w+/]{22}\$[\w+/]{43}$/);
    expect(hashes[0]).not.toBe(hashes[1]);
  });

  test.each([
    ["as it is", (username: string) => username],
    ["in capitals", (username: string) => username.toUpperCase()],
  ])("refuses a username that is taken, %s", async (_how, respell) => {
    const { username } = await newPerson();
    const answer = await register({ username: respell(username) });
    expect(answer.status).toBe(409);
    expect(answer.body.type).toBe("/problems/username-taken");
    expect(await accountsNamed(username)).toBe(1);
  });

  test("gives a username to one of two who ask for it at once", async () => {
    const username = `wanted-${newId()}`;
    const answers = await Promise.all([register({ username }), register({ username: username.toUpperCase() })]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
    expect(await accountsNamed(username)).toBe(1);
  });

  test.each([
    ["as it is", (address: string) => address],
    ["in capitals", (address: string) => address.toUpperCase()],
    ["in full-width letters", (address: string) => address.replace("example", "ｅｘａｍｐｌｅ")],
  ])("refuses an e-mail address that is taken, %s, as it refuses a username", async (_how, respell) => {
    const { accountId, username } = await newPerson();
    const answer = await register({ email: respell(`${accountId}@example.test`) });
    expect(answer.status).toBe(409);
    expect(answer.text).toBe((await register({ username })).text);
    expect(await accountsWithEmail(`${accountId}@example.test`)).toBe(1);
  });

  test("gives an e-mail address to one of two who ask for it at once", async () => {
    const email = `wanted-${newId()}@example.test`;
    const answers = await Promise.all([register({ email }), register({ email: email.toUpperCase() })]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
    expect(await accountsWithEmail(email)).toBe(1);
  });

  test("takes a domain in any script, and shows the address as it was typed", async () => {
    const email = `Info-${newId()}@münchen.de`;
    expect((await register({ email })).body.email).toBe(email);
    expect((await register({ email: email.replace("münchen", "xn--mnchen-3ya") })).status).toBe(409);
  });

  test("takes one's own e-mail address as the username, and nobody else's", async () => {
    const email = `own-${newId()}@example.test`;
    expect((await register({ username: email, email })).status).toBe(201);
    const answer = await register({ username: `other-${newId()}@example.test` });
    expect([answer.status, answer.body.errors?.[0]?.path]).toEqual([422, "username"]);
  });

  test("takes a username of 64 characters with each mark that is allowed", async () => {
    const username = `a.@+-_${newId()}`.padEnd(64, "a");
    const answer = await register({ username });
    expect(answer.status).toBe(201);
    expect(answer.body.username).toBe(username);
  });

  test.each<[field: string, what: string, value: unknown]>([
    ["username", "missing", undefined],
    ["username", "a list", ["someone"]],
    ["username", "2 characters", "ab"],
    ["email", "missing", undefined],
    ["email", "two addresses", "ada@example.test,eve@example.test"],
    ["email", "with a line end", "ada@example.test\nBcc: eve@example.test"],
    ["password", "missing", undefined],
    ["password", "7 characters", "1234567"],
    ["password", "the name of this service", "Ticket-Overlord"],
    ["password", "half of a surrogate pair", "12345678\ud800"],
  ])("refuses a bad %s: %s", async (field, _what, value) => {
    const body = registration({ [field]: value });
    const answer = await call("POST", "/register", { anyBody: body });
    expect(answer.status).toBe(422);
    expect(new Set(answer.body.errors.map(({ path }) => path))).toEqual(new Set([field]));
    if (typeof body.username === "string") expect(await accountsNamed(body.username)).toBe(0);
  });

  test("refuses the username as the password", async () => {
    const username = `new-${newId()}`;
    const answer = await register({ username, password: username.toUpperCase() });
    expect(answer.status).toBe(422);
    const message = "must be neither your username nor your e-mail address";
    expect(answer.body.errors).toEqual([{ path: "password", code: "invalid", message }]);
    expect(await accountsNamed(username)).toBe(0);
  });

  test("names every bad field at once, and repeats no value", async () => {
    const answer = await register({ username: "a b", email: "nowhere", password: "short-1" });
    expect(answer.body.errors.map(({ path }) => path).sort()).toEqual(["email", "password", "username"]);
    for (const value of ["a b", "nowhere", "short-1"]) expect(answer.text).not.toContain(value);
  });
});

describe("the account that is signed in", () => {
  test.each(["buyer", "organizer"] as const)("is answered in full to its owner, a %s", async (role) => {
    const { token, accountId, username } = await newPerson(role);
    const answer = await call("GET", "/me", { token });
    expect(answer.status).toBe(200);
    const rest = {
      email: `${accountId}@example.test`,
      email_verified_at: null,
      pending_email: null,
      language: "en",
      guest: false,
      role,
      created_at: expect.any(String),
      deletion_requested_at: null,
    };
    expect(answer.body).toStrictEqual({ id: accountId, username, ...rest });
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });

  test("is nobody's without a session", async () => {
    const answer = await call("GET", "/me");
    expect(answer.status).toBe(401);
    expect(answer.body.type).toBe("/problems/not-signed-in");
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
  });

  test("is gone with its row: a session alone is not an account", async () => {
    const { token, accountId } = await newPerson();
    await env.DB.prepare("DELETE FROM accounts WHERE id = ?").bind(accountId).run();
    expect((await call("GET", "/me", { token })).status).toBe(401);
  });
});
