// A hash from when the cost was lower is replaced at a sign-in, and never at anybody's expense.

import { env } from "cloudflare:workers";
import { scryptSync } from "node:crypto";
import { describe, expect, test, vi } from "vitest";
import { accountByUsername, replacePasswordHash } from "../../../../src/worker/accounts/queries.ts";
import { hashPassword } from "../../../../src/worker/auth/passwords.ts";
import { upgradeHash } from "../../../../src/worker/auth/upgrades.ts";
import { brokenDatabase } from "../../../support/requests.ts";
import { call, newPerson, until } from "../../../support/service.ts";

const PASSWORD = "correct horse battery";
const TODAY = /^\$scrypt\$ln=14,r=8,p=5\$/;

vi.setConfig({ testTimeout: 30_000 });

function hashedAt(logN: number, p: number): string {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const hash = scryptSync(PASSWORD, salt, 32, { N: 2 ** logN, r: 8, p });
  const encode = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64").replace(/=+$/, "");
  return `$scrypt$ln=${logN},r=8,p=${p}$${encode(salt)}$${encode(hash)}`;
}

/** An account whose row holds `passwordHash`. */
async function accountWith(passwordHash: string): Promise<string> {
  const { username } = await newPerson();
  await store(username, passwordHash);
  return username;
}

async function store(username: string, passwordHash: string): Promise<void> {
  await env.DB.prepare("UPDATE accounts SET password_hash = ? WHERE username = ?").bind(passwordHash, username).run();
}

async function stored(username: string): Promise<string> {
  const query = env.DB.prepare("SELECT password_hash FROM accounts WHERE username = ?");
  return (await query.bind(username).first<string>("password_hash")) ?? "";
}

function signIn(username: string, password = PASSWORD) {
  return call("POST", "/api-auth/login", { body: { username, password } });
}

function upgraded(username: string): Promise<string> {
  return until(
    () => stored(username),
    (hash) => TODAY.test(hash),
  );
}

describe("a sign-in", () => {
  test("raises the cost of an old hash, and the password stays the same", async () => {
    const username = await accountWith(hashedAt(12, 5));
    expect((await signIn(username)).status).toBe(200);
    const after = await upgraded(username);
    expect(after).toMatch(TODAY);
    expect((await signIn(username)).status).toBe(200);
    expect((await signIn(username, `${PASSWORD}!`)).status).toBe(401);
    expect(await stored(username)).toBe(after);
  });

  test.each([
    ["of today's cost", 14, 5],
    ["of a higher cost", 14, 6],
  ])("leaves a hash %s as it is", async (_what, logN, p) => {
    const before = hashedAt(logN, p);
    const username = await accountWith(before);
    expect((await signIn(username)).status).toBe(200);
    // Another old hash that is upgraded shows that this one would have been by now.
    const old = await accountWith(hashedAt(12, 5));
    expect((await signIn(old)).status).toBe(200);
    await upgraded(old);
    expect(await stored(username)).toBe(before);
  });

  test("that another one's upgrade overtakes succeeds all the same", async () => {
    const username = await accountWith(hashedAt(12, 5));
    const raised = await hashPassword(PASSWORD);
    let batches = 0;
    const { exec, withSession, dump } = brokenDatabase();
    const prepare: D1Database["prepare"] = (query) => env.DB.prepare(query);
    const batch: D1Database["batch"] = async (statements) => {
      // The password is verified, and the session about to begin.
      if (batches++ === 0) await store(username, raised);
      return env.DB.batch(statements);
    };
    const settings = { DB: { exec, withSession, dump, prepare, batch } };
    const answer = await call("POST", "/api-auth/login", { body: { username, password: PASSWORD }, settings });
    expect(answer.status).toBe(200);
    expect(batches).toBe(2);
    expect(await stored(username)).toBe(raised);
  });

  test("with a wrong password raises nothing", async () => {
    const before = hashedAt(12, 5);
    const username = await accountWith(before);
    expect((await signIn(username, `${PASSWORD}!`)).status).toBe(401);
    const old = await accountWith(hashedAt(12, 5));
    expect((await signIn(old)).status).toBe(200);
    await upgraded(old);
    expect(await stored(username)).toBe(before);
  });

  test("and another at once both succeed, and leave one hash that is right", async () => {
    const username = await accountWith(hashedAt(12, 5));
    const answers = await Promise.all([signIn(username), signIn(username), signIn(username)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await upgraded(username)).toMatch(TODAY);
    expect((await signIn(username)).status).toBe(200);
  });

  test("succeeds where D1 does not take the new hash; the next one makes up for it", async () => {
    const before = hashedAt(12, 5);
    const username = await accountWith(before);
    const lines: string[] = [];
    const log = vi.spyOn(console, "log").mockImplementation((line) => void lines.push(String(line)));
    await env.DB.exec("CREATE TRIGGER no_writes BEFORE UPDATE ON accounts BEGIN SELECT RAISE(ABORT, 'no writes'); END");
    const answer = await signIn(username);
    const told = await until(
      async () => lines.filter((line) => line.includes("not upgraded")),
      (found) => found.length > 0,
    );
    await env.DB.exec("DROP TRIGGER no_writes");
    log.mockRestore();
    expect(answer.status).toBe(200);
    expect(await stored(username)).toBe(before);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('"level":"warn"');
    expect(told[0]).toContain("SQLITE_CONSTRAINT_TRIGGER");
    expect(told.join()).not.toContain("scrypt");
    expect((await signIn(username)).status).toBe(200);
    expect(await upgraded(username)).toMatch(TODAY);
  });
});

describe("an upgrade", () => {
  test("that comes after a change of the password does not bring the old one back", async () => {
    const username = await accountWith(hashedAt(12, 5));
    const account = await accountByUsername(env.DB, username);
    if (account === null) throw new Error("the account is not there");
    const changed = await hashPassword("another horse battery");
    await store(username, changed);
    await upgradeHash(env.DB, account, PASSWORD);
    expect(await stored(username)).toBe(changed);
    expect((await signIn(username)).status).toBe(401);
    expect((await signIn(username, "another horse battery")).status).toBe(200);
  });

  test("replaces the hash that it was made from, of that account alone", async () => {
    const [first, second] = [await newPerson(), await newPerson()];
    expect(await replacePasswordHash(env.DB, first.accountId, "$old", "$new")).toBe(false);
    expect(await replacePasswordHash(env.DB, first.accountId, "!", "$new")).toBe(true);
    expect(await replacePasswordHash(env.DB, first.accountId, "!", "$newer")).toBe(false);
    expect([await stored(first.username), await stored(second.username)]).toEqual(["$new", "!"]);
  });
});

test.each([
  ["more memory than there is", "ln=30,r=8,p=1"],
  ["minutes", "ln=14,r=8,p=999"],
  ["nothing", "ln=0,r=0,p=0"],
])("a row that asks for %s is nobody's: 401, after as long as any other", async (_what, cost) => {
  const username = await accountWith(`$scrypt$${cost}$${"A".repeat(22)}$${"A".repeat(43)}`);
  expect((await signIn(username)).status).toBe(401);
});
