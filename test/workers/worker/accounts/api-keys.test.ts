// Keys for programs: making, listing and revoking them, what ends them, and that nobody sees one.

import { env } from "cloudflare:workers";
import { decodeJwt } from "jose";
import { afterEach, describe, expect, test, vi } from "vitest";
import { SCOPES } from "../../../../src/domain/scopes.ts";
import { newId } from "../../../../src/platform/ids.ts";
import { closeAccount, eraseAccount } from "../../../../src/worker/accounts/deletion.ts";
import { API_KEY_PATTERN, isWellFormed, newApiKey } from "../../../../src/worker/auth/api-key-format.ts";
import { MAX_API_KEYS } from "../../../../src/worker/auth/api-key-queries.ts";
import { hashOf } from "../../../../src/worker/auth/refresh.ts";
import { newKey } from "../../../support/api-keys.ts";
import { rowsOf, sql } from "../../../support/records.ts";
import { brokenDatabase } from "../../../support/requests.ts";
import { type Body, call, newPerson, type Person, until } from "../../../support/service.ts";
import { CHEAP_HASH, newGuest, newSession, PASSWORD, storedHash, storeHash } from "../../../support/sign-in.ts";

const HOUR_MS = 3_600_000;
const MINE = "/me/api-keys";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** With a password that is verified quickly. */
async function member(role: Parameters<typeof newPerson>[0] = "organizer"): Promise<Person> {
  const person = await newPerson(role);
  await storeHash(person, CHEAP_HASH);
  return newSession(person);
}

function make(
  { token }: Person,
  changes: Partial<Record<"name" | "scopes" | "expires_at" | "password", unknown>> = {},
) {
  const body = { name: `key ${newId()}`, scopes: ["events:read"], password: PASSWORD, ...changes };
  return call("POST", MINE, { token, anyBody: body });
}

async function made(
  person: Person,
  changes = {},
): Promise<Body<"GET /me/api-keys">[number] & { readonly key: string }> {
  const { status, body } = await make(person, changes);
  expect(status).toBe(201);
  const { api_key: key, ...shown } = body as unknown as Body<"POST /me/api-keys">;
  return { key, ...shown };
}

async function listed({ token }: Person) {
  return (await call("GET", MINE, { token })).list;
}

/** 200 while the key is good. */
async function statusOf(key: string): Promise<number> {
  return (await call("GET", "/me/crew", { token: key })).status;
}

test("a key is shown when it is made, and not again: what is kept is its hash", async () => {
  const person = await member();
  const { key, ...shown } = await made(person, {
    name: " Till 1 ",
    scopes: ["orders:read", "events:read", "orders:read"],
  });
  expect(key).toMatch(API_KEY_PATTERN);
  expect(shown).toMatchObject({ name: "Till 1", scopes: ["events:read", "orders:read"], ending: key.slice(-4) });
  expect(shown).toMatchObject({ expires_at: null, last_used_at: null });
  expect(await listed(person)).toEqual([shown]);
  const rows = await rowsOf("SELECT * FROM api_keys WHERE id = ?", shown.id);
  expect(rows).toMatchObject([{ account_id: person.accountId, hash: hashOf(key) }]);
  const exported = await call("GET", "/me/export", { token: person.token });
  expect(exported.body.api_keys).toEqual([shown]);
  const audit = exported.body.audit.filter(({ action }) => action === "api-key.create");
  expect(audit).toMatchObject([{ details: { key: shown.id, scopes: shown.scopes } }]);
  const tables = await rowsOf(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'",
  );
  for (const { name } of tables) expect(JSON.stringify(await rowsOf(`SELECT * FROM "${name}"`))).not.toContain(key);
  expect(exported.text).not.toContain(key);
});

test("no two keys are alike, and a typing error is found without a look-up", async () => {
  const keys = Array.from({ length: 1_000 }, newApiKey);
  expect(new Set(keys).size).toBe(keys.length);
  expect(keys.every(isWellFormed)).toBe(true);
  const key = keys[0] ?? "";
  const wrong = [...key].map((symbol, at) => key.slice(0, at) + (symbol === "7" ? "8" : "7") + key.slice(at + 1));
  expect(wrong.filter(isWellFormed)).toEqual([]);
  const headers = { authorization: `Bearer ${wrong.at(9)}` };
  const answer = await call("GET", "/me/crew", { headers, settings: { DB: brokenDatabase() } });
  expect(answer.body.type).toBe("/problems/api-key-refused");
});

test.each<[what: string, changes: Record<string, unknown>, path: string]>([
  ["without a name", { name: " " }, "name"],
  ["with a name of two lines", { name: "a\nb" }, "name"],
  ["with too long a name", { name: "n".repeat(101) }, "name"],
  ["without scopes", { scopes: [] }, "scopes"],
  ["with an unknown scope", { scopes: ["everything"] }, "scopes.0"],
  ["that has expired", { expires_at: "2020-01-01T00:00:00Z" }, "expires_at"],
  ["without a password", { password: undefined }, "password"],
])("a key %s is refused", async (_what, changes, path) => {
  const person = await member();
  const answer = await make(person, changes);
  expect(answer.status).toBe(422);
  expect(answer.body.errors.map((error) => error.path)).toContain(path);
  expect(await listed(person)).toEqual([]);
});

test("making a key needs the password: a session that was left open makes none", async () => {
  const person = await member();
  expect((await make(person, { password: "another horse" })).body.type).toBe("/problems/wrong-password");
  expect(await listed(person)).toEqual([]);
  const refused = await rowsOf(
    "SELECT 1 FROM audit_log WHERE action = 'password.refused' AND actor_id = ?",
    person.accountId,
  );
  expect(refused).toHaveLength(1);
});

test("a guest makes none", async () => {
  expect((await make(await newGuest())).body.type).toBe("/problems/guest-account");
});

test("a name is the account's once, so that a request which is repeated makes no second key", async () => {
  const [person, other] = [await member(), await member()];
  await made(person, { name: "Till" });
  const answers = await Promise.all([0, 1, 2].map(() => make(person, { name: "Till" })));
  expect(answers.map(({ body }) => body.type)).toEqual(Array(3).fill("/problems/api-key-exists"));
  await made(other, { name: "Till" });
  expect(await listed(person)).toHaveLength(1);
});

test(`an account has at most ${MAX_API_KEYS} keys, however many requests come at once`, async () => {
  const person = await member();
  for (let n = 2; n < MAX_API_KEYS; n++) await newKey(person);
  const answers = await Promise.all(Array.from({ length: 5 }, () => make(person)));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 201, 409, 409, 409]);
  const refused = answers.filter(({ status }) => status === 409);
  expect(refused.map(({ body }) => body.type)).toEqual(Array(3).fill("/problems/too-many-api-keys"));
  expect(await listed(person)).toHaveLength(MAX_API_KEYS);
});

test("a key that is revoked opens nothing from then on, and its name is free", async () => {
  const [person, other] = [await member(), await member()];
  const { id, key, name } = await made(person);
  expect(await statusOf(key)).toBe(200);
  const revoke = ({ token }: Pick<Person, "token">) => call("DELETE", `${MINE}/${id}`, { token });
  expect((await revoke(other)).status).toBe(404);
  expect((await revoke({ token: key })).body.type).toBe("/problems/scope-missing");
  expect(await statusOf(key)).toBe(200);
  expect((await revoke(person)).status).toBe(204);
  expect(await statusOf(key)).toBe(401);
  expect((await revoke(person)).status).toBe(404);
  const audit = await rowsOf("SELECT action FROM audit_log WHERE details ->> 'key' = ? ORDER BY at_ms, id", id);
  expect(audit.map(({ action }) => action).toSorted()).toEqual(["api-key.create", "api-key.revoke"]);
  await made(person, { name });
});

test("a key ends at its time", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const person = await member();
  const expiresAtMs = Date.now() + 90 * 24 * HOUR_MS;
  const { key } = await made(person, { expires_at: new Date(expiresAtMs).toISOString() });
  vi.setSystemTime(expiresAtMs - 1);
  expect(await statusOf(key)).toBe(200);
  vi.setSystemTime(expiresAtMs);
  expect(await statusOf(key)).toBe(401);
});

test("when a key was last used is known to the hour: not every request writes a row", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const person = await member();
  const { id, key } = await newKey(person);
  const used = async () => Number((await rowsOf("SELECT last_used_at_ms AS at FROM api_keys WHERE id = ?", id))[0]?.at);
  const firstMs = Date.now();
  await Promise.all([1, 2, 3].map(() => statusOf(key)));
  await until(used, (atMs) => atMs === firstMs);
  vi.setSystemTime(firstMs + HOUR_MS - 1);
  await statusOf(key);
  await statusOf(key);
  expect(await used()).toBe(firstMs);
  vi.setSystemTime(firstMs + HOUR_MS);
  await statusOf(key);
  await until(used, (atMs) => atMs === firstMs + HOUR_MS);
});

describe("what ends all keys of an account", () => {
  test("a new password, but not one that was not changed", async () => {
    const person = await member();
    const { key } = await newKey(person);
    const change = (current_password: string) =>
      call("POST", "/me/password", {
        token: person.token,
        body: { current_password, new_password: "another horse 9" },
      });
    expect((await change("a wrong one")).status).toBe(403);
    expect(await statusOf(key)).toBe(200);
    expect((await change(PASSWORD)).status).toBe(204);
    expect(await statusOf(key)).toBe(401);
    expect(await listed(person)).toEqual([]);
  });

  test("the account's deletion, at once and for good", async () => {
    const person = await member("buyer");
    const { key } = await newKey(person);
    const claims = decodeJwt(person.token);
    const session = { id: String(claims.sid), accountId: person.accountId, isClosing: false };
    expect(await closeAccount(env, session, "another hash")).toBeNull();
    expect(await statusOf(key)).toBe(200);
    await closeAccount(env, session, await storedHash(person));
    expect(await statusOf(key)).toBe(401);
    await sql("UPDATE accounts SET closing_since_ms = 0 WHERE id = ?", person.accountId);
    expect(await eraseAccount(env, person.accountId, Date.now())).toBe(true);
    expect(await rowsOf("SELECT id FROM api_keys WHERE account_id = ?", person.accountId)).toEqual([]);
  });
});

test("signing out, also everywhere, ends no key: programs go on", async () => {
  const person = await member();
  const { key } = await newKey(person);
  expect((await call("POST", "/api-auth/logout-everywhere", { token: person.token })).status).toBe(204);
  expect(await statusOf(key)).toBe(200);
});

test("a key opens what its scopes name, and no more", async () => {
  const { key } = await newKey(await member(), ["events:read"]);
  const answers = [];
  for (const path of ["/me/crew", "/receipts", "/me", MINE]) answers.push(await call("GET", path, { token: key }));
  expect(answers.map(({ status }) => status)).toEqual([200, 403, 403, 403]);
  expect(answers[1]?.body).toMatchObject({ type: "/problems/scope-missing", scope: "orders:read" });
});

test("a key of an account that is being deleted opens nothing, whenever it was made", async () => {
  const person = await member();
  const { key } = await newKey(person);
  await sql("UPDATE accounts SET closing_since_ms = 1 WHERE id = ?", person.accountId);
  expect(await statusOf(key)).toBe(401);
  expect((await make(person)).body.type).toBe("/problems/account-closing");
});

test("a role that is taken away is gone for the account's keys at once", async () => {
  const [person, admin] = [await member(), await newPerson("admin")];
  const { key } = await newKey(person);
  const receipts = () => call("GET", "/receipts", { token: key });
  expect((await receipts()).status).toBe(200);
  await call("PATCH", `/accounts/${person.accountId}`, { token: admin.token, body: { role: "buyer" } });
  expect((await receipts()).body.type).toBe("/problems/wrong-role");
});

test.each([
  ["a cookie", (key: string) => ({ cookie: `__Host-session=${key}` }), "token-invalid"],
  ["another scheme", (key: string) => ({ authorization: `Basic ${key}` }), "not-signed-in"],
  ["the middle of a token", (key: string) => ({ authorization: `Bearer x${key}` }), "token-invalid"],
])("a key counts for nothing in %s", async (_where, headersWith, refusal) => {
  const { key } = await newKey(await member());
  const { body } = await call("GET", "/me/crew", { headers: headersWith(key) });
  expect(body.type).toBe(`/problems/${refusal}`);
});

test("while D1 is away a key opens nothing, and a program is told to try again", async () => {
  const { key } = await newKey(await member());
  const headers = { authorization: `Bearer ${key}` };
  const answer = await call("GET", "/me/crew", { headers, settings: { DB: brokenDatabase() } });
  expect(answer.body.type).toBe("/problems/unavailable");
});

test("no key is in the log, whatever becomes of a request with one", async () => {
  const lines: string[] = [];
  for (const method of ["log", "info", "warn", "error", "debug"] as const) {
    vi.spyOn(console, method).mockImplementation((...written: unknown[]) => void lines.push(JSON.stringify(written)));
  }
  const person = await member();
  const { key } = await made(person, { scopes: [...SCOPES] });
  const expired = await newKey(person, SCOPES, 1);
  const headers = (token: string) => ({ authorization: `Bearer ${token}` });
  for (const token of [key, expired.key, `${key}x`]) {
    for (const path of ["/me", "/me/crew", "/receipts", "/events", `/nowhere/${token}`, `/me/crew?cursor=${token}`]) {
      await call("GET", path, { headers: headers(token) });
      await call("GET", path, { headers: headers(token), settings: { DB: brokenDatabase() } });
    }
  }
  expect(lines.length).toBeGreaterThan(30);
  for (const secret of [key, expired.key, hashOf(key)]) expect(lines.join("\n")).not.toContain(secret);
});
